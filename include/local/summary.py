"""The last two lines of a run: what came in and what became of it, and what was published."""

from __future__ import annotations

from include.contracts.release import Release


def last_lines(release: Release, seconds: float) -> tuple[str, str]:
    """Records of works in and what became of each, adding up; and the release."""
    marts = sum(table.name.startswith("mart_") for table in release.tables)
    return (
        f"works in: {release.works_in}, loaded: {release.works_loaded}, quarantined: {release.works_quarantined}"
        + (f", replaced by newer versions: {release.works_replaced}" if release.works_replaced else "")
        + (f", vanished: {release.works_vanished}" if release.works_vanished else ""),
        f"release {release.release_id} published: {release.works_loaded} works, {marts} marts, {seconds:.0f} s",
    )
