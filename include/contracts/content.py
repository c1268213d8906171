"""What makes a record new: a hash of its business content.

Citations move `updated_date` and the counts every day (the source's own change hash includes them), so they alone must
not make a record travel through the warehouse again.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson

# keys that move without the record's business content moving
VOLATILE_KEYS = frozenset(
    {
        "updated_date",
        "relevance_score",
        "cited_by_count",
        "cited_by_percentile_year",
        "citation_normalized_percentile",
        "counts_by_year",
        "fwci",
        "referenced_works",
        "referenced_works_count",
        "related_works",
        "summary_stats",
        "works_count",
        "works_api_url",
        "cited_by_api_url",
        "awards_count",
        "grants_count",
        "topic_share",
        "roles",
    }
)


# a field that is null says as much as one that is missing: columns of a snapshot are there for every record
_NULL_AFTER_ANOTHER = re.compile(rb',"[^"\\]*":null')
_NULL_AT_FIRST = re.compile(rb'\{"[^"\\]*":null,?')

# of these, numbers: with anything else a record cannot be typed, and mended it must count as changed
_NUMBERS = ("cited_by_count", "fwci", "referenced_works_count", "works_count")
# the smallest of their types is a 32 bit integer
_TOO_LARGE = 2**31


def content_hash(record: Any) -> str:
    """32 hex characters; equal for two records whose business content is equal, whatever the order of their keys, and
    whether a key is missing or null.

    A record is a JSON object; a source that is out of order may send any JSON value.
    """
    kept = record
    if isinstance(record, dict):
        kept = {key: value for key, value in record.items() if key not in VOLATILE_KEYS}
        kept |= {key: record[key] for key in _NUMBERS if not _is_number(record.get(key))}
    told = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)
    if b":null" in told:
        told = _NULL_AT_FIRST.sub(b"{", _NULL_AFTER_ANOTHER.sub(b"", told))
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and abs(value) < _TOO_LARGE)
