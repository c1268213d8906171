"""The release: what readers see.

releases/<yyyymmddThhmmssZ>-<short>/marts.duckdb parquet/ report/index.html data_docs/ release.json
                                    csv/ dictionary.csv dictionary.html
releases/current -> <id>                  switched with one rename
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from include.contracts.base import HandOver
from include.contracts.batch import Check, DataOrigin
from include.contracts.candidate import CandidateTable


class Release(HandOver):
    """`release.json`. `changes` holds, for each table, rows now minus rows in the release before."""

    what_it_is: ClassVar[str] = "release record"

    schema_version: Literal[1] = 1
    release_id: str
    published_at: datetime
    run_id: str
    data_origin: DataOrigin
    scope_id: str
    scope_version: str
    scope_title: str
    works_in: int
    works_loaded: int
    works_quarantined: int
    works_replaced: int = 0
    works_vanished: int = 0
    tables: tuple[CandidateTable, ...]
    gates: dict[str, tuple[Check, ...]]
    accepted: dict[str, str]
    previous: str | None
    changes: dict[str, int]
    batches: tuple[str, ...]
    dbt_invocation_id: str
    git_revision: str
    definitions_sha256: str = ""
    files_sha256: dict[str, str]
