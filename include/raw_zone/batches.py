"""Which batches are there: a folder is a batch when its manifest is."""

from __future__ import annotations

from include.contracts.batch import BatchManifest, Entity
from include.raw_zone.layout import ENTITIES, MANIFEST, committed_folders
from include.settings import Settings


def list_batches(settings: Settings, entity: Entity | None = None) -> list[BatchManifest]:
    """Manifests of the committed batches, oldest first.

    Raises:
        ContractError: a manifest is torn, foreign or of another version; the message names it.
    """
    entities = ENTITIES if entity is None else (entity,)
    manifests = [
        BatchManifest.load(folder / MANIFEST) for each in entities for folder in committed_folders(settings, each)
    ]
    return sorted(manifests, key=lambda manifest: manifest.batch_id)
