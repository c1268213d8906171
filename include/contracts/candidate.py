"""The candidate: the marts of one build as Parquet, and what they were built from. Not yet published.

build/<run_id>/marts/<table>.parquet     every table of the warehouse's `marts` schema
build/<run_id>/reference/<table>.csv     the reference tables that it was built with (reference.py)
build/<run_id>/lineage.json              written last by the export
build/<run_id>/verdict.json              gate 3, written by the audit (absent: not yet audited), sealed by the report
build/<run_id>/audit/                    tables of what the audit found
build/<run_id>/data_docs/                Data Docs of gate 3
build/<run_id>/report/                   the page that people look at
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from include.common.files import sha256_file
from include.contracts.base import HandOver, SealedHandOver
from include.contracts.batch import Check, DataOrigin


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CandidateColumn(_Part):
    """A column of a published table, with its description from dbt."""

    name: str
    type: str
    description: str


class CandidateTable(_Part):
    """A published table. `sha256` is of its Parquet file.

    `view_sql` is the query of one that is a view on other published tables, named without a schema; empty for tables.
    """

    name: str
    description: str
    grain: str
    rows: int
    sha256: str
    columns: tuple[CandidateColumn, ...]
    view_sql: str = ""


class Lineage(HandOver):
    """`lineage.json`. `works_in` counts records of raw works batches, before merging versions. Each of them is loaded,
    put into quarantine, replaced by a later version, or the last version of a work that vanished: the four add up.
    Three versions say what it is made with: `fetch_version` which works are fetched, `flatten_version` how records
    become rows, `count_version` how works are counted: by models (`models_sha256`) and by reference tables, each of
    which has its digest in `reference_sha256`. Files of before November 2026 lack fields that have defaults.
    """

    what_it_is: ClassVar[str] = "candidate lineage"
    former_names: ClassVar[dict[str, str]] = {**HandOver.former_names, "definitions_sha256": "count_version"}

    schema_version: Literal[1] = 1
    run_id: str
    built_at: datetime
    data_origin: DataOrigin
    source: str = ""
    scope_id: str
    fetch_version: str
    flatten_version: str = ""
    count_version: str = ""
    duckdb_version: str = ""
    models_sha256: str = ""
    scope_title: str
    batches: tuple[str, ...]
    dbt_invocation_id: str
    dbt_version: str
    git_revision: str
    seeds_sha256: dict[str, str]
    extra_lists_sha256: dict[str, str]
    reference_sha256: dict[str, str] = Field(default_factory=dict)
    works_in: int
    works_loaded: int
    works_quarantined: int
    works_replaced: int = 0
    works_vanished: int = 0
    tables: tuple[CandidateTable, ...]
    gate_2: tuple[Check, ...]


def with_accepted(checks: Any, accepted: Any) -> Any:
    """Checks as they were told, each with what was accepted of it: a verdict or release of before 2026-11-29 held that
    beside them, as check id -> reason."""
    if not isinstance(checks, list) or not isinstance(accepted, dict):
        return checks
    return [
        {**check, "accepted": {"reason": accepted[check["check_id"]]}}
        if isinstance(check, dict) and check.get("check_id") in accepted
        else check
        for check in checks
    ]


class Verdict(SealedHandOver):
    """`verdict.json`: gate 3. `passed` is false when a check of severity `fail` failed and was not accepted.

    It holds for one candidate: `files_sha256` has every file of it by its path below `build/<run_id>/`, and origin,
    source and scope are those of its lineage. Verdicts of before 2026-11-29 have none of these.
    """

    what_it_is: ClassVar[str] = "audit verdict"
    sealed_with: ClassVar[str] = "files_sha256"

    schema_version: Literal[1] = 1
    run_id: str
    audited_at: datetime
    compared_with: str | None
    passed: bool
    checks: tuple[Check, ...]
    data_origin: DataOrigin | None = None
    source: str = ""
    scope_id: str = ""
    fetch_version: str = ""
    files_sha256: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _accepted_with_the_checks(cls, told: Any) -> Any:
        if not isinstance(told, dict) or "accepted" not in told:
            return told
        others = {key: value for key, value in told.items() if key != "accepted"}
        return {**others, "checks": with_accepted(told.get("checks"), told["accepted"])}

    @property
    def blocking(self) -> list[Check]:
        """The checks that keep the candidate from its readers."""
        return [check for check in self.checks if check.blocks]

    def with_report(self, folder: Path) -> Self:
        """The same verdict with the digests of the report in `folder`, which is written after the audit."""
        others = {name: sha256 for name, sha256 in self.files_sha256.items() if not name.startswith(f"{REPORT}/")}
        return self.model_copy(update={"files_sha256": {**others, **files_of(folder, REPORT)}})


# what the audit has judged or written, and what the report adds to it
LINEAGE, MARTS, REFERENCE, AUDIT = "lineage.json", "marts", "reference", "audit"
DATA_DOCS, REPORT = "data_docs", "report"
# how names of tables begin that tell of the pipeline itself: some are written when a release is made
OF_THE_PIPELINE = ("mart_ops_", "bi_ops_")
AUDITED = (LINEAGE, MARTS, REFERENCE, AUDIT, DATA_DOCS)


def files_of(folder: Path, *parts: str) -> dict[str, str]:
    """Every file of these parts of a candidate by its path below `folder`, with the SHA-256 of its bytes."""
    roots = [folder / part for part in parts]
    files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*")) if file.is_file()]
    return {file.relative_to(folder).as_posix(): sha256_file(file) for file in sorted(files)}
