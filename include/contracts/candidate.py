"""The candidate: the marts of one build as Parquet, and what they were built from. Not yet published.

build/<run_id>/marts/<table>.parquet     every table of the warehouse's `marts` schema
build/<run_id>/lineage.json              written last by the export
build/<run_id>/verdict.json              gate 3, written by the audit (absent: not yet audited)
build/<run_id>/data_docs/                Data Docs of gate 3
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from include.contracts.base import HandOver
from include.contracts.batch import Check, DataOrigin


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CandidateColumn(_Part):
    """A column of a published table, with its description from dbt."""

    name: str
    type: str
    description: str


class CandidateTable(_Part):
    """A published table. `sha256` is of its Parquet file."""

    name: str
    description: str
    grain: str
    rows: int
    sha256: str
    columns: tuple[CandidateColumn, ...]


class Lineage(HandOver):
    """`lineage.json`. `works_in` counts records of raw works batches, before merging versions. Each of them is loaded,
    put into quarantine, replaced by a later version, or the last version of a work that vanished: the four add up.
    Three versions say what it is made with: `fetch_version` which works are fetched, `flatten_version` how records
    become rows, `count_version` how works are counted. Files of before November 2026 lack fields that have defaults.
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
    scope_title: str
    batches: tuple[str, ...]
    dbt_invocation_id: str
    dbt_version: str
    git_revision: str
    seeds_sha256: dict[str, str]
    extra_lists_sha256: dict[str, str]
    works_in: int
    works_loaded: int
    works_quarantined: int
    works_replaced: int = 0
    works_vanished: int = 0
    tables: tuple[CandidateTable, ...]
    gate_2: tuple[Check, ...]


class Verdict(HandOver):
    """`verdict.json`: gate 3. `passed` is false when a check of severity `fail` failed and was not accepted."""

    what_it_is: ClassVar[str] = "audit verdict"

    schema_version: Literal[1] = 1
    run_id: str
    audited_at: datetime
    compared_with: str | None
    passed: bool
    checks: tuple[Check, ...]
    accepted: dict[str, str]
