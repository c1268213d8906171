"""What waits to be published: the difference between the typed zone and the release that readers see."""

from __future__ import annotations

from include.settings import Settings


def waiting(settings: Settings) -> list[str]:
    """Typed batches that the current release was not built from, oldest first.

    Not what the warehouse has not loaded: after a gate has refused a build, its batches are loaded and still wait.
    """
    from include import release, warehouse

    published = release.current(settings)
    held = set(published.batches) if published is not None else set()
    return [batch for batch in warehouse.typed_batch_ids(settings) if batch not in held]


def due_because(settings: Settings) -> str:
    """Why the current release is not what a build would make now, in words; empty when it is.

    A corrected list row, another model or another scope makes another release of the same batches.
    """
    from include import release, warehouse

    batches = waiting(settings)
    if batches:
        return f"{len(batches)} typed batch{'es' if len(batches) > 1 else ''} not published yet"
    published = release.current(settings)
    if published is not None and published.definitions_sha256 != warehouse.definitions_digest(settings):
        return "models, lists or scope changed since the release"
    return ""
