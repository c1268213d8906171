"""Faults of single works. Which works are struck, and in which way of several, follows from the id alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from include.sandbox.faults.exchange import Record, RecordFault

_MEGABYTE = 1 << 20
# what a page must not hold as JSON, put where this text stands
_LOOSE = "@loose@"


def _set(**values: Any) -> Callable[[Record], Any]:
    return lambda record: {**record, **values}


def _drop(name: str) -> Callable[[Record], Any]:
    return lambda record: {key: value for key, value in record.items() if key != name}


def _one_of(*ways: Callable[[Record], Any]) -> Callable[[Record, int], Any]:
    return lambda record, chosen: ways[chosen % len(ways)](record)


def _null_within(record: Record) -> Any:
    """Null where the documentation knows none, in places that do not decide what the work is."""
    authorships = [
        {**authorship, "author": None, "institutions": None, "affiliations": [None]}
        for authorship in record.get("authorships") or []
    ]
    return {**record, "authorships": [*authorships, None], "topics": None, "funders": [None], "awards": None}


def _large(record: Record) -> Any:
    return {**record, "abstract_inverted_index": {"synthetic": "x" * (10 * _MEGABYTE)}}


def _odd_text(record: Record) -> Any:
    # escaped controls, a null character, right-to-left marks and letters, a combining pile, an astral letter
    controls, rtl = "\u0000\u0007\u001b[31m", "\u202e\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd\u202c"
    odd = f"{controls} {rtl} \u200b e\u0301\u0302 \U0001d518 \ufeff"
    strings = [
        {**authorship, "raw_affiliation_strings": [odd, *(authorship.get("raw_affiliation_strings") or [])]}
        for authorship in record.get("authorships") or []
    ]
    return {**record, "display_name": f"{odd} {record.get('display_name')}", "authorships": strings}


def _loosened(page: bytes) -> bytes:
    """A raw control character, half a surrogate pair and NaN: what lax JSON writers produce."""
    page = page.replace(_LOOSE.encode(), b"\x01\\ud83d")
    return re.sub(rb'"fwci":"loose"', b'"fwci":NaN', page)


RECORDS = (
    RecordFault(
        "wrong_types",
        "another type in a field that a work cannot do without",
        "quarantined",
        _one_of(
            _set(publication_year="two thousand"),
            _set(authorships=7),
            _set(authorships="none"),
            _set(id=4711),
        ),
    ),
    RecordFault(
        "odd_values",
        "another type in a field that a work can do without",
        "kept",
        _one_of(
            _set(is_retracted={"since": 2020}),
            _set(cited_by_count="many"),
            _set(primary_topic="none"),
            _set(primary_location=[["here"]]),
            _set(topics=True),
        ),
    ),
    RecordFault(
        "missing_fields",
        "required fields that are not there",
        "quarantined",
        _one_of(_drop("id"), _drop("publication_year"), _drop("authorships")),
    ),
    RecordFault(
        "nulls",
        "null in required fields",
        "quarantined",
        _one_of(_set(id=None), _set(publication_year=None), _set(authorships=None)),
    ),
    RecordFault("nulls_within", "null where never null, in other fields", "kept", _one_of(_null_within)),
    RecordFault("no_record", "null in the place of a work", "quarantined", _one_of(lambda record: None), one_in=300),
    RecordFault(
        "absurd_years",
        "years that cannot be",
        "quarantined",
        _one_of(
            _set(publication_year=20019, publication_date="20019-01-01"),
            _set(publication_year=0, publication_date="0000-00-00"),
            _set(publication_year=-4, publication_date="-004-01-01"),
            _set(publication_year=10**18),
        ),
    ),
    RecordFault(
        "unknown_fields",
        "fields that nobody has heard of",
        "kept",
        _one_of(_set(novelty_score=0.7, provenance_v3={"by": ["a", {"b": None}]})),
    ),
    RecordFault("large_record", "a record of 10 MB", "kept", _one_of(_large), one_in=150),
    RecordFault("odd_text", "control characters and right-to-left text", "kept", _one_of(_odd_text)),
    RecordFault(
        "lax_json",
        "raw control characters, half a surrogate pair, NaN",
        "kept",
        _one_of(lambda record: {**record, "display_name": f"{_LOOSE} {record.get('display_name')}", "fwci": "loose"}),
        loosen=_loosened,
    ),
)
