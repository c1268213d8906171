"""Which records of a part are in the scope, decided in SQL, and the records as the API would send them.

The conditions are those of the API's filter (queries.py), with one difference that the source makes: a list of the API
looks at the first 100 authors of a work, and a snapshot has them all. So a work whose second country comes with its
101st author is found here alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

import duckdb
import orjson

from include.common.parquet_json import as_json
from include.common.sql import quoted
from include.contracts.batch import Window
from include.contracts.scope import ResolvedScope
from include.openalex.queries import WORK_FIELDS

# a work with 5,000 authors has a few megabytes
LARGEST_RECORD_BYTES = 64 * 1024 * 1024
# what older records have in the place of fields of today
_OLDER = {"grants": ("awards", "funders"), "host_venue": ("primary_location",)}
_FIELDS = (*WORK_FIELDS.split(","), *_OLDER)

_AUTHORSHIPS = '[{"countries":["VARCHAR"],"institutions":[{"country_code":"VARCHAR"}]}]'
_TOPIC = '{"id":"VARCHAR"}'
_READ = (
    f'{{"id":"VARCHAR","publication_date":"VARCHAR","is_paratext":"BOOLEAN","is_xpac":"BOOLEAN",'
    f'"primary_topic":{_TOPIC},"authorships":{_AUTHORSHIPS}}}'
)
# records of before 2024 have no countries, only those of the institutions
_COUNTRIES = """flatten(list_transform(authorships, lambda a: coalesce(
    nullif(a.countries, []), list_transform(a.institutions, lambda i: i.country_code), [])))"""


class Found(NamedTuple):
    """Records of one part: all, those in the table, those in the scope that were swept since, and unreadable lines."""

    records: int
    selected: int
    newer_here: int
    unreadable: int


def select(
    connection: duckdb.DuckDBPyConnection,
    file: str,
    kind: Literal["jsonl", "parquet"],
    scope: ResolvedScope,
    newer: Sequence[Window],
) -> Found:
    """Fill the table `selected` with the part's records that belong into a batch, in an order that is always the same.

    `newer`: windows that were swept after the snapshot was made; their works are left out.
    """
    read = _read_jsonl(file) if kind == "jsonl" else _read_parquet(connection, file)
    connection.execute(
        f"""
        create or replace temp table judged as
        with read as ({read})
        select
            id,
            case
                when is_unreadable then 'unreadable'
                when not coalesce({_in_scope(scope)}, false) then 'not_in_scope'
                when coalesce({_is_newer(scope, newer)}, false) then 'newer_here'
                else 'matched'
            end as verdict,
            case when verdict = 'matched' then document end as document
        from (select *, {_COUNTRIES} as countries from read)
        """
    )
    found: dict[str, int] = dict(connection.execute("select verdict, count(*) from judged group by verdict").fetchall())
    connection.execute(
        """
        create or replace temp table selected as
        select row_number() over (order by id, document) - 1 as place, document from judged where verdict = 'matched';
        drop table judged
        """
    )
    return Found(
        records=sum(found.values()),
        selected=found.get("matched", 0),
        newer_here=found.get("newer_here", 0),
        unreadable=found.get("unreadable", 0),
    )


def page(connection: duckdb.DuckDBPyConnection, start: int, rows: int) -> list[bytes]:
    """`rows` of the selected records from place `start` on, each in one line, with the fields asked of the API."""
    found = connection.execute(
        "select document from selected where place >= ? and place < ? order by place", [start, start + rows]
    ).fetchall()
    return [orjson.dumps(_as_the_api_sends(orjson.loads(row[0]))) for row in found]


def _as_the_api_sends(record: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: record[name] for name in _FIELDS if name in record}
    # the API sends the newer fields alone, so that only a record without them may keep the old one
    for old, newer in _OLDER.items():
        if kept.get(old) is None or any(kept.get(name) is not None for name in newer):
            kept.pop(old, None)
    return kept


def _read_jsonl(file: str) -> str:
    return f"""
        select
            json as document,
            coalesce(json_type(json), '') <> 'OBJECT' as is_unreadable,
            told.id,
            try_cast(told.publication_date as date) as published_on,
            told.is_paratext,
            told.is_xpac,
            told.primary_topic.id as topic,
            told.authorships
        from (
            select json, from_json(json, {quoted(_READ)}) as told
            from read_ndjson_objects(
                {quoted(file)}, compression = 'auto_detect', ignore_errors = true, hive_partitioning = false,
                maximum_object_size = {LARGEST_RECORD_BYTES}
            )
        )
    """


def _read_parquet(connection: duckdb.DuckDBPyConnection, file: str) -> str:
    # the folder is called updated_date=...; it must not replace the record's own
    source = f"read_parquet({quoted(file)}, hive_partitioning = false)"
    types: dict[str, str] = {
        row[0]: row[1] for row in connection.execute(f"describe select * from {source}").fetchall()
    }

    def column(name: str, otherwise: str = "null") -> str:
        return f'"{name}"' if name in types else otherwise

    def nested(name: str, shape: str) -> str:
        kind = types.get(name, "JSON")
        if kind in ("VARCHAR", "JSON"):
            return f"from_json({column(name, 'null::json')}, {quoted(shape)})"
        # a part of old records alone has columns without the newer fields
        is_whole = all(re.search(rf"\b{field}\b", kind) for field in re.findall(r'"(\w+)":', shape))
        return column(name) if is_whole else f"from_json(to_json({column(name)}), {quoted(shape)})"

    fields = ", ".join(f'"{name}" := {as_json(name, types[name])}' for name in _FIELDS if name in types)
    return f"""
        select
            to_json(struct_pack({fields})) as document,
            false as is_unreadable,
            {column("id")}::varchar as id,
            try_cast({column("publication_date")}::varchar as date) as published_on,
            {column("is_paratext")}::boolean as is_paratext,
            {column("is_xpac")}::boolean as is_xpac,
            {nested("primary_topic", _TOPIC)}.id as topic,
            {nested("authorships", _AUTHORSHIPS)} as authorships
        from {source}
    """


def _in_scope(scope: ResolvedScope) -> str:
    if scope.admit == "everything":
        return "true"
    topics = [topic for chunk in scope.topic_chunks for topic in chunk]
    conditions = [
        _has_any(scope.side_a.countries),
        _has_any(scope.side_b.countries),
        f"published_on >= {_day(date(scope.year_from, 1, 1))}",
        # the parts of a running year are not read again next year, and by then its early works are in the scope
        *([] if scope.is_rolling else [f"published_on <= {_day(date(scope.year_to, 12, 31))}"]),
        "not coalesce(is_paratext, false)",
        # the API's works are the core ones
        "not coalesce(is_xpac, false)",
        *([_of_topics(topics)] if topics else []),
    ]
    return f"({' and '.join(conditions)})"


def _is_newer(scope: ResolvedScope, windows: Sequence[Window]) -> str:
    """Whether a work is of one of these windows."""
    tests = []
    for window in windows:
        days = (
            f"published_on between {_day(window.date_from)} and {_day(window.date_to)}"
            if window.date_from is not None and window.date_to is not None
            else "true"
        )
        topics = scope.topic_chunks[(window.topic_chunk or 1) - 1]
        tests.append(f"({days} and {_of_topics(topics) if topics else 'true'})")
    return " or ".join(tests) or "false"


def _has_any(countries: Sequence[str]) -> str:
    return f"list_has_any(countries, {_list([code.upper() for code in countries])})"


def _of_topics(topics: Sequence[str]) -> str:
    return f"list_contains({_list(topics)}, parse_path(topic)[-1])"


def _day(day: date) -> str:
    return f"date '{day.isoformat()}'"


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, values))}]"
