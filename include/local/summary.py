"""The last two lines of a run: what came in and what became of it, and what was published."""

from __future__ import annotations

from include.contracts.release import Release


def last_lines(release: Release, seconds: float) -> tuple[str, str]:
    """Works in, loaded and quarantined; and the release."""
    marts = sum(table.name.startswith("mart_") for table in release.tables)
    # records of works that came again in a later batch: the older version made room for the newer
    replaced = release.works_in - release.works_loaded - release.works_quarantined
    return (
        f"works in: {release.works_in}, loaded: {release.works_loaded}, quarantined: {release.works_quarantined}"
        + (f", replaced by newer versions: {replaced}" if replaced else ""),
        f"release {release.release_id} published: {release.works_loaded} works, {marts} marts, {seconds:.0f} s",
    )
