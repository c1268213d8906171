"""The release: what readers see.

releases/<yyyymmddThhmmssZ>-<short>/marts.duckdb parquet/ report/index.html data_docs/ release.json
                                    csv/ dictionary.csv dictionary.html
releases/current -> <id>                  switched with one rename
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

from include.contracts.base import HandOver
from include.contracts.batch import Check, DataOrigin
from include.contracts.candidate import CandidateTable


class Release(HandOver):
    """`release.json`. `changes` holds, for each table, rows now minus rows in the release before.

    The versions are those of its lineage (candidate.py); `source` names what its works came from (home.py). Fields with
    defaults are missing in releases of before November 2026.
    """

    what_it_is: ClassVar[str] = "release record"
    former_names: ClassVar[dict[str, str]] = {**HandOver.former_names, "definitions_sha256": "count_version"}

    schema_version: Literal[1] = 1
    release_id: str
    published_at: datetime
    run_id: str
    data_origin: DataOrigin
    source: str = ""
    scope_id: str
    fetch_version: str
    flatten_version: str = ""
    count_version: str = ""
    duckdb_version: str = ""
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
    files_sha256: dict[str, str]


def releases_in(folder: Path) -> list[Release]:
    """Every release below `folder`, newest first. A folder whose name starts with a dot is unfinished or going."""
    records = [file for file in folder.glob("[!.]*/release.json") if not file.parent.is_symlink()]
    return sorted(map(Release.load, records), key=lambda release: release.published_at, reverse=True)
