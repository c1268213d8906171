"""The release: what readers see.

releases/<yyyymmddThhmmssZ>-<short>/marts.duckdb parquet/ report/index.html data_docs/ release.json
                                    csv/ marts.xlsx dictionary.csv dictionary.html reference/
releases/current -> <id>                  switched with one rename
releases/hold.json                        present while a rollback holds (hold.py)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from include.common.errors import ContractError
from include.contracts.base import HandOver, SealedHandOver
from include.contracts.batch import Check, DataOrigin
from include.contracts.candidate import CandidateTable, with_accepted
from include.contracts.schema_changes import SchemaChange


class Release(SealedHandOver):
    """`release.json`. `changes` holds, for each table, rows now minus rows in the release before;
    `schema_changes` what came, went or has another type among tables and columns since then; None in releases of before
    it was told.

    The versions are those of its lineage (candidate.py); `source` names what its works came from (home.py),
    `built_at` when its candidate was exported. Fields with defaults are missing in releases of before November 2026.
    """

    what_it_is: ClassVar[str] = "release record"
    sealed_with: ClassVar[str] = "built_at"
    former_names: ClassVar[dict[str, str]] = {**HandOver.former_names, "definitions_sha256": "count_version"}

    schema_version: Literal[1] = 1
    release_id: str
    published_at: datetime
    run_id: str
    built_at: datetime | None = None
    data_origin: DataOrigin
    source: str = ""
    scope_id: str
    fetch_version: str
    flatten_version: str = ""
    count_version: str = ""
    duckdb_version: str = ""
    models_sha256: str = ""
    reference_sha256: dict[str, str] = Field(default_factory=dict)
    scope_title: str
    works_in: int
    works_loaded: int
    works_quarantined: int
    works_replaced: int = 0
    works_vanished: int = 0
    tables: tuple[CandidateTable, ...]
    gates: dict[str, tuple[Check, ...]]
    previous: str | None
    changes: dict[str, int]
    schema_changes: tuple[SchemaChange, ...] | None = None
    batches: tuple[str, ...]
    dbt_invocation_id: str
    git_revision: str
    files_sha256: dict[str, str]

    @model_validator(mode="before")
    @classmethod
    def _accepted_with_the_checks(cls, told: Any) -> Any:
        if not isinstance(told, dict) or "accepted" not in told:
            return told
        others = {key: value for key, value in told.items() if key != "accepted"}
        gates = told.get("gates")
        if isinstance(gates, dict):
            others["gates"] = {**gates, "gate_3": with_accepted(gates.get("gate_3"), told["accepted"])}
        return others

    @property
    def accepted(self) -> list[Check]:
        """The findings that a person accepted, of all gates."""
        return [check for gate in sorted(self.gates) for check in self.gates[gate] if check.accepted]


@dataclass(frozen=True)
class TornRelease:
    """A folder among the releases whose record cannot be read, and why."""

    release_id: str
    problem: str


RECORD = "release.json"


def read_releases(folder: Path) -> tuple[list[Release], list[TornRelease]]:
    """The releases below `folder` and what cannot be read as one, newest first.

    A folder whose name starts with a dot is unfinished or going.
    """
    whole, torn = [], []
    for place in folder.glob("[!.]*"):
        if place.is_symlink() or not place.is_dir():
            continue
        try:
            release = Release.load(place / RECORD)
        except ContractError as error:
            torn.append(TornRelease(place.name, error.what))
            continue
        if release.release_id == place.name:
            whole.append(release)
        else:
            torn.append(TornRelease(place.name, f"its record is that of release {release.release_id}"))
    # the name of a release begins with the moment when it was made
    torn.sort(key=lambda one: one.release_id, reverse=True)
    return sorted(whole, key=lambda release: release.published_at, reverse=True), torn


def releases_in(folder: Path) -> list[Release]:
    """Every release below `folder` that can be read, newest first."""
    return read_releases(folder)[0]
