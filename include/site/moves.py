"""What moved between two releases of the same scope and source: the headline figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from include.common.sql import read_parquet
from include.contracts.release import Release
from include.report import words
from include.report.reading import rows_of

_MOVED = """
    select now.figure_id, now.figure, now.unit, now.period, before.computed_value as value_before,
        now.computed_value as value_now
    from now full join before using (figure_id)
    where now.computed_value is distinct from before.computed_value and now.figure_id is not null
    order by now.figure_order
"""


@dataclass(frozen=True)
class Step:
    """A release, the one before it that it can be compared with (None: there is none), and the figures that moved.

    `versions` names what else changed: the rule of fetching, of flattening or of counting."""

    release: Release
    before: Release | None
    moved: list[dict[str, Any]]
    versions: tuple[str, ...]


def steps(folder: Path, releases: list[Release]) -> list[Step]:
    """The kept releases, newest first, each against the newest older one of the same scope and source."""
    found = []
    for place, release in enumerate(releases):
        alike = (
            one
            for one in releases[place + 1 :]
            if (one.scope_id, one.data_origin, one.source) == (release.scope_id, release.data_origin, release.source)
        )
        before = next(alike, None)
        found.append(Step(release, before, _moved(folder, release, before), _versions(release, before)))
    return found


def _moved(folder: Path, release: Release, before: Release | None) -> list[dict[str, Any]]:
    if before is None:
        return []
    with duckdb.connect() as db:
        for name, one in (("now", release), ("before", before)):
            file = folder / one.release_id / "parquet" / "mart_headline_figures.parquet"
            db.execute(f"create view {name} as from {read_parquet(file)}")
        found = rows_of(db, _MOVED)
    # what nobody can see moving has not moved
    return [
        row
        for row in found
        if words.figure(row["value_now"], row["unit"]) != words.figure(row["value_before"], row["unit"])
    ]


def _versions(release: Release, before: Release | None) -> tuple[str, ...]:
    if before is None:
        return ()
    what = {
        "which works are fetched": "fetch_version",
        "how records become rows": "flatten_version",
        "how works are counted": "count_version",
    }
    return tuple(words for words, name in what.items() if getattr(release, name) != getattr(before, name))
