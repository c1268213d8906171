"""The last two lines of a run: what came in and what became of it, and what was published."""

from __future__ import annotations

from include.contracts.release import Release


def last_lines(release: Release, seconds: float) -> tuple[str, str]:
    """Works in, loaded and quarantined; and the release."""
    marts = sum(table.name.startswith("mart_") for table in release.tables)
    return (
        f"works in: {release.works_in}, loaded: {release.works_loaded}, quarantined: {release.works_quarantined}",
        f"release {release.release_id} published: {release.works_loaded} works, {marts} marts, {seconds:.0f} s",
    )
