"""The macros that read ids and countries read what the Python functions read that the sandbox uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pytest

from include.common.countries import country_code, other_codes
from include.common.ids import crossref_funder_id, named_id, short_openalex_id
from include.flatten import sql

BARE = ["W123", "w123", "T10036", "F4320321001", "10036", "4320321001", "501100001809", "100000001", "0", "A1", "V7"]
VALUES = [
    f"{before}{bare}{behind}"
    for before in ("", " ", "\n", "https://openalex.org/", "http://www.openalex.org/works/", "openalex.org/",
                   "https://api.openalex.org/", "https://notopenalex.org/", "https://doi.org/10.13039/", "10.13039/")
    for bare in BARE
    for behind in ("", "/", "?select=id", "/?a=W9#b", "\t\r\n", " x")
]  # fmt: skip
COUNTRIES = [
    f"{before}{code}{behind}"
    for before in ("", " ", "https://openalex.org/countries/", "countries/", "openalex.org/countries/", "x/")
    for code in ("GB", "gb", "GBR", "UK", "El", "ZZ", "ZZZ", "XK", "United Kingdom", "G1", "1", "", '{"code":"GB"}')
    for behind in ("", "/", "\n", "?")
]
READINGS: dict[str, tuple[str, list[str], Callable[[str], str | None]]] = {
    "works": ("short_id(value, 'W')", VALUES, lambda value: _of_kind(short_openalex_id(value), "W")),
    "topics": ("named_id(value, 'T')", VALUES, lambda value: named_id(value, "T")),
    "funders": ("funder_id(value)", VALUES, lambda value: named_id(value, "F")),
    "registry": ("crossref_funder_id(value)", VALUES, crossref_funder_id),
    "countries": ("country(value)", COUNTRIES, country_code),
}


def _of_kind(short: str | None, letter: str) -> str | None:
    return short if short is not None and short[0] == letter else None


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(sql.text("macros"))
        codes = other_codes()
        opened.execute(
            "set variable country_codes = map(?::varchar[], ?::varchar[])", [list(codes), list(codes.values())]
        )
        yield opened


@pytest.mark.parametrize("reading", READINGS)
def test_flatten_and_the_sandbox_read_ids_and_countries_alike(
    connection: duckdb.DuckDBPyConnection, reading: str
) -> None:
    macro, values, function = READINGS[reading]
    found = connection.execute(f"select {macro} from (select unnest(?::varchar[]) as value)", [values]).fetchall()
    differing = {value: (row[0], function(value)) for value, row in zip(values, found, strict=True)}
    assert {value: pair for value, pair in differing.items() if pair[0] != pair[1]} == {}
    assert len({pair[0] for pair in differing.values()}) >= 2
