"""Fits a record that DuckDB's strict reader refused to the types that it is read as.

One odd value in a field that nobody needs is no reason to lose a paper. A value that can be understood is kept: one
entry in the place of a list, an id in the place of an object, a number with commas. Any other is left empty, and its
field is named, so that it is counted. What DuckDB takes as it stands stays as it is, so a record reads the same whether
its page was refused for another record or not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import orjson

# what a text stands for in the place of one of these objects, when it is not an id
_TEXT_STANDS_FOR = {
    "awards[]": "funder_award_id",
    "grants[]": "award_id",
    "authorships[].affiliations[]": "raw_affiliation_string",
}
_ID = re.compile(r"\s*(https?://\S+|[A-Za-z]\d+|\d+)\s*")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([,  ' ]\d{3})+(\.\d+)?")
# DuckDB reads these by itself
_OTHER_BASE = re.compile(r"\s*[+-]?0[xXbB][\da-fA-F]+\s*")
_FLAGS = {"true": True, "t": True, "yes": True, "y": True, "1": True}
_FLAGS |= {"false": False, "f": False, "no": False, "n": False, "0": False}
_BITS = {"integer": 31, "bigint": 63}
_HELD = {dict: "an object", list: "a list", str: "a text", bool: "a flag", int: "a number", float: "a number"}
_WANTED = {"struct": "an object", "list": "a list", "boolean": "a flag"}
_BEYOND_READING = object()


@dataclass
class Fitted:
    """A line as DuckDB can read it. `emptied`: field -> what it held and what is read there, in words."""

    line: bytes
    emptied: dict[str, str] = field(default_factory=dict)


class Fitting:
    """Fits records to these columns (name -> DuckDB type)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns: dict[str, str]) -> None:
        self._kinds = {name: connection.sqltype(kind) for name, kind in columns.items()}

    def fitted(self, line: bytes) -> Fitted:
        """The line, as it is where it is no JSON object or needs nothing."""
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            return Fitted(line)
        if not isinstance(record, dict):
            return Fitted(line)
        emptied: dict[str, str] = {}
        read = {name: record[name] for name in self._kinds if name in record}
        fit = {name: _fit(value, self._kinds[name], name, emptied) for name, value in read.items()}
        # of two values of one field only one would be left
        if fit == read or _names_a_field_twice(line):
            return Fitted(line)
        return Fitted(orjson.dumps(record | fit), emptied)


def _fit(value: Any, kind: Any, path: str, emptied: dict[str, str]) -> Any:
    """The value as DuckDB reads it for this type."""
    if value is None:
        return None
    if kind.id == "struct":
        fit = _object(value, kind, path, emptied)
    elif kind.id == "list":
        fit = _entries(value, kind, path, emptied)
    elif kind.id == "boolean":
        fit = _flag(value)
    elif kind.id in _BITS:
        fit = _whole(value, _BITS[kind.id])
    elif kind.id == "double":
        fit = _number(value)
    else:
        # any value has a text
        fit = value
    if fit is _BEYOND_READING:
        emptied[path] = f"{path} holds {_HELD[type(value)]} that cannot be read as {_WANTED.get(kind.id, 'a number')}"
        return None
    return fit


def _object(value: Any, kind: Any, path: str, emptied: dict[str, str]) -> Any:
    value = _from_text(value)
    children = dict(kind.children)
    if isinstance(value, list):
        # an empty list says nothing, and of one the first is it
        value = next((entry for entry in value if entry is not None), None)
        return None if value is None else _object(value, kind, path, emptied)
    if not isinstance(value, dict):
        name = _field_of(value, path, children)
        return _BEYOND_READING if name is None else {name: str(value)}
    return value | {
        name: _fit(value[name], child, f"{path}.{name}", emptied) for name, child in children.items() if name in value
    }


def _field_of(value: Any, path: str, children: dict[str, Any]) -> str | None:
    """The field of an object that a text or number in its place stands for."""
    if isinstance(value, bool) or not str(value).strip():
        return None
    if path in _TEXT_STANDS_FOR:
        return _TEXT_STANDS_FOR[path]
    name = "id" if _ID.fullmatch(str(value)) else "display_name"
    return name if name in children else None


def _entries(value: Any, kind: Any, path: str, emptied: dict[str, str]) -> Any:
    value = _from_text(value)
    [(_, child)] = kind.children
    place = f"{path}[]"
    if isinstance(value, list):
        entries = _flat(value) if child.id == "struct" else value
        return [_fit(entry, child, place, emptied) for entry in entries]
    found: dict[str, str] = {}
    entry = _fit(value, child, place, found)
    if place in found:
        return _BEYOND_READING
    emptied |= found
    return [entry]


def _flat(entries: list[Any]) -> Iterator[Any]:
    for entry in entries:
        if isinstance(entry, list):
            yield from _flat(entry)
        else:
            yield entry


def _from_text(value: Any) -> Any:
    """What a text holds that is a list or an object itself, as tables of the source have them."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        return _FLAGS.get(value.strip().lower(), _BEYOND_READING)
    return value if isinstance(value, bool | int | float) else _BEYOND_READING


def _whole(value: Any, bits: int) -> Any:
    if isinstance(value, str) and not _OTHER_BASE.fullmatch(value):
        number = _number(value.strip())
        number = float(number) if isinstance(number, str) and _PLAIN_NUMBER.fullmatch(number) else number
        if not isinstance(number, float) or not number.is_integer():
            return _BEYOND_READING
        value = int(number)
    if isinstance(value, int | float):
        return value if -(2**bits) <= value < 2**bits else _BEYOND_READING
    return value if isinstance(value, str) else _BEYOND_READING


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value if isinstance(value, bool | int | float) else _BEYOND_READING
    text = value.strip()
    if _THOUSANDS.fullmatch(text):
        return float(re.sub(r"[^\d.+-]", "", text))
    if _PLAIN_NUMBER.fullmatch(text):
        return value if text == value else float(text)
    # what is said to be no number is: nothing is kept of it (possible_number)
    return value if value.lower() in ("nan", "inf", "-inf", "infinity", "-infinity") else _BEYOND_READING


def _names_a_field_twice(line: bytes) -> bool:
    def count(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise _TwiceError
        return found

    try:
        json.loads(line, object_pairs_hook=count)
    except _TwiceError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


class _TwiceError(Exception):
    """An object has a field twice."""
