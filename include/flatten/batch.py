"""Flattens batches: reads one, writes its tables aside, and makes them appear with one rename."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import duckdb

from include.common.clock import utc_now
from include.common.countries import other_codes
from include.common.duck import connect, disk_errors
from include.common.entities import add_entity_macros
from include.common.errors import ContractError, StorageError
from include.common.files import ensure_dir, only_one, publish_dir, storage_errors
from include.common.progress import Progress
from include.common.sql import quoted, read_parquet
from include.contracts.typed import TABLES, TypedManifest
from include.contracts.versions import flatten_version
from include.flatten import sql
from include.flatten.raw import RawBatch, raw_batch, raw_batches, verify_pages
from include.flatten.reading import Reading
from include.flatten.source_fields import SOURCES
from include.flatten.tables import prove_no_loss, write_tables
from include.settings import Settings

log = logging.getLogger("entangled")

_MANIFEST = "_typed.json"
# what a killed flatten left behind; no flatten of one batch takes so long
_LEFT_BEHIND_SECONDS = 6 * 3600


def flatten_batch(settings: Settings, batch_id: str) -> TypedManifest:
    """Flatten one raw batch. Does nothing when that is done by flatten as it is now, and the raw batch is the same.

    Raises:
        BusyError: the batch was made by another flatten version, and a build of the warehouse reads it just now.
        ContractError: the raw batch is missing, torn or contradicts itself. The typed zone is unchanged.
        StorageError: the disk is full or cannot be written. The typed zone is unchanged.
    """
    batch = raw_batch(settings, batch_id)
    with _no_build(settings) if _is_stale(settings, batch) else nullcontext():
        return _already_done(settings, batch) or _flatten(settings, batch)


def flatten_new(settings: Settings) -> list[TypedManifest]:
    """Flatten every raw batch that is not yet done, and again what another flatten version made; returns what was made.

    Raises:
        As `flatten_batch`.
    """
    again = flatten_stale(settings)
    new = [_flatten(settings, batch) for batch in raw_batches(settings) if _already_done(settings, batch) is None]
    return [*again, *new]


def flatten_stale(settings: Settings) -> list[TypedManifest]:
    """Flatten again, from raw, every typed batch that another flatten version made, oldest first.

    Each batch is replaced as a whole. Killed on the way, the next call goes on with those that are left.

    Raises:
        As `flatten_batch`.
    """
    stale = [batch for batch in raw_batches(settings) if _is_stale(settings, batch)]
    if not stale:
        return []
    log.info(
        "%d typed batches were not made by flatten as it is now (version %s): they are flattened again from raw",
        len(stale),
        flatten_version(),
    )
    records = sum(batch.manifest.stored for batch in stale)
    made = []
    with (
        _no_build(settings),
        Progress(
            "flatten again",
            "typed batches of another version",
            total=records,
            unit="records",
            folder=settings.progress_dir,
        ) as progress,
    ):
        for batch in stale:
            made.append(_flatten(settings, batch))
            progress.add(batch.manifest.stored)
    return made


@contextmanager
def _no_build(settings: Settings) -> Iterator[None]:
    """While typed batches are replaced, no build may read them: half of its models would read other rows."""
    with only_one(settings.warehouse_lock, "a build of the warehouse, or flatten replacing what it reads,"):
        yield


def _flatten(settings: Settings, batch: RawBatch) -> TypedManifest:
    manifest = batch.manifest
    verify_pages(batch)
    title = manifest.window.title
    with (
        Progress("flatten", title, total=manifest.stored, unit="records", folder=settings.progress_dir) as progress,
        _aside(settings, batch) as aside,
        _workspace(settings, batch) as (connection, scratch),
    ):
        reading = Reading(connection, batch, scratch)
        reading.run()
        rows = write_tables(connection, manifest.batch_id, manifest.entity, aside)
        records_typed = prove_no_loss(connection, manifest.entity, aside, manifest.stored)
        unknown_fields = reading.unknown_fields()
        emptied_fields = reading.emptied_fields()
        _warn(connection, batch, unknown_fields, emptied_fields)
        typed = TypedManifest(
            batch_id=manifest.batch_id,
            entity=manifest.entity,
            data_origin=manifest.data_origin,
            scope_id=manifest.scope_id,
            fetch_version=manifest.fetch_version,
            window_id=manifest.window.window_id,
            raw_manifest_sha256=batch.manifest_sha256,
            flatten_version=flatten_version(),
            records_in=manifest.stored,
            records_typed=records_typed,
            records_quarantined=rows["quarantine"],
            rows=rows,
            unknown_fields=unknown_fields,
            emptied_fields=emptied_fields,
            flattened_at=utc_now(),
        )
        typed.save(aside / _MANIFEST)
        progress.add(manifest.stored)
        return _publish(settings, batch, aside, typed)


def _final(settings: Settings, batch: RawBatch) -> Path:
    return settings.typed_zone / f"batch={batch.manifest.batch_id}"


def _already_done(settings: Settings, batch: RawBatch) -> TypedManifest | None:
    """The typed batch, when it was made of the raw batch as it is, by flatten as it is now."""
    typed = _found(settings, batch)
    if typed is None or typed.flatten_version != flatten_version():
        return None
    folder = _final(settings, batch)
    is_whole = set(typed.rows) == set(TABLES) and all((folder / f"{table}.parquet").exists() for table in TABLES)
    return typed if is_whole else None


def _found(settings: Settings, batch: RawBatch) -> TypedManifest | None:
    """The typed batch, whichever version made it, when it was made of the raw batch as it is."""
    try:
        typed = TypedManifest.load(_final(settings, batch) / _MANIFEST)
    except (ContractError, NotADirectoryError):
        return None  # not there or torn: it is made (again)
    return typed if typed.raw_manifest_sha256 == batch.manifest_sha256 else None


def _is_stale(settings: Settings, batch: RawBatch) -> bool:
    """Whether it is there, and not as flatten would make it now."""
    return _found(settings, batch) is not None and _already_done(settings, batch) is None


def _publish(settings: Settings, batch: RawBatch, aside: Path, typed: TypedManifest) -> TypedManifest:
    """Make the folder appear; when another process was faster, its folder stays and is returned."""
    if done := _already_done(settings, batch):
        return done
    try:
        publish_dir(aside, _final(settings, batch), replace=True)
    except (OSError, StorageError):
        # a rename onto a folder that has content fails: it appeared just now
        if done := _already_done(settings, batch):
            return done
        raise
    return typed


@contextmanager
def _aside(settings: Settings, batch: RawBatch) -> Iterator[Path]:
    """A folder that nobody lists, beside the final one, gone when it was not published."""
    zone = ensure_dir(settings.typed_zone)
    for left in zone.glob(f".batch={batch.manifest.batch_id}.*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                shutil.rmtree(left)
    with storage_errors(zone):
        folder = Path(tempfile.mkdtemp(prefix=f".batch={batch.manifest.batch_id}.", dir=zone))
        folder.chmod(0o755)  # mkdtemp makes it private; the typed zone is as readable as the rest
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _workspace(settings: Settings, batch: RawBatch) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection that knows the macros and the batch's content hashes, and a folder of its own for what it spills."""
    home = ensure_dir(settings.home / "tmp")
    with storage_errors(home), tempfile.TemporaryDirectory(prefix="flatten-", dir=home) as name:
        scratch = Path(name)
        connection = connect(settings)
        try:
            _prepare(connection, batch, scratch)
            with disk_errors(settings.typed_zone):
                yield connection, scratch
        finally:
            connection.close()


def _prepare(connection: duckdb.DuckDBPyConnection, batch: RawBatch, scratch: Path) -> None:
    connection.execute(f"set temp_directory = {quoted(scratch / 'spill')}")
    connection.execute("set TimeZone = 'UTC'")
    # lines and rows of a small file must correspond; whole batches are faster without, and tables have no order
    connection.execute("set preserve_insertion_order = true")
    add_entity_macros(connection)
    connection.execute(sql.text("macros"))
    countries = other_codes()
    connection.execute(
        "set variable country_codes = map(?::varchar[], ?::varchar[])", [list(countries), list(countries.values())]
    )
    # not this year's clock: a batch flattened again later must come out the same
    connection.execute("set variable latest_year = ?", [batch.manifest.ended_at.year + 1])
    connection.execute("set variable id_letter = ?", [SOURCES[batch.manifest.entity].id_letter])
    connection.execute("set variable entity_name = ?", [batch.manifest.entity.removesuffix("s")])
    if batch.hashes_file is not None:
        connection.execute(
            "create temp table content_hash as "
            f"select id, max(content_hash) as content_hash from {read_parquet(batch.hashes_file)} group by id"
        )


def _warn(
    connection: duckdb.DuckDBPyConnection,
    batch: RawBatch,
    unknown_fields: dict[str, int],
    emptied_fields: dict[str, int],
) -> None:
    if unknown_fields:
        log.warning(
            "flatten: batch %s: schema drift: fields that are kept in raw and not read: %s",
            batch.manifest.batch_id,
            ", ".join(f"{name} in {count} records" for name, count in unknown_fields.items()),
        )
    if emptied_fields:
        log.warning(
            "flatten: batch %s: values that cannot be read are left empty: %s",
            batch.manifest.batch_id,
            ", ".join(f"{name} in {count} records" for name, count in emptied_fields.items()),
        )
    if not sql.has(batch.manifest.entity, "_warnings"):
        return
    for what, count in connection.execute(sql.text(batch.manifest.entity, "_warnings")).fetchall():
        if count:
            log.warning("flatten: batch %s: %s: %d", batch.manifest.batch_id, what, count)
