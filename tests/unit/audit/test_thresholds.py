"""The limits of drift: from thresholds.yml, where a mistake is one sentence, or from how far releases moved before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.audit.drift.limits import Limit, limits_of
from include.audit.drift.registry import measures
from include.audit.drift.thresholds import load_thresholds
from include.common.errors import SettingsError

HISTORY = {"releases": 5, "warn_spreads": 4, "fail_spreads": 10}
RUNNING = {"warn": 0.5, "fail": 1.0}
PAPERS = {
    "warn": 0.05,
    "fail": 0.10,
    "floor": 10,
    "least": {"warn": 0.02, "fail": 0.06},
    "most": {"warn": 0.08, "fail": 0.20},
}


def write(folder: Path, measure: Any, history: Any = HISTORY) -> Path:
    file = folder / "thresholds.yml"
    file.write_text(
        yaml.safe_dump({"drift": {"history": history, "running": RUNNING, "measures": {"papers": measure}}})
    )
    return file


def test_the_file_gives_limits_for_every_measure() -> None:
    thresholds = load_thresholds([measure.name for measure in measures()])
    assert set(thresholds.measures) == {measure.name for measure in measures()}
    assert all(0 < each.fixed.warn < each.fixed.fail for each in thresholds.measures.values())


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PAPERS.items() if key != name}


@pytest.mark.parametrize(
    ("measure", "history", "sentence"),
    [
        ({**PAPERS, "warn": 0.2}, HISTORY, r"papers: warn \(0.2\) is above fail \(0.1\)"),
        ({**PAPERS, "fail": -0.1}, HISTORY, "fail is -0.1, which is below zero"),
        ({**PAPERS, "floor": "ten"}, HISTORY, "floor is `ten`, which is no number"),
        ({**PAPERS, "floor": True}, HISTORY, "floor is `True`, which is no number"),
        ({**PAPERS, "fail": float("nan")}, HISTORY, "fail is `nan`, which is no number"),
        ({**PAPERS, "fall": 0.1}, HISTORY, "`fall` is no name here"),
        (without("fail"), HISTORY, "`fail` is missing"),
        (without("most"), HISTORY, "one of least and most is missing"),
        ({**PAPERS, "most": {"warn": 0.04, "fail": 0.2}}, HISTORY, "warn .* is not between least .* and most"),
        ({**PAPERS, "least": {"warn": 0.02}}, HISTORY, "papers, least: `fail` is missing"),
        ("5 %", HISTORY, "papers: `5 %` is no list of names and values"),
        (PAPERS, {**HISTORY, "releases": 2}, "releases is 2"),
        (PAPERS, {**HISTORY, "warn_spreads": 11}, "warn_spreads .* is above fail_spreads"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, measure: Any, history: Any, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        load_thresholds(["papers"], write(tmp_path, measure, history))
    assert caught.value.where.endswith("thresholds.yml")
    assert caught.value.fix


def test_an_unknown_measure_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    file = write(tmp_path, PAPERS)
    with pytest.raises(SettingsError, match="`papers` is no measure here") as caught:
        load_thresholds(["joint_papers"], file)
    assert "joint_papers" in caught.value.fix


@pytest.mark.parametrize("text", ["", "drift: [", "checks: {}", "drift: 3"])
def test_a_file_that_is_no_list_of_limits_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "thresholds.yml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=re.escape("drift") + "|cannot be read"):
        load_thresholds(["papers"], file)


def limit(tmp_path: Path, past: list[float]) -> Limit:
    return limits_of(load_thresholds(["papers"], write(tmp_path, PAPERS)), {"papers": past})["papers"]


def test_without_history_the_limits_are_those_of_the_file(tmp_path: Path) -> None:
    assert limit(tmp_path, []) == Limit(0.05, 0.10, "thresholds.yml")
    assert limit(tmp_path, [0.01] * 4) == Limit(0.05, 0.10, "thresholds.yml")


def test_quiet_releases_make_limits_as_tight_as_they_may_be(tmp_path: Path) -> None:
    assert limit(tmp_path, [0.001, 0.002, 0.0, 0.001, 0.002]) == Limit(0.02, 0.06, "the movements of 5 releases")


def test_restless_releases_make_limits_as_loose_as_they_may_be(tmp_path: Path) -> None:
    assert limit(tmp_path, [0.1, 0.9, 0.3, 0.2, 0.5]) == Limit(0.08, 0.20, "the movements of 5 releases")


def test_between_the_bounds_limits_are_median_and_spread(tmp_path: Path) -> None:
    found = limit(tmp_path, [0.02, 0.03, 0.03, 0.03 + 0.01 / 1.4826, 0.03 + 0.01 / 1.4826])
    # half of the movements are within 0.01 / 1.4826 of the median 0.03, so the spread is the middle of these distances
    assert found.warn == pytest.approx(0.03 + 4 * 0.01)
    assert found.fail == pytest.approx(0.03 + 10 * 0.01)


def test_one_release_that_moved_far_does_not_widen_the_limits(tmp_path: Path) -> None:
    assert limit(tmp_path, [0.001, 0.002, 0.0, 0.001, 5.0]).fail == 0.06
