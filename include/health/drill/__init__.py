"""`make alerts`: is everybody told who has to know, once, and nobody without need?

Twenty clean and twenty broken days by our own clock (days.py), and a real run that is broken in every way that
somebody is to be told of (breaks.py); a mail server and a receiver of webhooks on loopback take what is sent.
"""

from include.health.drill.check import check_alerts

__all__ = ["check_alerts"]
