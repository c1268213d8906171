"""A home is its folder: a copy goes on where the original stopped; what one worker made is what all others use."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import HttpUrl

from include import release
from include.pipeline.run import run
from include.pipeline.truth import serving
from include.settings import Settings
from include.warehouse import check_build
from tests.shared import Shelf


def test_a_copied_home_finds_nothing_new_at_its_source_and_keeps_its_release(
    released: Settings, released_corpus: Path, tmp_path: Path
) -> None:
    before = release.current(released)
    assert before is not None
    assert before.works_loaded > 300
    with serving(released_corpus, log_file=tmp_path / "sandbox.log") as url:
        ran = run(released.model_copy(update={"base_url": HttpUrl(url)}))
    assert not ran.is_new
    assert ran.release == before


def test_a_shared_home_left_the_unit_tests_out_and_gate_2_knows_that_they_passed(released: Settings) -> None:
    (check,) = [check for check in check_build(released) if check.check_id == "unit_tests_passed"]
    assert check.passed
    assert check.observed == "none in this build"


def test_what_is_shared_is_made_once_and_made_again_when_that_failed(tmp_path: Path) -> None:
    shelf, made = Shelf(tmp_path), []

    def half(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").touch()
        raise OSError

    def whole(folder: Path) -> None:
        folder.mkdir()
        made.append(folder)

    with pytest.raises(OSError):
        shelf.once("thing", half)
    assert list(shelf.once("thing", whole).iterdir()) == []
    shelf.once("thing", whole)
    assert len(made) == 1
