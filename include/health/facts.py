"""The facts that health is judged by, gathered at one moment. Reads; decides nothing and changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from include.common.errors import ContractError, EntangledError
from include.contracts import health as notes
from include.contracts.acceptance import Refusal, refusals_in
from include.contracts.batch import Check
from include.contracts.candidate import LINEAGE, Lineage
from include.contracts.health import CreditsEnded, Failure, ReleaseConfirmed, RunEnded, SourceChecked
from include.contracts.hold import Hold, hold_in
from include.contracts.release import Release
from include.local.hearts import Service, services
from include.settings import Settings

GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Credits:
    """The day's credits as the last plan found them. `left`: after what it wants to ask for, totals and references."""

    limit: int
    left: int
    resets_at: datetime
    planned_at: datetime
    postponed: int
    postponed_credits: int


@dataclass(frozen=True)
class Facts:
    """A home at the moment `now`. `services` None: who asks cannot see them. `waiting_batches` None: not counted."""

    now: datetime
    began_at: datetime | None
    release: Release | None = None
    release_problem: str = ""
    confirmed: ReleaseConfirmed | None = None
    source: SourceChecked | None = None
    hold: Hold | None = None
    hold_problem: str = ""
    waiting_runs: Sequence[str] = ()
    waiting_batches: int | None = None
    refusals: Sequence[Refusal] = ()
    failures: Sequence[Failure] = ()
    runs: Sequence[RunEnded] = ()
    credits: Credits | None = None
    credits_ended: CreditsEnded | None = None
    drift: Check | None = None
    free_bytes: int = 0
    total_bytes: int = 1
    services: Sequence[Service] | None = None


def gather(settings: Settings, now: datetime, *, airflow_url: str | None = None, sees_services: bool = True) -> Facts:
    """Look at everything. `airflow_url`: where Airflow answers, when `make up` did not start it (docker compose)."""
    release, problem = _current(settings)
    hold, hold_problem, waiting_runs = _held(settings)
    home = settings.home
    place = home if home.exists() else home.parent
    disk = shutil.disk_usage(place if place.exists() else "/")
    return Facts(
        now=now,
        began_at=notes.began_at(home),
        release=release,
        release_problem=problem,
        confirmed=notes.release_confirmed(home),
        source=notes.source_checked(home),
        hold=hold,
        hold_problem=hold_problem,
        waiting_runs=waiting_runs,
        waiting_batches=_waiting_batches(settings, release),
        refusals=refusals_in(home),
        failures=notes.failures_in(home),
        runs=notes.last_runs(home),
        credits=_credits(settings),
        credits_ended=notes.credits_ended(home),
        drift=_drift(settings, release),
        free_bytes=disk.free,
        total_bytes=disk.total,
        services=services(settings, airflow_url) if sees_services else None,
    )


def _current(settings: Settings) -> tuple[Release | None, str]:
    from include.release.catalogue import ReleaseError, current_release

    try:
        return current_release(settings), ""
    except ReleaseError as error:
        return None, error.what


def _held(settings: Settings) -> tuple[Hold | None, str, list[str]]:
    from include.release.holding import waiting_runs

    try:
        hold = hold_in(settings.releases_dir)
    except ContractError as error:
        return None, error.what, []
    return hold, "", waiting_runs(settings) if hold is not None else []


def _waiting_batches(settings: Settings, release: Release | None) -> int | None:
    """Typed batches that the release was not built from; by their folders, because this is asked every minute."""
    held = set(release.batches) if release is not None else set()
    return sum(folder.name.removeprefix("batch=") not in held for folder in settings.typed_zone.glob("batch=*/"))


def _credits(settings: Settings) -> Credits | None:
    from include import openalex

    try:
        plan = openalex.last_plan(settings)
    except EntangledError:
        return None
    if plan is None or plan.budget is None:
        return None
    late = plan.having("postpone")
    wanted = sum(planned.requests for planned in plan.due) + plan.budget.reserve
    return Credits(
        limit=plan.budget.limit,
        left=max(plan.budget.remaining - wanted, 0),
        resets_at=plan.budget.resets_at,
        planned_at=plan.planned_at,
        postponed=len(late),
        postponed_credits=sum(planned.requests for planned in late),
    )


def _drift(settings: Settings, release: Release | None) -> Check | None:
    """What gate 2 said of fields that nobody reads, of what was built last: it may never have become a release."""
    checks = release.gates.get("gate_2", ()) if release is not None else ()
    built_at = release.built_at if release is not None else None
    for file in settings.build_dir.glob(f"[!.]*/{LINEAGE}"):
        try:
            lineage = Lineage.load(file)
        except ContractError:
            continue
        if built_at is None or lineage.built_at > built_at:
            checks, built_at = lineage.gate_2, lineage.built_at
    return next((check for check in checks if check.check_id == "schema_drift"), None)
