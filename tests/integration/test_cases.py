"""Every case of tests/cases comes out right, through sandbox, pipeline and gates (include/pipeline/cases.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.pipeline.cases import read_cases, run_cases


@pytest.mark.slow
@pytest.mark.parametrize(
    "alone",
    # a build for each of those in homes of their own takes minutes
    [pytest.param(False, id="in one home"), pytest.param(True, id="each in its own", marks=pytest.mark.verify)],
)
def test_every_case_is_right(tmp_path: Path, alone: bool) -> None:
    chosen = [case for case in read_cases() if case.is_here and case.stands_alone == alone]
    verdicts = list(run_cases(tmp_path, chosen))
    assert len(verdicts) == len(chosen)
    assert {verdict.case.name: verdict.wrong for verdict in verdicts if verdict.wrong} == {}
