"""What an audit said of the reference data, row by row, and whether the data say so now (docs/audit.csv).

The file is the record: what a row was, what it is, why, and where that was read. `docs/AUDIT.md` is the same for
readers, written by `python -m include.warehouse audit-reference --write`.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from include.settings import REPOSITORY, Settings
from include.warehouse.errors import ListBroken
from include.warehouse.reference import Reference, Row, load_reference, reference_faults

AUDIT = REPOSITORY / "docs" / "audit.csv"
PAGE = REPOSITORY / "docs" / "AUDIT.md"
SECTIONS = {
    "A3": "The study's figures",
    "A4": "Sensitive topics",
    "B": "Bodies on military and security lists",
    "C": "Funders",
    "D": "Topics of the subject",
    "X": "Found while looking",
}
# corrected: the data say what the audit asked for, or better; refused: they stay, and `reason` says why; unverified:
# they stay because no source could be read, and `reason` says where to look
OUTCOMES = ("corrected", "refused", "unverified")
NO_ROW = "(no row)"
_COLUMNS = ("section", "item", "table", "key", "column", "was", "is", "outcome", "reason", "source", "as_of")
_INTRODUCTION = """\
# Audit of the reference data

A reader who knows bibliometrics and research security went through the reference data on 2026-11-28. Every row that
was questioned was looked up again, and so were its likes. This page says what became of each: *corrected*, *refused*
(the data stay as they were, with the reason) or *unverified* (no source that can be read from here says it; the reason
says where to look). Section X holds what was found on the way. A listing is not a finding about a paper, a person or a
collaboration.

`make audit-reference` holds every line against the data, and the data against themselves. This page is written from
`docs/audit.csv` by `python -m include.warehouse audit-reference --write`; change the file.
"""


@dataclass(frozen=True)
class Line:
    """One value that was looked at: `column` of the rows of `table` that `key` selects.

    Without a column it is whether there is a row; `aliases ~ X` is whether X is among the values of aliases.
    """

    section: str
    item: str
    table: str
    key: str
    column: str
    was: str
    now: str
    outcome: str
    reason: str
    source: str
    as_of: str

    @property
    def place(self) -> str:
        """Where the value is."""
        return f"{self.table}: {self.key}" + (f", {self.column}" if self.column else "")


@dataclass(frozen=True)
class Contradiction:
    """A line whose value in the data is another."""

    line: Line
    found: str

    def __str__(self) -> str:
        return f"{self.line.place}: the audit says `{self.line.now}`, the data say `{self.found}`"


def read_audit(file: Path = AUDIT) -> list[Line]:
    """Every line of the audit.

    Raises:
        ListBroken: names the line whose outcome or section is none, or which has no source.
    """
    with file.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        lines = [Line(*(row[column] for column in _COLUMNS)) for row in reader]
    for number, line in enumerate(lines, start=2):
        where = f"{file}, row {number}"
        if line.outcome not in OUTCOMES or line.section not in SECTIONS:
            raise ListBroken(
                f"`{line.section}`, `{line.outcome}` is no section and outcome", where=where, fix="correct it"
            )
        if not line.source or not line.as_of or (line.outcome != "corrected" and not line.reason):
            raise ListBroken("a source, a day or a reason is missing", where=where, fix="fill it in")
        if (line.was == line.now) == (line.outcome == "corrected"):
            raise ListBroken(
                "what is corrected changed, and what is not did not", where=where, fix="correct `was` or `is`"
            )
    return lines


def contradictions(lines: list[Line], reference: Reference) -> list[Contradiction]:
    """The lines that the data do not bear out."""
    found = ((line, _value(line, reference)) for line in lines)
    return [Contradiction(line, value) for line, value in found if value != line.now]


def _value(line: Line, reference: Reference) -> str:
    """What the data say now in the form of the audit: a value, `name` or `without name` for one of several, NO_ROW."""
    rows = [row for row in _rows(line.table, reference) if _is_selected(row, line.key)]
    if not rows:
        return NO_ROW
    if not line.column:
        return "a row"
    column, _, name = line.column.partition(" ~ ")
    if name:
        names = {each.strip() for row in rows for each in row[column].split(";")}
        return "there" if name in names else "not there"
    values = {row[column] for row in rows}
    return "; ".join(sorted(values))


def _rows(table: str, reference: Reference) -> list[Row]:
    if table in reference.subjects:
        return list(reference.subjects[table].values())
    return reference.tables.get(table, [])


def _is_selected(row: Row, key: str) -> bool:
    pairs = (pair.split("=", 1) for pair in key.split(" & "))
    return all(row.get(column) == value for column, value in pairs)


def audit_reference(settings: Settings) -> bool:
    """Print what was looked at and what contradicts; the last line is `rows: n, consistent: n`. True when all is."""
    reference, lines = load_reference(settings), read_audit()
    wrong, faults = contradictions(lines, reference), reference_faults(settings, reference)
    outcomes = Counter((line.section, line.outcome) for line in lines)
    against = Counter(each.line.section for each in wrong)
    print(f"{'looked at':<42}" + "".join(f"{outcome:>12}" for outcome in OUTCOMES) + f"{'as said':>12}")
    for section, title in SECTIONS.items():
        counts = [outcomes[section, outcome] for outcome in OUTCOMES]
        _print_row(f"{section:<3}{title}", [*counts, sum(counts) - against[section]])
    _print_row(
        "in all",
        [*(sum(1 for line in lines if line.outcome == outcome) for outcome in OUTCOMES), len(lines) - len(wrong)],
    )
    print()
    print(f"{'reference data':<42}{'rows':>12}{'sound':>12}")
    broken = {table: {fault.row for fault in faults if fault.table == table} for table in reference.tables}
    rows, sound = len(lines), len(lines) - len(wrong)
    for table, each in reference.tables.items():
        unsound = min(len(each), len(broken[table]))
        _print_row(table, [len(each), len(each) - unsound])
        rows, sound = rows + len(each), sound + len(each) - unsound
    for contradiction in wrong:
        print(f"contradiction: {contradiction}")
    for fault in faults:
        print(f"fault: {fault.table}, {fault.row}: {fault.what}")
    print(f"rows: {rows}, consistent: {sound}")
    return not wrong and not faults


def _print_row(title: str, numbers: list[int]) -> None:
    print(f"{title:<42}" + "".join(f"{number:>12}" for number in numbers))


def audit_page(lines: list[Line]) -> str:
    """docs/AUDIT.md."""
    parts = [_INTRODUCTION]
    for section, title in SECTIONS.items():
        of_section = [line for line in lines if line.section == section]
        counts = Counter(line.outcome for line in of_section)
        said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome])
        parts.append(f"\n## {section}. {title}\n\n{said}.\n")
        parts.append("\n| row | was | is | outcome | source | date |\n|---|---|---|---|---|---|\n")
        parts += [_table_row(line) for line in of_section]
    return "".join(parts)


def _table_row(line: Line) -> str:
    outcome = f"{line.outcome}: {line.reason}" if line.reason else line.outcome
    place = f"{line.item} ({line.place})" if line.item else line.place
    cells = (place, line.was or "(empty)", line.now or "(empty)", outcome, line.source, line.as_of)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def write_page() -> Path:
    """Write docs/AUDIT.md from docs/audit.csv."""
    PAGE.write_text(audit_page(read_audit()), encoding="utf-8")
    return PAGE
