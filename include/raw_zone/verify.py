"""Is the raw zone what its manifests say? Reads every page; changes nothing."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from include.common.errors import ContractError
from include.common.files import sha256_file
from include.contracts.batch import BatchManifest, Page
from include.raw_zone import layout
from include.settings import Settings


class RawZoneReport(BaseModel):
    """What `verify` found. `problems` are sentences with the file's name; none: the raw zone is whole."""

    model_config = ConfigDict(frozen=True)

    batches: int
    pages: int
    records: int
    in_progress: tuple[str, ...]
    problems: tuple[str, ...]

    def require_whole(self) -> None:
        """Raise when there is a problem.

        Raises:
            ContractError: with every problem in it. Nothing was changed.
        """
        if self.problems:
            raise ContractError(
                "the raw zone is not what its manifests say:\n    " + "\n    ".join(self.problems),
                fix="move foreign files away; move the folder of a torn batch away and sweep its window again "
                "(python -m include.openalex extract --window <window_id> --full)",
            )


def verify(settings: Settings) -> RawZoneReport:
    """Check every file of the raw zone against the manifests."""
    problems = list(foreign_files(settings))
    in_progress: list[str] = []
    batches = pages = records = 0
    for entity in layout.ENTITIES:
        folder = layout.entity_folder(settings, entity)
        if not folder.is_dir():
            continue
        in_progress += [str(entry) for entry in sorted(folder.iterdir()) if layout.OPEN_FOLDER.match(entry.name)]
        for batch in sorted(entry for entry in folder.iterdir() if layout.BATCH_FOLDER.match(entry.name)):
            try:
                manifest = BatchManifest.load(batch / layout.MANIFEST)
            except ContractError as error:
                problems.append(f"{batch}: {error.what}")
                continue
            problems += _batch_problems(batch, manifest)
            batches += 1
            pages += len(manifest.pages)
            records += manifest.stored
    return RawZoneReport(
        batches=batches,
        pages=pages,
        records=records,
        in_progress=tuple(in_progress),
        problems=tuple(problems),
    )


def foreign_files(settings: Settings) -> Iterator[str]:
    """A sentence for everything in the raw zone that the raw zone did not write. Looks at names only."""
    if not settings.raw_zone.is_dir():
        return
    for entry in sorted(settings.raw_zone.iterdir()):
        if entry.name in (layout.REJECTED, layout.PLAN, layout.SNAPSHOT) or layout.TORN_FILE.match(entry.name):
            continue
        if entry.name in layout.ENTITIES and entry.is_dir():
            yield from _foreign_in_entity(entry)
        else:
            yield f"{entry}: a foreign file; entangled did not write it"


def refuse_foreign_files(settings: Settings) -> None:
    """Stop before a run builds on a raw zone that holds something else.

    Raises:
        ContractError: names every foreign file. Nothing was changed.
    """
    found = list(foreign_files(settings))
    if found:
        raise ContractError(
            "the raw zone holds files that entangled did not write:\n    " + "\n    ".join(found),
            where=str(settings.raw_zone),
            fix="move them away; nothing was started and nothing was changed",
        )


def _foreign_in_entity(folder: Path) -> Iterator[str]:
    ours = (layout.OPEN_FOLDER, layout.BEGUN_FOLDER, layout.REMOVED_FOLDER)
    for entry in sorted(folder.iterdir()):
        if layout.BATCH_FOLDER.match(entry.name) and entry.is_dir():
            yield from _foreign_in_batch(entry)
        elif entry.name == layout.SWEEPS and entry.is_dir():
            yield from (
                f"{file}: a foreign file; entangled did not write it"
                for file in sorted(entry.iterdir())
                if file.suffix not in (".json", ".parquet") and not layout.TORN_FILE.match(file.name)
            )
        elif not any(pattern.match(entry.name) for pattern in ours):
            yield f"{entry}: a foreign file; entangled did not write it"


def _foreign_in_batch(folder: Path) -> Iterator[str]:
    for file in sorted(folder.iterdir()):
        if file.name not in (layout.MANIFEST, layout.HASHES) and not layout.PAGE_FILE.match(file.name):
            yield f"{file}: a foreign file; entangled did not write it"


def _batch_problems(folder: Path, manifest: BatchManifest) -> Iterator[str]:
    listed = {page.file for page in manifest.pages}
    if folder.name != f"batch={manifest.batch_id}":
        yield f"{folder}: its manifest is of batch {manifest.batch_id}"
    if not (folder / layout.HASHES).is_file():
        yield f"{folder / layout.HASHES}: missing"
    for file in sorted(folder.iterdir()):
        if layout.PAGE_FILE.match(file.name) and file.name not in listed:
            yield f"{file}: a page that the manifest does not list"
    for page in manifest.pages:
        fault = _page_fault(folder / page.file, page)
        if fault:
            yield f"{folder / page.file}: {fault}"
    if sum(page.records for page in manifest.pages) != manifest.stored:
        yield f"{folder}: its pages hold other than the {manifest.stored} records of the manifest"


def _page_fault(file: Path, page: Page) -> str | None:
    if not file.is_file():
        return "missing"
    if sha256_file(file) != page.sha256:
        return "torn or changed: its checksum is not the manifest's"
    try:
        with gzip.open(file) as lines:
            records = sum(1 for _ in lines)
    except (OSError, EOFError, zlib.error) as error:
        return f"cannot be unpacked: {error}"
    return None if records == page.records else f"holds {records} records, the manifest says {page.records}"
