"""What a build is made with, beside its batches: the count version, the flatten version of the batches, DuckDB.

`prepare` notes it before dbt starts: a list that is corrected while dbt runs is no part of the build, and the next one
starts anew. Rows that were loaded once stay in the tables that grow, so a warehouse that was built with anything else
is no base for an increment; it is built anew from the typed batches.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Literal

from include.common.errors import ContractError
from include.common.files import sha256_tree
from include.contracts.affiliations import rules_version
from include.contracts.base import HandOver
from include.contracts.reference import ENTRIES
from include.contracts.scope import ResolvedScope
from include.contracts.versions import duckdb_version, flatten_version
from include.settings import Settings

# what models, their tests and the reference tables they read are written in
MODEL_FILES = (".sql", ".yml")
PROJECT_FILES = (*MODEL_FILES, ".csv")
# what of the scope decides how the source is asked, and no row of a mart
_NOT_COUNTED = {"fetch_version", "former_versions", "is_rolling", "windows"}


class BuiltWith(HandOver):
    """`built_with.json`, beside the warehouse file. `project_sha256` is of models, tests, reference and own lists;
    `models_sha256` of models and tests alone. `engine` is what the models ran on."""

    what_it_is: ClassVar[str] = "note of what the warehouse was built with"

    schema_version: Literal[1] = 1
    project_sha256: str
    count_version: str
    flatten_version: str
    duckdb_version: str
    models_sha256: str = ""
    engine: str = "duckdb"

    def differences(self, other: BuiltWith) -> str:
        """What differs, in words; empty when an increment ends in the rows that a build from nothing would have."""
        kinds = {
            "models, lists or scope": self.count_version != other.count_version,
            "typed batches (another version of flatten made them)": self.flatten_version != other.flatten_version,
            f"DuckDB (now {other.duckdb_version})": self.duckdb_version != other.duckdb_version,
            # tables of Spark have other keys of sets
            f"engine (now {other.engine})": self.engine != other.engine,
        }
        return ", ".join(kind for kind, differs in kinds.items() if differs)


def count_version(settings: Settings) -> str:
    """Short hash of what decides how works are counted: models, rules for addresses, reference tables, own lists, and
    what the scope says of groups, members, topics and years. Under another one the same batches give another release.
    """
    return _count_version(settings, _project_digest(settings))


def built_with_now(settings: Settings) -> BuiltWith:
    """What a build, started now, would be made with."""
    project = _project_digest(settings)
    return BuiltWith(
        project_sha256=project,
        count_version=_count_version(settings, project),
        flatten_version=flatten_version(),
        duckdb_version=duckdb_version(),
        models_sha256=sha256_tree(settings.dbt_project, *MODEL_FILES)[:12],
        engine=settings.dbt_target,
    )


def note(settings: Settings, built_with: BuiltWith) -> None:
    """Note what the coming build is made with."""
    built_with.save(_file(settings))


def reference_folder(settings: Settings) -> Path:
    """The reference tables as the last `prepare` found them, whatever is corrected while dbt runs."""
    return settings.warehouse_file.with_name("reference")


def noted(settings: Settings) -> BuiltWith | None:
    """What the last build was made with; None when nothing was noted, or by a program that noted something else."""
    try:
        return BuiltWith.load(_file(settings))
    except ContractError:
        return None


def _project_digest(settings: Settings) -> str:
    return project_digest(*[folder for folder in (settings.dbt_project, settings.extra_lists) if folder])


def project_digest(*folders: Path) -> str:
    """Digests of the dbt project (models, tests, lists), of lists of the user's own, and of the rules for addresses."""
    # an entry that says why a list changed is no change of the list
    digests = [sha256_tree(folder, *PROJECT_FILES, without=f"{ENTRIES}.csv") for folder in folders]
    # how bodies are found in addresses is code
    return " ".join([*digests, rules_version()])


def _count_version(settings: Settings, project: str) -> str:
    file = settings.resolved_scope_file
    scope = ResolvedScope.load(file).model_dump_json(exclude=_NOT_COUNTED) if file.is_file() else ""
    return sha256(f"{project}|{scope}".encode()).hexdigest()[:12]


def _file(settings: Settings) -> Path:
    return settings.warehouse_file.with_name("built_with.json")
