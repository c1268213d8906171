"""Tell what was not told yet, and remember what was: batches, builds, candidates, releases that lie in the home.

Events have the same ids however often they are told, so what is told twice (a process was killed before it noted it) is
the same run. Files and the address each have their own memory: a receiver that was away gets what it has missed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import filelock

from include.common.clock import utc_now
from include.common.errors import ContractError
from include.common.files import ensure_dir
from include.contracts.base import HandOver
from include.contracts.batch import BatchManifest
from include.contracts.candidate import LINEAGE, Lineage
from include.contracts.release import RECORD, Release
from include.contracts.typed import TypedManifest
from include.lineage.names import Parent, run_uuid
from include.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.transport.transport import Transport

    from include.lineage.dbt import DbtBuild
    from include.lineage.events import Told

log = logging.getLogger("entangled.lineage")

# several tasks of Airflow may tell at once
LONGEST_WAIT_SECONDS = 30
# builds and what Postgres served leave nothing in the home that could say how long they must be remembered
MOST_PASSING = 100
_PASSING = ("build ", "served ")


class Memory(HandOver):
    """`lineage/told.json` (files) and `lineage/sent.json` (the address): the keys of what was told.

    `address`: where it was sent; another one is told everything. `away_since`: since when it does not answer.
    """

    what_it_is: ClassVar[str] = "note of told lineage"
    when_torn: ClassVar[str] = "remove it; everything is told again"

    schema_version: Literal[1] = 1
    address: str = ""
    told: tuple[str, ...] = ()
    away_since: datetime | None = None


# what can be told, by a key that says which
Tellable = tuple[str, Callable[[], "Iterable[Told]"]]


def tell(settings: Settings, parent: Parent | None = None) -> None:
    """Tell all that lies in the home and was not told. `parent`: the run that has made it.

    Never raises: a run does not fail for what is only told of it.
    """
    _tell(settings, partial(_in_home, settings, parent))


def tell_served(settings: Settings, release_id: str, where: str, parent: Parent | None = None) -> None:
    """Tell that Postgres serves a release. `where`: its address without a log-in. Never raises."""

    def runs() -> Iterable[Told]:
        from include.lineage.stages import serving

        return serving(Release.load(settings.releases_dir / release_id / RECORD), where, parent)

    _tell(settings, lambda: iter([(f"served {release_id} {where}", runs)]))


def tell_run(settings: Settings, parent: Parent, started_at: datetime, *, failed: bool) -> None:
    """Tell that a run from the command line has ended, as Airflow tells it of its own. Never raises."""

    def runs() -> Iterable[Told]:
        from include.lineage.events import Told

        yield Told(parent.job, parent.run_id, started_at, utc_now(), kind="RUN", failed=failed)

    _tell(settings, lambda: iter([(f"served {parent.run_id}", runs)]))


def command_run(run_id: str) -> Parent:
    """A run from the command line, as the parent of what it makes."""
    return Parent("run", run_uuid("run", run_id))


def _tell(settings: Settings, tellable: Callable[[], Iterator[Tellable]]) -> None:
    if settings.lineage == "off":
        return
    try:
        from include.lineage.transport import day_files, http, lineage_folder

        folder = ensure_dir(lineage_folder(settings.home))
        ensure_dir(settings.locks_dir)
        with filelock.FileLock(settings.locks_dir / "lineage.lock", timeout=LONGEST_WAIT_SECONDS):
            _tell_by(day_files(settings), folder / "told.json", "", tellable())
            if (sender := http(settings)) is not None:
                _tell_by(sender, folder / "sent.json", settings.lineage, tellable())
    except filelock.Timeout:
        log.info("another process tells lineage; what is new is told next time")
    except Exception as error:
        log.warning("lineage is not told now, and will be next time: %s", type(error).__name__)


def _tell_by(transport: Transport, file: Path, address: str, tellable: Iterator[Tellable]) -> None:
    from include.lineage.events import events_of

    memory = _recall(file, address)
    told, present, away_since = dict.fromkeys(memory.told), set(), None
    for key, runs in tellable:
        present.add(key)
        if key in told:
            continue
        try:
            events = [event for run in runs() for event in events_of(run)]
        except Exception as error:
            # torn, say; who needs it for the work says so
            log.info("%s has no lineage: %s", key, type(error).__name__)
            continue
        try:
            for event in events:
                transport.emit(event)
        except Exception as error:
            away_since = memory.away_since or utc_now()
            # said once, not by every task
            level = logging.INFO if memory.away_since else logging.WARNING
            where = address or str(file.parent)
            log.log(level, "lineage waits: %s did not take it (%s)", where, type(error).__name__)
            break
        told[key] = None
    if memory.away_since and away_since is None:
        log.info("lineage is told again: %s took what it had missed", address or file.parent)
    # what comes after the first that was not taken was not looked at
    keys = tuple(told) if away_since else _kept(told, present)
    now = memory.model_copy(update={"address": address, "told": keys, "away_since": away_since})
    if now != memory:
        now.save(file)


def _recall(file: Path, address: str) -> Memory:
    try:
        memory = Memory.load(file)
    except ContractError:
        return Memory(address=address)
    return memory if memory.address == address else Memory(address=address)


def _kept(told: Iterable[str], present: set[str]) -> tuple[str, ...]:
    """Without what has left the home. A look at a part of the home (`served`) forgets nothing."""
    lasting = [key for key in told if not key.startswith(_PASSING)]
    if any(not key.startswith(_PASSING) for key in present):
        lasting = [key for key in lasting if key in present]
    passing = [key for key in told if key.startswith(_PASSING)]
    return (*sorted(lasting), *passing[-MOST_PASSING:])


def _in_home(settings: Settings, parent: Parent | None) -> Iterator[Tellable]:
    yield from _batches(settings, parent)
    target = settings.home / "dbt" / "target"
    if (moment := _moment(target / "run_results.json")) is not None:
        yield f"build {moment}", partial(_of_build, target, parent)
    for file in sorted(settings.build_dir.glob(f"*/{LINEAGE}")):
        yield f"candidate {file.parent.name}", partial(_of_candidate, settings, file, parent)
    for file in sorted(settings.releases_dir.glob(f"[!.]*/{RECORD}")):
        # `current` is a link to one of them
        if not file.parent.is_symlink():
            yield f"release {file.parent.name}", partial(_of_release, settings, file, parent)


def _batches(settings: Settings, parent: Parent | None) -> Iterator[Tellable]:
    for file in sorted(settings.raw_zone.glob("*/batch=*/_manifest.json")):
        yield f"raw {_place(file)}", partial(_of_raw, file, parent)
    for file in sorted(settings.typed_zone.glob("batch=*/_typed.json")):
        # another flatten replaces it
        yield f"typed {file.parent.name} {_moment(file)}", partial(_of_typed, settings, file, parent)


def _place(file: Path) -> str:
    return f"{file.parent.parent.name}/{file.parent.name}"


def _moment(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None


def _of_raw(file: Path, parent: Parent | None) -> Iterable[Told]:
    from include.lineage.stages import sweep

    yield sweep(BatchManifest.load(file), parent)


def _of_typed(settings: Settings, file: Path, parent: Parent | None) -> Iterable[Told]:
    from include.lineage.stages import flattening

    typed = TypedManifest.load(file)
    raw = settings.raw_zone / typed.entity / f"batch={typed.batch_id}" / "_manifest.json"
    yield flattening(typed, BatchManifest.load(raw) if raw.exists() else None, parent)


def _of_build(target: Path, parent: Parent | None) -> Iterable[Told]:
    build = _build_in(target)
    return build.runs(parent) if build is not None else ()


def _build_in(target: Path) -> DbtBuild | None:
    from include.lineage.dbt import DbtBuild
    from include.lineage.transport import lineage_folder

    home = target.parents[1]
    return DbtBuild.in_folder(target, lineage_folder(home) / "columns.json")


def _of_candidate(settings: Settings, file: Path, parent: Parent | None) -> Iterable[Told]:
    from include.lineage.stages import export, reading

    lineage = Lineage.load(file)
    batches = []
    for batch in lineage.batches:
        typed = settings.typed_zone / f"batch={batch}" / "_typed.json"
        if typed.exists():
            batches.append(TypedManifest.load(typed))
    build = _build_in(settings.home / "dbt" / "target")
    is_of_this = build is not None and build.invocation_id == lineage.dbt_invocation_id
    began = build.started_at if build is not None and is_of_this else lineage.built_at
    yield from reading(lineage, batches, began, parent)
    yield from export(lineage, parent)


def _of_release(settings: Settings, file: Path, parent: Parent | None) -> Iterable[Told]:
    from include.lineage.stages import publication

    release = Release.load(file)
    candidate = settings.build_dir / release.run_id / LINEAGE
    exported = Lineage.load(candidate) if candidate.exists() else None
    # without its candidate, which goes after two weeks: what is not of a candidate can only be guessed
    tables = {table.name for table in (exported or release).tables}
    return publication(release, tables, parent)
