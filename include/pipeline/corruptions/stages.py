"""The saved stages that corruptions begin with: one small corpus, a home with two releases, and a third day half done.

    released   two releases, ten days apart; the source has a day more
    ingested   the third day's batches, raw and typed
    raw        the same without typed batches and warehouse: all is made again from raw
    typed      the same without a warehouse: all is built anew from the typed batches
    built      the warehouse of the third day
    exported   its candidate
    audited    the candidate with verdict and report

A corruption gets a copy of one of them. The third day, published as it is, is what each outcome is held against.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from include.pipeline.content import published_content
from include.pipeline.corruptions.bench import Bench, Known, facts_of
from include.pipeline.corruptions.row import Start
from include.pipeline.corruptions.source import Source
from include.pipeline.lanes import Ended, Lane, step_seconds
from include.pipeline.truth import command, serving
from include.settings import child_environment

RUN_ID = "01CORRVPTED000000000000000"
# closed years before it, and a running one that is half over
FIRST_DAY = date(2022, 7, 1)
# of the joint papers: what a source changes, loses and retracts within some days
CHANGED, VANISHED, RETRACTED = 0.01, 0.002, 0.0005

_HOME_OF_A_LANE = re.compile(r"/[^']*/lane-\d+/home(?=/)")

_GO_ON = ("include.pipeline", "go-on", "--run", RUN_ID, "--from")
# where a corruption begins: the saved stage, and the command that goes on from it
STARTS: dict[Start, tuple[str, tuple[str, ...]]] = {
    "source": ("released", ("include.pipeline", "run", "--full-sweep")),
    "lists": ("ingested", (*_GO_ON, "build")),
    "raw": ("raw", ("include.pipeline", "run")),
    "typed": ("typed", ("include.pipeline", "run")),
    "models": ("ingested", (*_GO_ON, "build")),
    "built": ("built", (*_GO_ON, "check")),
    "exported": ("exported", (*_GO_ON, "audit")),
    "audited": ("audited", (*_GO_ON, "publish")),
}
_INGEST = (
    ("include.openalex", "extract", "--all", "--full"),
    ("include.openalex", "vanished"),
    ("include.openalex", "totals"),
    ("include.flatten",),
    ("include.openalex", "references"),
    ("include.flatten",),
)


@dataclass(frozen=True)
class Clean:
    """What the third day is without a corruption: tables of the release by digest, and the checks that do not hold.

    `seconds` is what each step of the second day's run took."""

    content: dict[str, str]
    warnings: frozenset[str]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Setting:
    """What a lane is given besides a home: own lists, scope, and the day."""

    lists: Path
    scope: dict[str, Any]
    day: date

    def restore(self, lane: Lane, source: Source, home: Path | None) -> None:
        """Put a copy of `home` (None: an empty one) into the lane; the source tells nothing wrong."""
        source.edits.clear()
        set_day(lane, source, self.day)
        lane.restore(home, self.lists, self.scope)


@dataclass(frozen=True)
class Stages:
    """The saved stages below `folder`, and what is known of them."""

    folder: Path
    setting: Setting
    known: Known
    clean: Clean

    def begin(self, bench: Bench, start: Start) -> None:
        """Put a copy of the stage into the bench's lane."""
        saved, _ = STARTS[start]
        self.setting.restore(bench.lane, bench.source, self.folder / saved)
        _read_own_files(bench.lane)
        # of models the unit tests are asked too
        if start != "models":
            bench.lane.take_unit_tests_for_passed()

    def go_on(self, bench: Bench, start: Start) -> Ended:
        """Do what comes after the stage, up to the release or to the gate that stops it."""
        _, arguments = STARTS[start]
        return bench.lane.attempt(*arguments)


def _read_own_files(lane: Lane) -> None:
    """Let the views of a warehouse that was built in another lane read the files of this one: the other's are being
    spoilt meanwhile."""
    if not lane.settings.warehouse_file.is_file():
        return
    with duckdb.connect(str(lane.settings.warehouse_file)) as db:
        views = db.execute("select sql from duckdb_views() where not internal").fetchall()
        for (sql,) in views:
            own = _HOME_OF_A_LANE.sub(str(lane.home), sql)
            if own != sql:
                db.execute(own.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1))


def scope() -> dict[str, Any]:
    """The scope of a lane: as the demo's, to the running year."""
    return {
        "scope": "corruptions",
        "title": "AI papers, Europe with China, since 2017",
        "subject": "ai-v1",
        "admit": "scope",
        "side_a": "EUROPE",
        "side_b": "CHINA",
        "groups": ["EU27"],
        "years": {"from": 2017, "to": "today"},
        "windows": {"by": "year", "recent_years": 1, "revisit_recent_days": 1},
    }


def set_day(lane: Lane, source: Source, day: date) -> None:
    """Let it be that day for the lane and for its source."""
    lane.clock_days = (day - date.today()).days
    source.today = day


def make_corpus(folder: Path, seed: int, scale: float, states: int, log_file: Path) -> tuple[Path, ...]:
    """A corpus and its later states."""
    corpora = [folder / "state-0"]
    asked = ["--out", str(corpora[0]), "--seed", str(seed), "--scale", str(scale)]
    command(["include.sandbox", "generate", *asked], child_environment(), log_file)
    for number in range(1, states):
        corpora.append(evolved(corpora[-1], folder / f"state-{number}", seed, log_file))
    return tuple(corpora)


def evolved(
    corpus: Path,
    later: Path,
    seed: int,
    log_file: Path,
    *,
    changed: float = CHANGED,
    vanished: float = VANISHED,
    retracted: float = RETRACTED,
) -> Path:
    """The next state of a corpus."""
    shares = ["--share", str(changed), "--vanished", str(vanished), "--retracted", str(retracted)]
    asked = ["--corpus", str(corpus), "--out", str(later), "--seed", str(seed), *shares]
    command(["include.sandbox", "evolve", *asked], child_environment(), log_file)
    return later


@contextmanager
def benches(
    folder: Path, original: Path, corpora: Sequence[Path], count: int
) -> Iterator[tuple[list[Bench], list[str]]]:
    """So many lanes with a source each, and the addresses of a sandbox for each corpus."""
    with ExitStack() as stack:
        urls = [
            stack.enter_context(serving(corpus, log_file=folder / f"sandbox-{number}.log"))
            for number, corpus in enumerate(corpora)
        ]
        found = []
        for number in range(1, count + 1):
            source = stack.enter_context(Source("", FIRST_DAY).listening())
            place = folder / f"lane-{number}"
            place.mkdir(parents=True, exist_ok=True)
            found.append(Bench(Lane(place, original, source.url), source, {}, RUN_ID))
        yield found, urls


def make_stages(folder: Path, bench: Bench, corpora: tuple[Path, ...], urls: Sequence[str]) -> Stages:
    """Run the three days in the bench's lane, and save each stage below `folder`."""
    lane, source = bench.lane, bench.source
    setting = Setting(corpora[0] / "overlay", scope(), FIRST_DAY + timedelta(days=11))
    setting.restore(lane, source, None)
    for number, days in enumerate((0, 10)):
        set_day(lane, source, FIRST_DAY + timedelta(days=days))
        source.upstream = urls[number]
        said = lane.run("include.pipeline", "run", *(["--full-sweep"] if number else []))
    save(lane, folder / "released")
    set_day(lane, source, setting.day)
    source.upstream = urls[2]
    for step in _INGEST:
        lane.run(*step)
    save(lane, folder / "ingested")
    lane.run("include.warehouse", "build")
    return save_later_stages(folder, lane, setting, step_seconds(said))


def stages_of(folder: Path, bench: Bench, home: Path, setting: Setting) -> Stages:
    """The same of a home with a release, whose last day is its third as well."""
    setting.restore(bench.lane, bench.source, home)
    for name in ("released", "ingested"):
        save(bench.lane, folder / name)
    return save_later_stages(folder, bench.lane, setting)


def save_later_stages(folder: Path, lane: Lane, setting: Setting, seconds: dict[str, float] | None = None) -> Stages:
    """Go on in the lane from its warehouse to the release, and save each stage; `folder` has those before."""
    save(lane, folder / "built")
    lane.run("include.warehouse", "export", "--run", RUN_ID)
    save(lane, folder / "exported")
    lane.run("include.audit", "--run", RUN_ID)
    lane.run("include.report", "--run", RUN_ID)
    save(lane, folder / "audited")
    lane.run(*_GO_ON, "publish")
    for name, without in (("typed", ("warehouse",)), ("raw", ("warehouse", "typed"))):
        shutil.copytree(folder / "ingested", folder / name, symlinks=True)
        for part in without:
            shutil.rmtree(folder / name / part)
    clean = Clean(published_content(lane.settings), frozenset(warnings_of(lane)), seconds or {})
    return Stages(folder, setting, facts_of(folder / "released" / "releases" / "current" / "parquet"), clean)


def warnings_of(lane: Lane) -> set[str]:
    """The checks that do not hold in the release that readers have, of all gates."""
    return {check.check_id for checks in lane.release().gates.values() for check in checks if not check.passed}


def save(lane: Lane, folder: Path) -> None:
    """Keep the lane's home as it is now."""
    shutil.copytree(lane.home, folder, symlinks=True)
