"""Which strategy windows are asked for with. What the key may do is found out with one request, never guessed."""

from __future__ import annotations

import logging
from typing import Literal, NamedTuple

from include.common.clock import utc_now
from include.contracts.batch import UPDATED_SINCE, Query
from include.openalex.client import Client
from include.openalex.errors import PlanRequired
from include.openalex.listing import count
from include.settings import Settings

log = logging.getLogger("entangled.openalex")


class Choice(NamedTuple):
    """The strategy, why it is this one when the setting does not name it, and the credits that finding out took."""

    strategy: Literal["publication_window", "updated_since"]
    reason: str = ""
    credits: int = 0


def choose(settings: Settings, client: Client) -> Choice:
    """The strategy of a plan of windows.

    Raises:
        PlanRequired: the setting names `updated_since`, and the key's plan does not allow it.
        SourceError: the source could not be asked; nothing is concluded from that.
    """
    if settings.strategy not in ("auto", "updated_since"):
        return Choice("publication_window")
    today = f"{UPDATED_SINCE}{utc_now():%Y-%m-%d}"
    try:
        count(client, Query(path="/works", filter=today, select="id", sort=None, per_page=1))
    except PlanRequired as error:
        if settings.strategy == "updated_since":
            raise PlanRequired(
                f"the key's plan does not allow the strategy updated_since: {error.what}",
                where="ENTANGLED_STRATEGY",
                fix="set it to publication_window, which any key may do, or to auto; or put a key of a paid plan "
                "into OPENALEX_API_KEY. What was loaded is kept, and either strategy goes on from it",
            ) from None
        reason = "auto: the key's plan may not ask for what was updated"
        log.info("strategy publication_window (%s)", reason)
        return Choice("publication_window", reason)
    if settings.strategy == "updated_since":
        return Choice("updated_since", credits=1)
    reason = "auto: the key's plan may ask for what was updated"
    log.info("strategy updated_since (%s)", reason)
    return Choice("updated_since", reason, 1)
