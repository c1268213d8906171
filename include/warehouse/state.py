"""What lies in the typed zone, what the warehouse holds, and the connection to its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from include.common.duck import connect
from include.common.errors import BusyError
from include.common.files import only_one
from include.contracts.typed import TypedManifest
from include.contracts.versions import flatten_version
from include.settings import Settings
from include.warehouse.errors import MixedOrigins, NoBatches, StaleBatches, WarehouseBroken

# what DuckDB writes first into a new file
HEAD_BYTES = 3 * 4096


def typed_batches(settings: Settings) -> list[TypedManifest]:
    """Manifests of all typed batches, oldest first."""
    files = sorted(settings.typed_zone.glob("batch=*/_typed.json"))
    return [TypedManifest.load(file) for file in files]


def typed_batch_ids(settings: Settings) -> list[str]:
    """Ids of all typed batches, oldest first."""
    # the folder's name is the batch id: a schedule asks often, and need not parse a thousand manifests
    return sorted(file.parent.name.removeprefix("batch=") for file in settings.typed_zone.glob("batch=*/_typed.json"))


def require_input(settings: Settings) -> list[TypedManifest]:
    """The typed batches, when a build can start from them.

    Raises:
        NoBatches: there is no typed batch or no resolved scope.
        MixedOrigins: the batches come from more than one origin.
        StaleBatches: another version of flatten made some of them.
    """
    batches = typed_batches(settings)
    if not batches:
        raise NoBatches(
            "there is no typed batch to build the warehouse from",
            where=str(settings.typed_zone),
            fix="run the ingest first: python -m include.openalex extract --all, then python -m include.flatten",
        )
    if not settings.resolved_scope_file.is_file():
        raise NoBatches(
            "the resolved scope is missing",
            where=str(settings.resolved_scope_file),
            fix="write it with: python -m include.openalex scope",
        )
    origins = sorted({batch.data_origin for batch in batches})
    if len(origins) > 1:
        raise MixedOrigins(
            f"batches of different origins lie together: {', '.join(origins)}",
            where=str(settings.typed_zone),
            fix="use another ENTANGLED_HOME for each origin, or move the batches of one of them away",
        )
    stale = [batch.batch_id for batch in batches if batch.flatten_version != flatten_version()]
    if stale:
        raise StaleBatches(
            f"{len(stale)} of {len(batches)} typed batches were made by another version of flatten",
            where=f"{settings.typed_zone}, {stale[0]}{' and others' if len(stale) > 1 else ''}",
            fix="make them anew from raw: python -m include.flatten; then build again",
        )
    return batches


def is_built(settings: Settings) -> bool:
    """Whether there is a warehouse file. One without DuckDB's head is none: the disk was full when it was made."""
    file = settings.warehouse_file
    return file.is_file() and file.stat().st_size >= HEAD_BYTES


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Let nobody else touch the warehouse file while the block runs.

    Raises:
        BusyError: another process does: it prepares, builds, judges or exports, or flatten replaces typed batches.
    """
    with only_one(settings.warehouse_lock, "a build of the warehouse"):
        yield


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse file, read-only.

    Raises:
        WarehouseBroken: it is missing or damaged.
        BusyError: another process writes to it.
    """
    file = settings.warehouse_file
    if not is_built(settings):
        raise WarehouseBroken(
            "the warehouse has not been built", where=str(file), fix="build it: python -m include.warehouse build"
        )
    try:
        connection = connect(settings, file, read_only=True)
    except duckdb.Error as error:
        raise opening_error(file, str(error)) from None
    try:
        yield connection
    finally:
        connection.close()


def opening_error(file: Path, message: str) -> WarehouseBroken | BusyError:
    """The error for a warehouse file that DuckDB could not open, from DuckDB's message."""
    if "lock" in message.lower():
        return BusyError(
            "another process is using the warehouse file",
            where=str(file),
            fix="wait until its build has ended, or close the program that has the file open (readers use a release)",
        )
    return WarehouseBroken(
        "the warehouse file cannot be read: it is damaged, or written by another version of DuckDB",
        where=str(file),
        fix="delete it; it is rebuilt from the typed batches: python -m include.warehouse build",
    )
