"""What is measured, and where it is read."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import orjson

from include.common.errors import ContractError, EntangledError
from include.contracts import health as notes
from include.contracts.acceptance import refusals_in
from include.contracts.release import RECORD, Release
from include.settings import Settings

log = logging.getLogger("entangled.metrics")

GATES = ("gate_1", "gate_2", "gate_3")


class Instrument(NamedTuple):
    """A metric: its unit as OpenTelemetry writes units, and what it says. All are gauges."""

    unit: str
    description: str


INSTRUMENTS: dict[str, Instrument] = {
    "entangled.release.age": Instrument("s", "Since the current release was published."),
    "entangled.release.confirmed.age": Instrument("s", "Since a release was published or found up to date."),
    "entangled.release.works": Instrument(
        "{work}", "Works that the current release was made of, by what became of them."
    ),
    "entangled.release.rows": Instrument("{row}", "Rows of the current release, by table."),
    "entangled.source.age": Instrument("s", "Since the source answered all that was due."),
    "entangled.sweep.records": Instrument("{record}", "Records in the windows as last swept, by entity."),
    "entangled.sweep.received": Instrument("{record}", "Records that the last sweeps received, by entity."),
    "entangled.sweep.requests": Instrument("{request}", "Requests of the last sweep of each window, by entity."),
    "entangled.sweep.credits": Instrument("{credit}", "Credits of the last sweep of each window, by entity."),
    "entangled.credits.limit": Instrument("{credit}", "Credits of a day."),
    "entangled.credits.remaining": Instrument("{credit}", "Credits that were left when the last run was planned."),
    "entangled.gate.checks": Instrument("{check}", "Checks of the current release, by gate and outcome."),
    "entangled.gate.refusals": Instrument("{refusal}", "What a gate refused and nobody mended or accepted, by gate."),
    "entangled.run.age": Instrument("s", "Since the last run of a flow ended."),
    "entangled.run.failed": Instrument("", "1 when the last run of a flow failed, else 0."),
    "entangled.tasks.failed": Instrument("{task}", "Tasks that failed for good and were not mended, by flow."),
    "entangled.stage.duration": Instrument("s", "How long a stage took the last time, by flow and stage."),
    "entangled.batches.waiting": Instrument("{batch}", "Typed batches that the current release does not hold."),
    "entangled.disk.free": Instrument("By", "Free on the disk of the home."),
    "entangled.disk.total": Instrument("By", "Size of the disk of the home."),
}


@dataclass(frozen=True)
class Measure:
    """One value of a metric, and of what."""

    name: str
    value: float
    attributes: dict[str, str] = field(default_factory=dict)


def measure(settings: Settings, now: datetime) -> list[Measure]:
    """All that can be said of a home now. What is not there yet is not measured."""
    return [
        *_release(settings, now),
        *_notes(settings, now),
        *_sweeps(settings),
        *_credits(settings),
        *_disk(settings),
    ]


def _release(settings: Settings, now: datetime) -> Iterator[Measure]:
    try:
        release = Release.load(settings.releases_dir / "current" / RECORD)
    except ContractError:
        return
    yield Measure("entangled.release.age", _seconds(now, release.published_at))
    works = {
        "loaded": release.works_loaded,
        "quarantined": release.works_quarantined,
        "replaced": release.works_replaced,
        "vanished": release.works_vanished,
    }
    for state, count in works.items():
        yield Measure("entangled.release.works", count, {"state": state})
    for table in release.tables:
        yield Measure("entangled.release.rows", table.rows, {"table": table.name})
    for gate, checks in release.gates.items():
        outcomes = Counter(
            "not_checked"
            if not check.was_made
            else "passed"
            if check.passed
            else "accepted"
            if check.accepted
            else "failed"
            for check in checks
        )
        # a metric that stops is no zero
        for outcome in ("passed", "failed", "accepted", "not_checked"):
            yield Measure("entangled.gate.checks", outcomes[outcome], {"gate": gate, "outcome": outcome})
    held = set(release.batches)
    waiting = sum(folder.name.removeprefix("batch=") not in held for folder in settings.typed_zone.glob("batch=*/"))
    yield Measure("entangled.batches.waiting", waiting)


def _notes(settings: Settings, now: datetime) -> Iterator[Measure]:
    home = settings.home
    if (confirmed := notes.release_confirmed(home)) is not None:
        yield Measure("entangled.release.confirmed.age", _seconds(now, confirmed.confirmed_at))
    if (source := notes.source_checked(home)) is not None:
        yield Measure("entangled.source.age", _seconds(now, source.checked_at))
    failures = Counter(failure.flow for failure in notes.failures_in(home))
    runs = notes.last_runs(home)
    for run in runs:
        yield Measure("entangled.run.age", _seconds(now, run.ended_at), {"flow": run.flow})
        yield Measure("entangled.run.failed", int(run.state == "failed"), {"flow": run.flow})
    for flow in sorted({run.flow for run in runs} | set(failures)):
        yield Measure("entangled.tasks.failed", failures[flow], {"flow": flow})
    refusals: Counter[str] = Counter(refusal.gate for refusal in refusals_in(home))
    for gate in GATES:
        yield Measure("entangled.gate.refusals", refusals[gate], {"gate": gate})
    for stage in notes.stages_in(home):
        yield Measure("entangled.stage.duration", stage.seconds, {"flow": stage.flow, "stage": stage.stage})


def _sweeps(settings: Settings) -> Iterator[Measure]:
    """From the ledger: a small file a window, replaced by each complete sweep."""
    sums: dict[str, Counter[str]] = {}
    for file in sorted(settings.raw_zone.glob("*/_sweeps/[!.]*.json")):
        try:
            told = orjson.loads(file.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            # replaced or torn; who reads it for the work says so
            continue
        of_entity = sums.setdefault(file.parent.parent.name, Counter())
        for name in ("records", "received", "requests", "credits"):
            of_entity[name] += told.get(name) or 0
    for entity, of_entity in sums.items():
        for name, count in of_entity.items():
            yield Measure(f"entangled.sweep.{name}", count, {"entity": entity})


def _credits(settings: Settings) -> Iterator[Measure]:
    from include import openalex

    try:
        plan = openalex.last_plan(settings)
    except EntangledError:
        return
    if plan is not None and plan.budget is not None:
        yield Measure("entangled.credits.limit", plan.budget.limit)
        yield Measure("entangled.credits.remaining", plan.budget.remaining)


def _disk(settings: Settings) -> Iterator[Measure]:
    if settings.home.exists():
        disk = shutil.disk_usage(settings.home)
        yield Measure("entangled.disk.free", disk.free)
        yield Measure("entangled.disk.total", disk.total)


def _seconds(now: datetime, then: datetime) -> float:
    return max((now - then).total_seconds(), 0.0)
