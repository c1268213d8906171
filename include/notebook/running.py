"""Runs bi/notebook.py as `marimo export html` does, holds its answers against the facts, and writes the page of them.

notebook/notebook.html   what marimo exports: the notebook with its code; a browser fetches its scripts from elsewhere
notebook/study.html      the answers alone, with their plots as drawings: opens without a network, runs nothing
notebook/answers.json    the same for programs
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.common.errors import EntangledError
from include.common.files import ensure_dir, write_atomic
from include.common.pages import page_templates
from include.questions import hold_against_facts
from include.questions.asking import Answered
from include.release.catalogue import must_have_current
from include.settings import REPOSITORY, Settings, child_environment

NOTEBOOK = REPOSITORY / "bi" / "notebook.py"
# a minute at study size on two busy processors
_SECONDS = 900


class NotebookError(EntangledError):
    """The notebook did not run to its end. The release is untouched."""


@dataclass(frozen=True)
class NotebookRun:
    """What the notebook says, what became of each answer, and where its pages are."""

    folder: Path
    told: Mapping[str, Any]
    answers: tuple[Answered, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every answer is what the facts say."""
        return all(answer.is_settled for answer in self.answers)

    @property
    def lines(self) -> list[str]:
        """For people; the last line counts."""
        equal = sum(answer.is_settled for answer in self.answers)
        return [
            *(_line(said, answer) for said, answer in zip(self.told["answers"], self.answers, strict=True)),
            f"the notebook with its code: {self.folder / 'notebook.html'}",
            f"its answers, without a network: {self.folder / 'study.html'}",
            f"answers: {len(self.answers)}, equal: {equal}",
        ]


def _line(said: Mapping[str, Any], answer: Answered) -> str:
    found = f"DIFFERS  {answer.problem}\n        " if answer.problem else "equal   "
    return f"{found} {said['question']} {said['sentence']}"


def run_notebook(settings: Settings) -> NotebookRun:
    """See `include.notebook.run`."""
    # says that there is none, before anything is started
    release = must_have_current(settings)
    if not NOTEBOOK.is_file():
        raise NotebookError(
            "the notebook is not here",
            where=str(NOTEBOOK),
            fix="run this in a clone of the repository; the image holds the pipeline alone",
        )
    read = set(re.findall(r"(?:from|join) ((?:bi|dim|mart)_\w+)", NOTEBOOK.read_text(encoding="utf-8")))
    if missing := sorted(read - {table.name for table in release.tables}):
        raise NotebookError(
            f"release {release.release_id} is of an older version: it has no {', '.join(missing[:3])}"
            + (f" and {len(missing) - 3} more tables that the notebook reads" if len(missing) > 3 else ""),
            where=str(settings.releases_dir / release.release_id),
            fix="publish a new one (make demo, make run), or lift a rollback (make rollforward)",
        )
    folder = ensure_dir(settings.home / "notebook")
    told = _run(settings, folder)
    said = {answer["name"]: [tuple(row) for row in answer["rows"]] for answer in told["answers"]}
    # of the release that the notebook has read, whatever was published meanwhile
    answers = tuple(hold_against_facts(settings, told["release_id"], said))
    write_atomic(folder / "study.html", _page(told))
    return NotebookRun(folder, told, answers)


def _run(settings: Settings, folder: Path) -> dict[str, Any]:
    # marimo keeps what it remembers of a run beside the notebook
    notebook = folder / NOTEBOOK.name
    shutil.copyfile(NOTEBOOK, notebook)
    answers = folder / "answers.json"
    answers.unlink(missing_ok=True)
    command = [sys.executable, "-m", "marimo", "--quiet", "--yes", "export", "html", str(notebook), "--force"]
    ended = subprocess.run(
        [*command, "--output", str(folder / "notebook.html"), "--", "--answers", str(answers)],
        cwd=REPOSITORY,
        env=child_environment(ENTANGLED_HOME=str(settings.home), MARIMO_SKIP_UPDATE_CHECK="1"),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if ended.returncode or not answers.is_file():
        last = (ended.stderr.strip() or ended.stdout.strip() or "it says nothing").splitlines()[-1]
        raise NotebookError(
            f"the notebook did not run to its end: {last}",
            where=str(NOTEBOOK),
            fix=f"PYTHONPATH=. {sys.executable} {NOTEBOOK} shows the error; marimo comes with requirements-dev.txt",
        )
    told: dict[str, Any] = json.loads(answers.read_text(encoding="utf-8"))
    return told


def _page(told: Mapping[str, Any]) -> str:
    import vl_convert
    from markupsafe import Markup

    def drawing(answer: Mapping[str, Any]) -> Markup:
        svg = vl_convert.vegalite_to_svg(answer["chart"])
        # clip paths are named alike in every drawing, and a page has ten
        return Markup(re.sub(r"(id=\"|url\(#)(clip|gradient)", rf"\g<1>{answer['name']}-\g<2>", svg))

    return page_templates(Path(__file__).parent).get_template("page.html.j2").render(told=told, drawing=drawing)
