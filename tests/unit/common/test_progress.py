"""Progress: the line people read, the file programs follow."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from include.common import progress
from include.common.progress import Progress, format_duration


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """`clock[0]` is the time; tests move it."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (75.2, "1 min 15 s"), (3600, "1 h 0 min"), (7384, "2 h 3 min")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_the_line_has_amount_rate_and_time_to_go(clock: list[float]) -> None:
    with Progress("extract", "works 2019", total=9000, unit="records", folder=None) as step:
        clock[0] += 4
        step.add(3000)
        assert step.line() == "extract works 2019: 3,000 of 9,000 records, 750/s, ETA 8 s"
        assert step.line(final=True) == "extract works 2019: 3,000 of 9,000 records, 750/s, done in 4 s"


def test_a_step_of_unknown_length_has_no_time_to_go(clock: list[float]) -> None:
    with Progress("extract", "works", total=None, unit="records", folder=None) as step:
        clock[0] += 1
        step.add(5)
        assert step.line() == "extract works: 5 records, 5/s"


def test_lines_come_at_intervals_and_once_at_the_end(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="entangled")
    with Progress("extract", "works", total=10, unit="records", folder=None, every=2.0) as step:
        for _ in range(10):
            clock[0] += 0.5
            step.add(1)
    messages = [record.getMessage() for record in caplog.records]
    assert [message.split(",")[0] for message in messages] == [
        "extract works: 4 of 10 records",
        "extract works: 8 of 10 records",
        "extract works: 10 of 10 records",
    ]
    assert messages[-1].endswith("done in 5 s")


def test_the_file_follows_the_step_and_goes_with_it(tmp_path: Path, clock: list[float]) -> None:
    folder = tmp_path / "progress"
    step_there = Progress("flatten", "works: 2019 / Q1", total=4, unit="records", folder=folder)
    with pytest.raises(RuntimeError), step_there as step:
        clock[0] += 3
        step.add(2)
        [file] = folder.iterdir()
        assert file.name == "flatten-works-2019-q1.json"
        told = json.loads(file.read_text())
        assert (told["stage"], told["done"], told["total"], told["seconds"]) == ("flatten", 2, 4, 3.0)
        raise RuntimeError
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "progress").write_text("a file")
    with Progress("flatten", "works", total=1, unit="records", folder=tmp_path / "progress") as step:
        step.add(1)
    assert step.done == 1
