"""Unit tests ask about the models, not about the data: a build repeats them only when the project has changed.

`prepare` notes what the project is, gate 2 keeps that note when a build's unit tests have passed, and dbt leaves them
out while both say the same.
"""

from __future__ import annotations

from pathlib import Path

from include.common.files import write_atomic
from include.settings import Settings
from include.warehouse.project import noted_project, read_note


def keep_passed(settings: Settings) -> None:
    """The unit tests of the project as noted have passed."""
    write_atomic(_passed_file(settings), noted_project(settings))


def have_passed(settings: Settings) -> bool:
    """Whether they passed before, with the project as it is noted now."""
    passed = read_note(_passed_file(settings))
    return bool(passed) and passed == noted_project(settings)


def _passed_file(settings: Settings) -> Path:
    return settings.warehouse_file.with_name("unit_tests_passed.sha256")
