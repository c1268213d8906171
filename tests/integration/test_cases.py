"""Cases of tests/cases come out right, through sandbox, pipeline and gates (include/pipeline/cases.py).

Those that share a home are all here. Those that need one of their own take a build each: `make verify` has the real
records of all generations and some of the others, `make cases` has all.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from include.pipeline.cases import Case, read_cases, run_cases

ALONE_ALWAYS = {"real_records_of_2026", "real_records_of_three_generations"}
ALONE_DRAWN = 3


@pytest.mark.slow
def test_every_case_that_shares_a_home_is_right(tmp_path: Path) -> None:
    _are_right(tmp_path, [case for case in read_cases() if case.is_here and not case.stands_alone])


@pytest.mark.verify
def test_cases_in_homes_of_their_own_are_right(tmp_path: Path, seed: int) -> None:
    alone = [case for case in read_cases() if case.is_here and case.stands_alone]
    always = [case for case in alone if case.name in ALONE_ALWAYS]
    others = [case for case in alone if case.name not in ALONE_ALWAYS]
    drawing = random.Random(seed)
    _are_right(tmp_path, [*always, *drawing.sample(others, ALONE_DRAWN)])


def _are_right(folder: Path, chosen: list[Case]) -> None:
    verdicts = list(run_cases(folder, chosen))
    assert len(verdicts) == len(chosen) > 0
    assert {verdict.case.name: verdict.wrong for verdict in verdicts if verdict.wrong} == {}
