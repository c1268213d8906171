"""The one function that Spark lacks (dbt_project/macros/engines/texts.sql)."""

from __future__ import annotations

import unicodedata


def without_accents(text: str | None) -> str | None:
    """The text without the signs that combine with a letter, as DuckDB's strip_accents has it."""
    if text is None or text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if unicodedata.category(sign)[0] != "M"))
