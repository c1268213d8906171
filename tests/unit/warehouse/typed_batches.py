"""Writes small typed batches, raw manifests and a scope, for tests of the warehouse: a stand-in for ingest and flatten.

A work is written as people think of it (`Work`): its authors with their countries and institutions, its topic, its
funders. Everything is invented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from include.common.files import write_atomic
from include.common.ids import new_ulid
from include.common.sql import quoted
from include.contracts.batch import BatchManifest, DataOrigin, Entity, Page, Query, Window
from include.contracts.scope import Group, ResolvedScope, SubjectTopic, Windows
from include.contracts.typed import TABLES, TypedManifest
from include.contracts.versions import flatten_version
from include.openalex.models import Plan, PlannedWindow
from include.raw_zone.sweeps import Sweep, save_sweep
from include.settings import Settings
from tests.shared import leave_unit_tests_out

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TOPICS = (
    SubjectTopic(
        topic_id="T1", topic_name="Vision", subfield_id="1707", subfield_name="Computer Vision",
        field_id="17", field_name="Computer Science",
    ),
    SubjectTopic(
        topic_id="T10711", topic_name="Target Tracking", subfield_id="1702", subfield_name="Artificial Intelligence",
        field_id="17", field_name="Computer Science",
    ),
)  # fmt: skip


def settings_in(home: Path, *, unit_tests: bool = False, **changes: Any) -> Settings:
    """Settings that write under `home`, whatever the environment says; `unit_tests`: the first build runs dbt's."""
    given = {"ENTANGLED_HOME": home, "ENTANGLED_THREADS": 2, **changes}
    settings = Settings.model_validate(given)
    # a warehouse has notes of its own
    return settings if unit_tests or settings.warehouse_file.exists() else leave_unit_tests_out(settings)


@dataclass(frozen=True)
class Author:
    """One position in an author list. `institutions` are (id, name, ror, country)."""

    countries: tuple[str, ...] = ()
    institutions: tuple[tuple[str, str, str | None, str | None], ...] = ()
    address: str | None = None
    is_corresponding: bool | None = None


@dataclass(frozen=True)
class Work:
    """A work as people think of it. `funders` are (id or None, name); `awards` are (id or None, number, name)."""

    work_id: str
    authors: tuple[Author, ...]
    year: int = 2020
    day: date | None = None
    topic: str | None = "T1"
    funders: tuple[tuple[str | None, str | None], ...] = ()
    awards: tuple[tuple[str | None, str, str | None], ...] = ()
    is_paratext: bool = False
    is_retracted: bool = False


@dataclass
class Rows:
    """Rows of the typed tables of one batch, by table."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **values: Any) -> None:
        self.tables.setdefault(table, []).append(values)


def rows_of(works: Iterable[Work]) -> Rows:
    """The typed rows of `works`."""
    rows = Rows()
    for work in works:
        rows.add(
            "works", work_id=work.work_id, title=f"Work {work.work_id}", publication_year=work.year,
            publication_date=work.day or date(work.year, 7, 1), work_type="article", language="en",
            is_retracted=work.is_retracted, is_paratext=work.is_paratext, authors_count=len(work.authors),
            is_authors_truncated=False, primary_topic_id=work.topic, cited_by_count=0,
            content_hash=hashlib.md5(repr(work).encode(), usedforsecurity=False).hexdigest(),
        )  # fmt: skip
        for index, author in enumerate(work.authors):
            key = {"work_id": work.work_id, "author_index": index}
            rows.add(
                "authorships",
                **key,
                author_position="first" if index == 0 else "middle",
                author_id=f"A{index}",
                is_corresponding=author.is_corresponding,
                filter_reads="countries",
            )
            for country in author.countries:
                rows.add(
                    "authorship_countries", **key, country_code=country, country_basis="institution",
                    is_shown_by_filter=True,
                )  # fmt: skip
            for place, (institution, name, ror, country_code) in enumerate(author.institutions):
                rows.add(
                    "authorship_institutions", **key, institution_index=place, institution_id=institution,
                    institution_name=name, ror=ror, country_code=country_code, institution_type="education",
                )  # fmt: skip
            if author.address:
                rows.add("affiliation_strings", **key, affiliation_index=0, raw_affiliation_string=author.address)
        for topic in TOPICS:
            if topic.topic_id == work.topic:
                rows.add(
                    "work_topics", work_id=work.work_id, topic_index=0, is_primary=True, score=0.9,
                    topic_id=topic.topic_id, topic_name=topic.topic_name, subfield_id=topic.subfield_id,
                    subfield_name=topic.subfield_name, field_id=topic.field_id, field_name=topic.field_name,
                )  # fmt: skip
        for funder_id, name in work.funders:
            rows.add(
                "work_funders", work_id=work.work_id, funder_id=funder_id, funder_name=name, source_field="funders"
            )
        for index, (funder_id, number, name) in enumerate(work.awards):
            rows.add(
                "work_awards", work_id=work.work_id, award_index=index, funder_id=funder_id, funder_award_id=number,
                funder_name=name, source_field="awards",
            )  # fmt: skip
    return rows


def write_batch(
    settings: Settings,
    entity: Entity,
    rows: Rows,
    *,
    batch_id: str | None = None,
    origin: DataOrigin = "recorded",
    quarantined: int = 0,
    unknown_fields: dict[str, int] | None = None,
    emptied_fields: dict[str, int] | None = None,
) -> str:
    """Write one typed batch and the manifest of the raw batch that it came from; returns the batch id."""
    batch_id = batch_id or new_ulid()
    folder = settings.typed_zone / f"batch={batch_id}"
    folder.mkdir(parents=True)
    for number in range(quarantined):
        rows.add("quarantine", entity=entity, page_file="page-00001.jsonl.gz", line_number=number,
                 reason_code="no_id", reason="the record has no id", record="{}")  # fmt: skip
    connection = duckdb.connect()
    for table, columns in TABLES.items():
        connection.execute(f"create table {table} ({', '.join(f'{column.name} {column.type}' for column in columns)})")
        records = rows.tables.get(table, [])
        if records:
            frame = pd.DataFrame([{"batch_id": batch_id, **record} for record in records], dtype=object)
            connection.register("records", frame)
            connection.execute(f"insert into {table} by name select * from records")
            connection.unregister("records")
        connection.execute(f"copy {table} to {quoted(folder / f'{table}.parquet')} (format parquet)")
    connection.close()
    typed = len(rows.tables.get(entity, []))
    manifest = TypedManifest(
        batch_id=batch_id, entity=entity, data_origin=origin, scope_id="test", fetch_version="1", window_id="all",
        raw_manifest_sha256="", flatten_version=flatten_version(), records_in=typed + quarantined, records_typed=typed,
        records_quarantined=quarantined,
        rows={table: len(records) for table, records in rows.tables.items()}, unknown_fields=unknown_fields or {},
        emptied_fields=emptied_fields or {},
        flattened_at=NOW,
    )  # fmt: skip
    manifest.save(folder / "_typed.json")
    _raw_manifest(batch_id, entity, origin, typed + quarantined).save(
        settings.raw_zone / entity / f"batch={batch_id}" / "_manifest.json"
    )
    return batch_id


def _raw_manifest(batch_id: str, entity: Entity, origin: DataOrigin, records: int) -> BatchManifest:
    return BatchManifest(
        batch_id=batch_id, entity=entity, source="http://127.0.0.1", data_origin=origin, strategy="publication_window",
        scope_id="test", fetch_version="1", window=Window(window_id="all", title="all"),
        query=Query(path=f"/{entity}", filter=None, select=None, sort=None, per_page=100), expected=records,
        received=records, unchanged=0, stored=records, duplicates=0, gone=0,
        pages=(Page(file="page-00001.jsonl.gz", records=records, sha256=""),), started_at=NOW, ended_at=NOW,
        requests=1, credits=1, api_generation="test", checks=(),
    )  # fmt: skip


def write_scope(
    settings: Settings, year_from: int = 2019, year_to: int = 2021, version: str = "1", subject: str = "ai"
) -> ResolvedScope:
    """A small scope: Germany, Bulgaria (EU27) and Britain as EUROPE, with China."""
    scope = ResolvedScope(
        scope_id="test", fetch_version=version, title="Test", admit="scope",
        subject_id=subject, subject_version=1, subject_title="Test",
        topics=TOPICS, topic_chunks=(tuple(topic.topic_id for topic in TOPICS),),
        side_a=Group(code="EUROPE", name="Europe", countries=("BG", "DE", "GB")),
        side_b=Group(code="CHINA", name="China (mainland)", countries=("CN",)),
        groups=(Group(code="EU27", name="European Union (27)", countries=("BG", "DE")),),
        year_from=year_from, year_to=year_to,
        windows=Windows(by="year", recent_by="year", recent_years=0, revisit_recent_days=1, revisit_old_days=1,
                        max_records=100),
    )  # fmt: skip
    scope.save(settings.resolved_scope_file)
    return scope


def totals_rows(counts: dict[tuple[str, str, str, int], int]) -> Rows:
    """Totals by (kind, condition, group, year)."""
    rows = Rows()
    for (kind, condition, group, year), papers in counts.items():
        rows.add("totals", total_kind=kind, condition_code=condition, group_code=group, publication_year=year,
                 topic_chunk=1, papers=papers)  # fmt: skip
    return rows


def write_csv(file: Path, lines: list[str]) -> None:
    """A CSV file of the user's own lists."""
    write_atomic(file, "\n".join(lines) + "\n")


def window_of(window_id: str, first: str, last: str, *, topics: str = "T1|T10711") -> tuple[Window, Query]:
    """A window of these publication dates and what it is asked with."""
    window = Window(window_id=window_id, title=window_id, date_from=date.fromisoformat(first),
                    date_to=date.fromisoformat(last))  # fmt: skip
    dates = f"from_publication_date:{first},to_publication_date:{last}"
    query = Query(path="/works", filter=f"primary_topic.id:{topics},{dates},is_paratext:false", select="id",
                  sort="publication_date", per_page=100)  # fmt: skip
    return window, query


def write_plan(
    settings: Settings, windows: Iterable[tuple[tuple[Window, Query], int]], fetch_version: str = "1"
) -> None:
    """A plan of these windows with the source's count of each."""
    planned = tuple(
        PlannedWindow(window=window, query=query, expected=count, action="sweep", reason="for a test")
        for (window, query), count in windows
    )
    Plan(fetch_version=fetch_version, planned_at=NOW, windows=planned).save(settings.raw_zone / "_plan.json")


def write_sweep(
    settings: Settings, asked: tuple[Window, Query], records: int, swept_at: datetime, *, batch_id: str | None = None
) -> None:
    """The ledger's record of a complete sweep."""
    window, query = asked
    sweep = Sweep(entity="works", window_id=window.window_id, query=query, fetch_version="1", data_origin="recorded",
                  records=records, batch_id=batch_id, swept_at=swept_at, expected=records, received=records + 1,
                  requests=2, credits=1)  # fmt: skip
    save_sweep(settings, sweep)
