"""From facts to what people are told: one function a kind of alert, and what the page of health says of it all.

Whether something is late follows one promise: by the hour of ENTANGLED_RELEASE_BY, every day, a release was published
since the day's run was to start (04:00 UTC), or the source was asked and the release was found up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from include.alerts import Alert
from include.common.progress import format_duration
from include.contracts.acceptance import Refusal, Subject, how_to_accept
from include.contracts.batch import Check
from include.contracts.health import COMMAND, start_of_day
from include.health.facts import GIGABYTE, Facts
from include.settings import Settings

Status = Literal["ok", "warning", "starting", "late", "dead"]

# a service that is started anew, and Airflow of the composed deployment at its first start, is up within that
RESTART = timedelta(minutes=4)
# of the day's credits, after what the plan wants: with less, a second run of the day does not fit
LEAST_CREDITS = 0.1
# the flow whose failed tasks are told by its gate
MODELS = "transform"


def alerts_of(facts: Facts, settings: Settings) -> dict[str, list[Alert]]:
    """All that somebody has to know, by kind. A kind that these facts say nothing of is not among them."""
    found = {kind: list(rule(facts, settings)) for kind, rule in _RULES.items()}
    if facts.services is not None:
        found["service"] = list(_services(facts))
    return found


def status_of(facts: Facts, settings: Settings) -> Status:
    """In one word: dead (a service), late (the release), warning, starting (nothing is promised yet) or ok."""
    if any(not service.is_alive for service in facts.services or ()):
        return "dead"
    if is_late(facts, settings):
        return "late"
    if any(alerts_of(facts, settings).values()):
        return "warning"
    is_new = first_deadline(facts, settings) > facts.now and not _is_fresh(facts, start_of_day(facts.now))
    return "starting" if is_new else "ok"


def deadline_before(now: datetime, settings: Settings) -> datetime:
    """The last promised moment, `now` or before."""
    hour, minute = (int(part) for part in settings.release_by.split(":"))
    deadline = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return deadline if deadline <= now else deadline - timedelta(days=1)


def first_deadline(facts: Facts, settings: Settings) -> datetime:
    """The first moment by which a release is promised: that of the first day whose run could start here."""
    began = facts.began_at or facts.now
    deadline = deadline_before(began, settings)
    while start_of_day(deadline) < began:
        deadline += timedelta(days=1)
    return deadline


def is_late(facts: Facts, settings: Settings) -> bool:
    """Whether nothing was published or found up to date by the last promised moment, nor since."""
    deadline = deadline_before(facts.now, settings)
    if facts.began_at is None or first_deadline(facts, settings) > deadline:
        return False
    return not _is_fresh(facts, start_of_day(deadline))


def _is_fresh(facts: Facts, since: datetime) -> bool:
    if facts.release is not None and facts.release.published_at >= since:
        return True
    confirmed = facts.confirmed
    if confirmed is None or confirmed.confirmed_at < since:
        return False
    # a build that finds nothing new says nothing when the source was not asked
    return confirmed.how != "nothing new" or (facts.source is not None and facts.source.checked_at >= since)


def _late(facts: Facts, settings: Settings) -> Iterator[Alert]:
    if not is_late(facts, settings):
        return
    deadline = deadline_before(facts.now, settings)
    since = start_of_day(deadline)
    name = f"release {facts.release.release_id}" if facts.release else "the first release"
    asked = _ago(facts, facts.source.checked_at if facts.source else None)
    yield Alert(
        cause="late.release",
        severity="failure",
        sentence=f"{name} is late: nothing was published or found up to date since {since:%Y-%m-%d %H:%M} UTC",
        details=(
            f"promised by {settings.release_by} UTC every day (ENTANGLED_RELEASE_BY)",
            f"the source last answered all that was due {asked}",
            *(f"{run.flow} last ended {_ago(facts, run.ended_at)}: {run.state}" for run in facts.runs),
        ),
        what_to_do="see whether Airflow runs and the flows ingest_openalex and build_warehouse are not paused, and "
        "what failed last; then start ingest_openalex, or make run",
        look="make status",
    )


def _tasks(facts: Facts, settings: Settings) -> Iterator[Alert]:
    good = _last_good(facts)
    for failure in facts.failures:
        # who ran the command once, and has Airflow now, would be told for ever
        if failure.flow == COMMAND and good is not None and failure.failed_at <= good:
            continue
        # what a gate refused is told by its kind, and a failed model by the gate behind it
        if failure.refused_by_gate or failure.follows or failure.task.startswith(f"{MODELS}."):
            continue
        yield Alert(
            cause=f"task.{failure.flow}.{failure.task}",
            severity="failure",
            sentence=f"{failure.task} of {failure.flow} failed for good: {failure.what}",
            details=(f"where: {failure.where}",) if failure.where else (),
            what_to_do=failure.fix or "mend what the log names, and start the flow again; finished steps are kept",
            look=failure.look or "make status",
        )


def _gates(facts: Facts, settings: Settings) -> Iterator[Alert]:
    good, asked = _last_good(facts), facts.source.checked_at if facts.source else None
    newest = sorted(facts.refusals, key=lambda refusal: refusal.refused_at, reverse=True)
    # a source that has lost works has lost them in many windows: until it has answered all that was due
    windows = [one for one in newest if one.gate == "gate_1" and (asked is None or one.refused_at > asked)]
    if windows:
        yield _refused_windows(windows)
    for gate in ("gate_2", "gate_3"):
        # of builds and runs the newest counts, until something good came after it
        refusal = next((one for one in newest if one.gate == gate), None)
        if refusal is not None and (good is None or refusal.refused_at > good):
            yield _refused(refusal, settings)


def _refused_windows(refusals: Sequence[Refusal]) -> Alert:
    count = f"{len(refusals)} window{'s' if len(refusals) > 1 else ''}"
    found = [f"{refusal.subject}: {_found(check)}" for refusal in refusals for check in refusal.checks]
    return Alert(
        cause="gate.gate_1",
        severity="failure",
        sentence=f"gate 1 refused {count}, first {refusals[0].subject}; what was known of them stays",
        details=(_asked(refusals), *found),
        what_to_do="see whether the source has lost works indeed; the next run sweeps them again. "
        + how_to_accept(refusals[0]),
        look="make status",
        matter=" ".join(sorted({check.check_id for refusal in refusals for check in refusal.checks})),
    )


def _asked(refusals: Sequence[Refusal]) -> str:
    are_judgements = all(refusal.is_of_judgements for refusal in refusals)
    return f"asked: {'whoever answers for the figures, whether it is right' if are_judgements else 'an engineer'}"


def _last_good(facts: Facts) -> datetime | None:
    """When the release was last published or found up to date."""
    moments = [facts.release.published_at] if facts.release else []
    moments += [facts.confirmed.confirmed_at] if facts.confirmed else []
    return max(moments, default=None)


def _refused(refusal: Refusal, settings: Settings) -> Alert:
    subject = Subject(settings.home, refusal.gate, refusal.subject)
    count = f"{len(refusal.checks)} check{'s' if len(refusal.checks) > 1 else ''} failed"
    docs = settings.build_dir / refusal.subject / "data_docs" / "index.html"
    return Alert(
        cause=f"gate.{refusal.gate}",
        severity="failure",
        sentence=f"{refusal.gate.replace('_', ' ')} refused {subject}: {count}; readers keep the last release",
        details=(_asked([refusal]), *map(_found, refusal.checks)),
        what_to_do=f"mend the cause and run again. {how_to_accept(refusal)}",
        look=str(docs) if refusal.gate == "gate_3" else "make status",
        matter=" ".join(sorted(check.check_id for check in refusal.checks)),
    )


def _found(check: Check) -> str:
    return f"{check.name}: {check.observed} (expected: {check.expected})"


def _warnings(facts: Facts, settings: Settings) -> Iterator[Alert]:
    if facts.release is None:
        return
    warned = [
        check
        for checks in facts.release.gates.values()
        for check in checks
        if not check.passed and not check.accepted and check.check_id != "schema_drift"
    ]
    if warned:
        yield Alert(
            cause="warnings.release",
            severity="warning",
            sentence=f"release {facts.release.release_id} went out with {len(warned)} "
            f"warning{'s' if len(warned) > 1 else ''}",
            details=tuple(map(_found, warned)),
            what_to_do="look whether the figures can stand; if not, make rollback",
            look=str(settings.releases_dir / facts.release.release_id / "data_docs" / "index.html"),
            matter=facts.release.release_id,
            is_event=True,
        )


def _drifted(facts: Facts, settings: Settings) -> Iterator[Alert]:
    if facts.drift is None or facts.drift.passed or facts.drift.accepted:
        return
    fields = sorted(part.split(" in ")[0].strip() for part in facts.drift.observed.split(","))
    yield Alert(
        cause="drift.schema",
        severity="warning",
        sentence=f"the source sends fields that nobody reads: {', '.join(fields)}",
        details=(f"found: {facts.drift.observed}",),
        what_to_do="read them, or list them as known, in include/flatten/source_fields.py; the raw zone keeps them",
        look="make query SQL=\"select * from mart_ops_coverage where measure like 'unknown_field%'\"",
        matter=" ".join(fields),
        is_event=True,
    )


def _credits(facts: Facts, settings: Settings) -> Iterator[Alert]:
    ended, plan = facts.credits_ended, facts.credits
    if ended is not None and ended.resets_at > facts.now:
        sentence = f"the day's credits ended in a run; the rest is fetched after {ended.resets_at:%Y-%m-%d %H:%M} UTC"
    elif plan is None or plan.resets_at <= facts.now:
        # another day, another budget; a plan is made when the day's run starts
        return
    elif plan.postponed:
        sentence = (
            f"the day's credits do not cover all that is due: {plan.postponed} windows with "
            f"{plan.postponed_credits:,} credits wait for another day"
        )
    elif plan.left < LEAST_CREDITS * plan.limit:
        sentence = f"credits run low: {plan.left:,} of {plan.limit:,} are left after the day's plan"
    else:
        return
    yield Alert(
        cause="credits.source",
        severity="warning",
        sentence=sentence,
        what_to_do="nothing, if it stays at one day: the next run goes on there. Else see who shares the key, let old "
        "windows be swept more rarely (windows in the scope), or take another plan",
        look="make status",
    )


def _disk(facts: Facts, settings: Settings) -> Iterator[Alert]:
    free = facts.free_bytes / GIGABYTE
    if free >= settings.least_free_gb:
        return
    yield Alert(
        cause="disk.home",
        severity="failure",
        sentence=f"the disk fills: {free:.1f} GB are free, and {settings.least_free_gb:g} GB are needed",
        what_to_do="free some space (old candidates: make airflow CMD='dags trigger maintain'; fewer releases: "
        "ENTANGLED_KEEP_RELEASES), or move the home to a larger disk",
        look=f"df -h '{settings.home}'",
    )


def _services(facts: Facts) -> Iterator[Alert]:
    for service in facts.services or ():
        if not service.is_alive:
            yield Alert(
                cause=f"service.{service.name}",
                severity="failure",
                sentence=f"{service.name} is dead: {service.said}",
                what_to_do="see the end of its log (airflow/services/ of the home, or docker compose logs), and start "
                "it again: make up, or docker compose up --detach",
                look="make status",
                patience=RESTART,
            )


def _ago(facts: Facts, moment: datetime | None) -> str:
    if moment is None:
        return "never"
    return f"{moment:%Y-%m-%d %H:%M} UTC, {format_duration(max((facts.now - moment).total_seconds(), 0))} ago"


_RULES: dict[str, Callable[[Facts, Settings], Iterator[Alert]]] = {
    "task": _tasks,
    "gate": _gates,
    "late": _late,
    "warnings": _warnings,
    "drift": _drifted,
    "credits": _credits,
    "disk": _disk,
}
