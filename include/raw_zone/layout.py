"""Names and places in the raw zone: the one module that knows how a batch folder is called."""

from __future__ import annotations

import re
from pathlib import Path

from include.contracts.batch import Entity
from include.settings import Settings

MANIFEST = "_manifest.json"
HASHES = "_hashes.parquet"
CURSOR = "_cursor.json"
JOURNAL = "_journal.jsonl"
SWEEPS = "_sweeps"
REJECTED = "_rejected"
PLAN = "_plan.json"
SNAPSHOT = "_snapshot"

ENTITIES: tuple[Entity, ...] = ("works", "funders", "institutions", "topics", "totals", "tombstones")

BATCH_FOLDER = re.compile(r"^batch=([0-9A-HJKMNP-TV-Z]{26})$")
OPEN_FOLDER = re.compile(r"^\.batch=([0-9A-HJKMNP-TV-Z]{26})\.open$")
BEGUN_FOLDER = re.compile(r"^\.batch=([0-9A-HJKMNP-TV-Z]{26})\.begun$")
REMOVED_FOLDER = re.compile(r"^\..+\.removed$")
PAGE_FILE = re.compile(r"^page-\d{5,}\.jsonl\.gz$")
# write_atomic names its files so until they are whole; a killed process leaves one behind
TORN_FILE = re.compile(r"^\..+\.\d+\.tmp$")


def entity_folder(settings: Settings, entity: Entity) -> Path:
    """`raw/<entity>`."""
    return settings.raw_zone / entity


def batch_folder(settings: Settings, entity: Entity, batch_id: str) -> Path:
    """`raw/<entity>/batch=<ulid>`: a committed batch."""
    return entity_folder(settings, entity) / f"batch={batch_id}"


def open_folder(settings: Settings, entity: Entity, batch_id: str) -> Path:
    """`raw/<entity>/.batch=<ulid>.open`: a batch in progress."""
    return entity_folder(settings, entity) / f".batch={batch_id}.open"


def rejected_folder(settings: Settings, entity: Entity, batch_id: str) -> Path:
    """`raw/_rejected/<entity>/batch=<ulid>`: a batch that gate 1 kept out."""
    return settings.raw_zone / REJECTED / entity / f"batch={batch_id}"


def page_file(number: int) -> str:
    """`page-00001.jsonl.gz`."""
    return f"page-{number:05d}.jsonl.gz"


def committed_folders(settings: Settings, entity: Entity) -> list[Path]:
    """Folders of the committed batches of `entity`, oldest first."""
    folder = entity_folder(settings, entity)
    if not folder.is_dir():
        return []
    return sorted(
        entry for entry in folder.iterdir() if BATCH_FOLDER.match(entry.name) and (entry / MANIFEST).is_file()
    )
