"""Lanes: a copy of the code, a home and own lists at one place, where a check edits whatever it likes and runs it.

Each lane keeps its place, because dbt parses everything anew when its paths move. What is done in a lane is put back by
`restore`.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from include.common.errors import EntangledError
from include.contracts.reference import Row, read_rows
from include.contracts.release import Release
from include.settings import REPOSITORY, Settings, child_environment
from include.warehouse import project_digest

# two runs at a time: one is bound by one processor most of the time
LANES = 2
CODE = ("include", "dbt_project", "config")
# dbt's parse of the code, which costs seconds and stays with the lane
_DBT = "dbt"

AnyLane = TypeVar("AnyLane", bound="Lane")
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, and all that it said."""

    code: int
    said: str


@dataclass
class Lane:
    """A copy of the code in `original`, a home and own lists, at one place; its source answers at `url`."""

    folder: Path
    original: Path
    url: str
    clock_days: int = 0
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(_env_file=None, ENTANGLED_HOME=self.home)

    @property
    def code(self) -> Path:
        return self.folder / "code"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def lists(self) -> Path:
        return self.folder / "lists"

    @property
    def scope(self) -> Path:
        return self.folder / "scope.yaml"

    @property
    def seeds(self) -> Path:
        return self.code / "dbt_project" / "seeds" / "reference"

    def restore(self, base: Path | None, lists: Path, scope: dict[str, Any]) -> None:
        """Code, own lists and scope as given, and the home of `base` (None: an empty one)."""
        for name in CODE:
            shutil.rmtree(self.code / name, ignore_errors=True)
            shutil.copytree(self.original / name, self.code / name)
        shutil.rmtree(self.lists, ignore_errors=True)
        shutil.copytree(lists, self.lists)
        self.scope.write_text(yaml.safe_dump(scope))
        self.empty_home()
        if base is not None:
            left_out = shutil.ignore_patterns(_DBT) if (self.home / _DBT).is_dir() else None
            shutil.copytree(base, self.home, symlinks=True, dirs_exist_ok=True, ignore=left_out)

    def empty_home(self) -> None:
        """Throw everything away but what dbt parsed."""
        for entry in self.home.iterdir() if self.home.is_dir() else ():
            if entry.name != _DBT:
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()

    def attempt(self, *arguments: str) -> Ended:
        """`python -m ...` with the lane's code, lists, scope and clock, however it ends."""
        log = self.folder / "run.log"
        ended = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.code,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        with log.open("a") as out:
            out.write(ended.stdout)
        return Ended(ended.returncode, ended.stdout)

    def run(self, *arguments: str) -> str:
        """`attempt` of what has to end well, and what it said. dbt's unit tests are taken for passed.

        Raises:
            EntangledError: it ended with another code than 0.
        """
        self.take_unit_tests_for_passed()
        ended = self.attempt(*arguments)
        if ended.code:
            raise EntangledError(
                f"`python -m {' '.join(arguments)}` ended with {ended.code}",
                where=str(self.folder / "run.log"),
                fix=f"its log ends:\n{ended.said[-2000:]}",
            )
        return ended.said

    def take_unit_tests_for_passed(self) -> None:
        """dbt's unit tests ask about the models and their lists alone, and take a quarter of a small build."""
        passed = self.settings.warehouse_file.with_name("unit_tests_passed.sha256")
        passed.parent.mkdir(parents=True, exist_ok=True)
        passed.write_text(project_digest(self.code / "dbt_project", self.lists))

    def enter_reference_changes(self, reason: str) -> None:
        """Say in reference_changes.csv that the changes of the lists are meant, as a maintainer does."""
        self.run("include.audit", "--reference-changes", "--reason", reason, "--write")

    def environment(self) -> dict[str, str]:
        """The environment of the lane's processes."""
        return child_environment(
            ENTANGLED_HOME=str(self.home),
            ENTANGLED_SCOPE=str(self.scope),
            ENTANGLED_EXTRA_LISTS=str(self.lists),
            ENTANGLED_CLOCK_DAYS=str(self.clock_days),
            ENTANGLED_THREADS="1",
            OPENALEX_BASE_URL=self.url,
            OPENALEX_API_KEY="sandbox",
            OPENALEX_REQUESTS_PER_SECOND="100",
        )

    def release(self) -> Release:
        """The release that readers of the lane's home see."""
        return Release.load(self.home / "releases" / "current" / "release.json")


def step_seconds(said: str) -> dict[str, float]:
    """Step of a run -> its seconds, from what `python -m include.pipeline run` said at its end."""
    told = (re.fullmatch(r"(\S.*?) +([\d.]+) s", line) for line in said.splitlines())
    return {match[1]: float(match[2]) for match in told if match}


def copy_code(folder: Path) -> Path:
    """The code of this repository, copied to `folder` once, for the lanes to copy from."""
    for name in CODE:
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def in_lanes(lanes: Sequence[AnyLane], items: Sequence[T], work: Callable[[AnyLane, T], R]) -> Iterator[R]:
    """`work` on each item, in whichever lane is free; the results in the order of the items, as soon as they are."""
    free, lock = [*lanes[: len(items)]], threading.Lock()

    def in_a_free_one(item: T) -> R:
        with lock:
            lane = free.pop()
        try:
            return work(lane, item)
        finally:
            with lock:
                free.append(lane)

    with ThreadPoolExecutor(len(free) or 1) as pool:
        yield from pool.map(in_a_free_one, items)


def rewrite_rows(file: Path, edit: Callable[[list[Row]], list[Row]]) -> None:
    """Edit the rows of a CSV.

    Raises:
        EntangledError: the edit changes nothing.
    """
    rows = read_rows(file)
    edited = edit([dict(row) for row in rows])
    if edited == rows:
        raise EntangledError("the change finds nothing to change", where=str(file), fix="correct include/pipeline")
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(edited)


def change_rows(file: Path, of: Row, changes: Row) -> None:
    """Give the rows that hold all values of `of` these other values."""
    rewrite_rows(file, lambda rows: [{**row, **changes} if of.items() <= row.items() else row for row in rows])


def replace_text(file: Path, old: str, new: str) -> None:
    """Replace the only place of `old` in a file.

    Raises:
        EntangledError: it is there never or more than once.
    """
    text = file.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise EntangledError(
            f"the change looks for `{old}`, which is there {text.count(old)} times",
            where=str(file),
            fix="correct include/pipeline",
        )
    file.write_text(text.replace(old, new), encoding="utf-8")


def edit_topics(lane: Lane, topic: str, decision: str) -> None:
    """Decide a topic of the subject otherwise."""
    file = lane.code / "config" / "subjects" / "ai-v1.yaml"
    subject = yaml.safe_load(file.read_text(encoding="utf-8"))
    for each in subject["topics"]:
        if each["id"] == topic:
            each["decision"] = decision
    file.write_text(yaml.safe_dump(subject, allow_unicode=True), encoding="utf-8")
