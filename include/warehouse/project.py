"""What a build is made with, beside its batches: the dbt project, the user's own lists, the scope.

`prepare` notes it before dbt starts: a list that is corrected while dbt runs is no part of the build.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from include.common.files import sha256_file, sha256_tree, write_atomic
from include.settings import Settings

# what models, their tests and the reference tables they read are written in
PROJECT_FILES = (".sql", ".yml", ".csv")


def definitions_digest(settings: Settings) -> str:
    """A digest of the project and the resolved scope: under another one the same batches give another release."""
    return _with_scope(settings, _project_digest(settings))


def note_project(settings: Settings) -> None:
    """Note what the coming build is made with."""
    project = _project_digest(settings)
    write_atomic(_project_file(settings), project)
    write_atomic(_definitions_file(settings), _with_scope(settings, project))


def noted_project(settings: Settings) -> str:
    """The digest of models, tests, reference tables and own lists as noted; empty when nothing was."""
    return read_note(_project_file(settings))


def noted_definitions(settings: Settings) -> str:
    """`definitions_digest` as noted; empty when nothing was."""
    return read_note(_definitions_file(settings))


def read_note(file: Path) -> str:
    """What a file beside the warehouse says; empty when it is not there."""
    return file.read_text() if file.is_file() else ""


def _project_digest(settings: Settings) -> str:
    folders = [folder for folder in (settings.dbt_project, settings.extra_lists) if folder]
    return " ".join(sha256_tree(folder, *PROJECT_FILES) for folder in folders)


def _with_scope(settings: Settings, project: str) -> str:
    scope = sha256_file(settings.resolved_scope_file) if settings.resolved_scope_file.is_file() else ""
    return sha256(f"{project}|{scope}".encode()).hexdigest()


def _project_file(settings: Settings) -> Path:
    return settings.warehouse_file.with_name("project.sha256")


def _definitions_file(settings: Settings) -> Path:
    return settings.warehouse_file.with_name("definitions.sha256")
