"""Background works: one narrow row each, written out as JSON only when somebody lists them.

A background work has one author a country, at that country's invented research institution, and nothing that any mart
shows; it is there to be counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson

from include.sandbox.corpus import open_tables

_SITE = "https://openalex.org/"


class Background:
    """Writes background works, and makes the engine's link tables include them."""

    def __init__(self, db: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._db = db
        open_tables(db, folder, ["background"])
        db.execute(
            """
            create view background_countries as
            select number, c1 as value from background
            union all
            select number, c2 from background where c2 is not null;

            create table background_institutions as
            select country_code, id, ror, display_name, type from institutions where role = 'background'
            """
        )
        homes = "background_countries as b join background_institutions as i on i.country_code = b.value"
        for table, query in {
            "works_countries": "from background_countries",
            "works_institution_countries": "from background_countries",
            "works_institutions": f"select b.number, i.id from {homes}",
            "works_lineage": f"select b.number, i.id from {homes}",
            "works_rors": f"select b.number, i.ror from {homes}",
            "works_topics": "select number, topic_id from works semi join background using (number)",
        }.items():
            db.execute(f"alter view {table} rename to held_{table}")
            db.execute(f"create view {table} as from held_{table} union all {query}")

    def render(self, numbers: list[int], select: Sequence[str] | None) -> dict[int, bytes]:
        """The works of these numbers as JSON objects."""
        if not numbers:
            return {}
        rows = self._db.execute(
            f"""
            select
                b.number, w.id, w.publication_year, w.publication_date, w.cited_by_count, w.updated_date, c1, c2,
                t.id, t.display_name, t.subfield_id, t.subfield_name, t.field_id, t.field_name, t.domain_id,
                t.domain_name
            from background as b join works as w using (number) join topics as t on t.id = w.topic_id
            where b.number in ({", ".join(map(str, numbers))})
            """
        ).fetchall()
        homes = {
            row[0]: row[1:]
            for row in self._db.execute(
                "select country_code, id, ror, display_name, type from background_institutions"
            ).fetchall()
        }
        return {row[0]: _record(row, homes, select) for row in rows}


def _record(row: tuple[Any, ...], homes: dict[str, tuple[Any, ...]], select: Sequence[str] | None) -> bytes:
    _, work_id, year, day, cited, updated, first, second, *topic = row
    countries = [first] if second is None else [first, second]
    described = {
        "id": _SITE + topic[0],
        "display_name": topic[1],
        "score": 0.9,
        "subfield": {"id": f"{_SITE}subfields/{topic[2]}", "display_name": topic[3]},
        "field": {"id": f"{_SITE}fields/{topic[4]}", "display_name": topic[5]},
        "domain": {"id": f"{_SITE}domains/{topic[6]}", "display_name": topic[7]},
    }
    title = f"Invented background study {work_id[3:]}"
    record: dict[str, Any] = {
        "id": _SITE + work_id,
        "doi": None,
        "title": title,
        "display_name": title,
        "publication_year": year,
        "publication_date": day.isoformat(),
        "ids": {"openalex": _SITE + work_id},
        "language": "en",
        "primary_location": None,
        "type": "article",
        "indexed_in": [],
        "authorships": [
            _authorship(work_id, index, len(countries), country, homes[country])
            for index, country in enumerate(countries)
        ],
        "institutions": [],
        "countries_distinct_count": len(countries),
        "institutions_distinct_count": len(countries),
        "corresponding_author_ids": [],
        "corresponding_institution_ids": [],
        "fwci": None,
        "cited_by_count": cited,
        "is_retracted": False,
        "is_paratext": False,
        "is_xpac": False,
        "primary_topic": described,
        "topics": [described],
        "keywords": [],
        "concepts": [],
        "locations_count": 0,
        "locations": [],
        "awards": [],
        "funders": [],
        "referenced_works_count": 0,
        "referenced_works": [],
        "updated_date": updated.isoformat(timespec="microseconds"),
        "created_date": "2025-10-10T00:00:00",
    }
    if select is not None:
        record = {name: value for name, value in record.items() if name in select}
    return orjson.dumps(record)


def _authorship(work_id: str, index: int, authors: int, country: str, home: tuple[Any, ...]) -> dict[str, Any]:
    institution_id, ror, name, kind = home
    number = int(work_id[3:]) * 2 + index
    address = f"{name}, Sandbox City"
    return {
        "author_position": "first" if index == 0 else "last",
        "author": {"id": f"{_SITE}A98{number:08d}", "display_name": f"Author {number}", "orcid": None},
        "institutions": [
            {
                "id": _SITE + institution_id,
                "display_name": name,
                "ror": f"https://ror.org/{ror}",
                "country_code": country,
                "type": kind,
                "lineage": [_SITE + institution_id],
            }
        ],
        "countries": [country],
        "is_corresponding": index == 0,
        "raw_author_name": f"Author {number}",
        "raw_affiliation_strings": [address],
        "affiliations": [{"raw_affiliation_string": address, "institution_ids": [_SITE + institution_id]}],
    }
