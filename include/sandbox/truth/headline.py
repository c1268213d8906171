"""The truth of mart_headline_figures."""

from __future__ import annotations

import duckdb

from include.sandbox import targets
from include.sandbox.truth.base import GROUP, SIDE_A, SIDE_B
from include.settings import Settings

# of the real lists: the Seven Sons, the army itself, and two that are often taken for them
_NAMED_BODIES = (
    "chinese-peoples-liberation-army",
    "national-university-of-defense-technology",
    "xidian-university",
)


def write(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    first, last = targets.YEARS[0], targets.YEARS[-1]
    joint = "(select count(*) from joint_works)"
    uk = "(select count(*) from reported where reporter_code = 'GB')"
    funded = "(select count(distinct n) from paid)"
    figures = {
        "joint_papers": joint,
        **{f"joint_papers_{year}": _joint_of(SIDE_A, year) for year in targets.YEARS},
        "countries_growing": "(select count(*) from growth where last_papers > first_papers)",
        "countries_growing_since_2020": "(select count(*) from growth where last_papers > papers_2020)",
        "rise_of_joint_papers": f"{_joint_of(SIDE_A, last)} / {_joint_of(SIDE_A, first)} - 1",
        "rise_of_china_papers": f"{_total_of(SIDE_B, last)} / {_total_of(SIDE_B, first)} - 1",
        "rise_of_europe_papers": f"{_total_of(SIDE_A, last)} / {_total_of(SIDE_A, first)} - 1",
        **{
            f"share_of_{name}_papers_{year}": f"{_joint_of(SIDE_A, year)} / {_total_of(code, year)}"
            for name, code in (("europe", SIDE_A), ("china", SIDE_B))
            for year in (2017, 2021)
        },
        "uk_share_of_joint_papers": f"{uk} / {joint}",
        "uk_share_of_europe_papers": f"{_total_of('GB')} / {_total_of(SIDE_A)}",
        "uk_share_with_china_2017": f"{_joint_of('GB', 2017)} / {_total_of('GB', 2017)}",
        "uk_share_with_china_2021": f"{_joint_of('GB', 2021)} / {_total_of('GB', 2021)}",
        "uk_share_of_china_papers": f"""(
            (select count(*) from reported where reporter_code = 'GB' and publication_year <= 2021)
            / (select sum(papers) from totals where reporter_code = '{SIDE_B}' and publication_year <= 2021)
        )""",
        **{
            f"partner_rank_{name}": f"""(
                select 1 + count(*) from partners where papers > (select papers from partners where partner = '{code}')
            )"""
            for name, code in (("us", "US"), ("uk", "GB"), ("eu27", GROUP))
        },
        "papers_with_funding_share": f"{funded} / {joint}",
        "cn_funded_share": f"(select count(distinct n) from paid where funder_class[:3] = 'cn_') / {funded}",
        **{
            f"{name}_share": f"(select count(distinct n) from paid where funder_class = '{name}') / {funded}"
            for name in ("cn_government_programme", "cn_university")
        },
        "cn_university_share_of_rest": """(
            select count(*) filter (has_university) / count(*)
            from (
                select bool_or(funder_class = 'cn_university') as has_university from paid group by n
                having bool_or(funder_class[:3] = 'cn_') and not bool_or(funder_class = 'cn_government_programme')
            )
        )""",
        "cn_defence_basic_research_papers": """(
            select count(distinct n) from paid where programme = 'national_defence_basic_research'
        )""",
        "military_linked_papers": _military_papers("any_list"),
        "military_linked_share": f"{_military_papers('any_list')} / {joint}",
        "strict_pla_papers": _military_papers("strict_pla"),
        "seven_sons_papers": """(
            select count(distinct n) from linked where category = 'seven_sons' and listing_basis = 'today'
        )""",
        **{
            f"{label}_papers": f"""(
                select count(*) from joint_works
                where topic_id in (select topic_id from sensitive where label = '{label}')
            )"""
            for label in ("target_tracking", "cybersecurity", "biometric_recognition")
        },
    }
    rows = " union all ".join(
        f"select '{figure_id}' as figure_id, ({query})::double as computed_value"
        for figure_id, query in figures.items()
    )
    db.execute(
        f"""
        create table paid as
        select n, funder_class, programme
        from work_funders semi join joint_works using (n) join funders using (funder_id);

        create table growth as
        select
            reporter_code,
            count(n) filter (publication_year = {first}) as first_papers,
            count(n) filter (publication_year = 2020) as papers_2020,
            count(n) filter (publication_year = {last}) as last_papers
        from (select distinct reporter_code from reporters where not is_group) left join reported using (reporter_code)
        group by reporter_code;

        create table mart_headline_figures as
        {rows}
        union all
        select 'growth_' || reporter_code, last_papers / nullif(first_papers, 0) - 1 from growth
        union all
        select 'top_links_leader_' || lower(reporter_code), max(links)
        from growth left join (
            select institution_a_country_code as reporter_code, count(distinct institution_b_id) as links
            from mart_institution_pairs where rank_in_country_a <= 10
            group by institution_a_country_code, institution_a_id
        ) using (reporter_code)
        group by reporter_code
        union all
        select 'military_body_' || bodies.body_id, count(distinct linked.n)
        from bodies left join linked on linked.body_id = bodies.body_id and linked.listing_basis = 'today'
        where bodies.category = 'seven_sons'
        group by bodies.body_id
        """
    )
    real = settings.seeds / "military_bodies.csv"
    if real.exists():
        db.execute(
            f"""
            insert into mart_headline_figures
            select 'military_body_' || body_id, null from read_csv(?, all_varchar = true)
            where category = 'seven_sons' or body_id in {_NAMED_BODIES}
            """,
            [str(real)],
        )


def _joint_of(reporter: str, year: int) -> str:
    return f"(select count(*) from reported where reporter_code = '{reporter}' and publication_year = {year})"


def _total_of(code: str, year: int | None = None) -> str:
    when = f" and publication_year = {year}" if year else ""
    return f"(select sum(papers) from totals where reporter_code = '{code}'{when})"


def _military_papers(definition: str) -> str:
    return f"""(
        select count(distinct n) from linked join definitions using (category)
        where listing_basis = 'today' and definition_code = '{definition}'
    )"""
