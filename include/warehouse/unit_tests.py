"""Unit tests ask about the models, not about the data: a build repeats them only when the project has changed.

`prepare` notes what the project is, gate 2 keeps that note when a build's unit tests have passed, and dbt leaves them
out while both say the same.
"""

from __future__ import annotations

from pathlib import Path

from include.common.files import write_atomic
from include.settings import Settings
from include.warehouse.project import built_with_now, note, noted


def take_unit_tests_for_passed(settings: Settings) -> None:
    """Let the next builds in this home leave them out, as they do after a build of the same project.

    For checks about data, whose homes are many and small: unit tests take a quarter of such a build.
    """
    note(settings, built_with_now(settings))
    keep_passed(settings)


def keep_passed(settings: Settings) -> None:
    """The unit tests of the project as noted have passed."""
    write_atomic(_passed_file(settings), _project(settings))


def have_passed(settings: Settings) -> bool:
    """Whether they passed before, with the project as it is noted now."""
    file = _passed_file(settings)
    passed = file.read_text() if file.is_file() else ""
    return bool(passed) and passed == _project(settings)


def _project(settings: Settings) -> str:
    """The digest of models, tests, reference tables and own lists as noted; empty when nothing was."""
    now = noted(settings)
    return now.project_sha256 if now is not None else ""


def _passed_file(settings: Settings) -> Path:
    return settings.warehouse_file.with_name("unit_tests_passed.sha256")
