"""What a build is made with, beside its batches: the dbt project, the user's own lists, the scope."""

from __future__ import annotations

from hashlib import sha256

from include.common.files import sha256_file, sha256_tree
from include.settings import Settings

# what models, their tests and the reference tables they read are written in
PROJECT_FILES = (".sql", ".yml", ".csv")


def project_digest(settings: Settings) -> str:
    """A digest of models, tests, reference tables and own lists."""
    folders = [folder for folder in (settings.dbt_project, settings.extra_lists) if folder]
    return sha256(" ".join(sha256_tree(folder, *PROJECT_FILES) for folder in folders).encode()).hexdigest()


def definitions_digest(settings: Settings) -> str:
    """A digest of the project and the resolved scope: under another one the same batches give another release."""
    scope = sha256_file(settings.resolved_scope_file) if settings.resolved_scope_file.is_file() else ""
    return sha256(f"{project_digest(settings)} {scope}".encode()).hexdigest()
