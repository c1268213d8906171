"""Identifiers: batches and runs are ULIDs, so that names sort by time of making."""

from __future__ import annotations

import re

from ulid import ULID

_OPENALEX_ID = re.compile(
    r"\s*(?:(?:https?://)?(?:(?:www|api)\.)?openalex\.org/(?:[a-z]+/)?)?([A-Z]\d+)/?(?:[?#]\S*)?\s*",
    re.IGNORECASE | re.ASCII,
)


# a funder's DOI, or its number in Crossref's registry: the source's own numbers have ten digits
_CROSSREF_FUNDER = re.compile(
    r"\s*(?:(?:(?:https?://)?(?:(?:www|dx)\.)?doi\.org/|doi:\s*)?10\.13039/(\d+)|(100\d{6}|501100\d{6}))/?\s*",
    re.IGNORECASE | re.ASCII,
)


def new_ulid() -> str:
    """A new ULID, 26 characters, sortable by time (milliseconds)."""
    return str(ULID())


def short_openalex_id(value: str) -> str | None:
    """`https://openalex.org/W123`, `w123` or `www.openalex.org/works/W123/?select=id` -> `W123`; None when it is no
    OpenAlex id. The macro short_id of flatten reads the same.
    """
    match = _OPENALEX_ID.fullmatch(value)
    return match.group(1).upper() if match else None


def crossref_funder_id(value: str) -> str | None:
    """`https://doi.org/10.13039/501100001809` or `501100001809` -> `501100001809`; None when it is no number of
    Crossref's registry of funders. The macro crossref_funder_id of flatten reads the same.
    """
    match = _CROSSREF_FUNDER.fullmatch(value)
    return match and (match[1] or match[2])


def named_id(value: object, letter: str) -> str | None:
    """The id of what a record names, which may be its number alone: 10036 in the place of a topic (`T`) is `T10036`.
    The macros named_id and funder_id of flatten read the same.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    short = short_openalex_id(str(value))
    if short is not None:
        return short if short[0] == letter else None
    number = str(value).strip()
    is_of_registry = letter == "F" and crossref_funder_id(number) is not None
    return f"{letter}{number}" if re.fullmatch(r"[1-9][0-9]{0,17}", number) and not is_of_registry else None
