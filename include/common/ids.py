"""Identifiers: batches and runs are ULIDs, so that names sort by time of making."""

from __future__ import annotations

import re

from ulid import ULID

_OPENALEX_ID = re.compile(r"^(?:https?://(?:api\.)?openalex\.org/(?:[a-z]+/)?)?([A-Z]\d+)$", re.IGNORECASE)


def new_ulid() -> str:
    """A new ULID, 26 characters, sortable by time (milliseconds)."""
    return str(ULID())


def short_openalex_id(value: str) -> str | None:
    """`https://openalex.org/W123` or `W123` -> `W123`; None when it is no OpenAlex id."""
    match = _OPENALEX_ID.match(value.strip())
    return match.group(1).upper() if match else None
