"""bi/notebook.py: run whole on a release, its ten answers are those of the facts, and its page needs nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from include import notebook
from include.notebook import running
from include.notebook.running import NotebookError
from include.questions import hold_against_facts
from include.settings import REPOSITORY, Settings, child_environment
from tests.unit.releases import publish_record

PAGE = REPOSITORY / "docs" / "notebook.html"


def addresses_in(page: str) -> set[str]:
    """Whatever a browser would fetch: the names of SVG's own language are no addresses."""
    return {found for found in re.findall(r"https?://[^\s\"'<>)]+", page) if not found.startswith("http://www.w3.org/")}


@pytest.mark.verify
def test_ten_answers_equal_the_facts_and_the_page_stands_alone(released: Settings) -> None:
    ran = notebook.run(released)
    assert [answer.problem for answer in ran.answers] == [""] * 10
    assert ran.is_equal
    assert ran.lines[-1] == "answers: 10, equal: 10"
    assert all(answer["sentence"].endswith(".") and answer["base"].endswith(".") for answer in ran.told["answers"])
    page = (ran.folder / "study.html").read_text()
    assert "SYNTHETIC: invented data" in page
    assert page.count("<svg") == 10
    assert addresses_in(page) == set()
    assert "<script" not in page
    assert len(page) < 1_000_000
    # 740 joint papers: some shares would rest on next to nothing
    assert "no share below 25 papers" in page
    assert (ran.folder / "notebook.html").stat().st_size < 1_000_000

    # an answer that differs is told
    said = {answer["name"]: [tuple(row) for row in answer["rows"]] for answer in ran.told["answers"]}
    name = "02_top_countries"
    (code, papers, credit), *others = said[name]
    (wrong,) = hold_against_facts(released, ran.told["release_id"], {name: [(code, papers + 1, credit), *others]})
    assert str(papers + 1) in wrong.problem
    assert not wrong.is_settled


def test_without_a_release_it_says_so_and_runs_nothing(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "include.notebook"],
        cwd=REPOSITORY,
        env=child_environment(ENTANGLED_HOME=str(tmp_path)),
        capture_output=True,
        text=True,
    )
    assert ended.returncode != 0
    assert "there is no release yet" in ended.stderr
    assert "make demo" in ended.stderr
    assert not (tmp_path / "notebook").exists()


def test_a_release_of_an_older_version_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    settings = Settings.model_validate({"ENTANGLED_HOME": str(tmp_path)})
    publish_record(settings)
    with pytest.raises(
        NotebookError, match=r"is of an older version: it has no bi_funder_year, .* and \d+ more"
    ) as told:
        notebook.run(settings)
    assert "make rollforward" in told.value.fix
    assert not (tmp_path / "notebook").exists()


def test_a_notebook_that_fails_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate({"ENTANGLED_HOME": str(tmp_path)})
    publish_record(settings)
    failing = tmp_path / "notebook.py"
    failing.write_text("import marimo\napp = marimo.App()\n@app.cell\ndef _():\n    1 / 0\n    return\n")
    monkeypatch.setattr(running, "NOTEBOOK", failing)
    with pytest.raises(NotebookError, match="did not run to its end"):
        notebook.run(settings)
    failing.unlink()
    with pytest.raises(NotebookError, match="is not here"):
        notebook.run(settings)


def test_the_page_in_docs_is_of_the_notebook_as_it_is() -> None:
    page = PAGE.read_text()
    names = re.findall(r'name="(\d\d_\w+)"', (REPOSITORY / "bi" / "notebook.py").read_text())
    assert len(names) == 10
    assert re.findall(r'<h2 id="(\w+)">', page) == sorted(names, key=page.index)
    assert "SYNTHETIC: invented data" in page
    assert addresses_in(page) == set()
    assert PAGE.stat().st_size < 1_000_000
