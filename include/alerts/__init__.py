"""Messages to people: what is wrong, told once a day for each cause, and once more when it is over.

Who knows what is wrong gives it to `settle`; `deliver` tells whoever ENTANGLED_ALERTS names. What is open lies as files
in `<home>/alerts/`, so that nothing is told twice and nothing is lost while a receiver is away.
"""

from include.alerts.alert import Alert
from include.alerts.ledger import OpenAlert, as_open, ledger, open_alerts, settle
from include.alerts.telling import deliver, deliver_unnoted, in_words, problems_of_receivers

__all__ = [
    "Alert",
    "OpenAlert",
    "as_open",
    "deliver",
    "deliver_unnoted",
    "in_words",
    "ledger",
    "open_alerts",
    "problems_of_receivers",
    "settle",
]
