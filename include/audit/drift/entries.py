"""The entries that reference_changes.csv needs for what changed since the last release: all of them but the reason."""

from __future__ import annotations

from pathlib import Path

from include.audit.baseline import newest_of_scope
from include.audit.drift.reference import reference_changes
from include.common.clock import utc_now
from include.common.errors import EntangledError
from include.common.files import write_atomic
from include.contracts.reference import ENTRIES, ENTRY_COLUMNS, Row, as_csv, read_tables, tables_in_use
from include.contracts.scope import ResolvedScope
from include.settings import Settings


def missing_entries(settings: Settings, reason: str) -> list[Row]:
    """An entry for each change of the reference tables, as they are now, that has none.

    Raises:
        EntangledError: there is no release to compare with, or it carries no reference tables.
    """
    scope = ResolvedScope.load(settings.resolved_scope_file)
    baseline = newest_of_scope(settings, scope.scope_id)
    before = read_tables(baseline.folder / "reference")
    if baseline.release is None or not before:
        raise EntangledError(
            baseline.reason or "the last release carries no reference tables",
            where=str(baseline.folder),
            fix="nothing is to be entered: the next release is the first that later ones are compared with",
        )
    now = tables_in_use(settings.seeds, settings.extra_lists, scope)
    changes = reference_changes(before, now, since=baseline.release.published_at, until=utc_now())
    return [
        {
            "date": utc_now().date().isoformat(),
            "table": change.table,
            "key": change.key,
            "change": change.change,
            "rows": "",
            "reason": reason,
        }
        for change in changes
        if not change.is_explained
    ]


def entries_file(settings: Settings) -> Path:
    """Where the entries of the shipped tables stand."""
    return settings.seeds.with_name(f"{ENTRIES}.csv")


def add_entries(file: Path, entries: list[Row]) -> None:
    """Write these entries after those of the file."""
    text = file.read_text(encoding="utf-8") if file.is_file() else as_csv(ENTRY_COLUMNS, [])
    write_atomic(file, text + ("" if text.endswith("\n") else "\n") + as_csv(ENTRY_COLUMNS, entries, header=False))
