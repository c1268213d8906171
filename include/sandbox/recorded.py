"""Recorded records become a corpus: each comes back field for field as it was recorded.

reading.py says in which forms they may lie. A record is what its id says it is: a work, funder, institution or topic;
other kinds are left out. A record that stands several times is served once, in its newest version (by `updated_date`,
then by place). What cannot be read is served as a text in the place of a work, so that who reads everything meets it
and can put it aside. What became of every file is in `files.csv` of the corpus.

Funders, institutions and topics that works refer to but that were not recorded are derived from what the newest works
say of them: id, name, ROR, country, type, lineage, subfield, field and domain, and the number of works here that name
them. Of everything else they say nothing, so such an object has fewer fields than a real one.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from include.common.countries import country_code
from include.common.files import publish_dir, storage_errors
from include.common.ids import named_id, short_openalex_id
from include.common.sql import quoted, read_parquet
from include.sandbox.catalog import bare_doi, bare_id, bare_ror
from include.sandbox.corpus import (
    AUTHORSHIPS,
    AUTHORSHIPS_CAP,
    AUTHORSHIPS_FULL,
    ENTITIES,
    UNREADABLE,
    CorpusError,
    CorpusInfo,
    DocumentWriter,
    load_info,
)
from include.sandbox.names import COUNTRY_NAMES
from include.sandbox.reading import FileReport, Reader, Record, files_of

# a corpus that an earlier version made is made again
RECORDING_VERSION = 4

_DOCUMENTS_AT_ONCE = 500
_ROWS_AT_ONCE = 50_000
# so many files are named in a line each; all of them are in files.csv
MOST_LINES = 20

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
# institutions that stand for their countries, until all records have said which these are
_OF_INSTITUTIONS = "works_countries_of_institutions"
_LINKS = {
    "works": (
        "works_countries", "works_institution_countries", "works_institutions", "works_rors", "works_lineage",
        "works_topics", "works_funders", "works_award_funders", _OF_INSTITUTIONS,
    ),
    "institutions": ("institutions_lineage",),
}  # fmt: skip
_LINK = pa.schema([("number", pa.int32()), ("value", _TEXT)])
_FIRST_FIELDS = {"works": ("id", AUTHORSHIPS_FULL, UNREADABLE)}


def fingerprint(source: Path) -> str:
    """16 hex characters of what a recording holds: names and bytes of the files that are read. Another content, another
    corpus.
    """
    digest = hashlib.sha256(str(RECORDING_VERSION).encode())
    with storage_errors(source):
        for file, name, reason in files_of(source):
            # what is not opened changes nothing: a file manager rewrites its own files all the time
            if not reason:
                digest.update(f"\0{name}\0".encode("utf-8", "surrogateescape"))
                with contextlib.suppress(PermissionError), file.open("rb") as handle:
                    digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:16]


def corpus_key(source: Path) -> str:
    """A name for the corpus of this recording, safe in paths; it changes with the content."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", source.stem).strip("-")[:40]
    return f"recorded-{stem or 'works'}-{fingerprint(source)[:10]}"


@contextlib.contextmanager
def prepared(source: Path) -> Iterator[Path]:
    """A folder that the engine can open, removed afterwards.

    Raises:
        CorpusError: there is nothing at `source` that can be served.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-recorded-") as folder:
        _Preparation(Path(folder), source).run()
        yield Path(folder)


def record(source: Path, out: Path) -> tuple[CorpusInfo, bool]:
    """Make the corpus of a recording in the folder `out`, unless it is there; returns it and whether it was made.

    Raises:
        CorpusError: there is nothing at `source` that can be served. Nothing was written.
    """
    with contextlib.suppress(CorpusError):
        return load_info(out), False
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        aside = Path(folder) / "corpus"
        aside.mkdir()
        info = _Preparation(aside, source).run()
        publish_dir(aside, out)
    return info, True


def summary(info: CorpusInfo, out: Path) -> str:
    """`8,000 works in 3 files; 2 unreadable texts are put aside, 5 older copies left out, 1 file is not read`."""
    counts = info.counts
    told = [f"{counts['works'] - counts['unreadable']:,} works in {counts['files']:,} files"]
    for count, what in (
        (counts["unreadable"], "texts that cannot be read are put aside"),
        (counts["copies"], "further versions of the same records are left out"),
        (counts["files_not_read"], "files hold no records"),
    ):
        if count:
            told.append(f"{count:,} {what}")
    return f"{'; '.join(told)}; every file is listed in {out / 'files.csv'}"


def file_lines(corpus: Path) -> list[str]:
    """What became of the files of a recording, for people: those that are not read first, then the others."""
    with (corpus / "files.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    rows.sort(key=lambda row: row["is_read"] == "true")
    lines = [row["what"] for row in rows[:MOST_LINES]]
    if len(rows) > MOST_LINES:
        lines.append(f"... {len(rows) - MOST_LINES:,} more files are listed in {corpus / 'files.csv'}")
    return lines


class _Table:
    """One index table on its way to disk: rows are written as they become many."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema) -> None:
        self._schema = schema
        self._rows: list[list[Any]] = [[] for _ in schema]
        self._writer = pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd")

    def add(self, row: Iterable[Any]) -> None:
        """One row."""
        for column, value in zip(self._rows, row, strict=True):
            column.append(value)
        if len(self._rows[0]) >= _ROWS_AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        columns = [pa.array(values, kind.type) for values, kind in zip(self._rows, self._schema, strict=True)]
        self._writer.write_table(pa.table(columns, schema=self._schema))
        for column in self._rows:
            column.clear()


class _Entity:
    """The records of one entity on their way into documents and index tables."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._tables = {
            table: _Table(folder, table, _TABLES.get(table, _LINK)) for table in (name, *_LINKS.get(name, ()))
        }
        self._writer = DocumentWriter(folder, name, _FIRST_FIELDS.get(name, ("id",)))
        self._waiting: list[dict[str, bytes]] = []
        # id -> number and date of the version that is served
        self.served: dict[str, tuple[int, datetime]] = {}
        self._superseded: list[int] = []
        self._number = 0
        self.copies = 0

    def add(self, record: Record) -> bool:
        """Take a record; False when a newer version of it is here already."""
        short, updated = _short(record.get("id")), _moment(record.get("updated_date")) or datetime.min
        if short is not None:
            earlier = self.served.get(short)
            if earlier is not None:
                self.copies += 1
                if updated < earlier[1]:
                    return False
                self._superseded.append(earlier[0])
            self.served[short] = (self._number, updated)
        index = _index_work if self._name == "works" else _index_other
        row, links = index(self._name, record)
        self._take(_fragments(record, cuts_authors=self._name == "works"), row)
        for table, values in links.items():
            for value in sorted(value for value in values if value):
                self._tables[table].add((self._number - 1, value))
        return True

    def add_unreadable(self, text: str) -> None:
        """Take a text that stands in the place of a record."""
        nothing: list[Any] = [None] * (len(_TABLES[self._name]) - 1)
        self._take({UNREADABLE: orjson.dumps(text.encode("utf-8", "replace").decode())}, nothing)

    def _take(self, document: dict[str, bytes], row: list[Any]) -> None:
        self._waiting.append(document)
        self._tables[self._name].add((self._number, *row))
        self._number += 1
        if len(self._waiting) == _DOCUMENTS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        self._writer.add_growing(self._waiting)
        self._waiting.clear()

    @property
    def count(self) -> int:
        """Records that are served, and texts in their place."""
        return self._number - len(self._superseded)

    def close(self) -> tuple[str, ...]:
        """Write what is left; returns the fields of its documents."""
        self._flush()
        self._writer.__exit__(None, None, None)
        for table in self._tables.values():
            table.close()
        if self._superseded:
            _remove_numbers([self._folder / f"{table}.parquet" for table in self._tables], self._superseded)
        return self._writer.fields


def _remove_numbers(files: list[Path], numbers: list[int]) -> None:
    """Take the rows of these numbers out of index tables."""
    with duckdb.connect(config={"threads": "1", "memory_limit": "500MB"}) as db:
        db.register("gone", pa.table({"number": pa.array(numbers, pa.int32())}))
        for file in files:
            kept = file.with_suffix(".kept")
            db.execute(
                f"copy (select * from {read_parquet(file)} where number not in (select number from gone) "
                f"order by number) to {quoted(kept)} (format parquet, compression zstd)"
            )
            kept.replace(file)


def _add_countries_of_institutions(folder: Path) -> None:
    """To the countries that works state, those of institutions where a work states none: as they are today."""
    kept = folder / "countries.kept"
    with duckdb.connect(config={"threads": "1", "memory_limit": "500MB"}) as db:
        db.execute(
            f"""
            copy (
                select number, value from {read_parquet(folder / "works_countries.parquet")}
                union
                select places.number, institutions.country_code
                from {read_parquet(folder / f"{_OF_INSTITUTIONS}.parquet")} as places
                join {read_parquet(folder / "institutions.parquet")} as institutions
                    on institutions.id = places.value
                where institutions.country_code is not null
                order by number, value
            ) to {quoted(kept)} (format parquet, compression zstd)
            """
        )
    kept.replace(folder / "works_countries.parquet")
    (folder / f"{_OF_INSTITUTIONS}.parquet").unlink()


class _Preparation:
    """One recording on its way into a corpus folder. Read once; no more than some hundred records are in memory."""

    def __init__(self, folder: Path, source: Path) -> None:
        self._folder, self._source = folder, source
        self._entities = {name: _Entity(folder, name) for name in ENTITIES}
        # id -> when the work was updated that says it, and what it says
        self._derived: dict[str, dict[str, tuple[datetime, Record]]] = {
            name: {} for name in ("funders", "institutions", "topics")
        }
        # institution -> when the newest work was updated that says its country, and what it says
        self._countries: dict[str, tuple[datetime, str]] = {}
        self._mentions: Counter[str] = Counter()
        self._unreadable = 0

    def run(self) -> CorpusInfo:
        """Write the corpus."""
        reader = Reader(self._source, self._folder)
        for read in reader.records():
            if read.kind == "unreadable":
                self._unreadable += 1
                self._entities["works"].add_unreadable(read.text)
            elif self._entities[read.kind].add(read.record) and read.kind == "works":
                self._learn(read.record)
        self._refuse_nothing(reader.reports)
        counts = {f"{name}_derived": self._add_derived(name) for name in self._derived}
        counts = {**{name: one.count for name, one in self._entities.items()}, **counts}
        fields = {name: one.close() for name, one in self._entities.items()}
        _add_countries_of_institutions(self._folder)
        self._name_tables()
        self._write_files(reader.reports)
        info = CorpusInfo(
            generator_version=RECORDING_VERSION,
            origin="recorded",
            name=self._source.name,
            seed=0,
            scale=0,
            evolutions=(),
            counts={
                **{name: count for name, count in counts.items() if count or name == "works"},
                "unreadable": self._unreadable,
                "copies": sum(one.copies for one in self._entities.values()),
                "files": len(reader.reports),
                "files_not_read": sum(not report.is_read for report in reader.reports),
            },
            fields=fields,
        )
        info.save(self._folder / "corpus.json")
        return info

    def _refuse_nothing(self, reports: list[FileReport]) -> None:
        if self._entities["works"].count:
            return
        if not self._source.exists():
            raise CorpusError("there is no such file or folder", where=str(self._source), fix="check the path")
        what = "there are no works in the recording"
        if reports:
            what += ": " + "; ".join(report.line() for report in reports[:5])
            what += f"; and {len(reports) - 5:,} more files" if len(reports) > 5 else ""
        raise CorpusError(
            what,
            where=str(self._source),
            fix="name a file of works, or a folder of such files: JSON lines, JSON or Parquet as OpenAlex gives them",
        )

    def _learn(self, work: Record) -> None:
        """What a work says of others."""
        updated = _moment(work.get("updated_date")) or datetime.min
        named: set[str] = set()
        for institution in _institutions(_objects(work.get(AUTHORSHIPS))):
            named |= self._derive("institutions", updated, institution, ("ror", "type", "lineage"))
            self._learn_country(updated, institution)
        for topic in [*_objects([work.get("primary_topic")]), *_objects(work.get("topics"))]:
            named |= self._derive("topics", updated, topic, ("subfield", "field", "domain"))
        for funder_id, name, ror in _funders(work):
            named |= self._derive("funders", updated, {"id": funder_id, "display_name": name, "ror": ror}, ())
        self._mentions.update(named)

    def _learn_country(self, updated: datetime, institution: Record) -> None:
        short, code = named_id(institution.get("id"), "I"), _country(institution.get("country_code"))
        if short is None or code is None:
            return
        earlier = self._countries.get(short)
        if earlier is None or updated > earlier[0]:
            self._countries[short] = (updated, code)

    def _derive(self, entity: str, updated: datetime, said: Record, keys: tuple[str, ...]) -> set[str]:
        short = named_id(said.get("id"), entity[0].upper())
        if short is None:
            return set()
        full = f"https://openalex.org/{short}"
        earlier = self._derived[entity].get(short)
        if earlier is None or updated > earlier[0]:
            record = {
                "id": full,
                "display_name": said.get("display_name"),
                **{key: said.get(key) for key in keys},
            }
            if entity != "topics":
                record["ids"] = {"openalex": full, "ror": said.get("ror")}
            self._derived[entity][short] = (updated, record)
        return {short}

    def _add_derived(self, entity: str) -> int:
        """Add what was derived and not recorded; how many."""
        missing = [short for short in self._derived[entity] if short not in self._entities[entity].served]
        for short in missing:
            record = {**self._derived[entity][short][1], "works_count": self._mentions[short]}
            if entity == "institutions":
                record["country_code"] = self._countries.get(short, (None, None))[1]
            self._entities[entity].add(record)
        return len(missing)

    def _name_tables(self) -> None:
        merged = pa.schema([("id", _TEXT), ("merged_into", _TEXT)])
        pq.write_table(merged.empty_table(), self._folder / "merged_ids.parquet")
        names = pa.table({"id": list(COUNTRY_NAMES), "display_name": list(COUNTRY_NAMES.values())})
        pq.write_table(names, self._folder / "country_names.parquet")
        subfields: dict[str, str | None] = {}
        for _, topic in self._derived["topics"].values():
            subfield = _nested_id(topic, "subfield")
            if subfield is not None:
                subfields[subfield] = _text(next(_objects([topic["subfield"]]), {}).get("display_name"))
        pq.write_table(
            pa.table({"id": pa.array(subfields, _TEXT), "display_name": pa.array(subfields.values(), _TEXT)}),
            self._folder / "subfield_names.parquet",
        )

    def _write_files(self, reports: list[FileReport]) -> None:
        """What became of every file, as a table that anybody can open."""
        with (self._folder / "files.csv").open("w", encoding="utf-8", errors="replace", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(["file", "is_read", "form", "records", "unreadable", "mended", "what"])
            for report in reports:
                readable = sum(count for kind, count in report.records.items() if kind != "unreadable")
                writer.writerow(
                    [
                        report.name,
                        str(report.is_read).lower(),
                        report.form,
                        readable,
                        report.records["unreadable"],
                        report.mended,
                        report.line(),
                    ]
                )


# what the index needs of a record, whatever stands in its fields


def _index_work(_: str, work: Record) -> tuple[list[Any], dict[str, set[str | None]]]:
    topic = next(_objects([work.get("primary_topic")]), {})
    row = [
        _short(work.get("id")),
        bare_doi(work["doi"]) if isinstance(work.get("doi"), str) else None,
        _whole(work.get("publication_year")),
        _day(work.get("publication_date")),
        _text(work.get("type")),
        _text(work.get("language")),
        _flag(work.get("is_retracted")),
        # what does not say so is none: `is_paratext:false` finds it
        bool(_flag(work.get("is_paratext"))),
        _flag(work.get("is_xpac")),
        named_id(topic.get("id"), "T"),
        _nested_id(topic, "subfield"),
        _whole(work.get("cited_by_count")),
        _moment(work.get("updated_date")),
        _moment(work.get("created_date")),
    ]
    institutions = list(_institutions(_objects(work.get(AUTHORSHIPS))))
    # the filter by country sees what a list shows: the first hundred places, empty ones among them
    shown = list(_objects(_list(work.get(AUTHORSHIPS))[:AUTHORSHIPS_CAP]))
    of_institutions = list(_institutions(author for author in shown if author.get("countries") is None))
    return row, {
        "works_countries": {
            *(_country(code) for author in shown for code in _list(author.get("countries"))),
            *(_country(one.get("country_code")) for one in of_institutions if named_id(one.get("id"), "I") is None),
        },
        # records of 2022/23 have no `countries`: the source made them of the institutions
        _OF_INSTITUTIONS: {named_id(one.get("id"), "I") for one in of_institutions},
        "works_institution_countries": {_country(one.get("country_code")) for one in institutions},
        "works_institutions": {named_id(one.get("id"), "I") for one in institutions},
        "works_rors": {_ror(one.get("ror")) for one in institutions},
        "works_lineage": {named_id(up, "I") for one in institutions for up in _list(one.get("lineage"))},
        "works_topics": {named_id(one.get("id"), "T") for one in _objects(work.get("topics"))},
        "works_funders": {named_id(funder_id, "F") for funder_id, _, _ in _funders(work)},
        "works_award_funders": {named_id(_award_funder(one)[0], "F") for one in _objects(work.get("awards"))},
    }


def _index_other(entity: str, record: Record) -> tuple[list[Any], dict[str, set[str | None]]]:
    ids = next(_objects([record.get("ids")]), {})
    values = {
        "id": _short(record.get("id")),
        "display_name": _text(record.get("display_name")),
        "ror": _ror(record.get("ror") or ids.get("ror")),
        "country_code": _country(record.get("country_code")),
        "type": _text(record.get("type")),
        "works_count": _whole(record.get("works_count")),
        "cited_by_count": _whole(record.get("cited_by_count")),
        "updated_date": _moment(record.get("updated_date")),
        **{f"{level}_id": _nested_id(record, level) for level in ("subfield", "field", "domain")},
    }
    row = [values[name] for name in _TABLES[entity].names[1:]]
    lineage = {"institutions_lineage": {named_id(one, "I") for one in _list(record.get("lineage"))}}
    return row, lineage if entity == "institutions" else {}


def _fragments(record: Record, *, cuts_authors: bool) -> dict[str, bytes]:
    fragments = {}
    for name, value in record.items():
        if cuts_authors and name == AUTHORSHIPS and isinstance(value, list) and len(value) > AUTHORSHIPS_CAP:
            fragments[AUTHORSHIPS_FULL] = orjson.dumps(value)
            value = value[:AUTHORSHIPS_CAP]
        if name not in (AUTHORSHIPS_FULL, UNREADABLE):
            fragments[name] = orjson.dumps(value)
    return fragments


def _list(value: Any) -> list[Any]:
    """A list; what stands in its place is its one entry, as flatten reads it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _objects(values: Any) -> Iterator[Record]:
    """The objects of a list; an id stands for its object, and nulls and others are none."""
    for value in _list(values):
        if isinstance(value, dict):
            yield value
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield {"id": value}
        elif isinstance(value, list):
            yield from _objects(value)


def _institutions(authorships: Iterable[Record]) -> Iterator[Record]:
    for author in authorships:
        yield from _objects(author.get("institutions"))


def _funders(work: Record) -> Iterator[tuple[Any, Any, Any]]:
    """Funder id, name and ROR, from whichever generation of fields the record has."""
    for one in _objects(work.get("funders")):
        yield one.get("id"), one.get("display_name"), one.get("ror")
    for one in _objects(work.get("awards")):
        yield *_award_funder(one), None
    for one in _objects(work.get("grants")):
        yield one.get("funder"), one.get("funder_display_name"), None


def _award_funder(award: Record) -> tuple[Any, Any]:
    """Id and name of the funder of an award, which may stand in an object of their own."""
    funder = next(_objects(award.get("funder")), {})
    return award.get("funder_id") or funder.get("id"), award.get("funder_display_name") or funder.get("display_name")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None if value is None else str(value)


def _short(value: Any) -> str | None:
    return short_openalex_id(value) if isinstance(value, str) else None


def _ror(value: Any) -> str | None:
    return bare_ror(value) if isinstance(value, str) else None


def _country(value: Any) -> str | None:
    return country_code(value) if isinstance(value, str) else None


def _nested_id(record: Record, level: str) -> str | None:
    nested = next(_objects([record.get(level)]), {})
    return bare_id(str(nested["id"])) if nested.get("id") else None


def _whole(value: Any) -> int | None:
    """A whole number, also one that is written as a text or with a point ("2021", "2021.0"), as flatten reads it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**63 else None


def _flag(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return bool(value) if isinstance(value, bool | int) else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value.strip()[:10])
    except (AttributeError, ValueError):
        return None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment.astimezone(UTC) if moment.tzinfo is not None else moment).replace(tzinfo=None)
    except (AttributeError, ValueError, OverflowError):
        return None
