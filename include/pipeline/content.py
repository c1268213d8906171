"""What a home holds, whatever way it came there: fingerprints of the typed zone and of the release, table by table.

Current is what the warehouse would use: of a record, the rows of its latest batch, unless a younger tombstone takes it
back. Batch ids and content hashes are left out, so two homes that hold the same have the same fingerprint.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from include.common.duck import connect
from include.common.sql import read_parquet_of
from include.contracts.candidate import OF_THE_PIPELINE
from include.contracts.release import Release
from include.contracts.typed import TABLES
from include.settings import Settings

# tables that hold what belongs to a work, by its id
OF_A_WORK = (
    "works",
    "authorships",
    "authorship_institutions",
    "authorship_countries",
    "affiliation_strings",
    "work_topics",
    "work_funders",
    "work_awards",
)
# table -> what identifies a record of it; the rows of a record come and go together
_RECORD_OF = {
    **dict.fromkeys(OF_A_WORK, "work_id"),
    "institutions": "institution_id",
    "funders": "funder_id",
    "funder_aliases": "funder_id",
    "topics": "topic_id",
    "totals": "(total_kind, condition_code, group_code, publication_year, topic_chunk)",
}
_LEFT_OUT = ("batch_id", "content_hash")
# a younger tombstone takes the latest version of a work back
_STAYS = """
    left join taken_back on work_id = record_id
    group by work_id having max(batch_id) > coalesce(max(taken_back_in), '')
"""


@dataclass(frozen=True)
class Content:
    """`tables`: rows and checksum of each; `works`: ids of the works that are there."""

    tables: dict[str, tuple[int, int]]
    works: frozenset[str]

    def differences(self, other: Content) -> list[str]:
        """Names of the tables that differ."""
        return sorted(name for name in {*self.tables, *other.tables} if self.tables.get(name) != other.tables.get(name))


def typed_content(settings: Settings, *, but: Collection[str] = ()) -> Content:
    """The current content of a home's typed zone, without the columns `but`."""
    tables: dict[str, tuple[int, int]] = {}
    with connect(settings) as connection:
        connection.execute(
            f"create temp table taken_back as select record_id, max(batch_id) as taken_back_in "
            f"from {_read(settings, 'tombstones')} where entity = 'works' group by record_id"
        )
        for table, record in _RECORD_OF.items():
            columns = ", ".join(column.name for column in TABLES[table] if column.name not in {*_LEFT_OUT, *but})
            parent = "works" if record == "work_id" else "funders" if record == "funder_id" else table
            rows, checksum = connection.execute(
                f"""
                with latest as (
                    select {record} as record, max(batch_id) as batch_id
                    from {_read(settings, parent)} {_STAYS if parent == "works" else "group by all"}
                )
                select count(*), coalesce(sum(hash({columns})::hugeint), 0)
                from {_read(settings, table)} as rows_of
                join latest on latest.record = {record} and latest.batch_id = rows_of.batch_id
                """
            ).fetchall()[0]
            tables[table] = (rows, int(checksum))
        # no fault is a reason to take a work back, so these count as content
        taken_back = connection.execute(f"select count(*) from {_read(settings, 'tombstones')}").fetchall()
        tables["tombstones"] = (taken_back[0][0], 0)
        works = connection.execute(f"select work_id from {_read(settings, 'works')} {_STAYS}").fetchall()
    return Content(tables, frozenset(row[0] for row in works))


def home_content(settings: Settings) -> dict[str, object]:
    """Fingerprint of every typed table and of every mart."""
    typed = {f"typed {name}": fingerprint for name, fingerprint in typed_content(settings).tables.items()}
    return {**typed, **published_content(settings)}


def published_content(settings: Settings) -> dict[str, str]:
    """Table -> SHA-256 of its file in the current release, without the tables that tell of the run itself."""
    release = Release.load(settings.releases_dir / "current" / "release.json")
    return {
        table.name: table.sha256
        for table in release.tables
        # batch ids are new in every run
        if not table.name.startswith(OF_THE_PIPELINE) and "batch_id" not in {column.name for column in table.columns}
    }


def _read(settings: Settings, table: str) -> str:
    return read_parquet_of(settings.typed_zone, "batch=*", f"{table}.parquet")
