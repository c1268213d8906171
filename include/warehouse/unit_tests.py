"""Unit tests ask about the models, not about the data: a build repeats them only when the project has changed.

`prepare` notes what the project is, gate 2 keeps that note when a build's unit tests have passed, and dbt leaves them
out while both say the same.
"""

from __future__ import annotations

from pathlib import Path

from include.common.files import write_atomic
from include.settings import Settings
from include.warehouse.project import project_digest


def note_project(settings: Settings) -> None:
    """Note the project that the coming build runs."""
    write_atomic(_project_file(settings), project_digest(settings))


def keep_passed(settings: Settings) -> None:
    """The unit tests of the project as noted have passed."""
    write_atomic(_passed_file(settings), _read(_project_file(settings)))


def have_passed(settings: Settings) -> bool:
    """Whether they passed before, with the project as it is noted now."""
    passed = _read(_passed_file(settings))
    return bool(passed) and passed == _read(_project_file(settings))


def _project_file(settings: Settings) -> Path:
    return settings.warehouse_file.with_name("project.sha256")


def _passed_file(settings: Settings) -> Path:
    return settings.warehouse_file.with_name("unit_tests_passed.sha256")


def _read(file: Path) -> str:
    return file.read_text() if file.is_file() else ""
