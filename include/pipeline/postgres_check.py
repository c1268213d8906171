"""Switches in a real Postgres under readers, with the publisher and the server killed among them: nobody reads a
mixture, nobody fails.

Four readers, each a process of its own, read as fast as they can, in the ways of the tools that BI people use. What
they read names the release and the run that it is of, in three views; two names in one reading are a mixture. Most
switches lead to a release that is there already, every fifth to a new one; of those every second is killed at a random
point, publisher and server in turn, and finished by the same command.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized, SynchronizedArray
from multiprocessing.synchronize import Event
from pathlib import Path

import psycopg2
from psycopg2.extensions import cursor
from pydantic import SecretStr

from include import release
from include.common.errors import EntangledError
from include.common.files import only_one
from include.contracts.release import Release
from include.pipeline.faults import environment_of
from include.pipeline.local_postgres import LocalPostgres, local_postgres
from include.pipeline.switches import FAILED, GRACE_MINUTES, KEEP, MIXED, READS, Outcome, Twins, released_home
from include.release.catalogue import kept_releases, lock_file, point_at
from include.settings import REPOSITORY, Settings, child_environment

READS_A_SWITCH = 200
_SWITCHES_A_RELEASE = 5
# what publishing says when it begins to load (include/release/postgres.py)
_BEGINS = "goes into Postgres"
_PATIENCE_SECONDS = 120

# how the views name release and run; the name of a release ends as that of its run
_IN_ONE_STATEMENT = (
    "select n.release_id, n.run_id, b.release_id, (select max(run_id) from marts.mart_ops_quality_results),"
    " (select release_id from marts.mart_ops_releases order by published_at desc limit 1)"
    " from marts.release n, marts.bi_ops_release b, (select count(*) from marts.fct_works) w"
)
_ONE_BY_ONE = (
    "select release_id from marts.bi_ops_release",
    "select max(run_id) from marts.mart_ops_quality_results",
    "select release_id from marts.mart_ops_releases order by published_at desc limit 1",
    "select release_id from marts.release",
)


def check_postgres(settings: Settings, count: int, seed: int | None = None) -> bool:
    """Switch `count` times in a home and a Postgres of its own; prints progress and ends with `switches: n, ...`."""
    folder = settings.home / "postgres"
    shutil.rmtree(folder, ignore_errors=True)
    home = released_home(folder)
    chosen = seed if seed is not None else random.randrange(2**32)
    print(f"seed of the moments: {chosen}", flush=True)
    with local_postgres() as server:
        outcome = switch_in_postgres(home, server, count, chosen, tell=lambda line: print(line, flush=True))
    for line in [*outcome.torn, *outcome.examples]:
        print(line)
    print(", ".join(f"{hits} kills of the {whom}" for whom, hits in outcome.kills.items()))
    print(", ".join(f"{kind}: {reads} reads" for kind, reads in outcome.reads.items()))
    print(outcome.last_line)
    if outcome.is_good:
        shutil.rmtree(folder)
    return outcome.is_good


def switch_in_postgres(
    settings: Settings,
    server: LocalPostgres,
    count: int,
    seed: int,
    tell: Callable[[str], None],
    reads_a_switch: int = READS_A_SWITCH,
) -> Outcome:
    """`count` switches of a home with a release and its candidate, in a database of its own, under four readers.

    Raises:
        EntangledError: the home has no release, or a step fails that nobody killed.
    """
    address = server.make_database(f"switches_{seed}")
    settings = settings.model_copy(
        update={
            "keep_releases": KEEP,
            "reader_grace_minutes": GRACE_MINUTES,
            "publish_postgres": SecretStr(address),
        }
    )
    published = release.current(settings)
    if published is None:
        raise EntangledError("there is no release to begin with", where=str(settings.home), fix="publish one")
    switching = _Switching(
        settings,
        server,
        random.Random(seed),
        Twins(settings, published.run_id),
        Outcome(kills={"publisher": 0, "server": 0}),
    )
    switching.publish_twin()
    release.serve(settings)
    with _reading(settings, switching.outcome) as readers:
        for number in range(1, count + 1):
            if number % (2 * _SWITCHES_A_RELEASE) == 0:
                # the one and the other by turns
                hits_server = number % (4 * _SWITCHES_A_RELEASE) == 0
                switching.kill_and_finish(readers, hits_server=hits_server)
            elif number % _SWITCHES_A_RELEASE == 0:
                switching.publish_twin()
                release.serve(settings)
            else:
                switching.point_elsewhere()
                release.serve(settings)
            switching.outcome.switches += 1
            readers.wait_for(number * reads_a_switch)
            if number % max(1, count // 10) == 0:
                tell(f"{number} of {count} switches, {readers.reads} reads")
    return switching.outcome


@dataclass
class _Switching:
    """What is done to the server while others read."""

    settings: Settings
    server: LocalPostgres
    moments: random.Random
    twins: Twins
    outcome: Outcome
    seconds: float = 0.0

    def publish_twin(self) -> Release:
        """Make a release of the same data under another name the current one, in files alone."""
        run_id = self.twins.make()
        made = release.publish(self.settings, run_id)
        shutil.rmtree(self.settings.build_dir / run_id)
        return made

    def point_elsewhere(self) -> None:
        """Make another kept release the current one, in files alone."""
        now = release.current(self.settings)
        others = [one for one in kept_releases(self.settings) if one != now]
        with only_one(lock_file(self.settings), "a change of releases"):
            point_at(self.settings, self.moments.choice(others))

    def kill_and_finish(self, readers: _Readers, *, hits_server: bool) -> None:
        """Kill what publishes, or what is published into, at a random moment; look at what is served, and finish."""
        if not self.seconds:
            # while they read, or the kills would all fall into its first half
            self.seconds = self._seconds_of_serving()
        moment = self.moments.uniform(0, self.seconds)
        # without the server nobody reads
        with readers.pausing() if hits_server else nullcontext():
            while not self._is_hit(moment, hits_server=hits_server):
                # it had ended before
                moment *= 0.7

    def _is_hit(self, moment: float, *, hits_server: bool) -> bool:
        """Kill a publication so many seconds after its beginning, and finish it. False: it had ended before."""
        before, made = self._served(), self.publish_twin()
        process = self._start_serving()
        time.sleep(moment)
        self.server.kill() if hits_server else process.kill()
        ended = _end(process)
        if hits_server:
            self.server.start()
        if ended == 0:
            self._expect(made.release_id, "after a publication that ended")
            return False
        if not hits_server and ended != -signal.SIGKILL:
            raise EntangledError(f"publishing failed by itself ({ended})", where=made.run_id, fix="see its output")
        self.outcome.kills["server" if hits_server else "publisher"] += 1
        served = self._served()
        if served not in (before, made.release_id):
            self.outcome.torn.append(f"after a kill {served} is served, neither {before} nor {made.release_id}")
        release.serve(self.settings)
        self._expect(made.release_id, "after the same command again")
        return True

    def _expect(self, release_id: str, when: str) -> None:
        if (served := self._served()) != release_id:
            self.outcome.torn.append(f"{when} {served} is served, not {release_id}")

    def _served(self) -> str:
        """The release that is served, or what several views say differently."""
        with closing(psycopg2.connect(_address(self.settings))) as database, database.cursor() as asked:
            told = _by_one_statement(asked)
        return told[0] if _is_one(told) else " and ".join(told)

    def _seconds_of_serving(self) -> float:
        """How long it takes, from where a kill may hit it; of a release that is not there yet."""
        self.publish_twin()
        process, started = self._start_serving(), time.monotonic()
        if _end(process) != 0:
            raise EntangledError("publishing fails", where=str(self.settings.home), fix="see what it says by hand")
        return time.monotonic() - started

    def _start_serving(self) -> subprocess.Popen[str]:
        """The command, as soon as it begins to load."""
        own = {
            "ENTANGLED_KEEP_RELEASES": str(self.settings.keep_releases),
            "ENTANGLED_PUBLISH_POSTGRES": _address(self.settings),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "include.release", "serve"],
            cwd=REPOSITORY,
            env=child_environment(**{**environment_of(self.settings), **own}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if _BEGINS in line:
                break
        return process


def _address(settings: Settings) -> str:
    assert settings.publish_postgres is not None
    return settings.publish_postgres.get_secret_value()


def _end(process: subprocess.Popen[str]) -> int:
    """Exit code of a process, whose last lines are read so that it can end."""
    assert process.stderr is not None
    process.stderr.read()
    process.stderr.close()
    return process.wait()


class _Readers:
    """Four readers that run: what they have counted, and a way to let them stand still."""

    def __init__(self, address: str, log: Path) -> None:
        # not forked: the server's library and DuckDB have threads
        context = multiprocessing.get_context("spawn")
        self.log = log
        self._stop, self._pause = context.Event(), context.Event()
        self.counts = {kind: context.Array("q", 3) for kind in _KINDS}
        self._standing = {kind: context.Value("b", 0) for kind in _KINDS}
        self._processes = [
            context.Process(
                target=_read_until,
                args=(kind, address, self.counts[kind], self._standing[kind], self._stop, self._pause, log),
                daemon=True,
            )
            for kind in _KINDS
        ]

    @property
    def reads(self) -> int:
        """Readings so far, of all."""
        return sum(counts[READS] for counts in self.counts.values())

    def start(self) -> None:
        """Let them read."""
        for process in self._processes:
            process.start()
        self._wait(lambda: all(counts[READS] for counts in self.counts.values()))

    def wait_for(self, reads: int) -> None:
        """Until there were so many readings."""
        self._wait(lambda: self.reads >= reads)

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """No reader reads while the block runs."""
        self._pause.set()
        try:
            self._wait(lambda: all(value.value for value in self._standing.values()))
            yield
        finally:
            self._pause.clear()

    def end(self) -> None:
        """Let them finish what they read."""
        self._stop.set()
        for process in self._processes:
            process.join()

    def _wait(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not reached():
            if time.monotonic() > deadline or not all(process.is_alive() for process in self._processes):
                said = self.log.read_text() if self.log.exists() else "see its output"
                raise EntangledError("a reader does not read", where=str(self.log), fix=said[-2000:])
            time.sleep(0.02)


@contextmanager
def _reading(settings: Settings, outcome: Outcome) -> Iterator[_Readers]:
    """Readers for as long as the block runs; their counts end in `outcome`."""
    log = settings.home / "readers.log"
    log.unlink(missing_ok=True)
    readers = _Readers(_address(settings), log)
    readers.start()
    try:
        yield readers
    finally:
        readers.end()
    outcome.take(readers.counts, log)


def _read_until(
    kind: str,
    address: str,
    counts: SynchronizedArray[int],
    standing: Synchronized[int],
    stop: Event,
    pause: Event,
    log: Path,
) -> None:
    """Read again and again; a process of its own."""
    parent = multiprocessing.parent_process()
    while not stop.is_set() and (parent is None or parent.is_alive()):
        with closing(psycopg2.connect(address)) as database, database.cursor() as asked:
            while not stop.is_set() and not pause.is_set():
                told: list[str] | str
                try:
                    told = _KINDS[kind](asked)
                    wrong = None if _is_one(told) else MIXED
                except psycopg2.Error as error:
                    told, wrong = f"{type(error).__name__}: {error}", FAILED
                database.rollback()
                counts[READS] += 1
                if wrong is not None:
                    counts[wrong] += 1
                    with log.open("a") as lines:
                        lines.write(json.dumps([kind, told]) + "\n")
        while pause.is_set() and not stop.is_set():
            standing.value = 1
            time.sleep(0.01)
        standing.value = 0


def _is_one(told: list[str]) -> bool:
    """Whether all names are of one release: they end alike, and those of releases are the same."""
    return len({name.lower()[-6:] for name in told}) == 1


def _by_one_statement(asked: cursor) -> list[str]:
    """As a chart does."""
    asked.execute(_IN_ONE_STATEMENT)
    return [str(name) for name in asked.fetchall()[0]]


def _by_a_transaction(asked: cursor) -> list[str]:
    """As a notebook does: several statements, one after the other."""
    found = []
    for statement in _ONE_BY_ONE:
        asked.execute(statement)
        found.append(str(asked.fetchall()[0][0]))
    return found


def _by_a_snapshot(asked: cursor) -> list[str]:
    """As an export does, which wants one moment for all that it reads; the moment is before the first view is named."""
    asked.execute("set transaction isolation level repeatable read; select 1")
    return _by_a_transaction(asked)


def _by_a_prepared_statement(asked: cursor) -> list[str]:
    """As drivers do that keep what they have planned."""
    asked.execute("select 1 from pg_prepared_statements where name = 'read'")
    if not asked.fetchall():
        asked.execute(f"prepare read as {_IN_ONE_STATEMENT}")
    asked.execute("execute read")
    return [str(name) for name in asked.fetchall()[0]]


_KINDS: dict[str, Callable[[cursor], list[str]]] = {
    "one statement": _by_one_statement,
    "a transaction of several": _by_a_transaction,
    "a snapshot": _by_a_snapshot,
    "a prepared statement": _by_a_prepared_statement,
}
