"""The notebook of bi/ (ten questions of the study, bi/notebook.py): run whole, and its answers held against the facts.

`running.py` runs it and compares, `page.html.j2` is the page made of its answers, which needs no network and no script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.settings import Settings

if TYPE_CHECKING:
    from include.notebook.running import NotebookRun

__all__ = ["run"]


def run(settings: Settings) -> NotebookRun:
    """Run the notebook on the current release and write its pages below `notebook/` of the home.

    Raises:
        ReleaseError: there is no release yet, or it is torn.
        NotebookError: the notebook ends in an error, or cannot be run here.
        EntangledError: the typed batches that the release was built from are gone.
    """
    from include.notebook.running import run_notebook

    return run_notebook(settings)
