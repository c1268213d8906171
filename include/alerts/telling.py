"""Tell people, through Apprise, which knows about a hundred ways to do it.

An address of ENTANGLED_ALERTS holds passwords and tokens: it is named by its place and its scheme alone, and Apprise's
own log, which shows hosts, stays silent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from include.alerts.ledger import OpenAlert, Told, all_alerts, forget, save
from include.common.quiet import silenced
from include.settings import Settings

if TYPE_CHECKING:
    import apprise

log = logging.getLogger("entangled.alerts")

# of what a gate has found, say; more is where the message leads to
MOST_DETAILS = 12
LONGEST_LINE = 500
# as many as chats take
SECONDS_BETWEEN = 1.0


# what this process has told without a note of it
_unnoted: set[tuple[str, str, str, date]] = set()


@dataclass(frozen=True)
class Receiver:
    """Somewhere to send to. `server` None: Apprise cannot read the address."""

    place: str
    shown: str
    server: apprise.NotifyBase | None


def receivers(settings: Settings) -> list[Receiver]:
    """Where ENTANGLED_ALERTS wants messages to go."""
    addresses = settings.alerts.get_secret_value().split() if settings.alerts else []
    if not addresses:
        return []
    # takes a fifth of a second, and most processes tell nothing
    import apprise

    # it logs addresses with their hosts and names
    apprise.logger.setLevel(logging.CRITICAL + 1)
    apprise.logger.propagate = False
    found = []
    for number, address in enumerate(addresses, start=1):
        scheme = address.partition("://")[0]
        shown = f"receiver {number} of ENTANGLED_ALERTS ({scheme})"
        server = apprise.Apprise.instantiate(address)
        if server is not None:
            # by itself it waits 5.5 s between two messages, in the process of a task that has failed
            server.request_rate_per_sec = SECONDS_BETWEEN
        found.append(Receiver(str(number), shown, server))
    return found


def problems_of_receivers(settings: Settings) -> list[str]:
    """Addresses that Apprise cannot read, each as a sentence. Nothing is sent."""
    return [
        f"{receiver.shown} is no address that Apprise takes" for receiver in receivers(settings) if not receiver.server
    ]


def deliver(settings: Settings, now: datetime) -> list[str]:
    """Tell everybody what they have not been told; returns what could not be told, each as a sentence.

    A receiver that is away is asked once, and again at the next look. Hold the ledger.
    """
    problems = []
    everybody = receivers(settings)
    for receiver in everybody:
        for alert in sorted(all_alerts(settings), key=lambda alert: alert.since):
            if not alert.must_be_told(receiver.place, now):
                continue
            if not _send(receiver, alert, settings):
                problems.append(f"{receiver.shown} did not take a message; it is tried again at the next look")
                break
            told = Told(on=now.date(), matter=alert.matter, is_over=not alert.is_open)
            save(settings, alert.model_copy(update={"told": {**alert.told, receiver.place: told}}))
    for alert in all_alerts(settings):
        if not alert.is_open and _is_settled(alert, everybody, now):
            forget(settings, alert.cause)
    for problem in problems:
        log.warning("%s", problem)
    return problems


def deliver_unnoted(settings: Settings, alerts: Sequence[OpenAlert], now: datetime) -> None:
    """Tell these although nothing can be noted, because the disk is full, say: once a day and process."""
    for receiver in receivers(settings):
        for alert in alerts:
            told = (receiver.place, alert.cause, alert.matter, now.date())
            if told not in _unnoted and alert.is_due and _send(receiver, alert, settings):
                _unnoted.add(told)


def _is_settled(alert: OpenAlert, everybody: Sequence[Receiver], now: datetime) -> bool:
    """Whether all know that it is over, and its day has ended."""
    if any(alert.must_be_told(receiver.place, now) for receiver in everybody):
        return False
    return all(told.on != now.date() for told in alert.told.values())


def _send(receiver: Receiver, alert: OpenAlert, settings: Settings) -> bool:
    if receiver.server is None:
        return False
    import apprise

    kinds: dict[str, Any] = {"failure": apprise.NotifyType.FAILURE, "warning": apprise.NotifyType.WARNING}
    kind = kinds[alert.severity] if alert.is_open else apprise.NotifyType.SUCCESS
    told = apprise.Apprise()
    told.add(receiver.server)
    title, body = in_words(alert, settings)
    try:
        # it shows the paths of addresses when somebody debugs: a webhook's is its secret
        with silenced("urllib3"):
            return bool(told.notify(title=title, body=body, notify_type=kind, body_format=apprise.NotifyFormat.TEXT))
    except Exception as error:
        # a plugin of a hundred; what it says may hold the address
        log.warning("%s ended in %s", receiver.shown, type(error).__name__)
        return False


def in_words(alert: OpenAlert, settings: Settings) -> tuple[str, str]:
    """The title and the text of a message; its last line is where to look."""
    since = f"since {alert.since:%Y-%m-%d %H:%M} UTC"
    if alert.over_at is not None:
        title = f"entangled: over: {alert.sentence}"
        lines = [f"It is over: {alert.sentence}", f"{since}, until {alert.over_at:%Y-%m-%d %H:%M} UTC"]
        return _short(title), "\n".join([*map(_short, lines), _whence(alert, settings), "look: make status"])
    lines = [alert.sentence, *alert.details[:MOST_DETAILS]]
    if len(alert.details) > MOST_DETAILS:
        lines.append(f"and {len(alert.details) - MOST_DETAILS} more")
    lines += [f"what to do: {alert.what_to_do}", since, _whence(alert, settings)]
    # the way is not cut short
    return _short(f"entangled: {alert.sentence}"), "\n".join([*map(_short, lines), f"look: {alert.look}"])


def _whence(alert: OpenAlert, settings: Settings) -> str:
    """What filters of mail and chats can go by."""
    return f"cause: {alert.cause}; home: {settings.home}"


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."
