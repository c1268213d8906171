"""How a home is: what runs, how old its release is, what failed and what is running out; and telling people of it.

Everything is read from files that runs leave behind, and from the health address of Airflow, so that it can be said
when Airflow itself is dead. `look` is one look; `python -m include.health serve` and `watch` look every minute.
"""

from include.health.facts import Facts, gather
from include.health.looking import look
from include.health.report import Health, health_of, page
from include.health.rules import alerts_of, status_of

__all__ = ["Facts", "Health", "alerts_of", "gather", "health_of", "look", "page", "status_of"]
