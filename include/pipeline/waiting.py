"""What waits to be published: the difference between the typed zone and the release that readers see."""

from __future__ import annotations

from collections.abc import Iterator

from include.contracts.release import Release
from include.contracts.scope import ResolvedScope
from include.contracts.versions import duckdb_version
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

    Batches are not the only reason: another scope, flatten, model, list row, group or DuckDB makes another release of
    the same ones.
    """
    from include import release

    batches = waiting(settings)
    if batches:
        return f"{len(batches)} typed batch{'es' if len(batches) > 1 else ''} not published yet"
    published = release.current(settings)
    if published is None:
        return ""
    changed = [
        f"{what} changed since the release ({was or 'not told'} -> {now})"
        for what, was, now in _versions(settings, published)
        if was != now
    ]
    return "; ".join(changed)


def _versions(settings: Settings, published: Release) -> Iterator[tuple[str, str, str]]:
    """What decides the release's rows, its version then, and its version now."""
    from include import flatten, warehouse

    scope_file = settings.resolved_scope_file
    if scope_file.is_file() and not (scope := ResolvedScope.load(scope_file)).is_version(published.fetch_version):
        yield "which works are fetched", published.fetch_version, scope.fetch_version
    yield "how records become rows", published.flatten_version, flatten.flatten_version()
    yield (
        "how works are counted (models, lists, groups, topics or years)",
        published.count_version,
        (warehouse.count_version(settings)),
    )
    yield "DuckDB", published.duckdb_version, duckdb_version()
