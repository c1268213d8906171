"""What each stage has done, from the file that it handed over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from openlineage.client.event_v2 import OutputDataset

from include.common.clock import utc_now
from include.contracts.batch import BatchManifest
from include.contracts.candidate import CandidateTable, Lineage
from include.contracts.release import Release
from include.contracts.typed import TypedManifest
from include.lineage.events import Told, parameters, read, written
from include.lineage.names import (
    BUILD,
    Parent,
    build_uuid,
    candidate_table,
    dbt_source,
    postgres_table,
    raw_batch,
    release_table,
    run_uuid,
    source_of,
    typed_batch,
    warehouse_table,
)


def sweep(manifest: BatchManifest, parent: Parent | None) -> Told:
    """A window of the source became a raw batch."""
    namespace, name = source_of(manifest)
    job = f"sweep.{manifest.window.window_id}"
    return Told(
        job=job,
        run_id=run_uuid(job, manifest.batch_id),
        started_at=manifest.started_at,
        ended_at=manifest.ended_at,
        inputs=[read(name, namespace=namespace)],
        outputs=[
            written(
                raw_batch(manifest.entity, manifest.batch_id),
                rows=manifest.stored,
                files=len(manifest.pages),
                description=manifest.window.title,
            )
        ],
        parent=parent,
        facets=parameters(
            strategy=manifest.strategy,
            scope=manifest.scope_id,
            fetch_version=manifest.fetch_version,
            expected=manifest.expected,
            received=manifest.received,
            unchanged=manifest.unchanged,
            duplicates=manifest.duplicates,
            requests=manifest.requests,
            credits=manifest.credits,
            data_origin=manifest.data_origin,
        ),
        kind="SWEEP",
    )


def flattening(typed: TypedManifest, raw: BatchManifest | None, parent: Parent | None) -> Told:
    """A raw batch became typed tables. `raw`: its manifest, for what gate 1 checked."""
    job = f"flatten.{typed.window_id}"
    return Told(
        job=job,
        run_id=run_uuid(job, f"{typed.batch_id}:{typed.flatten_version}"),
        started_at=typed.flattened_at,
        ended_at=typed.flattened_at,
        inputs=[read(raw_batch(typed.entity, typed.batch_id), checks=raw.checks if raw else ())],
        outputs=[written(typed_batch(typed.batch_id), rows=typed.records_typed, version=typed.flatten_version)],
        parent=parent,
        facets=parameters(
            flatten_version=typed.flatten_version,
            records_in=typed.records_in,
            records_quarantined=typed.records_quarantined,
        ),
        kind="FLATTEN",
    )


def reading(lineage: Lineage, batches: Sequence[TypedManifest], at: datetime, root: Parent | None) -> Iterator[Told]:
    """Which typed batches a build has read as the tables of the source `typed`: a run for each kind of batch.

    dbt reads all batches that are there by one pattern, so only the candidate knows which they were.
    """
    build = build_uuid(lineage.dbt_invocation_id)
    for entity in sorted({batch.entity for batch in batches}):
        of_entity = [batch for batch in batches if batch.entity == entity]
        rows = {table: sum(batch.rows.get(table, 0) for batch in of_entity) for table in of_entity[0].rows}
        job = f"read.{entity}"
        yield Told(
            job=job,
            run_id=run_uuid(job, lineage.run_id),
            started_at=at,
            ended_at=at,
            inputs=[read(typed_batch(batch.batch_id), version=batch.flatten_version) for batch in of_entity],
            outputs=[written(dbt_source("typed", table), rows=count) for table, count in rows.items() if count],
            parent=Parent(BUILD, build),
            root=root,
            kind="READ",
        )


def export(lineage: Lineage, root: Parent | None) -> Iterator[Told]:
    """The marts of a build became a candidate: a run for each table, so that each keeps its own way back."""
    for table in lineage.tables:
        job = f"export.{table.name}"
        yield Told(
            job=job,
            run_id=run_uuid(job, lineage.run_id),
            started_at=lineage.built_at,
            ended_at=lineage.built_at,
            inputs=[read(warehouse_table("marts", table.name))],
            outputs=[_table(candidate_table(table.name), table, lineage.run_id)],
            parent=Parent(BUILD, build_uuid(lineage.dbt_invocation_id)),
            root=root,
            facets=parameters(
                run=lineage.run_id,
                scope=lineage.scope_id,
                count_version=lineage.count_version,
                git_revision=lineage.git_revision,
            ),
            kind="EXPORT",
        )


def publication(release: Release, exported: Collection[str], root: Parent | None) -> Iterator[Told]:
    """A candidate became a release. `exported`: its tables; the others tell of releases, and publishing made them."""
    checks = [check for gate in release.gates.values() for check in gate]
    for table in release.tables:
        job = f"publish.{table.name}"
        of_table = [check for check in checks if check.table == table.name]
        yield Told(
            job=job,
            run_id=run_uuid(job, release.release_id),
            started_at=release.published_at,
            ended_at=release.published_at,
            inputs=[read(candidate_table(table.name), version=release.run_id, checks=of_table)]
            if table.name in exported
            else [],
            outputs=[_table(release_table(table.name), table, release.release_id, with_columns=False)],
            parent=Parent(BUILD, build_uuid(release.dbt_invocation_id)),
            root=root,
            facets=parameters(run=release.run_id, release=release.release_id),
            kind="PUBLISH",
        )


def serving(release: Release, where: str, parent: Parent | None) -> Iterator[Told]:
    """Postgres serves a release. `where` is its address without a log-in."""
    now = utc_now()
    for table in release.tables:
        job = f"serve.{table.name}"
        namespace, name = postgres_table(where, table.name)
        yield Told(
            job=job,
            run_id=run_uuid(job, f"{release.release_id}:{where}"),
            started_at=now,
            ended_at=now,
            inputs=[read(release_table(table.name), version=release.release_id)],
            outputs=[written(name, namespace=namespace, rows=table.rows, version=release.release_id)],
            parent=parent,
            kind="SERVE",
        )


def _table(name: str, table: CandidateTable, version: str, *, with_columns: bool = True) -> OutputDataset:
    columns = [(column.name, column.type, column.description) for column in table.columns] if with_columns else []
    return written(name, rows=table.rows, version=version, description=table.description, columns=columns)
