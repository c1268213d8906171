"""Works of the typed zone, counted without dbt: how many should be loaded, and what became of the other records."""

from __future__ import annotations

from typing import NamedTuple

import duckdb

from include.common.sql import read_parquet_of
from include.contracts.typed import TypedManifest
from include.settings import Settings


class TypedWorks(NamedTuple):
    """What became of the typed records of works. Each is in one of the three.

    `current` are to be loaded, `vanished` are last versions with a younger tombstone, `replaced` have a later version.
    """

    current: int
    vanished: int
    replaced: int


def typed_works(db: duckdb.DuckDBPyConnection, settings: Settings, batches: list[TypedManifest]) -> TypedWorks:
    """Count the works of the typed zone, which holds `batches`."""
    if not any(batch.entity == "works" for batch in batches):
        return TypedWorks(0, 0, 0)
    ((current, vanished, replaced),) = db.execute(
        f"""
        with versions as (
            select work_id, max(batch_id) as batch_id, count(*) as records
            from {read_parquet_of(settings.typed_zone, "batch=*", "works.parquet")}
            group by work_id
        ),
        tombstones as (
            select record_id, max(batch_id) as batch_id
            from {read_parquet_of(settings.typed_zone, "batch=*", "tombstones.parquet")}
            where entity = 'works'
            group by record_id
        )
        select
            count(*) filter (where tombstones.batch_id is null or tombstones.batch_id <= versions.batch_id),
            count(*) filter (where tombstones.batch_id > versions.batch_id),
            coalesce(sum(versions.records), 0) - count(*)
        from versions
        left join tombstones on versions.work_id = tombstones.record_id
        """
    ).fetchall()
    return TypedWorks(int(current), int(vanished), int(replaced))
