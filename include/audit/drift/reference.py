"""The reference tables against those of the last release: which rows came, went or changed, and whether that is meant.

A row that is gone, a date that moved or a class that changed moves figures as much as a fault in the source does, and
nothing else would tell. A change that is meant has an entry in reference_changes.csv. An entry counts once: those that
the last release carried already explain nothing that came after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from include.contracts.reference import ENTRIES, KEYS, MODELS, SCOPE_GROUPS, SCOPE_SETTINGS, Entry, Row, Tables, name_of

# where a fact comes from and when it was looked up moves no figure
_PROVENANCE = {"as_of", "source", "source_url", "published_source", "note", "description", "what_to_do"}
_DATES = {"valid_from", "valid_to", "valid_from_known_to"}
_IDS = {
    "body_id",
    "list_id",
    "ror",
    "openalex_id",
    "funder_id",
    "crossref_id",
    "topic_id",
    "country_code",
    "pattern_id",
}
_CLASSES = {"category", "funder_class", "definition_code", "definition_order", "label", "kind", "area_code", "region"}
_KIND_OF = {
    **dict.fromkeys(_DATES, "dates"),
    **dict.fromkeys(_IDS, "ids"),
    **dict.fromkeys(_CLASSES, "class"),
}
# what the scope resolved to follows from its own file and from country_groups: comparable.py says what that moves
_NOT_LISTS = {ENTRIES, SCOPE_GROUPS, SCOPE_SETTINGS}


@dataclass(frozen=True)
class ReferenceChange:
    """What became of a row. `rows` are the row as it was and as it is, as far as it was or is; `reason` says why the
    change is meant, and is empty when nothing does."""

    table: str
    key: str
    change: str
    before: str
    now: str
    rows: tuple[Row, ...]
    reason: str = ""
    entry_date: str = ""

    @property
    def is_explained(self) -> bool:
        return bool(self.reason)

    def __str__(self) -> str:
        moved = "" if self.change in ("added", "removed") else f" ({self.before} -> {self.now})"
        return f"{self.table}: {self.key} {self.change}{moved}"


def reference_changes(before: Tables, now: Tables, *, since: datetime, until: datetime) -> list[ReferenceChange]:
    """Every change between the tables of a release and those of a candidate, each with the reason that explains it.

    `since` and `until` say when they were made: a listing that began or ended between has changed today's links, as its
    row said that it would.
    """
    found = [
        change
        for table in sorted({*before, *now} - _NOT_LISTS)
        # a table that the release does not know of yet has no rows that could have moved
        if table in before
        for change in _changes(table, before[table], now.get(table, []))
    ]
    entries = _new_entries(before, now)
    return [*_explained(found, entries), *_of_models(entries), *_come_into_force(now, since, until)]


def _changes(table: str, before: Sequence[Row], now: Sequence[Row]) -> Iterator[ReferenceChange]:
    pairs, gone, come = _matched(table, before, now)
    for row in gone:
        yield ReferenceChange(table, name_of(table, row), "removed", _text(row), "", (row,))
    for row in come:
        yield ReferenceChange(table, name_of(table, row), "added", "", _text(row), (row,))
    for old, new in pairs:
        differing: dict[str, list[str]] = defaultdict(list)
        # a column that only one of them has came or went with the models that read it
        for column in old.keys() & new.keys() - _PROVENANCE:
            if old[column] != new[column]:
                differing[_KIND_OF.get(column, "values")].append(column)
        for kind, columns in sorted(differing.items()):
            was, is_now = (", ".join(f"{column}={row[column]}" for column in sorted(columns)) for row in (old, new))
            yield ReferenceChange(table, name_of(table, new), kind, was, is_now, (old, new))


def _matched(
    table: str, before: Sequence[Row], now: Sequence[Row]
) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Rows that are the same row in both, those that are gone, and those that have come."""
    if not before or not now:
        return [], list(before), list(now)
    columns = tuple(before[0].keys() & now[0].keys())
    known = KEYS.get(table)
    keys = [key for key in known.keys if set(key) <= set(columns)] if known else []
    pairs: list[tuple[Row, Row]] = []
    gone, come = list(before), list(now)
    # what is equal needs no key, and rows may be there twice
    for key in (columns, *keys):
        waiting: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in come:
            waiting[tuple(row[column] for column in key)].append(row)
        left = []
        for row in gone:
            value = tuple(row[column] for column in key)
            alike = waiting.get(value)
            # an id that is not filled in finds nobody
            if alike and any(value):
                pairs.append((row, alike.pop(0)))
            else:
                left.append(row)
        gone, come = left, [row for rows in waiting.values() for row in rows]
    return pairs, gone, come


def _text(row: Row) -> str:
    return ", ".join(f"{column}={value}" for column, value in row.items() if value and column not in _PROVENANCE)


def _new_entries(before: Tables, now: Tables) -> list[Entry]:
    used = [tuple(sorted(row.items())) for row in before.get(ENTRIES, [])]
    return [Entry(**row) for row in now.get(ENTRIES, []) if tuple(sorted(row.items())) not in used]


def _explained(changes: list[ReferenceChange], entries: Sequence[Entry]) -> list[ReferenceChange]:
    found = list(changes)
    for entry in entries:
        meant = [
            place
            for place, change in enumerate(found)
            if (change.table, change.change) == (entry.table, entry.change) and _is_meant(change.key, entry)
        ]
        # with a `*` it stands for so many rows and no others
        if entry.rows and int(entry.rows) != len(meant):
            continue
        for place in meant:
            found[place] = replace(found[place], reason=entry.reason, entry_date=entry.date)
    return found


def _is_meant(key: str, entry: Entry) -> bool:
    # a key without `*` may hold brackets, which a pattern would read
    return fnmatchcase(key, entry.key) if entry.rows else key == entry.key


def _of_models(entries: Sequence[Entry]) -> Iterator[ReferenceChange]:
    """Entries about the models of a published table, which are no rows: they excuse what the table moves."""
    for entry in entries:
        if entry.table == MODELS:
            yield ReferenceChange(MODELS, entry.key, entry.change, "", "", (), entry.reason, entry.date)


def _come_into_force(now: Tables, since: datetime, until: datetime) -> Iterator[ReferenceChange]:
    first, last = since.date().isoformat(), until.date().isoformat()
    for row in now.get("military_list_membership", []):
        for column in ("valid_from", "valid_to"):
            if first < row.get(column, "") <= last:
                what = "began" if column == "valid_from" else "ended"
                yield ReferenceChange(
                    "military_list_membership",
                    name_of("military_list_membership", row),
                    "dates",
                    "",
                    f"{column}={row[column]}",
                    (row,),
                    f"the listing {what} on {row[column]}",
                )
