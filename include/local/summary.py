"""The last lines of a run: the study's figures beside this release's, and what was published."""

from __future__ import annotations

from include.contracts.release import Release
from include.settings import Settings

_FIGURES = """
    select figure, period, unit, published_qualifier, published_value, computed_value
    from mart_headline_figures
    where is_computable and (published_value is not null or section = 'volume')
    order by figure_order
"""


def headline_table(settings: Settings, release: Release) -> str:
    """The figures of the study: what was published, what this release computes."""
    import duckdb

    marts = settings.releases_dir / release.release_id / "marts.duckdb"
    with duckdb.connect(str(marts), read_only=True) as db:
        rows = db.execute(_FIGURES).fetchall()
    lines = [("figure", "years", "study", "this release")]
    for figure, period, unit, qualifier, published, computed in rows:
        study = f"{qualifier or ''} {show(published, unit)}".strip()
        lines.append((figure, period, study, show(computed, unit)))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    table = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip() for a, b, c, d in lines]
    table.insert(1, "-" * len(table[0]))
    if release.data_origin == "synthetic":
        table.insert(
            0, "SYNTHETIC: invented works, set so that the study's figures come out; they say nothing about the world"
        )
    return "\n".join(table)


def show(value: float | None, unit: str) -> str:
    """A figure as people write it: `37,000`, `21.3 %`, `+50.0 %`, `2`."""
    if value is None:
        return ""
    if unit == "share":
        return f"{value * 100:.1f} %"
    if unit == "rate":
        return f"{value * 100:+.1f} %"
    return f"{value:,.0f}"


def last_lines(release: Release, seconds: float) -> tuple[str, str]:
    """What came in and what became of it, and the release: always the last two lines of a run."""
    marts = sum(table.name.startswith("mart_") for table in release.tables)
    return (
        f"works in: {release.works_in}, loaded: {release.works_loaded}, quarantined: {release.works_quarantined}",
        f"release {release.release_id} published: {release.works_loaded} works, {marts} marts, {seconds:.0f} s",
    )
