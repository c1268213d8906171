"""Writes the catalogue into docs/GATES.md, between two marks. What stands around it is written by hand."""

from __future__ import annotations

from pathlib import Path

from include.common.errors import ContractError
from include.common.files import write_atomic
from include.pipeline.corruptions.catalogue import CATALOGUE
from include.pipeline.corruptions.evolutions import EVOLUTIONS
from include.pipeline.corruptions.row import Corruption
from include.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "GATES.md"
_BEGIN, _END = "<!-- catalogue: written by `make corruptions WRITE=1` -->", "<!-- end of the catalogue -->"
# of the check that finds it, where a message does instead
_CHECK = "`{}`"


def catalogue_text() -> str:
    """The tables of corruptions and of evolutions, in Markdown."""
    lines = [
        "| corruption | where | what | must be | by |",
        "|---|---|---|---|---|",
        *map(_line, CATALOGUE),
        "",
        "| evolution | what happens | days |",
        "|---|---|---|",
        *(f"| `{each.name}` | {each.sentence} | {each.days} |" for each in EVOLUTIONS),
    ]
    return "\n".join(lines)


def _line(row: Corruption) -> str:
    what = f"{row.sentence} Enough, because {row.enough}" if row.enough else row.sentence
    return f"| `{row.name}` | {row.place} | {what} | {row.expected} | {row.gate}: {_CHECK.format(row.by)} |"


def write_page(page: Path = PAGE) -> Path:
    """Put the catalogue into the page.

    Raises:
        ContractError: the page has no place for it.
    """
    text = page.read_text(encoding="utf-8")
    if text.count(_BEGIN) != 1 or text.count(_END) != 1:
        raise ContractError(
            "the page has no place for the catalogue", where=str(page), fix=f"write the lines {_BEGIN} and {_END} there"
        )
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    write_atomic(page, f"{before}{_BEGIN}\n\n{catalogue_text()}\n\n{_END}{after}")
    return page
