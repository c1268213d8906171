"""The raw batch as flatten finds it: where it lies, and that it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from include.common.errors import ContractError
from include.common.files import sha256_file
from include.contracts.batch import BatchManifest, Entity
from include.settings import Settings

_MANIFEST = "_manifest.json"
_HASHES = "_hashes.parquet"


@dataclass(frozen=True)
class RawBatch:
    """A committed batch, and the SHA-256 of its manifest, which stands for all of its content."""

    folder: Path
    manifest: BatchManifest
    manifest_sha256: str

    @property
    def page_files(self) -> list[Path]:
        """Its pages, in order."""
        return [self.folder / page.file for page in self.manifest.pages]

    @property
    def hashes_file(self) -> Path | None:
        """Content hashes of its records. Totals have none: their records have no ids."""
        file = self.folder / _HASHES
        return file if file.exists() or self.manifest.entity != "totals" else None


def raw_batch(settings: Settings, batch_id: str) -> RawBatch:
    """The batch `batch_id`.

    Raises:
        ContractError: there is no such batch, or its manifest is torn, foreign or contradicts itself.
    """
    for folder in _folders(settings):
        if folder.name == f"batch={batch_id}":
            return _open(folder)
    raise ContractError(
        f"there is no raw batch {batch_id}",
        where=str(settings.raw_zone),
        fix="`python -m include.raw_zone list` shows the batches that there are",
    )


def raw_batches(settings: Settings) -> Iterator[RawBatch]:
    """All committed batches, oldest first.

    Raises:
        ContractError: as `raw_batch`.
    """
    for folder in sorted(_folders(settings), key=lambda folder: folder.name):
        yield _open(folder)


def verify_pages(batch: RawBatch) -> None:
    """Hold every page against its checksum.

    Raises:
        ContractError: a page is missing or not the one that the manifest tells of.
    """
    fix = (
        f"restore {batch.folder.name} from a copy, or move the folder away and run "
        "`python -m include.openalex extract --all --full` to fetch its records again"
    )
    for page, file in zip(batch.manifest.pages, batch.page_files, strict=True):
        if not file.exists():
            raise ContractError(f"the page {page.file} is missing", where=str(file), fix=fix)
        if sha256_file(file) != page.sha256:
            raise ContractError(f"the page {page.file} is torn or was changed", where=str(file), fix=fix)
    if batch.hashes_file is not None and not batch.hashes_file.exists():
        raise ContractError("the content hashes of the batch are missing", where=str(batch.hashes_file), fix=fix)


def _folders(settings: Settings) -> list[Path]:
    return [
        file.parent for entity in get_args(Entity) for file in (settings.raw_zone / entity).glob(f"batch=*/{_MANIFEST}")
    ]


def _open(folder: Path) -> RawBatch:
    file = folder / _MANIFEST
    manifest = BatchManifest.load(file)
    stored = sum(page.records for page in manifest.pages)
    for fact, told, found in (
        ("batch", manifest.batch_id, folder.name.removeprefix("batch=")),
        ("entity", manifest.entity, folder.parent.name),
        ("number of stored records", str(manifest.stored), str(stored)),
    ):
        if told != found:
            raise ContractError(
                f"the batch manifest contradicts its batch: {fact} {told} is {found}",
                where=str(file),
                fix="it was copied from elsewhere or edited; move its folder away and extract again",
            )
    return RawBatch(folder, manifest, sha256_file(file))
