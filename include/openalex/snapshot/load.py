"""Plan, load, finish: each does what is not yet done, so that a load that was killed is simply started again."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from datetime import time as midnight
from functools import partial
from pathlib import Path
from typing import Any

from include.common.clock import utc_now
from include.common.errors import ContractError
from include.common.files import only_one
from include.contracts.batch import Query, Window
from include.contracts.scope import ResolvedScope
from include.openalex.errors import SnapshotFault
from include.openalex.models import ExtractSummary
from include.openalex.queries import WORK_FIELDS, works_query
from include.openalex.runner import SweepTask, sweep
from include.openalex.scope import current_scope
from include.openalex.snapshot.bundle import FIRST_CURSOR, RECORDS_A_PAGE, BundleReader
from include.openalex.snapshot.gone import take_back
from include.openalex.snapshot.manifest import find, require_unchanged
from include.openalex.snapshot.models import (
    WINDOW_PREFIX,
    Bundle,
    CompleteLoad,
    LoadedBundle,
    Snapshot,
    SnapshotPart,
    SnapshotPlan,
)
from include.openalex.snapshot.store import Store, location
from include.openalex.windows import MOST_SPLITS, depth, halves, windows
from include.openalex.worker import openalex_id
from include.openalex.works import parse_day, work_judgement
from include.raw_zone.layout import ENTITIES, SNAPSHOT
from include.raw_zone.places import place
from include.raw_zone.sweeps import last_sweeps
from include.raw_zone.verify import refuse_foreign_files
from include.raw_zone.writer import abandon_open, clear_leftovers, open_batches
from include.settings import Settings

log = logging.getLogger("entangled.openalex")

# a bundle is a batch, a task, and what a replaced snapshot costs: not so many that the grid is unreadable
MOST_BUNDLES = 20
SMALLEST_BUNDLE_BYTES = 256 * 1024 * 1024

PLAN, COMPLETE = "plan.json", "complete.json"


def plan(settings: Settings) -> SnapshotPlan:
    """Read the snapshot's manifest and bundle the parts that are newer than the last load. The plan is kept.

    Raises:
        SnapshotFault: there is no snapshot, or its manifest contradicts itself.
        SnapshotChanged: it is being replaced just now.
        ContractError: the raw zone holds foreign files.
    """
    refuse_foreign_files(settings)
    for entity in ENTITIES:
        clear_leftovers(settings, entity)
    scope = current_scope(settings)
    with Store(settings) as store:
        store.clear_downloads()
        snapshot, parts = find(store, location(settings))
    done = complete_load(settings, scope)
    fresh = [part for part in parts if done is None or not done.covers(part)]
    made = SnapshotPlan(
        fetch_version=scope.fetch_version,
        planned_at=utc_now(),
        snapshot=snapshot,
        bundles=tuple(_with_state(settings, scope, bundle) for bundle in _bundles(scope, snapshot, fresh)),
        skipped=len(parts) - len(fresh),
    )
    made.save(_folder(settings) / PLAN)
    _abandon_others(settings, made)
    return made


def load(settings: Settings, window_id: str) -> LoadedBundle:
    """Load one bundle of the last plan, unless it is loaded.

    Raises:
        BusyError: another process loads it.
        SnapshotFault, SnapshotChanged, Unreachable: as they say; the pages so far are kept.
        GateFailed, StorageError: as `extract`.
    """
    made = _last_plan(settings)
    bundle = next((each for each in made.bundles if each.window.window_id == window_id), None)
    if bundle is None:
        raise ContractError(f"the last plan has no bundle {window_id}", fix="plan again, then load what the plan names")
    with only_one(settings.locks_dir / f"{window_id}.lock", f"the load of {window_id}"):
        loaded = _loaded(settings, made.fetch_version, window_id)
        return loaded if loaded is not None else _load(settings, made.snapshot, bundle)


def finish(settings: Settings) -> CompleteLoad:
    """When every bundle of the last plan is loaded: read the manifest again, take back what the snapshot lists as
    deleted or merged, and remember that the snapshot is in.

    Raises:
        SnapshotFault: a bundle is not loaded yet.
        SnapshotChanged: the snapshot was replaced meanwhile.
        GateFailed: too many works are gone at once. Nothing is taken back.
    """
    made, scope = _last_plan(settings), current_scope(settings)
    loaded = [_loaded(settings, made.fetch_version, bundle.window.window_id) for bundle in made.bundles]
    if None in loaded or not scope.is_version(made.fetch_version):
        raise SnapshotFault(
            f"{loaded.count(None)} of {len(loaded)} bundles are not loaded with the scope as it is",
            where=str(_folder(settings)),
            fix="run the load again: it goes on where it stopped",
        )
    with only_one(settings.locks_dir / "snapshot-finish.lock", "the end of a load"), Store(settings) as store:
        require_unchanged(store, made.snapshot)
        _, parts = find(store, location(settings))
        taken_back = take_back(_as_snapshot(settings), scope, store, made.snapshot, _as_of_windows(settings))
    complete = CompleteLoad(
        fetch_version=scope.fetch_version,
        snapshot=made.snapshot,
        last_parts=tuple(part for part in parts if part.updated_on == made.snapshot.newest),
        tombstones=taken_back,
        completed_at=utc_now(),
    )
    complete.save(_folder(settings) / COMPLETE)
    log.info("%s is in, %s works taken back", made.snapshot.title, f"{taken_back:,}")
    return complete


def load_all(settings: Settings) -> list[LoadedBundle]:
    """Plan, load every bundle, finish. The first error stops the rest.

    Raises:
        BusyError: another process does the same in this home.
        As `plan`, `load` and `finish`.
    """
    with only_one(settings.locks_dir / "extract.lock", f"a sweep of all windows in {settings.home}"):
        made = plan(settings)
        log.info("plan:\n%s", made.table())
        loaded = [load(settings, bundle.window.window_id) for bundle in made.bundles]
        finish(settings)
    return loaded


def _load(settings: Settings, snapshot: Snapshot, bundle: Bundle) -> LoadedBundle:
    started, scope, window_id = time.monotonic(), current_scope(settings), bundle.window.window_id
    with Store(settings) as store:
        reader = BundleReader(store, snapshot, bundle, scope, _swept_since(settings, scope, snapshot.newest))
        summary = sweep(_as_snapshot(settings), _task(scope, snapshot, bundle, reader))
    loaded = _record(scope, snapshot, bundle, summary, time.monotonic() - started)
    loaded.save(_folder(settings) / f"{window_id}.json")
    log.info("%s", loaded.line())
    return loaded


def _task(scope: ResolvedScope, snapshot: Snapshot, bundle: Bundle, reader: BundleReader) -> SweepTask:
    return SweepTask(
        entity="works",
        scope_id=scope.scope_id,
        fetch_version=scope.fetch_version,
        window=bundle.window,
        query=Query(
            path=snapshot.root,
            filter=f"scope {scope.scope_id} {scope.fetch_version} of manifest {snapshot.manifest_sha256[:12]}",
            select=WORK_FIELDS,
            sort=None,
            per_page=RECORDS_A_PAGE,
        ),
        first_cursor=FIRST_CURSOR,
        fetch_page=reader.fetch,
        judgement=replace(work_judgement(bundle.window), place=partial(_place, scope)),
        shows_whole_window=False,
        counts_repeats=True,
        source=snapshot.root,
        strategy="snapshot",
        as_of=datetime.combine(snapshot.newest, midnight.min, UTC),
    )


def _place(scope: ResolvedScope, work: Mapping[str, Any]) -> str:
    """Where the work lies in the scope; empty when it does not say so itself."""
    day, topic = parse_day(work.get("publication_date")), work.get("primary_topic")
    if day is None:
        return ""
    topic_id = openalex_id(topic) if isinstance(topic, dict) else None
    chunks = scope.topic_chunks
    number = next((number for number, chunk in enumerate(chunks, start=1) if topic_id in chunk), None)
    return place(day, number if len(chunks) > 1 else None)


def _record(
    scope: ResolvedScope, snapshot: Snapshot, bundle: Bundle, summary: ExtractSummary, seconds: float
) -> LoadedBundle:
    return LoadedBundle(
        window_id=summary.window_id,
        fetch_version=scope.fetch_version,
        manifest_sha256=snapshot.manifest_sha256,
        as_of=snapshot.newest,
        parts=bundle.parts,
        records=bundle.records,
        matched=summary.received,
        stored=summary.stored,
        duplicates=summary.duplicates,
        batch_id=summary.batch_id,
        seconds=round(seconds, 2),
        loaded_at=utc_now(),
    )


def _bundles(scope: ResolvedScope, snapshot: Snapshot, parts: Sequence[SnapshotPart]) -> Iterator[Bundle]:
    """The parts, oldest first, in pieces of about the same size."""
    size = max(sum(part.bytes for part in parts) / MOST_BUNDLES, SMALLEST_BUNDLE_BYTES)
    gathered: list[SnapshotPart] = []
    number = 0
    for part in parts:
        gathered.append(part)
        if sum(each.bytes for each in gathered) >= size or part is parts[-1]:
            number += 1
            yield _bundle(scope, snapshot, number, gathered)
            gathered = []


def _bundle(scope: ResolvedScope, snapshot: Snapshot, number: int, parts: Sequence[SnapshotPart]) -> Bundle:
    first, last = parts[0].updated_on, parts[-1].updated_on
    release = f"{snapshot.released_on or snapshot.newest}-{snapshot.manifest_sha256[:8]}"
    return Bundle(
        # another scope selects other records of the same parts
        window=Window(
            window_id=f"{WINDOW_PREFIX}{release}-{scope.fetch_version[:8]}-{number:03d}-{first:%Y%m%d}",
            title=f"{snapshot.title}, updated {first} to {last}",
        ),
        parts=tuple(reversed(parts)),
    )


def _with_state(settings: Settings, scope: ResolvedScope, bundle: Bundle) -> Bundle:
    loaded = _loaded(settings, scope.fetch_version, bundle.window.window_id)
    is_loaded = loaded is not None and loaded.parts == bundle.parts
    return bundle.model_copy(update={"is_loaded": is_loaded})


def _swept_since(settings: Settings, scope: ResolvedScope, day: date) -> list[Window]:
    """Windows that the API was asked for after the snapshot's day: what is here of them is younger."""
    sweeps = last_sweeps(settings, "works")
    return [
        window
        for window in _with_halves(windows(scope))
        if (found := sweeps.get(window.window_id)) is not None
        and found.query == works_query(scope, window)
        and found.swept_at.date() > day
    ]


def _with_halves(whole: Sequence[Window]) -> Iterator[Window]:
    for window in whole:
        yield window
        if depth(window) < MOST_SPLITS:
            yield from _with_halves(halves(window) or ())


def _abandon_others(settings: Settings, made: SnapshotPlan) -> None:
    """Loads of a snapshot that is not there any more cannot be gone on with."""
    planned = {bundle.window.window_id for bundle in made.bundles}
    for batch in open_batches(settings, "works"):
        if batch.window.window_id.startswith(WINDOW_PREFIX) and batch.window.window_id not in planned:
            abandon_open(settings, "works", batch.window.window_id)


def _as_snapshot(settings: Settings) -> Settings:
    """A load that is started by hand says in its manifests what it is, whatever the daily strategy."""
    return settings.model_copy(update={"strategy": "snapshot"})


def _folder(settings: Settings) -> Path:
    return settings.raw_zone / SNAPSHOT


def _last_plan(settings: Settings) -> SnapshotPlan:
    file = _folder(settings) / PLAN
    if not file.exists():
        raise ContractError("no load was planned", where=str(file), fix="python -m include.openalex snapshot")
    return SnapshotPlan.load(file)


def _loaded(settings: Settings, fetch_version: str, window_id: str) -> LoadedBundle | None:
    file = _folder(settings) / f"{window_id}.json"
    found = LoadedBundle.load(file) if file.exists() else None
    return found if found is not None and found.fetch_version == fetch_version else None


def complete_load(settings: Settings, scope: ResolvedScope) -> CompleteLoad | None:
    """The last snapshot that was loaded as a whole with this scope."""
    file = _folder(settings) / COMPLETE
    found = CompleteLoad.load(file) if file.exists() else None
    # another scope wants other records of the parts that were read
    return found if found is not None and scope.is_version(found.fetch_version) else None


def _as_of_windows(settings: Settings) -> dict[str, date]:
    """Until which day the works of each window are known, whichever strategy brought them."""
    swept = {window_id: each.swept_at.date() for window_id, each in last_sweeps(settings, "works").items()}
    files = _folder(settings).glob(f"{WINDOW_PREFIX}*.json")
    return swept | {loaded.window_id: loaded.as_of for loaded in map(LoadedBundle.load, files)}
