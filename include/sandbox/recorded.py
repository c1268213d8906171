"""Recorded records become a corpus for the while: each comes back field for field as it was recorded.

Any `.jsonl` or `.jsonl.gz` file or `part_*.gz` of a snapshot (a record a line), any `.json` file (one record, or one
answer of the API with its `results`), or a folder of such files. A record is what its id says it is: a work, funder,
institution or topic; other kinds are left out. Keys that begin with `_` (notes of the recording) are left out too.
Records that stand twice are served twice.

Funders, institutions and topics that works refer to but that were not recorded are derived from what the works say of
them: id, name, ROR, country, type, lineage, subfield, field and domain, and the number of works here that name them. Of
everything else they say nothing, so such an object has fewer fields than a real one.
"""

from __future__ import annotations

import contextlib
import gzip
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from include.sandbox.catalog import bare_doi, bare_id, bare_ror, openalex_id
from include.sandbox.corpus import (
    AUTHORSHIPS,
    AUTHORSHIPS_CAP,
    AUTHORSHIPS_FULL,
    ENTITIES,
    CorpusError,
    CorpusInfo,
    DocumentWriter,
)
from include.sandbox.names import COUNTRY_NAMES

Record = dict[str, Any]

_PATTERNS = ("*.jsonl", "*.jsonl.gz", "part_*.gz", "*.json")
_KINDS = {"W": "works", "F": "funders", "I": "institutions", "T": "topics"}
_BATCH = 500

_TEXT, _NUMBER, _FLAG = pa.string(), pa.int64(), pa.bool_()
_COMMON = [("number", pa.int32()), ("id", _TEXT), ("display_name", _TEXT)]
_COUNTS = [("works_count", _NUMBER), ("cited_by_count", _NUMBER), ("updated_date", pa.timestamp("us"))]
_TABLES: dict[str, pa.Schema] = {
    "works": pa.schema(
        [
            ("number", pa.int32()), ("id", _TEXT), ("doi", _TEXT), ("publication_year", _NUMBER),
            ("publication_date", pa.date32()), ("type", _TEXT), ("language", _TEXT), ("is_retracted", _FLAG),
            ("is_paratext", _FLAG), ("is_xpac", _FLAG), ("topic_id", _TEXT), ("subfield_id", _TEXT),
            ("cited_by_count", _NUMBER), ("updated_date", pa.timestamp("us")), ("created_date", pa.timestamp("us")),
        ]
    ),
    "funders": pa.schema([*_COMMON, ("ror", _TEXT), ("country_code", _TEXT), *_COUNTS]),
    "institutions": pa.schema([*_COMMON, ("ror", _TEXT), ("country_code", _TEXT), ("type", _TEXT), *_COUNTS]),
    "topics": pa.schema([*_COMMON, ("subfield_id", _TEXT), ("field_id", _TEXT), ("domain_id", _TEXT), *_COUNTS]),
}  # fmt: skip
_LINKS = (
    "works_countries", "works_institution_countries", "works_institutions", "works_rors", "works_lineage",
    "works_topics", "works_funders", "works_award_funders", "institutions_lineage",
)  # fmt: skip


@contextlib.contextmanager
def prepared(source: Path) -> Iterator[Path]:
    """A folder that the engine can open, removed afterwards.

    Raises:
        CorpusError: there is nothing at `source`, or a record cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-recorded-") as folder:
        _Preparation(Path(folder), source).run()
        yield Path(folder)


def record_files(source: Path) -> list[Path]:
    """The files of a recording, in the order of their names.

    Raises:
        CorpusError: there are none.
    """
    if source.is_file():
        return [source]
    files = sorted(file for file in source.rglob("*") if file.is_file() and any(map(file.match, _PATTERNS)))
    if not files:
        raise CorpusError(
            "there are no recorded works",
            where=str(source),
            fix="name a .jsonl or .jsonl.gz file or a folder of them, or generate a corpus: "
            "python -m include.sandbox generate --out <folder>",
        )
    return files


def read_records(source: Path) -> Iterator[tuple[str, Record]]:
    """Each record and the entity that it is one of.

    Raises:
        CorpusError: a line is not a JSON object, or a file is torn; the message names file and line.
    """
    for file in record_files(source):
        number = 0
        try:
            for line in _lines(file):
                number += 1
                if not line.strip():
                    continue
                answer = orjson.loads(line)
                if not isinstance(answer, dict):
                    raise ValueError("not a JSON object")
                for record in answer.get("results", [answer]):
                    kind = _kind(record)
                    if kind is not None:
                        yield kind, {key: value for key, value in record.items() if not key.startswith("_")}
        except (ValueError, OSError, EOFError, zlib.error) as error:
            raise CorpusError(
                f"a recorded record cannot be read: {error}", where=f"{file}, line {number}", fix="mend or remove it"
            ) from None


def _lines(file: Path) -> Iterator[bytes]:
    if file.name.endswith(".json"):
        yield file.read_bytes()
        return
    with gzip.open(file, "rb") if file.name.endswith(".gz") else file.open("rb") as handle:
        yield from handle


def _kind(record: Record) -> str | None:
    found = record.get("id")
    if isinstance(found, str):
        return _KINDS.get(openalex_id(found)[:1])
    # a work that lacks its id is still a work
    return "works" if "authorships" in record else None


class _Preparation:
    """One recording on its way into a corpus folder. Read twice, so that no more than a batch is in memory."""

    def __init__(self, folder: Path, source: Path) -> None:
        self._folder, self._source = folder, source
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in (*_TABLES, *_LINKS)}
        self._seen: dict[str, set[str]] = {name: set() for name in _TABLES}
        self._derived: dict[str, dict[str, Record]] = {name: {} for name in ("funders", "institutions", "topics")}
        self._mentions: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._fields: dict[str, dict[str, None]] = {name: {} for name in ENTITIES}

    def run(self) -> None:
        """Write the corpus."""
        self._look()
        for entity in ENTITIES:
            with DocumentWriter(self._folder, entity, list(self._fields[entity])) as writer:
                self._write(entity, writer)
        self._tables()
        CorpusInfo(
            generator_version=0,
            origin="recorded",
            name=self._source.name,
            seed=0,
            scale=0,
            evolutions=(),
            counts=dict(self._counts),
            fields={entity: tuple(fields) for entity, fields in self._fields.items()},
        ).save(self._folder / "corpus.json")

    def _look(self) -> None:
        """First pass: which fields there are, and what works say of others."""
        for entity, record in read_records(self._source):
            self._counts[entity] += 1
            if isinstance(record.get("id"), str):
                self._seen[entity].add(openalex_id(record["id"]))
            self._fields[entity].update(dict.fromkeys(record))
            if entity == "works":
                self._learn(record)
        if not self._counts["works"]:
            raise CorpusError("there are no works in the recording", where=str(self._source), fix="name recorded works")
        if AUTHORSHIPS in self._fields["works"]:
            self._fields["works"][AUTHORSHIPS_FULL] = None
        for entity, found in self._derived.items():
            for record in found.values():
                self._fields[entity].update(dict.fromkeys(record))

    def _learn(self, work: Record) -> None:
        named: set[str] = set()
        for institution in _institutions(work):
            named |= self._derive("institutions", institution, ("ror", "country_code", "type", "lineage"))
        for topic in [work.get("primary_topic"), *(work.get("topics") or [])]:
            named |= self._derive("topics", topic, ("subfield", "field", "domain"))
        for funder_id, name, ror in _funders(work):
            named |= self._derive("funders", {"id": funder_id, "display_name": name, "ror": ror}, ())
        self._mentions.update(named)

    def _derive(self, entity: str, said: Record | None, keys: tuple[str, ...]) -> set[str]:
        if not said or not isinstance(said.get("id"), str):
            return set()
        short = openalex_id(said["id"])
        if short not in self._derived[entity]:
            record = {
                "id": said["id"],
                "display_name": said.get("display_name"),
                **{key: said.get(key) for key in keys},
            }
            if entity != "topics":
                record["ids"] = {"openalex": said["id"], "ror": said.get("ror")}
            self._derived[entity][short] = record
        return {short}

    def _write(self, entity: str, writer: DocumentWriter) -> None:
        fields = list(self._fields[entity])
        batch: list[list[bytes | None]] = []
        for record in self._records(entity):
            self._index(entity, record)
            batch.append([_fragment(record, name) for name in fields])
            if len(batch) == _BATCH:
                writer.add_many(batch)
                batch = []
        writer.add_many(batch)

    def _records(self, entity: str) -> Iterator[Record]:
        yield from (record for kind, record in read_records(self._source) if kind == entity)
        for short, record in self._derived.get(entity, {}).items():
            if short not in self._seen[entity]:
                self._counts[f"{entity}_derived"] += 1
                yield {**record, "works_count": self._mentions[short]}

    def _index(self, entity: str, record: Record) -> None:
        number = len(self._rows[entity])
        if entity == "works":
            self._index_work(number, record)
            return
        ids = record.get("ids") or {}
        values = {
            "number": number,
            "id": _short(record.get("id")),
            "display_name": record.get("display_name"),
            "ror": _ror(record.get("ror") or ids.get("ror")),
            "country_code": record.get("country_code"),
            "type": record.get("type"),
            "works_count": _whole(record.get("works_count")),
            "cited_by_count": _whole(record.get("cited_by_count")),
            "updated_date": _moment(record.get("updated_date")),
            **{f"{level}_id": _nested_id(record, level) for level in ("subfield", "field", "domain")},
        }
        self._rows[entity].append(tuple(values[name] for name in _TABLES[entity].names))
        if entity == "institutions":
            self._link("institutions_lineage", number, {_short(one) for one in record.get("lineage") or []})

    def _index_work(self, number: int, work: Record) -> None:
        topic = work.get("primary_topic") or {}
        self._rows["works"].append(
            (
                number,
                _short(work.get("id")),
                bare_doi(work["doi"]) if work.get("doi") else None,
                _whole(work.get("publication_year")),
                _day(work.get("publication_date")),
                work.get("type"),
                work.get("language"),
                work.get("is_retracted"),
                work.get("is_paratext"),
                work.get("is_xpac"),
                _short(topic.get("id")),
                _nested_id(topic, "subfield"),
                _whole(work.get("cited_by_count")),
                _moment(work.get("updated_date")),
                _moment(work.get("created_date")),
            )
        )
        institutions = list(_institutions(work))
        shown = (work.get("authorships") or [])[:AUTHORSHIPS_CAP]
        self._link("works_countries", number, {one for author in shown for one in author.get("countries") or []})
        self._link("works_institution_countries", number, {one.get("country_code") for one in institutions})
        self._link("works_institutions", number, {_short(one.get("id")) for one in institutions})
        self._link("works_rors", number, {_ror(one.get("ror")) for one in institutions})
        self._link("works_lineage", number, {_short(up) for one in institutions for up in one.get("lineage") or []})
        self._link("works_topics", number, {_short(one.get("id")) for one in work.get("topics") or []})
        self._link("works_funders", number, {_short(funder_id) for funder_id, _, _ in _funders(work)})
        self._link("works_award_funders", number, {_short(one.get("funder_id")) for one in work.get("awards") or []})

    def _link(self, table: str, number: int, values: set[str | None]) -> None:
        self._rows[table] += [(number, value) for value in sorted(value for value in values if value)]

    def _tables(self) -> None:
        link = pa.schema([("number", pa.int32()), ("value", _TEXT)])
        for name, rows in self._rows.items():
            schema = _TABLES.get(name, link)
            columns = list(zip(*rows, strict=True)) or [()] * len(schema)
            pq.write_table(
                pa.table(
                    [pa.array(values, kind.type) for values, kind in zip(columns, schema, strict=True)], schema=schema
                ),
                self._folder / f"{name}.parquet",
            )
        merged = pa.schema([("id", _TEXT), ("merged_into", _TEXT)])
        pq.write_table(merged.empty_table(), self._folder / "merged_ids.parquet")
        names = pa.table({"id": list(COUNTRY_NAMES), "display_name": list(COUNTRY_NAMES.values())})
        pq.write_table(names, self._folder / "country_names.parquet")
        subfields = {
            bare_id(topic["subfield"]["id"]): topic["subfield"].get("display_name")
            for topic in self._derived["topics"].values()
            if topic.get("subfield")
        }
        pq.write_table(
            pa.table({"id": pa.array(subfields, _TEXT), "display_name": pa.array(subfields.values(), _TEXT)}),
            self._folder / "subfield_names.parquet",
        )


def _fragment(record: Record, name: str) -> bytes | None:
    if name == AUTHORSHIPS_FULL:
        people = record.get(AUTHORSHIPS) or []
        return orjson.dumps(people) if len(people) > AUTHORSHIPS_CAP else None
    if name not in record:
        return None
    value = record[name]
    return orjson.dumps(value[:AUTHORSHIPS_CAP] if name == AUTHORSHIPS and isinstance(value, list) else value)


def _institutions(work: Record) -> Iterator[Record]:
    for author in work.get("authorships") or []:
        yield from author.get("institutions") or []


def _funders(work: Record) -> Iterator[tuple[str, str | None, str | None]]:
    """Funder id, name and ROR, from whichever generation of fields the record has."""
    for one in work.get("funders") or []:
        yield one.get("id"), one.get("display_name"), one.get("ror")
    for one in work.get("awards") or []:
        yield one.get("funder_id"), one.get("funder_display_name"), None
    for one in work.get("grants") or []:
        yield one.get("funder"), one.get("funder_display_name"), None


def _short(value: Any) -> str | None:
    return openalex_id(value) if isinstance(value, str) else None


def _ror(value: Any) -> str | None:
    return bare_ror(value) if isinstance(value, str) else None


def _nested_id(record: Record, level: str) -> str | None:
    nested = record.get(level) or {}
    return bare_id(str(nested["id"])) if nested.get("id") else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except (TypeError, ValueError):
        return None
