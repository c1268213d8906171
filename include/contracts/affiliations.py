"""Matches: which listed bodies the printed addresses of the typed zone name.

    <home>/affiliations/part=<ulid>/matches.parquet   a row an address and body; addresses that name none have no row
    <home>/affiliations/part=<ulid>/_matches.json     which batches it looked at, and by which lists and rules

A part holds the addresses of its batches that no earlier part had. All parts are of one version; when lists or rules
change, they are made anew. An address may stand in two parts, in each with the same rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar, Literal

from include.contracts.base import HandOver
from include.contracts.typed import Column
from include.contracts.versions import version_of

MATCHES, MANIFEST = "matches.parquet", "_matches.json"

# the tables of lists that decide what is found
TABLES = ("military_bodies", "military_former_names", "military_unsafe_names", "countries", "address_places")

COLUMNS = (
    Column("affiliation_text", "VARCHAR"),
    Column("body_id", "VARCHAR"),
    Column("country_code", "VARCHAR"),
    Column("names_country", "BOOLEAN"),
    Column("ror", "VARCHAR"),
    Column("match_kind", "VARCHAR"),
    Column("evidence", "VARCHAR"),
    Column("affiliations_version", "VARCHAR"),
)

_RULES = Path(__file__).parents[1] / "affiliations"
_LIBRARIES = ("ahocorasick-rs", "opencc")


class MatchesManifest(HandOver):
    """`_matches.json`. `batches`: batch id -> digest of its typed manifest, of every batch that the part looked at.

    `addresses` counts the different addresses that it looked at, `addresses_matched` those that name a body, `rows` the
    rows of matches.parquet.
    """

    what_it_is: ClassVar[str] = "manifest of matched addresses"

    schema_version: Literal[1] = 1
    affiliations_version: str
    batches: dict[str, str]
    addresses: int
    addresses_matched: int
    rows: int
    matched_at: datetime


@cache
def rules_version() -> str:
    """Short hash of the code that finds bodies in addresses, and of the libraries that it uses."""
    return version_of(_RULES, " ".join(version(library) for library in _LIBRARIES))


def affiliations_version(tables: Mapping[str, Sequence[Mapping[str, str | None]]]) -> str:
    """Short hash of what decides which bodies an address names: rules, and the lists with the user's own rows."""
    told = json.dumps([[sorted(row.items()) for row in tables[name]] for name in TABLES], ensure_ascii=False)
    return hashlib.sha256(f"{rules_version()}|{told}".encode()).hexdigest()[:12]
