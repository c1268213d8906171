"""Health as people and programs read it: the same facts as lines (`make status`), JSON and a page (`/health`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from include.alerts import OpenAlert, open_alerts
from include.common.pages import page_templates
from include.common.progress import format_duration
from include.health.facts import GIGABYTE, Facts
from include.health.rules import Status, first_deadline, status_of
from include.settings import Settings

# those that are told although they have not run yet
FLOWS = ("ingest_openalex", "build_warehouse", "maintain")
SENTENCES: dict[Status, str] = {
    "ok": "all is well",
    "warning": "it works, and somebody should look",
    "starting": "no release is due yet",
    "late": "the release is late",
    "dead": "a service is dead",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ServiceHealth(_Part):
    """One service."""

    name: str
    is_alive: bool
    said: str


class FlowHealth(_Part):
    """The last run of a flow, and what failed last in it."""

    flow: str
    state: Literal["success", "failed", "never ran"]
    ended_at: datetime | None = None
    last_failure: str = ""
    last_failure_at: datetime | None = None
    look: str = ""


class AlertHealth(_Part):
    """Something that somebody has to know."""

    cause: str
    severity: str
    since: datetime
    sentence: str
    what_to_do: str
    look: str


class CreditsHealth(_Part):
    """The day's credits, as the last plan found them."""

    limit: int
    left: int
    resets_at: datetime
    postponed_windows: int


class Health(_Part):
    """The answer of `/health`. Ages are seconds."""

    status: Status
    sentence: str
    now: datetime
    promised_by: str
    next_first_deadline: datetime | None
    release_id: str | None
    release_age: float | None
    release_problem: str
    confirmed_at: datetime | None
    source_checked_at: datetime | None
    source_age: float | None
    source_found: str
    hold: str
    waiting_runs: tuple[str, ...]
    waiting_batches: int | None
    credits: CreditsHealth | None
    disk_free_bytes: int
    disk_total_bytes: int
    services: tuple[ServiceHealth, ...]
    flows: tuple[FlowHealth, ...]
    alerts: tuple[AlertHealth, ...]

    @property
    def code(self) -> int:
        """The HTTP status: 503 when stale or dead."""
        return 503 if self.status in ("late", "dead") else 200


def health_of(facts: Facts, settings: Settings) -> Health:
    """What the facts come to."""
    status, release, deadline = status_of(facts, settings), facts.release, first_deadline(facts, settings)
    source = facts.source
    return Health(
        status=status,
        sentence=SENTENCES[status],
        now=facts.now,
        promised_by=settings.release_by,
        next_first_deadline=deadline if facts.began_at is not None and deadline > facts.now else None,
        release_id=release.release_id if release else None,
        release_age=_seconds(facts.now, release.published_at if release else None),
        release_problem=facts.release_problem,
        confirmed_at=facts.confirmed.confirmed_at if facts.confirmed else None,
        source_checked_at=source.checked_at if source else None,
        source_age=_seconds(facts.now, source.checked_at if source else None),
        source_found=source.found if source else "",
        hold=str(facts.hold) if facts.hold else facts.hold_problem,
        waiting_runs=tuple(facts.waiting_runs),
        waiting_batches=facts.waiting_batches,
        credits=_credits(facts),
        disk_free_bytes=facts.free_bytes,
        disk_total_bytes=facts.total_bytes,
        services=tuple(
            ServiceHealth(name=service.name, is_alive=service.is_alive, said=service.said)
            for service in facts.services or ()
        ),
        flows=_flows(facts),
        alerts=tuple(map(_alert, open_alerts(settings))),
    )


def _seconds(now: datetime, moment: datetime | None) -> float | None:
    return None if moment is None else max((now - moment).total_seconds(), 0.0)


def _credits(facts: Facts) -> CreditsHealth | None:
    found = facts.credits
    if found is None:
        return None
    return CreditsHealth(
        limit=found.limit, left=found.left, resets_at=found.resets_at, postponed_windows=found.postponed
    )


def _flows(facts: Facts) -> tuple[FlowHealth, ...]:
    runs = {run.flow: run for run in facts.runs}
    told = []
    for flow in dict.fromkeys([*FLOWS, *runs]):
        run = runs.get(flow)
        failed = [failure for failure in facts.failures if failure.flow == flow]
        latest = max(failed, key=lambda failure: failure.failed_at, default=run.last_failure if run else None)
        told.append(
            FlowHealth(
                flow=flow,
                state=run.state if run else "never ran",
                ended_at=run.ended_at if run else None,
                last_failure=f"{latest.task}: {latest.what}" if latest else "",
                last_failure_at=latest.failed_at if latest else None,
                look=latest.look if latest else "",
            )
        )
    return tuple(told)


def _alert(alert: OpenAlert) -> AlertHealth:
    return AlertHealth(
        cause=alert.cause,
        severity=alert.severity,
        since=alert.since,
        sentence=alert.sentence,
        what_to_do=alert.what_to_do,
        look=alert.look,
    )


def lines(health: Health) -> list[tuple[str, str]]:
    """What is told of it, a name and a sentence each; the first is the status."""
    told = [("health", f"{health.status}: {health.sentence}")]
    told += [("alert", f"{alert.sentence}; look: {alert.look}") for alert in health.alerts]
    told += [
        (service.name, ("alive: " if service.is_alive else "DEAD: ") + service.said) for service in health.services
    ]
    told.append(("release age", _release(health)))
    told.append(("source check", _source(health)))
    told += [(flow.flow, _flow(flow)) for flow in health.flows]
    told.append(("credits", _of_credits(health)))
    told.append(("queue", _queue(health)))
    free, total = health.disk_free_bytes / GIGABYTE, health.disk_total_bytes / GIGABYTE
    told.append(("disk", f"{free:,.1f} of {total:,.0f} GB free"))
    if health.hold:
        told.append(("held", health.hold))
    return told


def _release(health: Health) -> str:
    if health.release_problem:
        return health.release_problem
    if health.release_id is None:
        text = "none yet"
    else:
        text = f"{health.release_id}, {_age(health.release_age)} old"
        if health.confirmed_at is not None:
            text += f", found up to date or published last at {health.confirmed_at:%Y-%m-%d %H:%M} UTC"
    due = f"; promised from {health.next_first_deadline:%Y-%m-%d %H:%M} UTC on" if health.next_first_deadline else ""
    return text + due


def _source(health: Health) -> str:
    if health.source_checked_at is None:
        return "never asked for all that is due"
    return f"answered all that was due {_age(health.source_age)} ago: {health.source_found}"


def _flow(flow: FlowHealth) -> str:
    ended = f"{flow.state}, ended {flow.ended_at:%Y-%m-%d %H:%M} UTC" if flow.ended_at else flow.state
    if not flow.last_failure:
        return ended
    first_line = flow.last_failure.splitlines()[0]
    when = f" ({flow.last_failure_at:%Y-%m-%d %H:%M} UTC)" if flow.last_failure_at else ""
    return f"{ended}; last failure{when}: {first_line}"


def _of_credits(health: Health) -> str:
    found = health.credits
    if found is None:
        return "the source has told none yet"
    late = f", {found.postponed_windows} windows wait for another day" if found.postponed_windows else ""
    return (
        f"{found.left:,} of {found.limit:,} left after the last plan, until {found.resets_at:%Y-%m-%d %H:%M} UTC{late}"
    )


def _queue(health: Health) -> str:
    batches = f"{health.waiting_batches} typed batches are in no release yet"
    return f"{batches}; {len(health.waiting_runs)} audited runs wait for a rollback to end" if health.hold else batches


def _age(seconds: float | None) -> str:
    return format_duration(seconds or 0)


def page(health: Health) -> str:
    """The page: no script, nothing loaded; it asks for itself again every minute."""
    return page_templates(Path(__file__).parent).get_template("page.html.j2").render(health=health, lines=lines(health))
