"""Finds the snapshot of works in a store and reads its manifest: the layout of 2026 and the legacy one.

    data/{parquet|jsonl}/works/manifest.json    layout of 2026; data/{...}/manifest.json, of all entities, is written
                                                last and says that the release is complete
    {legacy-data|data}/works/manifest           legacy layout, jsonl only

A mirror may begin at any of these folders. Parquet is taken when both are there, because it is read by column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from include.contracts.batch import DataOrigin
from include.openalex.errors import SnapshotChanged, SnapshotFault
from include.openalex.snapshot.models import Snapshot, SnapshotPart
from include.openalex.snapshot.store import Store

_PLACES = ("data/parquet/", "data/jsonl/", "parquet/", "jsonl/", "")
_LEGACY_PLACES = ("legacy-data/", "data/", "")
_PART = re.compile(r"/works/(?P<path>updated_date=(?P<day>\d{4}-\d{2}-\d{2})/[^/]+)$")


class _Read(BaseModel):
    # a manifest may say more than is read here
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Meta(_Read):
    content_length: int
    record_count: int


class _File(_Read):
    url: str
    meta: _Meta


class _Manifest(_Read):
    date: date
    format: Literal["jsonl", "parquet"]
    entity: Literal["works"]
    record_count: int
    content_length: int
    files: tuple[_File, ...]
    # the sandbox says that its works are invented
    origin: DataOrigin = "openalex"


class _Legacy(_Read):
    entries: tuple[_File, ...]
    origin: DataOrigin = "openalex"


class _Entity(_Read):
    entity: str
    record_count: int


class _Combined(_Read):
    date: date
    entities: tuple[_Entity, ...]


def find(store: Store, place: str) -> tuple[Snapshot, tuple[SnapshotPart, ...]]:
    """The snapshot of works at `place`, and its parts, oldest partition first.

    Raises:
        SnapshotFault: there is none, or its manifest contradicts itself.
        SnapshotChanged: it is being replaced just now.
        Unreachable: the bucket cannot be reached.
    """
    for root, layout in _candidates(place):
        content = store.read(f"{root}/{_file_name(layout)}")
        if content is not None:
            return _read(store, root, layout, content)
    raise SnapshotFault(
        "there is no snapshot of works here: neither works/manifest.json nor works/manifest was found",
        where=place,
        fix="set ENTANGLED_SNAPSHOT to the folder or bucket that holds data/ (or legacy-data/)",
    )


def require_unchanged(store: Store, snapshot: Snapshot) -> None:
    """Read the manifest again.

    Raises:
        SnapshotChanged: it is another one than at the beginning.
    """
    content = store.read(f"{snapshot.root}/{_file_name(snapshot.layout)}")
    if content is None or hashlib.sha256(content).hexdigest() != snapshot.manifest_sha256:
        raise _changed(snapshot.root, "its manifest is not the one that the load began with")


def _candidates(place: str) -> Iterator[tuple[str, Literal["2026", "legacy"]]]:
    for folder in _PLACES:
        yield f"{place}/{folder}works", "2026"
    for folder in _LEGACY_PLACES:
        yield f"{place}/{folder}works", "legacy"


def _file_name(layout: str) -> str:
    return "manifest.json" if layout == "2026" else "manifest"


def _read(
    store: Store, root: str, layout: Literal["2026", "legacy"], content: bytes
) -> tuple[Snapshot, tuple[SnapshotPart, ...]]:
    where = f"{root}/{_file_name(layout)}"
    try:
        told = (_Manifest if layout == "2026" else _Legacy).model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise _fault(where, f"{place}: {first['msg']}") from None
    files = told.files if isinstance(told, _Manifest) else told.entries
    parts = tuple(sorted((_part(where, file) for file in files), key=lambda part: (part.updated_on, part.path)))
    if not parts:
        raise _fault(where, "it lists no parts")
    if len({part.path for part in parts}) != len(parts):
        raise _fault(where, "it lists a part twice")
    records = sum(part.records for part in parts)
    if isinstance(told, _Manifest):
        length = sum(part.bytes for part in parts)
        if (records, length) != (told.record_count, told.content_length):
            raise _fault(
                where,
                f"its parts hold {records:,} records in {length:,} bytes, and it says {told.record_count:,} in "
                f"{told.content_length:,}",
            )
        _require_complete_release(store, root, told)
    return (
        Snapshot(
            root=root,
            layout=layout,
            format=told.format if isinstance(told, _Manifest) else "jsonl",
            released_on=told.date if isinstance(told, _Manifest) else None,
            data_origin=told.origin,
            manifest_sha256=hashlib.sha256(content).hexdigest(),
            newest=parts[-1].updated_on,
            parts=len(parts),
            records=records,
        ),
        parts,
    )


def _require_complete_release(store: Store, root: str, told: _Manifest) -> None:
    """The manifest of all entities is written last: while it tells of another release, this one is being written."""
    content = store.read(f"{root.removesuffix('/works')}/manifest.json")
    if content is None:
        return  # a mirror of works alone
    try:
        combined = _Combined.model_validate_json(content)
    except ValidationError:
        raise _fault(f"{root.removesuffix('/works')}/manifest.json", "it cannot be read") from None
    works = [each.record_count for each in combined.entities if each.entity == "works"]
    if combined.date != told.date or works not in ([], [told.record_count]):
        raise _changed(root, f"works are of {told.date}, and the release as a whole is of {combined.date}")


def _part(where: str, file: _File) -> SnapshotPart:
    match = _PART.search(file.url)
    if match is None:
        raise _fault(where, f"it lists a part whose place cannot be read: {file.url[:200]}")
    return SnapshotPart(
        path=match["path"],
        updated_on=date.fromisoformat(match["day"]),
        bytes=file.meta.content_length,
        records=file.meta.record_count,
    )


def _fault(where: str, what: str) -> SnapshotFault:
    return SnapshotFault(
        f"the manifest of the snapshot cannot be used: {what}",
        where=where,
        fix="fetch it again (a mirror: aws s3 sync --delete --no-sign-request); nothing was loaded",
    )


def _changed(where: str, what: str) -> SnapshotChanged:
    return SnapshotChanged(
        f"the snapshot is being replaced: {what}",
        where=where,
        fix="wait until the new release is complete (a mirror: sync it again), then run again; what was loaded is "
        "kept, and the new release is loaded over it",
    )
