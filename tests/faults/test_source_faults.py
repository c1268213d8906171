"""Every fault of the source ends in the same typed works as a run without it: retried, swept again, put aside with a
reason, or stopped with a sentence and gone on with. `make faults` does the same with all entities, and up to the marts.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from include.openalex.errors import CursorLost
from include.pipeline.content import Content, typed_content
from include.pipeline.faults import Sandbox, fault_settings, ingest, survive
from include.sandbox.faults.catalogue import CATALOGUE

# `make test` has one or two of every end, of answers, pages and records; `make verify` has the others
SAMPLE = {"throttled", "budget_spent", "cut", "cursor_stuck", "short_page", "rows_move", "wrong_types", "odd_values"}


@pytest.fixture(scope="module")
def clean(small_sandbox: str, small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    settings = fault_settings(tmp_path_factory.mktemp("clean"), small_sandbox, small_corpus / "overlay")
    ingest(settings, works_only=True)
    return typed_content(settings)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.openalex.client.FIRST_PAUSE_SECONDS", 0.01)


@pytest.mark.parametrize(
    "name", [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.verify) for name in CATALOGUE]
)
def test_a_fault_changes_nothing_in_the_end(
    name: str, small_sandbox: str, small_corpus: Path, clean: Content, tmp_path: Path
) -> None:
    fault = CATALOGUE[name]
    settings = fault_settings(tmp_path / "home", small_sandbox, small_corpus / "overlay")
    struck = {"name": name, "ends": fault.ends}
    survival = survive(Sandbox(small_sandbox), struck, clean, settings, works_only=True)
    assert survival.fault is None
    assert survival.lost == 0
    assert all(error and "Traceback" not in error for error in survival.errors)


def test_the_sample_has_every_end() -> None:
    assert CATALOGUE.keys() >= SAMPLE
    assert {CATALOGUE[name].ends for name in SAMPLE} == {fault.ends for fault in CATALOGUE.values()}


def test_a_source_whose_cursors_never_end_is_told_and_loses_nothing(
    small_sandbox: str, small_corpus: Path, clean: Content, tmp_path: Path
) -> None:
    settings = fault_settings(tmp_path / "home", small_sandbox, small_corpus / "overlay")
    stuck = Sandbox(small_sandbox).having(["cursor_stuck:times=1000"])
    with stuck, pytest.raises(CursorLost, match="without a new record"):
        ingest(settings, works_only=True)
    assert not list(settings.raw_zone.glob("works/.batch=*.open"))
    ingest(settings, works_only=True)
    assert typed_content(settings) == clean
