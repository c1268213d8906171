"""Thousands of switches under readers, with kill -9 in publish among them: nobody reads a mixture, nobody fails.

Four readers, each a process of its own that opens, reads two tables and closes as fast as it can, in the ways that
bi/README.md recommends. The two tables name the run that they are of; two names in one reading are a mixture. Every
hundredth switch is a publication that is killed at a random point and then finished by the same command.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import SynchronizedArray
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb

from include import release
from include.common.clock import utc_now
from include.common.duck import connect
from include.common.errors import EntangledError
from include.common.files import only_one, sha256_file
from include.common.ids import new_ulid
from include.common.sql import quoted, read_parquet
from include.contracts.candidate import AUDIT, AUDITED, LINEAGE, MARTS, Lineage, Verdict, files_of
from include.pipeline.faults import environment_of, fault_settings
from include.pipeline.truth import command, serving
from include.release.catalogue import current_id, kept_releases, link, lock_file, point_at
from include.release.ops import QUALITY_RESULTS, RELEASES
from include.settings import REPOSITORY, Settings, child_environment

SWITCHES_A_KILL = 100
SCALE = 0.01
# releases to switch among; more are made and go while the readers read
KEEP = 4
# long beside a reading, short beside the whole: old releases go under the readers
GRACE_MINUTES = 0.25
_LONGEST_PAUSE_SECONDS = 0.01
# what publishing says when it begins (include/release/publishing.py)
_BEGINS = "publishing run "
# how a release names the run that it is of, in each of two tables
_RUNS = (f"select max(run_id) from {QUALITY_RESULTS}", f"select arg_max(run_id, published_at) from {RELEASES}")
READS, FAILED, MIXED = range(3)
_MOMENTS = _CHECKING, _MAKING, _SHOWN, _AFTER = (
    "while the candidate was looked at",
    "while the release was made",
    "between folder and switch",
    "after the switch",
)


@dataclass
class Outcome:
    """What happened: kills by what they hit, switches, readings by reader, and what was not whole after a kill."""

    kills: dict[str, int]
    switches: int = 0
    reads: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    mixed: int = 0
    torn: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Nothing failed, mixed or torn, and every reader has read."""
        return not (self.failed or self.mixed or self.torn) and bool(self.reads) and all(self.reads.values())

    @property
    def last_line(self) -> str:
        """`switches: 10000, reads: 51234, failed: 0, mixed: 0`."""
        return (
            f"switches: {self.switches}, reads: {sum(self.reads.values())}, failed: {self.failed}, mixed: {self.mixed}"
        )

    def take(self, counts: Mapping[str, SynchronizedArray[int]], log: Path) -> None:
        """What the readers counted (readings, failed, mixed), and the first lines of what they wrote of it."""
        self.reads = {kind: one[READS] for kind, one in counts.items()}
        self.failed = sum(one[FAILED] for one in counts.values())
        self.mixed = sum(one[MIXED] for one in counts.values())
        self.examples = log.read_text().splitlines()[:10] if log.exists() else []


def check_switches(settings: Settings, count: int, seed: int | None = None) -> bool:
    """Switch `count` times in a home of its own; prints progress and ends with `switches: n, reads: n, ...`."""
    folder = settings.home / "switches"
    shutil.rmtree(folder, ignore_errors=True)
    home = released_home(folder)
    chosen = seed if seed is not None else random.randrange(2**32)
    print(f"seed of the moments: {chosen}", flush=True)
    outcome = switch_under_readers(home, count, chosen, tell=lambda line: print(line, flush=True))
    for line in [*outcome.torn, *outcome.examples]:
        print(line)
    print(", ".join(f"{hits} kills {when}" for when, hits in outcome.kills.items()))
    print(f"kills in publish: {sum(outcome.kills.values())}, `current` not whole after: {len(outcome.torn)}")
    print(", ".join(f"{kind}: {reads} reads" for kind, reads in outcome.reads.items()))
    print(outcome.last_line)
    if outcome.is_good:
        shutil.rmtree(folder)
    return outcome.is_good


def switch_under_readers(settings: Settings, count: int, seed: int, tell: Callable[[str], None]) -> Outcome:
    """`count` switches in a home with a release and its candidate, under four readers.

    Raises:
        EntangledError: the home has no release, or not the candidate that it was made of.
    """
    settings = settings.model_copy(update={"keep_releases": KEEP, "reader_grace_minutes": GRACE_MINUTES})
    moments = random.Random(seed)
    published = release.current(settings)
    if published is None:
        raise EntangledError("there is no release to begin with", where=str(settings.home), fix="publish one")
    twins = Twins(settings, published.run_id)
    outcome = Outcome(kills=dict.fromkeys(_MOMENTS, 0))
    for _ in range(KEEP - 1):
        release.publish(settings, twins.make())
    kills = max(1, count // SWITCHES_A_KILL)
    with _reading(settings, outcome) as read_so_far:
        # while they read, or the kills would all fall into its first half
        seconds = _seconds_of_publishing(settings, twins.make())
        for number in range(1, kills + 1):
            # a little longer than it takes, so that its last steps are hit too
            moment = moments.uniform(0, seconds * 1.1)
            while not _kill_and_finish(settings, twins.make(), moment, outcome):
                # it had ended before
                moment *= 0.9
            _switch(settings, count * number // kills - outcome.switches, moments, outcome)
            if number % max(1, kills // 20) == 0:
                tell(f"{outcome.switches} of {count} switches, {number} kills in publish, {read_so_far()}")
    found = release.verify(settings)
    outcome.torn += [] if found.is_whole else [str(found)]
    return outcome


def _seconds_of_publishing(settings: Settings, run_id: str) -> float:
    """How long the command takes from where a kill may hit it."""
    process = _start_publishing(settings, run_id)
    started = time.monotonic()
    if _end(process) != 0:
        raise EntangledError("publishing fails", where=run_id, fix="see what it says by hand")
    return time.monotonic() - started


def _switch(settings: Settings, count: int, moments: random.Random, outcome: Outcome) -> None:
    """Point `current` at one kept release after another."""
    kept = kept_releases(settings)
    for _ in range(count):
        with only_one(lock_file(settings), "a change of releases"):
            now = current_id(settings)
            point_at(settings, moments.choice([one for one in kept if one.release_id != now]))
        outcome.switches += 1
        time.sleep(moments.uniform(0, _LONGEST_PAUSE_SECONDS))


def _kill_and_finish(settings: Settings, run_id: str, moment: float, outcome: Outcome) -> bool:
    """Kill a publication so many seconds after its beginning, look at what readers have, and publish again.

    False: it had ended before.
    """
    before = current_id(settings)
    process = _start_publishing(settings, run_id)
    time.sleep(moment)
    process.kill()
    ended = _end(process)
    if ended not in (0, -signal.SIGKILL):
        raise EntangledError(f"publishing failed by itself ({ended})", where=run_id, fix="see what it says by hand")
    was_killed = ended == -signal.SIGKILL
    outcome.switches += 1
    if was_killed:
        outcome.kills[_moment_of(settings, run_id)] += 1
        state = _state(settings, before, run_id)
        outcome.torn += [f"after a kill {moment:.3f} s into publishing: {state}"] if state else []
        release.publish(settings, run_id)
    # what it was published from has done its work
    shutil.rmtree(settings.build_dir / run_id)
    return was_killed


def _start_publishing(settings: Settings, run_id: str) -> subprocess.Popen[str]:
    """The command, as soon as it holds the lock."""
    own = {
        "ENTANGLED_KEEP_RELEASES": str(settings.keep_releases),
        "ENTANGLED_READER_GRACE_MINUTES": str(settings.reader_grace_minutes),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "include.release", "publish", "--run", run_id],
        cwd=REPOSITORY,
        env=child_environment(**{**environment_of(settings), **own}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if _BEGINS in line:
            break
    return process


def _end(process: subprocess.Popen[str]) -> int:
    """Exit code of a process, whose last lines are read so that it can end."""
    assert process.stderr is not None
    process.stderr.read()
    process.stderr.close()
    return process.wait()


def _moment_of(settings: Settings, run_id: str) -> str:
    """How far a killed publication had come."""
    made = next((one for one in kept_releases(settings) if one.run_id == run_id), None)
    if made is not None:
        return _AFTER if made.release_id == current_id(settings) else _SHOWN
    # names of what is being made end as those of its run do
    return _MAKING if any(settings.releases_dir.glob(f".*-{run_id.lower()[-6:]}.tmp")) else _CHECKING


def _state(settings: Settings, before: str | None, run_id: str) -> str:
    """What is wrong with the current release, in words; empty when it is whole, and the one before or the new one."""
    now = current_id(settings)
    if now is None:
        return "`current` is gone"
    found = release.verify(settings, now)
    if not found.is_whole:
        return str(found)
    current = release.current(settings)
    if now != before and (current is None or current.run_id != run_id):
        return f"`current` is {now}, neither what it was nor what is published"
    return ""


class Twins:
    """Candidates that differ from an audited one in their names and in the bytes of one table."""

    def __init__(self, settings: Settings, run_id: str) -> None:
        self._settings, self._model = settings, settings.build_dir / run_id
        if not (self._model / LINEAGE).is_file():
            raise EntangledError("the candidate of the release is gone", where=str(self._model), fix="build again")

    def make(self) -> str:
        """Write another one, as if it had been exported and audited now."""
        run_id = new_ulid()
        folder = self._settings.build_dir / run_id
        shutil.copytree(self._model, folder)
        lineage = Lineage.load(folder / LINEAGE)
        table = min(lineage.tables, key=lambda table: table.rows)
        file = folder / MARTS / f"{table.name}.parquet"
        # otherwise it would be the data of the release before, which makes no new one
        self._rewrite(file, f"from {read_parquet(file)}", f", kv_metadata {{run_id: {quoted(run_id)}}}")
        results = folder / AUDIT / f"{QUALITY_RESULTS}.parquet"
        self._rewrite(results, f"select * replace ({quoted(run_id)} as run_id) from {read_parquet(results)}")
        named = table.model_copy(update={"sha256": sha256_file(file)})
        tables = tuple(named if one.name == table.name else one for one in lineage.tables)
        lineage.model_copy(update={"run_id": run_id, "built_at": utc_now(), "tables": tables}).save(folder / LINEAGE)
        verdict = Verdict.load(folder / "verdict.json")
        own = {"run_id": run_id, "files_sha256": files_of(folder, *AUDITED)}
        verdict.model_copy(update=own).with_report(folder).save(folder / "verdict.json")
        return run_id

    def _rewrite(self, file: Path, sql: str, options: str = "") -> None:
        aside = file.with_suffix(".new")
        with connect(self._settings) as db:
            db.execute("set preserve_insertion_order = true")
            db.execute(f"copy ({sql}) to {quoted(aside)} (format parquet{options})")
        aside.replace(file)


@contextmanager
def _reading(settings: Settings, outcome: Outcome) -> Iterator[Callable[[], str]]:
    """Four readers, for as long as the block runs; gives what says how much they have read. Their counts end in
    `outcome`.
    """
    # not forked: DuckDB has threads
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    counts = {kind: context.Array("q", 3) for kind in _READERS}
    log = settings.home / "readers.log"
    log.unlink(missing_ok=True)
    own = settings.model_copy(update={"threads": 1})
    readers = [
        context.Process(target=_read_until, args=(kind, own, counts[kind], stop, log), daemon=True) for kind in _READERS
    ]
    for reader in readers:
        reader.start()
    try:
        deadline = time.monotonic() + 120
        while not all(one[READS] for one in counts.values()):
            if time.monotonic() > deadline or not all(reader.is_alive() for reader in readers):
                raise EntangledError(
                    "a reader does not read", where=str(log), fix=log.read_text() if log.exists() else "see its output"
                )
            time.sleep(0.05)
        yield lambda: f"{sum(one[READS] for one in counts.values())} reads"
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    outcome.take(counts, log)


def _read_until(kind: str, settings: Settings, counts: SynchronizedArray[int], stop: Event, log: Path) -> None:
    """Read again and again; a process of its own."""
    # readers never rest: on two cores, most of the time of a check would be spent waiting for them
    os.nice(10)
    parent = multiprocessing.parent_process()
    while not stop.is_set() and (parent is None or parent.is_alive()):
        told: Any
        try:
            told = _READERS[kind](settings)
            wrong = MIXED if len(set(told)) > 1 else None
        except Exception as error:
            told, wrong = f"{type(error).__name__}: {error}", FAILED
        counts[READS] += 1
        if wrong is not None:
            counts[wrong] += 1
            with log.open("a") as lines:
                lines.write(json.dumps([kind, told]) + "\n")


def _from_database(db: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(db.execute(sql).fetchall()[0][0]) for sql in _RUNS]


def _by_the_link(settings: Settings) -> Sequence[str]:
    """The database, opened by the link: one connection is one release."""
    with duckdb.connect(str(link(settings) / "marts.duckdb"), read_only=True, config={"threads": "1"}) as db:
        return _from_database(db)


def _by_open_current(settings: Settings) -> Sequence[str]:
    """The connection that we give."""
    with release.open_current(settings) as db:
        return _from_database(db)


def _by_pandas(settings: Settings) -> Sequence[str]:
    """Parquet files of the folder that the link led to."""
    import pandas as pd

    folder = release.current_folder(settings) / "parquet"
    results, releases = (pd.read_parquet(folder / f"{table}.parquet") for table in (QUALITY_RESULTS, RELEASES))
    return str(results["run_id"].max()), str(releases.sort_values("published_at")["run_id"].iloc[-1])


def _by_two_statements(settings: Settings) -> Sequence[str]:
    """One statement a file, each with a connection of its own, on the folder that the link led to."""
    folder = release.current_folder(settings) / "parquet"
    found = []
    for sql, table in zip(_RUNS, (QUALITY_RESULTS, RELEASES), strict=True):
        with duckdb.connect(config={"threads": "1"}) as db:
            file = read_parquet(folder / f"{table}.parquet")
            found.append(str(db.execute(sql.replace(f"from {table}", f"from {file}")).fetchall()[0][0]))
    return found


_READERS: dict[str, Callable[[Settings], Sequence[str]]] = {
    "database by the link": _by_the_link,
    "open_current": _by_open_current,
    "pandas by the folder": _by_pandas,
    "two statements by the folder": _by_two_statements,
}


def released_home(folder: Path) -> Settings:
    """A home with a release, from a small corpus through the whole pipeline."""
    corpus, log = folder / "corpus", folder / "run.log"
    command(
        ["include.sandbox", "generate", "--out", str(corpus), "--seed", "11", "--scale", str(SCALE)],
        child_environment(),
        log,
    )
    with serving(corpus, log_file=folder / "sandbox.log") as url:
        settings = fault_settings(folder / "home", url, corpus / "overlay", timeout_seconds=30)
        command(["include.pipeline", "run"], environment_of(settings), log)
    return settings
