"""What a home holds: `<home>/source.json` names the source whose batches and warehouse lie there now.

Written by `make demo`, `make run` and `make up` (include/local/sources.py); a home that only the command line used has
none.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from include.contracts.base import HandOver
from include.contracts.batch import DataOrigin

COMMAND_LINE = "command-line"


class HomeSource(HandOver):
    """`source`: `generated-v7-seed-1-scale-0.02`, `recorded-works_2026-1a2b3c4d`, `openalex-ai_europe_china`."""

    what_it_is: ClassVar[str] = "note of what this home holds"

    schema_version: Literal[1] = 1
    source: str


def source_file(home: Path) -> Path:
    """Where the note lies."""
    return home / "source.json"


def source_of(home: Path, origin: DataOrigin) -> str:
    """Which source a release of this home is of. OpenAlex is one, whichever scope and way the works came by."""
    if origin == "openalex":
        return origin
    file = source_file(home)
    return HomeSource.load(file).source if file.exists() else COMMAND_LINE
