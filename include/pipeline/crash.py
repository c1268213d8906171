"""SIGKILL at random moments of the whole run: whatever was killed, the next run goes on and ends in the same marts.

The kills are spread over the stages by what can be torn there, not by their seconds: dbt takes half of the time of a
small run and commits in one file, extract and flatten write hundreds of files. A home is killed up to ten times, in the
order of the stages, started again each time, and at last let finish; its typed tables and its marts are then held
against those of a home that was never killed. A kill counts as survived when the home that it hit ends equal.
"""

from __future__ import annotations

import os
import random
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from include.common.errors import BusyError, EntangledError
from include.pipeline.content import home_content
from include.pipeline.faults import environment_of, fault_settings
from include.pipeline.lanes import step_seconds
from include.pipeline.truth import command, serving
from include.raw_zone import verify
from include.settings import REPOSITORY, Settings, child_environment

# stage of include/pipeline/run.py -> kills of a hundred
SPREAD = {
    "extract": 26,
    "totals": 8,
    "flatten": 18,
    "references": 6,
    "flatten references": 6,
    "build": 14,
    "check (gate 2)": 2,
    "export": 5,
    "audit (gate 3)": 4,
    "report": 3,
    "publish": 8,
}
KILLS_OF_A_HOME = 10
# one home a core: the runs are bound by processors
_AT_ONCE = 2
# slow enough that a sweep of a small corpus takes a while, and a kill hits it in the middle
REQUESTS_PER_SECOND = 25
# so many kills hit the process alone; the others also what it started
_LONE_SHARE = 0.25
# a lone kill leaves dbt behind; what it holds is told as busy (exit code 3), and free when it has ended
_BUSY_SECONDS = 60
_LONGEST_RUN_SECONDS = 600


@dataclass(frozen=True)
class Kill:
    """One kill: so many seconds after the stage has begun. `lone`: the process alone, not what it started."""

    stage: str
    seconds: float
    lone: bool


@dataclass
class Outcome:
    """What became of a home: the kills that hit, those that the run outlived by ending, and how it differs at last.

    `resumed`: open sweeps found after the kills, to be taken up by the next run.
    """

    kills: list[Kill] = field(default_factory=list)
    missed: list[Kill] = field(default_factory=list)
    resumed: int = 0
    differences: list[str] = field(default_factory=list)


def draw_kills(count: int, seconds: dict[str, float], moments: random.Random) -> list[Kill]:
    """`count` kills in random order. `seconds`: how long each stage takes."""
    return [
        # a little longer than the stage takes, so that its commit and the way to the next are hit too
        Kill(stage, moments.uniform(0, seconds[stage] * 1.1 + 0.05), moments.random() < _LONE_SHARE)
        for stage in moments.choices(list(SPREAD), weights=list(SPREAD.values()), k=count)
    ]


def for_homes(kills: Sequence[Kill]) -> list[list[Kill]]:
    """The kills of each home, in the order of the stages."""
    homes = [kills[start : start + KILLS_OF_A_HOME] for start in range(0, len(kills), KILLS_OF_A_HOME)]
    return [sorted(home, key=lambda kill: list(SPREAD).index(kill.stage)) for home in homes]


def check_crashes(settings: Settings, count: int, scale: float, seed: int | None = None) -> bool:
    """Kill `count` times; prints a table and ends with `kills: n, equal results: n`."""
    folder = settings.home / "crash"
    shutil.rmtree(folder, ignore_errors=True)
    corpus = folder / "corpus"
    command(
        ["include.sandbox", "generate", "--out", str(corpus), "--seed", "11", "--scale", str(scale)],
        child_environment(),
        folder / "run.log",
    )
    chosen = seed if seed is not None else random.randrange(2**32)
    print(f"seed of the moments: {chosen}", flush=True)
    with serving(corpus, log_file=folder / "sandbox.log") as url:
        killed = equal = resumed = 0
        for number, outcome in enumerate(kill_runs(folder, url, corpus / "overlay", count, chosen), start=1):
            print(_line(f"home-{number}", outcome), flush=True)
            killed += len(outcome.kills)
            equal += 0 if outcome.differences else len(outcome.kills)
            resumed += outcome.resumed
    print(f"open sweeps that kills left: {resumed}")
    print(f"kills: {killed}, equal results: {equal}")
    return killed == equal


def kill_runs(folder: Path, url: str, overlay: Path, count: int, seed: int) -> Iterator[Outcome]:
    """Kill `count` times in homes below `folder`; what became of each home, as soon as it is done.

    `url`: a sandbox; `overlay`: the lists of its corpus.

    Raises:
        EntangledError: the run without kills failed.
    """

    def home(name: str) -> Settings:
        return fault_settings(folder / name, url, overlay, timeout_seconds=30, requests_per_second=REQUESTS_PER_SECOND)

    unharmed = home("unharmed")
    seconds = _stage_seconds(unharmed)
    expected = home_content(unharmed)
    waiting = draw_kills(count, seconds, random.Random(seed))
    made = 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while waiting:
            work = []
            for kills in for_homes(waiting):
                made += 1
                work.append(pool.submit(_kill_and_finish, home(f"home-{made}"), kills, expected))
            waiting = []
            for one in work:
                outcome = one.result()
                # a run that ended before its kill was not killed; nearer to the stage's beginning it will be
                waiting += [replace(kill, seconds=kill.seconds / 2) for kill in outcome.missed]
                yield outcome


def _line(name: str, outcome: Outcome) -> str:
    stages = ", ".join(
        f"{stage} {hits}" for stage in SPREAD if (hits := sum(kill.stage == stage for kill in outcome.kills))
    )
    verdict = f"DIFFERS: {', '.join(outcome.differences)}" if outcome.differences else "equal"
    return f"{name:<8} {len(outcome.kills):>2} kills  {verdict:<8} {stages}"


def _stage_seconds(settings: Settings) -> dict[str, float]:
    """Run unharmed; how long each stage took, as the run itself says."""
    ended = subprocess.run(
        _RUN, cwd=REPOSITORY, env=environment_of(settings), capture_output=True, text=True, timeout=_LONGEST_RUN_SECONDS
    )
    if ended.returncode:
        raise EntangledError("the run without kills failed", where=str(settings.home), fix=ended.stderr[-1000:])
    told = step_seconds(ended.stdout)
    return {stage: told[stage] for stage in SPREAD}


def _kill_and_finish(settings: Settings, kills: Sequence[Kill], expected: dict[str, object]) -> Outcome:
    outcome = Outcome()
    for number, kill in enumerate(kills):
        if not _start_and_kill(settings, kill):
            outcome.missed = list(kills[number:])
            break
        outcome.kills.append(kill)
        outcome.resumed += len(verify(settings).in_progress)
    outcome.differences = _finish(settings) or _differences(settings, expected)
    if not outcome.differences:
        shutil.rmtree(settings.home)
    return outcome


def _start_and_kill(settings: Settings, kill: Kill) -> bool:
    """Start a run, kill it in the stage. False: it ended before, by itself."""
    process = subprocess.Popen(
        _RUN,
        cwd=REPOSITORY,
        env=environment_of(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    reached = False
    for line in process.stderr:
        if line.rstrip().endswith(f" {kill.stage} ..."):
            reached = True
            break
    if reached:
        _read_on(process, kill.seconds)
    was_alive = process.poll() is None
    try:
        if kill.lone:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    # a lone kill leaves dbt with our pipe; what it still says is nobody's
    process.stderr.close()
    return process.wait() == -signal.SIGKILL and was_alive


def _read_on(process: subprocess.Popen[str], seconds: float) -> None:
    """Keep the pipe empty for so long: a full one would stop the run."""
    assert process.stderr is not None
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(process.stderr, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and process.poll() is None:
            if selector.select(left):
                os.read(process.stderr.fileno(), 1 << 16)


def _finish(settings: Settings) -> list[str]:
    """Run to the end; what went wrong, in words."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        ended = subprocess.run(
            _RUN,
            cwd=REPOSITORY,
            env=environment_of(settings),
            capture_output=True,
            text=True,
            timeout=_LONGEST_RUN_SECONDS,
        )
        if ended.returncode == BusyError.exit_code and time.monotonic() < deadline:
            time.sleep(1)
            continue
        return [] if ended.returncode == 0 else [f"the run ended with {ended.returncode}: {ended.stderr[-1500:]}"]


def _differences(settings: Settings, expected: dict[str, object]) -> list[str]:
    report = verify(settings)
    found = home_content(settings)
    different = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    return [*report.problems, *(f"unfinished: {each}" for each in report.in_progress), *different]


_RUN = [sys.executable, "-m", "include.pipeline", "run"]
