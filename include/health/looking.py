"""One look: gather the facts, note what is wrong, tell who has to know."""

from __future__ import annotations

import logging
from datetime import datetime

from include import metrics
from include.alerts import as_open, deliver, deliver_unnoted, ledger, settle
from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.health.facts import Facts, gather
from include.health.rules import alerts_of
from include.settings import Settings

log = logging.getLogger("entangled.alerts")


def look(
    settings: Settings, *, airflow_url: str | None = None, sees_services: bool = True, now: datetime | None = None
) -> Facts:
    """Gather, note, tell, send metrics; returns the facts. What cannot be noted or told is tried at the next look."""
    facts = gather(settings, now or utc_now(), airflow_url=airflow_url, sees_services=sees_services)
    tell(settings, facts)
    metrics.push(settings)
    return facts


def note(settings: Settings, facts: Facts) -> None:
    """Note what these facts mean, for pages and `make status`, and tell nobody."""
    try:
        with ledger(settings) as is_ours:
            if is_ours:
                settle(settings, alerts_of(facts, settings), facts.now)
    except (EntangledError, OSError) as error:
        log.warning("alerts cannot be noted: %s", error)


def tell(settings: Settings, facts: Facts) -> list[str]:
    """Note and tell what these facts mean; returns what could not be told."""
    found = alerts_of(facts, settings)
    try:
        with ledger(settings) as is_ours:
            if not is_ours:
                return []
            settle(settings, found, facts.now)
            return deliver(settings, facts.now)
    except (EntangledError, OSError) as error:
        # a full disk, say, which somebody has to know all the same
        log.warning("alerts cannot be noted: %s", error)
        everything = [as_open(alert, None, facts.now) for alerts in found.values() for alert in alerts]
        deliver_unnoted(settings, everything, facts.now)
        return [str(error)]
