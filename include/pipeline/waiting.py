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
