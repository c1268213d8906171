"""HTML entities: the SQL macro `html_decoded`, and the characters that it looks up.

One place for every text that is compared: those of records (flatten), and addresses that a person asks about
(warehouse).
"""

from __future__ import annotations

import html
from html.entities import html5
from pathlib import Path

import duckdb

MACROS = Path(__file__).with_name("entities.sql")


def add_entity_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Give this connection the macro `html_decoded(text)`."""
    connection.execute(MACROS.read_text(encoding="utf-8"))
    characters = html_characters()
    connection.execute(
        "set variable html_characters = map(?::varchar[], ?::varchar[])", [list(characters), list(characters.values())]
    )


def html_characters() -> dict[str, str]:
    """`eacute` -> `é`, and `#146` -> `’`: browsers read the numbers 128 to 159 as Windows' characters."""
    named = {name.removesuffix(";"): characters for name, characters in html5.items() if name.endswith(";")}
    numbered = {f"#{code}": html.unescape(f"&#{code};") for code in range(128, 160)}
    return named | {name: character for name, character in numbered.items() if ord(character) != int(name[1:])}
