"""What is open: `<home>/alerts/<cause>.json`, one file a cause, each written by one rename.

A file stays until everybody who was told of the cause was told that it is over, and until that day has ended: what
comes back on the same day is not told again.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Literal

import filelock
from pydantic import BaseModel, ConfigDict, Field

from include.alerts.alert import Alert, Severity, kind_of
from include.common.errors import ContractError
from include.common.files import ensure_dir
from include.contracts.base import HandOver
from include.settings import Settings

log = logging.getLogger("entangled.alerts")

# a receiver may take seconds to answer, and several tasks may fail at once
LONGEST_WAIT_SECONDS = 60
_NAME_LETTERS = 80


class Told(BaseModel):
    """What a receiver was told last of a cause."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: date
    matter: str
    is_over: bool


class OpenAlert(HandOver):
    """`alerts/<cause>.json`. `is_due`: it was seen after its patience, so it is told. `over_at`: since when it is no
    more. `told`: by the receiver's place in ENTANGLED_ALERTS, because its address is a secret.
    """

    what_it_is: ClassVar[str] = "note of an alert"
    when_torn: ClassVar[str] = "remove it; what is wrong is noted again"

    schema_version: Literal[1] = 1
    cause: str
    severity: Severity
    sentence: str
    details: tuple[str, ...]
    what_to_do: str
    look: str
    matter: str
    is_event: bool
    since: datetime
    is_due: bool
    over_at: datetime | None = None
    told: dict[str, Told] = Field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it is so still."""
        return self.over_at is None

    def must_be_told(self, receiver: str, now: datetime) -> bool:
        """Whether this receiver is to get a message now."""
        told = self.told.get(receiver)
        if not self.is_open:
            # who was told nothing, because the receiver was away, is told of both in one message
            return told is None or not told.is_over
        if not self.is_due:
            return False
        if told is None or told.matter != self.matter:
            return True
        return told.on != now.date() and (told.is_over or not self.is_event)


def alerts_folder(home: Path) -> Path:
    """Where open alerts lie."""
    return home / "alerts"


def alert_file(home: Path, cause: str) -> Path:
    """The file of a cause. Its name is readable, and no two causes share one."""
    digest = hashlib.sha256(cause.encode()).hexdigest()[:8]
    return alerts_folder(home) / f"{re.sub(r'[^A-Za-z0-9_.=-]', '_', cause)[:_NAME_LETTERS]}-{digest}.json"


def open_alerts(settings: Settings) -> list[OpenAlert]:
    """What is wrong now and was not gone within its patience; failures first, the oldest first."""
    found = [alert for alert in all_alerts(settings) if alert.is_open and alert.is_due]
    return sorted(found, key=lambda alert: (alert.severity != "failure", alert.since))


def all_alerts(settings: Settings) -> list[OpenAlert]:
    """Also those that are over and not told to be, or not due yet. A file that cannot be read is left out."""
    found = []
    for file in sorted(alerts_folder(settings.home).glob("*.json")):
        try:
            found.append(OpenAlert.load(file))
        except FileNotFoundError:
            continue
        except ContractError as error:
            log.warning("%s: %s", error.what, file)
    return found


def settle(settings: Settings, found: Mapping[str, Sequence[Alert]], now: datetime) -> None:
    """Note what is wrong now: by kind, everything of it. What is open of these kinds and not among it is over.

    Kinds that are not named stay as they are: who looked could not see them.
    """
    known = {alert.cause: alert for alert in all_alerts(settings)}
    wanted = {alert.cause: alert for alerts in found.values() for alert in alerts}
    for cause, alert in wanted.items():
        noted = as_open(alert, known.get(cause), now)
        if noted != known.get(cause):
            save(settings, noted)
    for cause, noted in known.items():
        if cause in wanted or kind_of(cause) not in found or not noted.is_open:
            continue
        if noted.is_due:
            save(settings, noted.model_copy(update={"over_at": now}))
        else:
            forget(settings, cause)


def as_open(alert: Alert, earlier: OpenAlert | None, now: datetime) -> OpenAlert:
    """An alert as it is noted now, when `earlier` was noted before."""
    going_on = earlier if earlier is not None and earlier.is_open else None
    since = going_on.since if going_on is not None else now
    return OpenAlert(
        cause=alert.cause,
        severity=alert.severity,
        sentence=alert.sentence,
        details=alert.details,
        what_to_do=alert.what_to_do,
        look=alert.look,
        matter=alert.matter,
        is_event=alert.is_event,
        since=since,
        is_due=(going_on is not None and going_on.is_due) or since + alert.patience <= now,
        told=earlier.told if earlier is not None else {},
    )


def save(settings: Settings, alert: OpenAlert) -> None:
    """Write it down."""
    alert.save(alert_file(settings.home, alert.cause))


def forget(settings: Settings, cause: str) -> None:
    """Nothing is left to say of it."""
    alert_file(settings.home, cause).unlink(missing_ok=True)


@contextmanager
def ledger(settings: Settings) -> Iterator[bool]:
    """Hold the alerts of this home, so that nothing is told twice; False when another process holds them too long."""
    ensure_dir(settings.locks_dir)
    lock = filelock.FileLock(settings.locks_dir / "alerts.lock", timeout=LONGEST_WAIT_SECONDS)
    try:
        lock.acquire()
    except filelock.Timeout:
        log.warning("another process has been telling alerts for %d s; what is noted is told later", lock.timeout)
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
