"""Marts against truth: corpora of several seeds through the whole pipeline, each mart compared to the last paper.

The truth is what the sandbox's generator says about its own corpus (`truth/<mart>.parquet`, from its clean tables). The
sandbox and the pipeline run as processes of their own, over HTTP, just as in a demo.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.common.sql import read_parquet
from include.contracts.acceptance import refusals_in
from include.contracts.release import Release
from include.settings import REPOSITORY, Settings, child_environment

log = logging.getLogger("entangled")

# sums of fractions differ in the last bits with the order of adding
TOLERANCE = 1e-9
_ADDRESS = re.compile(r"^sandbox: .*(http://\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Comparison:
    """One mart against its truth: rows compared, and the first few differences in words."""

    mart: str
    rows: int
    differences: tuple[str, ...]


def _grain(release: Release, mart: str) -> list[str]:
    table = next((table for table in release.tables if table.name == mart), None)
    if table is None:
        raise EntangledError(f"the release has no table {mart}", where=release.release_id, fix="see the build's log")
    return [column.strip() for column in table.grain.split(",")]


def compare_mart(truth: Path, mart: Path, grain: list[str], *, most: int = 5) -> Comparison:
    """Compare two Parquet files on `grain`: a row missing, a row too many, or a value that differs.

    Columns compared are those of the truth. Numbers are equal within `TOLERANCE` (relative, at least absolute); texts,
    flags and nulls exactly.
    """
    with duckdb.connect() as db:
        truth_columns = {
            name: kind for name, kind, *_ in db.execute(f"describe select * from {read_parquet(truth)}").fetchall()
        }
        mart_columns = {name for name, *_ in db.execute(f"describe select * from {read_parquet(mart)}").fetchall()}
        missing = [name for name in truth_columns if name not in mart_columns]
        if missing:
            return Comparison(truth.stem, 0, (f"columns of the truth that the mart lacks: {', '.join(missing)}",))
        keys = " and ".join(f"t.{name} is not distinct from m.{name}" for name in grain)
        tests = ["(t.copy_number is null or m.copy_number is null)"]
        for name, kind in truth_columns.items():
            if name in grain:
                continue
            if kind.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
                near = f"abs(t.{name} - m.{name}) <= {TOLERANCE} * greatest(1, abs(t.{name}))"
                tests.append(f"not (t.{name} is null and m.{name} is null or coalesce({near}, false))")
            else:
                tests.append(f"t.{name} is distinct from m.{name}")
        shown = ", ".join(
            [f"coalesce(t.{name}, m.{name}) as {name}" for name in grain]
            + [f"t.{name} as truth_{name}, m.{name} as mart_{name}" for name in truth_columns if name not in grain]
        )
        # copies are numbered, so that a row which stands twice on one side only is a row too many
        copy = f"row_number() over (partition by {', '.join(grain)}) as copy_number"
        query = f"""
            from (select *, {copy} from {read_parquet(truth)}) as t
            full join (select *, {copy} from {read_parquet(mart)}) as m
                on {keys} and t.copy_number = m.copy_number
        """
        rows = db.execute(f"select count(*) {query}").fetchall()[0][0]
        different = f"where {' or '.join(tests)}"
        count = db.execute(f"select count(*) {query} {different}").fetchall()[0][0]
        found = db.execute(f"select {shown} {query} {different} order by all limit {most}")
        names = [column[0] for column in found.description or []]
        examples = tuple(
            ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in found.fetchall()
        )
        if count > most:
            examples += (f"... {count} rows differ in all",)
        return Comparison(truth.stem, rows, examples)


def compare_release(truth_folder: Path, release_folder: Path) -> list[Comparison]:
    """Every truth table against the release's mart of that name."""
    release = Release.load(release_folder / "release.json")
    comparisons = [
        compare_mart(truth, release_folder / "parquet" / truth.name, _grain(release, truth.stem))
        for truth in sorted(truth_folder.glob("*.parquet"))
    ]
    if not comparisons:
        raise EntangledError(
            "the corpus states no truth", where=str(truth_folder), fix="generate it: python -m include.sandbox generate"
        )
    return comparisons


@contextmanager
def serving(corpus: Path, *, log_file: Path, plan: str = "free") -> Iterator[str]:
    """Serve `corpus` from a child process while the block runs, to keys of this plan; yields the base URL."""
    command = [sys.executable, "-m", "include.sandbox", "serve", "--corpus", str(corpus), "--plan", plan]
    # a port that the kernel gives: one that was free a moment ago may be taken now
    command += ["--host", "127.0.0.1", "--port", "0"]
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("w") as out:
        server = subprocess.Popen(command, cwd=REPOSITORY, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield _told_address(server, log_file)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _told_address(server: subprocess.Popen[bytes], log_file: Path, seconds: float = 300) -> str:
    """The address that the sandbox prints as soon as it listens."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended = server.poll() is not None
        if told := _ADDRESS.search(log_file.read_text()):
            return told[1]
        if ended:
            break
        time.sleep(0.05)
    raise EntangledError(
        "the sandbox did not start", where=str(log_file), fix=f"its log ends: {log_file.read_text()[-500:]}"
    )


def pipeline_environment(home: Path, url: str, corpus: Path, scope: str) -> dict[str, str]:
    """The environment of a run in `home` against the sandbox at `url`, with the corpus's overlay lists."""
    overlay = corpus / "overlay"
    return {
        **child_environment(),
        "ENTANGLED_HOME": str(home),
        "ENTANGLED_SCOPE": scope,
        "OPENALEX_BASE_URL": url,
        "OPENALEX_API_KEY": "sandbox",
        "OPENALEX_REQUESTS_PER_SECOND": "100",
        "ENTANGLED_EXTRA_LISTS": str(overlay) if overlay.is_dir() else "",
    }


def command(arguments: list[str], environment: dict[str, str], log_file: Path) -> None:
    """Run `python -m ...` as a process of its own, its words into `log_file`.

    Raises:
        EntangledError: it ended with another code than 0.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("a") as out:
        ended = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=REPOSITORY, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    if ended.returncode:
        raise EntangledError(
            f"`python -m {' '.join(arguments)}` ended with {ended.returncode}",
            where=str(log_file),
            fix=f"its log ends:\n{log_file.read_text()[-2000:]}",
        )


def run_accepting(
    home: Path,
    arguments: list[str],
    environment: dict[str, str],
    log_file: Path,
    *,
    checks: Collection[str],
    reason: str,
) -> None:
    """`command`; when a gate refuses findings of these `checks` and nothing else, accept them as a person would.

    Raises:
        EntangledError: the command failed for another reason, or fails again.
    """
    before = utc_now()
    try:
        command(arguments, environment, log_file)
    except EntangledError:
        refusal = next((one for one in refusals_in(home) if one.refused_at > before), None)
        if refusal is None or not {check.check_id for check in refusal.checks} <= set(checks):
            raise
        names = [check.name for check in refusal.checks]
        said = ["--reason", reason, "--who", "include.pipeline", "--until", str(utc_now().date() + timedelta(days=1))]
        asked = ["include.pipeline", "accept", "--run", refusal.subject, "--finding", *names, *said]
        command(asked, environment, log_file)


def check_seed(folder: Path, seed: int, scale: float) -> list[Comparison]:
    """Generate the corpus of `seed`, run the pipeline on it, then on its next state, and compare both times.

    The second state proves the increment: what arrived in changes must give the same marts as the truth of the whole.
    """
    shutil.rmtree(folder, ignore_errors=True)
    home, log_file, first, second = folder / "home", folder / "run.log", folder / "corpus", folder / "corpus-evolved"
    asked = ["--out", str(first), "--seed", str(seed), "--scale", str(scale)]
    command(["include.sandbox", "generate", *asked], child_environment(), log_file)
    evolve_corpus(first, second, seed, log_file)
    return [*check_state(home, first, "generated", log_file), *check_state(home, second, "evolved", log_file)]


def evolve_corpus(corpus: Path, later: Path, seed: int, log_file: Path, retracted: str = "0.01") -> None:
    """Write the next state of a corpus: works changed, added, vanished, retracted (the share of these)."""
    shares = ["--share", "0.02", "--vanished", "0.02", "--retracted", retracted]
    asked = ["--corpus", str(corpus), "--out", str(later), "--seed", str(seed), *shares]
    command(["include.sandbox", "evolve", *asked], child_environment(), log_file)


# the check of gate 3 that a wave of retractions fails
_RETRACTED = "work_flags_stable_fail"


def check_state(home: Path, corpus: Path, state: str, log_file: Path) -> list[Comparison]:
    """Bring the home up to date with a corpus, and compare its release with the truth; `state` says which it is."""
    # a free key cannot ask what changed, so a home that has a release sweeps every window again
    sweep = ["--full-sweep"] if (home / "releases" / "current").exists() else []
    # one paper in a hundred retracted at once is three times as many as before: a person would say that it is meant
    moved = [_RETRACTED] if sweep else []
    with serving(corpus, log_file=log_file.with_name(f"sandbox-{state}.log")) as url:
        environment = pipeline_environment(home, url, corpus, "demo")
        run_accepting(
            home,
            ["include.pipeline", "run", *sweep],
            environment,
            log_file,
            checks=moved,
            reason="the evolution retracts papers",
        )
    found = compare_release(corpus / "truth", home / "releases" / "current")
    return [Comparison(f"{state}: {one.mart}", one.rows, one.differences) for one in found]


def check_seeds(settings: Settings, seeds: int, scale: float) -> bool:
    """Run `check_seed` for seeds 1..n, print what was compared, and end with `marts equal truth: <equal>/<seeds>`."""
    equal = 0
    for seed in range(1, seeds + 1):
        folder = settings.home / "truth" / f"seed-{seed}"
        comparisons = check_seed(folder, seed, scale)
        wrong = [one for one in comparisons if one.differences]
        for one in comparisons:
            verdict = "DIFFERS" if one.differences else "equal"
            print(f"seed {seed}  {one.mart:<45} {one.rows:>8,} rows  {verdict}")
            for difference in one.differences:
                print(f"    {difference}")
        summary = json.loads((folder / "corpus" / "corpus.json").read_text())
        print(f"seed {seed}: {'equal' if not wrong else 'NOT equal'} (scale {summary.get('scale', scale)})", flush=True)
        equal += not wrong
    print(f"marts equal truth: {equal}/{seeds}")
    return equal == seeds
