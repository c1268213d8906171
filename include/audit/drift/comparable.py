"""What cannot be compared with the last release, and why: said in a sentence, and only for the cells that it touches.

Two things excuse a movement. The scope asks for something else: other members of a group, other years, another subject.
Or a reference table changed, which is meant and has an entry: then it moves the measures that name it in `moved_by`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import duckdb

from include.audit.drift.reference import ReferenceChange
from include.audit.drift.registry import Measure, MovedBy
from include.common.sql import identifier, quoted
from include.contracts.candidate import Lineage
from include.contracts.reference import MODELS, SCOPE_GROUPS, SCOPE_SETTINGS, Row, Tables
from include.contracts.release import Release

# columns of cells that hold a country or group, and a year
_PLACES = ("reporter_code", "country_code")
_YEARS = {"publication_year": "publication_year", "publication_month": "year(publication_month)"}
# in the key of a row that stands for many
_PLACEHOLDER = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Excuse:
    """Cells that are not compared, and why. `condition` is SQL over the columns that name a cell."""

    reason: str
    condition: str = "true"


def excuse_cells(db: duckdb.DuckDBPyConnection, excuses: Sequence[Excuse]) -> None:
    """Note in the table `joined` which cells are not compared. The first reason stays."""
    for excuse in excuses:
        db.execute(f"update joined set excuse = ? where excuse is null and {excuse.condition}", [excuse.reason])


def _among(column: str, values: set[str]) -> str:
    return f"coalesce({identifier(column)}::text in ({', '.join(map(quoted, sorted(values)))}), false)"


def differences(release: Release, lineage: Lineage) -> str:
    """What the two were made with that differs, in words; empty when nothing does."""
    versions = {
        "another scope (fetch version)": (release.fetch_version, lineage.fetch_version),
        "another flatten": (release.flatten_version, lineage.flatten_version),
        "other models": (release.models_sha256, lineage.models_sha256),
        "other lists": (release.reference_sha256, lineage.reference_sha256),
    }
    named = [what for what, (before, now) in versions.items() if before != now and before and now]
    if not named and release.count_version != lineage.count_version:
        # releases of before 2026-11-29 have one digest for all that decides how works are counted
        named = ["other models, lists or groups"]
    return ", ".join(named)


@dataclass(frozen=True)
class Changes:
    """What changed between a release and a candidate; `before` and `now` are their reference tables."""

    before: Tables
    now: Tables
    is_same_fetch: bool
    release_id: str
    reference: tuple[ReferenceChange, ...]

    def excuses(self, measure: Measure, columns: Sequence[str]) -> list[Excuse]:
        """Why cells of `measure`, which these columns name, cannot be compared."""
        if not self.before.get(SCOPE_GROUPS) or not self.now.get(SCOPE_GROUPS):
            if self.is_same_fetch:
                return []
            what = "asked for other works, and does not say which countries, years and topics"
            return [Excuse(f"release {self.release_id} {what}")]
        return [*self._of_scope(columns), *self._of_reference(measure, columns)]

    def _of_scope(self, columns: Sequence[str]) -> Iterator[Excuse]:
        before, now = _groups(self.before), _groups(self.now)
        place = next((column for column in _PLACES if column in columns), None)
        for code in sorted(before.keys() | now.keys()):
            was, is_now = before.get(code, {}), now.get(code, {})
            if was == is_now:
                continue
            reason = f"{code} {_moved(was, is_now)}"
            roles = {*was.values(), *is_now.values()}
            if "side_b" in roles:
                yield Excuse(f"{reason}; it is the side that every joint paper has")
            elif place:
                yield Excuse(reason, _among(place, {code}))
            elif "side_a" in roles:
                yield Excuse(reason)
        # each country of side A is counted by itself too, whatever the code of the side is now
        moved = _side_a(before) ^ _side_a(now)
        if place and moved:
            yield Excuse("a country that side A had or has, and not both", _among(place, moved))
        yield from self._of_years(columns)

    def _of_years(self, columns: Sequence[str]) -> Iterator[Excuse]:
        before, now = _settings(self.before), _settings(self.now)
        # a rolling scope ends with the running year, which may grow
        is_rolling = before.get("is_rolling") == now.get("is_rolling") == "True"
        bounds = ("year_from",) if is_rolling else ("year_from", "year_to")
        if all(before.get(bound) == now.get(bound) for bound in bounds):
            return
        spans = [f"{each['year_from']} to {each['year_to']}" for each in (before, now)]
        reason = f"the scope asked for {spans[0]}, and asks for {spans[1]} now"
        year = next((sql for column, sql in _YEARS.items() if column in columns), None)
        if year is None:
            yield Excuse(reason)
            return
        first = max(before["year_from"], now["year_from"])
        last = min(before["year_to"], now["year_to"])
        yield Excuse(reason, f"coalesce({year} not between {first} and {last}, false)")

    def _of_reference(self, measure: Measure, columns: Sequence[str]) -> Iterator[Excuse]:
        explained = [change for change in self.reference if change.is_explained]
        models = [change for change in explained if (change.table, change.key) == (MODELS, measure.table)]
        for change in models:
            yield Excuse(f"its models changed ({change.entry_date}: {change.reason})")
        for moved_by in measure.moved_by:
            by_reason: dict[str, list[ReferenceChange]] = defaultdict(list)
            for change in explained:
                if fnmatchcase(change.table, moved_by.tables):
                    by_reason[f"{change.table} changed ({_because(change)})"].append(change)
            for reason, changes in by_reason.items():
                yield from _of_rows(reason, moved_by, changes, columns)


def _because(change: ReferenceChange) -> str:
    return f"{change.entry_date}: {change.reason}" if change.entry_date else change.reason


def _of_rows(
    reason: str, moved_by: MovedBy, changes: Sequence[ReferenceChange], columns: Sequence[str]
) -> Iterator[Excuse]:
    if not moved_by.cell_column:
        yield Excuse(reason)
    elif moved_by.cell_column in columns:
        rows = [row for change in changes for row in change.rows]
        values = {moved_by.text} if moved_by.text else {row.get(moved_by.row_column, "") for row in rows} - {""}
        if values:
            yield Excuse(reason, _named(moved_by.cell_column, values))


def _named(column: str, values: set[str]) -> str:
    """SQL: cells that rows name; one with a placeholder (`growth_{code}`) stands for many."""
    of_many = {value for value in values if _PLACEHOLDER.search(value)}
    conditions = [_among(column, values - of_many)] if values - of_many else []
    conditions += [
        f"coalesce({identifier(column)} glob {quoted(_PLACEHOLDER.sub('*', value))}, false)"
        for value in sorted(of_many)
    ]
    return f"({' or '.join(conditions)})"


def _groups(tables: Tables) -> dict[str, dict[str, str]]:
    """Group code -> member -> role of the group in the scope."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in tables[SCOPE_GROUPS]:
        # a side that is counted as a group as well stands there twice
        role = found[row["group_code"]].get(row["country_code"], row["scope_role"])
        found[row["group_code"]][row["country_code"]] = role
    return found


def _side_a(groups: dict[str, dict[str, str]]) -> set[str]:
    return {country for members in groups.values() for country, role in members.items() if role == "side_a"}


def _moved(was: Row, is_now: Row) -> str:
    if not was or not is_now:
        return "is a group of the scope now" if is_now else "is no group of the scope any more"
    came, went = sorted(is_now.keys() - was.keys()), sorted(was.keys() - is_now.keys())
    parts = [f"{', '.join(codes)} {what}" for codes, what in ((came, "came"), (went, "went")) if codes]
    return f"has other members ({'; '.join(parts) or 'another role'})"


def _settings(tables: Tables) -> dict[str, str]:
    return {row["setting"]: row["value"] for row in tables[SCOPE_SETTINGS]}
