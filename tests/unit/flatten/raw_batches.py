"""Writes raw batches as include/contracts/batch.py says, from records or from lines that are none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from include.common.files import sha256_file
from include.common.ids import new_ulid, short_openalex_id
from include.contracts.batch import BatchManifest, Entity, Page, Query, Window
from include.contracts.content import content_hash
from include.settings import Settings

Record = Mapping[str, Any]
ENDED = datetime(2026, 11, 23, 12, tzinfo=UTC)


def settings_in(folder: Path) -> Settings:
    """Settings with `folder` as home."""
    return Settings(ENTANGLED_HOME=folder, ENTANGLED_THREADS=2)  # type: ignore[call-arg]


def write_batch(settings: Settings, entity: Entity, records: Sequence[Record | bytes], *, page_size: int = 100) -> str:
    """Write a batch of `records` (bytes: a line as it is) and return its id."""
    batch_id = new_ulid()
    folder = settings.raw_zone / entity / f"batch={batch_id}"
    folder.mkdir(parents=True)
    lines = [each if isinstance(each, bytes) else json.dumps(each, ensure_ascii=False).encode() for each in records]
    chunks = [lines[start : start + page_size] for start in range(0, len(lines), page_size)]
    pages = tuple(_write_page(folder / f"page-{n:05d}.jsonl.gz", chunk) for n, chunk in enumerate(chunks, start=1))
    if entity != "totals":
        _write_hashes(folder / "_hashes.parquet", [each for each in records if isinstance(each, Mapping)])
    _manifest(batch_id, entity, pages, len(lines)).save(folder / "_manifest.json")
    return batch_id


def _write_page(file: Path, lines: Sequence[bytes]) -> Page:
    file.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0))
    return Page(file=file.name, records=len(lines), sha256=sha256_file(file))


def _write_hashes(file: Path, records: Sequence[Record]) -> None:
    hashes = {
        short: content_hash(dict(record))
        for record in records
        if isinstance(record.get("id"), str) and (short := short_openalex_id(record["id"]))
    }
    with duckdb.connect() as connection:
        connection.execute("create table hashes (id varchar, content_hash varchar, window_id varchar)")
        connection.execute(
            "insert into hashes select unnest(?::varchar[]), unnest(?::varchar[]), 'window'",
            [list(hashes), list(hashes.values())],
        )
        connection.table("hashes").write_parquet(str(file))


def _manifest(batch_id: str, entity: Entity, pages: tuple[Page, ...], records: int) -> BatchManifest:
    return BatchManifest(
        batch_id=batch_id,
        entity=entity,
        source="http://127.0.0.1",
        data_origin="recorded",
        strategy="publication_window",
        scope_id="test",
        fetch_version="1",
        window=Window(window_id="window", title="a window"),
        query=Query(path=f"/{entity}", filter=None, select=None, sort=None, per_page=100),
        expected=records,
        received=records,
        unchanged=0,
        stored=records,
        duplicates=0,
        gone=0,
        pages=pages,
        started_at=ENDED,
        ended_at=ENDED,
        requests=1,
        credits=1,
        api_generation="not told",
        checks=(),
    )


def rows(settings: Settings, batch_id: str, table: str) -> list[dict[str, Any]]:
    """The rows of a typed table of a batch, without its first column, ordered by all the others."""
    file = settings.typed_zone / f"batch={batch_id}" / f"{table}.parquet"
    with duckdb.connect() as connection:
        query = connection.execute(
            "select * exclude (batch_id) from read_parquet(?, hive_partitioning = false) order by all", [str(file)]
        )
        names = [column[0] for column in query.description or ()]
        return [dict(zip(names, row, strict=True)) for row in query.fetchall()]


def work(number: int, **changes: object) -> dict[str, Any]:
    """An invented work of the latest generation; `...` as a value removes the field."""
    record: dict[str, Any] = {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.5555/Example.{number}",
        "display_name": f"Invented work {number}",
        "publication_year": 2020,
        "publication_date": "2020-05-17",
        "type": "article",
        "language": "en",
        "is_retracted": False,
        "is_paratext": False,
        "is_xpac": False,
        "authorships": [authorship(1)],
        "primary_topic": topic(10),
        "topics": [topic(10), topic(11)],
        "funders": [],
        "awards": [],
        "cited_by_count": 3,
        "fwci": 1.5,
        "referenced_works_count": 7,
        "updated_date": "2026-02-16T07:36:33.822630",
        "created_date": "2025-10-10T00:00:00",
    }
    return {key: value for key, value in {**record, **changes}.items() if value is not ...}


def authorship(number: int, **changes: object) -> dict[str, Any]:
    """An invented place in a list of authors."""
    record: dict[str, Any] = {
        "author_position": "first",
        "author": {"id": f"https://openalex.org/A{number}", "display_name": "Invented Person", "orcid": None},
        "institutions": [institution(number)],
        "countries": ["FR"],
        "is_corresponding": True,
        "raw_author_name": "I. Person",
        "raw_affiliation_strings": ["Invented Institute, Paris"],
        "affiliations": [
            {
                "raw_affiliation_string": "Invented Institute, Paris",
                "institution_ids": [f"https://openalex.org/I{number}"],
            }
        ],
    }
    return {**record, **changes}


def institution(number: int, **changes: object) -> dict[str, Any]:
    """An invented institution as it stands in an authorship."""
    record: dict[str, Any] = {
        "id": f"https://openalex.org/I{number}",
        "display_name": f"Invented Institute {number}",
        "ror": "https://ror.org/0abcdef12",
        "country_code": "FR",
        "type": "education",
        "lineage": [f"https://openalex.org/I{number}", "https://openalex.org/I900"],
    }
    return {**record, **changes}


def topic(number: int) -> dict[str, Any]:
    """An invented topic as it stands in a work."""
    return {
        "id": f"https://openalex.org/T{number}",
        "display_name": f"Invented topic {number}",
        "score": 0.9,
        "subfield": {"id": "https://openalex.org/subfields/1702", "display_name": "Artificial Intelligence"},
        "field": {"id": "https://openalex.org/fields/17", "display_name": "Computer Science"},
        "domain": {"id": "https://openalex.org/domains/3", "display_name": "Physical Sciences"},
    }
