"""What a person wants to know about the current release, in one screen."""

from __future__ import annotations

from include.common.errors import ContractError
from include.contracts.acceptance import Subject, how_to_accept, refusals_in
from include.contracts.batch import count_checks
from include.contracts.hold import Hold, hold_in
from include.contracts.release import Release
from include.release.catalogue import current_id, folder_of, kept_releases, must_have_current, torn_releases
from include.release.holding import describe, waiting_runs
from include.release.queries import QueryResult, run_query
from include.settings import Settings

# the figures that the study gave a number for, and that can be held against it here
_HEADLINE = """
    select figure, period,
        trim(replace(published_qualifier, 'exactly', '') || ' ' || {published}) as study,
        {computed} as this_release
    from mart_headline_figures
    where is_computable and published_value is not null
    order by figure_order
"""
_NOT_SHOWN = """
    select
        count(*) filter (is_computable and published_value is null),
        count(*) filter (not is_computable)
    from mart_headline_figures
"""


def _figure(column: str) -> str:
    """SQL that writes a value as people do."""
    return f"""
        coalesce(case unit
            when 'share' then format('{{:.1f}} %', 100 * {column})
            when 'rate' then format('{{:+.1f}} %', 100 * {column})
            else format('{{:,}}', round({column})::bigint)
        end, '')
    """


def headline(settings: Settings) -> str:
    """The study's figures beside the current release's, and how many more the mart holds."""
    table = run_query(
        settings, _HEADLINE.format(published=_figure("published_value"), computed=_figure("computed_value"))
    )
    ((unpublished, not_computable),) = run_query(settings, _NOT_SHOWN).rows
    return "\n".join(
        [
            table.as_text("table"),
            f"({unpublished} more that the study puts no number to, {not_computable} that this data cannot answer:",
            ' make query SQL="select * from mart_headline_figures")',
        ]
    )


def show(settings: Settings) -> str:
    """Facts of the current release, and its headline table."""
    release = must_have_current(settings)
    folder = folder_of(settings, release)
    facts = [
        ("release", release.release_id),
        ("published", f"{release.published_at:%Y-%m-%d %H:%M} UTC"),
        ("scope", f"{release.scope_title} ({release.scope_id})"),
        ("data", _origin(release)),
        ("versions", versions(release)),
        (
            "works",
            f"in: {release.works_in:,}, loaded: {release.works_loaded:,}, quarantined: {release.works_quarantined:,}"
            + _not_current(release),
        ),
        ("batches", f"{len(release.batches):,}"),
        *((gate.replace("_", " "), _gate(release, gate)) for gate in sorted(release.gates)),
        *(("accepted", f"{check.name}: {check.accepted}") for check in release.accepted),
        ("before it", release.previous or "nothing"),
        *(("held", line.removeprefix("held: ")) for line in hold_lines(settings)),
        ("database", str(folder / "marts.duckdb")),
        ("report", str(folder / "report" / "index.html")),
        ("downloads", str(folder / "dictionary.html")),
        ("data docs", str(folder / "data_docs" / "index.html")),
    ]
    width = max(len(name) for name, _ in facts)
    lines = [f"{name:<{width}}  {value}" for name, value in facts]
    return "\n".join([*lines, "", headline(settings)])


def releases_table(settings: Settings) -> str:
    """The kept releases, newest first; `*` marks the current one. What is torn, held or waits is told below."""
    now = current_id(settings)
    rows: list[tuple[object, ...]] = [
        (
            # in one column, because the first text of a table is always shown
            f"{'*' if release.release_id == now else ' '} {release.release_id}",
            f"{release.published_at:%Y-%m-%d %H:%M}",
            release.works_loaded,
            sum(table.name.startswith("mart_") for table in release.tables),
            release.data_origin,
            release.source,
            versions(release),
        )
        for release in kept_releases(settings)
    ]
    columns = ("  release", "published_utc", "works", "marts", "data_origin", "source", "versions")
    torn_ones = torn_releases(settings)
    none = f"no {'whole ' if torn_ones else ''}releases in {settings.releases_dir}"
    lines = [QueryResult(columns, rows).as_text("table") if rows else none]
    for torn in torn_ones:
        mark = "*" if torn.release_id == now else " "
        lines.append(f"{mark} {torn.release_id}  TORN: {torn.problem}")
    for release in kept_releases(settings):
        lines += [f"accepted in {release.release_id}: {check.name}: {check.accepted}" for check in release.accepted]
    return "\n".join([*lines, *hold_lines(settings), *refusal_lines(settings)])


def refusal_lines(settings: Settings) -> list[str]:
    """What gates refused since the newest release, and how to accept it."""
    newest = max((release.published_at for release in kept_releases(settings)), default=None)
    lines = []
    for refusal in refusals_in(settings.home):
        if newest is None or refusal.refused_at > newest:
            subject = Subject(settings.home, refusal.gate, refusal.subject)
            lines += [f"refused: {subject}: {check.name}: {check.observed}" for check in refusal.checks]
            lines.append(f"  {how_to_accept(refusal)}")
    return lines


def hold_lines(settings: Settings) -> list[str]:
    """What is held, and what waits for that; nothing when nothing is held."""
    try:
        hold = hold_in(settings.releases_dir)
    except ContractError as error:
        return [f"held: {error.what}, so nothing is published; {error.fix}"]
    if hold is None:
        return []
    lines = [f"held: {hold}; `make rollforward` lifts it"]
    if current_id(settings) != hold.release_id:
        lines.append(f"`current` points elsewhere: make rollback TO={hold.release_id} finishes it")
    if runs := waiting_runs(settings):
        lines.append(
            f"waiting: run {runs[0]} passed its audit" + (f", and {len(runs) - 1} before it" if runs[1:] else "")
        )
    return lines


def current_lines(release: Release, hold: Hold | None) -> list[str]:
    """What a change of the current release ends with."""
    lines = [f"current release: {release.release_id} ({describe(release)})"]
    if hold is not None:
        lines.append(f"held: {hold}; later runs are not published over it until `make rollforward`")
    return lines


def _not_current(release: Release) -> str:
    # batches bring changed works again, and tell which are gone
    parts = (("replaced by newer versions", release.works_replaced), ("vanished", release.works_vanished))
    return "".join(f", {what}: {count:,}" for what, count in parts if count)


def _origin(release: Release) -> str:
    return {
        "synthetic": "SYNTHETIC: invented works that say nothing about the world",
        "recorded": "recorded works of OpenAlex, a small sample",
        "openalex": "OpenAlex",
    }[release.data_origin]


def versions(release: Release) -> str:
    """`fetch 1a2b3c4d5e6f, flatten ..., count ..., DuckDB 1.5.0`: what decides the rows of the release."""
    told = (
        ("fetch", release.fetch_version),
        ("flatten", release.flatten_version),
        ("count", release.count_version),
        ("DuckDB", release.duckdb_version),
    )
    return ", ".join(f"{what} {version[:12]}" for what, version in told if version)


def _gate(release: Release, gate: str) -> str:
    checks = release.gates[gate]
    failed = ", ".join(check.check_id for check in checks if not check.passed)
    return count_checks(checks) + (f" (not: {failed})" if failed else "")
