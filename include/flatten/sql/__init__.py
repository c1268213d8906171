"""The SQL of flatten: `<entity>/<table>.sql` is one select that makes one typed table; the macros are shared.

Files whose names start with `_` make no table: `_faults` says what keeps a record out (`reference_faults` where an
entity has none of its own), `_intermediate` and `_award_numbers` prepare what several tables are made of, `_warnings`
counts what is odd and kept, `_emptied` the values that are left empty.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def text(*path: str) -> str:
    """The SQL of a file: `text("works", "authorships")`."""
    return _FOLDER.joinpath(*path).with_suffix(".sql").read_text(encoding="utf-8")


def has(*path: str) -> bool:
    """Is there such a file?"""
    return _FOLDER.joinpath(*path).with_suffix(".sql").exists()


def tables_of(entity: str) -> list[str]:
    """The typed tables that records of `entity` fill."""
    return sorted(file.stem for file in (_FOLDER / entity).glob("*.sql") if not file.name.startswith("_"))
