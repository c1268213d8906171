"""What the six marts must say about a generated corpus, to the last paper.

Computed from the generator's own clean tables, never from the JSON and never with the warehouse's SQL, after the words
of dbt_project/models/marts/_marts.yml and seeds/reference/headline_figures.csv, for the scope `demo` (2017 to 2022).
Written as truth/<mart>.parquet (the grain and the measures) and truth/summary.json.

Where those words leave a choice, this was decided:
- Joint papers, and the totals too, leave paratext out; retracted papers count.
- A fractional credit divides by all authorships of the work, however many, and then by the author's distinct countries.
- `growth_since_first_year` is 0 in the first year itself.
- Institution pairs take institutions as named in the author list; the parents in their lineage are not added.
- A work is linked to a body when an author of China has its institution, one that has it in its lineage, or, for a body
  without a ROR, its name in an address of an author of China.
- A body without a listing that holds on the day counts under no definition on that basis.
- A rank counts the partners with more papers, plus one.
- Rows for bodies of the real lists exist in `mart_headline_figures` and have no value: their institutions are not here.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from include.sandbox import targets
from include.settings import Settings

_SIDE_A, _SIDE_B, _GROUP = "EUROPE", "CHINA", "EU27"
_DEFINITIONS = (
    ("strict_pla", 1, ("pla",)),
    ("plus_seven_sons", 2, ("seven_sons",)),
    ("plus_security_industry", 3, ("security", "defence_industry")),
    ("any_list", 4, ("sastind_cosupervised", "civilian_listed", "defence_key_lab", "gov_list_only", "pla_hospital")),
)
# of the real lists: the Seven Sons, and two that are often taken for them
_NAMED_BODIES = ("national-university-of-defense-technology", "xidian-university")
MARTS = (
    "mart_copublication_trends",
    "mart_institution_pairs",
    "mart_funding_sources",
    "mart_military_links",
    "mart_topic_collaboration",
    "mart_headline_figures",
)


def write(settings: Settings, db: duckdb.DuckDBPyConnection, folder: Path, *, scale: float) -> dict[str, int]:
    """Write the truth into `folder`; returns the counts that a person wants to see."""
    folder.mkdir(parents=True)
    _joint_papers(db)
    _totals(db)
    _military(db)
    _copublication_trends(db)
    _institution_pairs(db)
    _funding_sources(db)
    _military_links(db)
    _topic_collaboration(db, settings)
    _headline_figures(db, settings)
    for mart in MARTS:
        db.execute(f"copy (select * from {mart} order by all) to '{folder / mart}.parquet' (format parquet)")
    counts = _counts(db)
    figures = dict(db.execute("select figure_id, computed_value from mart_headline_figures order by all").fetchall())
    rows = {mart: _number(db, f"select count(*) from {mart}") for mart in MARTS}
    summary = {"scale": scale, "counts": counts, "mart_rows": rows, "figures": figures}
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return counts


def _number(db: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(db.execute(query).fetchall()[0][0])


def _counts(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    held = _number(db, "select count(*) from works")
    delivered = "kind in ('joint', 'absurd_year')"
    return {
        "works": held + _number(db, "select count(*) from background"),
        "works_with_all_fields": held,
        "joint_works_in_scope": _number(db, "select count(*) from joint_works"),
        "works_delivered_by_the_scope": _number(db, f"select count(*) from works where {delivered}"),
        "expected_quarantined": _number(db, "select count(*) from works where kind = 'absurd_year'"),
    }


def _joint_papers(db: duckdb.DuckDBPyConnection) -> None:
    """Works of the scope, their credits, and reporter x joint paper."""
    countries = ", ".join(f"('{country}', '{country}', false)" for country in targets.EUROPE)
    europe = ", ".join(f"('{_SIDE_A}', '{country}', true)" for country in targets.EUROPE)
    union = ", ".join(f"('{_GROUP}', '{country}', true)" for country in targets.EU27)
    db.execute(
        f"""
        create table reporters as
        select * from (values {countries}, {europe}, {union}) as t(reporter_code, country, is_group);

        create table joint_works as
        with sides as (
            select n, bool_or(country in {targets.EUROPE}) as has_europe, bool_or(country = 'CN') as has_china
            from authorship_countries group by n
        )
        select works.*
        from works join sides using (n) join topics using (topic_id)
        where topics.is_in and works.kind <> 'paratext' and has_europe and has_china
            and publication_year between {targets.YEARS[0]} and {targets.YEARS[-1]};

        create table credits as
        with shares as (
            select
                a.n, c.country,
                1.0::double / a.authors / count(*) over (partition by a.n, a.author_index) as credit
            from authorships as a semi join joint_works using (n)
            join authorship_countries as c using (n, author_index)
        )
        -- added as decimals, so that the order of adding does not show in the bytes
        select n, country, sum(credit::decimal(28, 18)) as credit from shares group by n, country;

        create table reported as
        select reporter_code, joint_works.n, publication_year, topic_id, sum(credit) as credit
        from joint_works join credits using (n) join reporters using (country)
        group by all
        """
    )


def _totals(db: duckdb.DuckDBPyConnection) -> None:
    """All papers of the subject: work x country, of documents and background alike."""
    db.execute(
        f"""
        create table subject_papers as
        with all_countries as (
            select distinct 'w' || n as paper, publication_year, country
            from works join topics using (topic_id) join authorship_countries using (n)
            where topics.is_in and works.kind <> 'paratext'
            union all
            select 'b' || i, publication_year, unnest(list_distinct(list_filter([c1, c2], lambda c: c is not null)))
            from background where is_in
        )
        select * from all_countries where publication_year between {targets.YEARS[0]} and {targets.YEARS[-1]};

        create table totals as
        select reporter_code, publication_year, count(distinct paper) as papers
        from subject_papers join reporters using (country) group by all
        union all
        select '{_SIDE_B}', publication_year, count(distinct paper)
        from subject_papers where country = 'CN' group by publication_year;

        create table partners as
        with of_china as (select distinct paper from subject_papers where country = 'CN')
        select
            case when country in {targets.EU27} then '{_GROUP}' else country end as partner,
            count(distinct paper) as papers
        from subject_papers semi join of_china using (paper)
        where country <> 'CN'
        group by 1
        """
    )


def _military(db: duckdb.DuckDBPyConnection) -> None:
    """Work x body x basis, for bodies on a list on that basis."""
    definitions = ", ".join(
        f"('{code}', {order}, '{category}')"
        for code, order, _ in _DEFINITIONS
        for _, narrower, categories in _DEFINITIONS
        if narrower <= order
        for category in categories
    )
    db.execute(
        f"""
        create table definitions as
        select * from (values {definitions}) as t(definition_code, definition_order, category);

        create table linked as
        with parts as (
            select institution_id, unnest(lineage) as body_institution from institutions
        ),
        found as (
            select i.n, bodies.body_id
            from authorship_institutions as i
            join parts using (institution_id)
            join bodies on bodies.institution_id = parts.body_institution
            union
            select s.n, s.body_id
            from affiliations as s join authorship_countries as c using (n, author_index)
            where s.body_id is not null and c.country = 'CN'
        )
        select n, body_id, category, 'today' as listing_basis
        from found join joint_works using (n) join bodies using (body_id)
        where body_id in (
            select body_id from listings
            where valid_from::date <= current_date and coalesce(current_date < valid_to::date, true)
        )
        union all
        select distinct n, body_id, category, 'at_publication'
        from found join joint_works using (n) join bodies using (body_id) join listings using (body_id)
        where valid_from::date <= publication_date and coalesce(publication_date < valid_to::date, true)
        """
    )


def _copublication_trends(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        f"""
        create table mart_copublication_trends as
        with counts as (
            select reporter_code, publication_year, count(*)::double as papers, sum(credit)::double as credit
            from reported group by all
        ),
        grid as (
            select distinct reporter_code, is_group, year::smallint as publication_year, counting_method
            from reporters, unnest({list(targets.YEARS)}) as years(year),
                unnest(['full', 'fractional']) as methods(counting_method)
        ),
        counted as (
            select
                grid.*,
                coalesce(case when counting_method = 'full' then counts.papers else counts.credit end, 0)
                    as joint_papers
            from grid left join counts using (reporter_code, publication_year)
        ),
        beside as (
            select
                counted.*,
                coalesce(europe.papers, 0) as all_joint_papers,
                own.papers as reporter_papers,
                china.papers as partner_papers,
                before.joint_papers as joint_before,
                start.joint_papers as joint_at_start
            from counted
            left join counts as europe
                on europe.reporter_code = '{_SIDE_A}' and europe.publication_year = counted.publication_year
            left join totals as own
                on own.reporter_code = counted.reporter_code and own.publication_year = counted.publication_year
            left join totals as china
                on china.reporter_code = '{_SIDE_B}' and china.publication_year = counted.publication_year
            left join counted as before
                on before.reporter_code = counted.reporter_code and before.counting_method = counted.counting_method
                and before.publication_year = counted.publication_year - 1
            left join counted as start
                on start.reporter_code = counted.reporter_code and start.counting_method = counted.counting_method
                and start.publication_year = {targets.YEARS[0]}
        )
        select
            reporter_code, '{_SIDE_B}' as partner_code, publication_year, counting_method, is_group,
            joint_papers, all_joint_papers, reporter_papers, partner_papers,
            joint_papers / nullif(all_joint_papers, 0) as share_of_joint_papers,
            case when counting_method = 'full' then joint_papers / nullif(reporter_papers, 0) end
                as share_of_reporter_papers,
            case when counting_method = 'full' then joint_papers / nullif(partner_papers, 0) end
                as share_of_partner_papers,
            joint_papers / nullif(joint_before, 0) - 1 as growth_on_year_before,
            joint_papers / nullif(joint_at_start, 0) - 1 as growth_since_first_year,
            joint_papers < 25 as is_small_cell
        from beside
        """
    )


def _institution_pairs(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        f"""
        create table mart_institution_pairs as
        with named as (
            select distinct n, institution_id, country
            from authorship_institutions join institutions using (institution_id)
        ),
        pairs as (
            select
                a.institution_id as institution_a_id, a.country as institution_a_country_code,
                b.institution_id as institution_b_id, w.publication_year, count(*) as joint_papers
            from joint_works as w
            join named as a on a.n = w.n and a.country in {targets.EUROPE}
            join named as b on b.n = w.n and b.country = 'CN'
            group by all
        ),
        summed as (
            select institution_a_id, institution_a_country_code, institution_b_id,
                sum(joint_papers)::bigint as joint_papers_all_years
            from pairs group by all
        ),
        ranked as (
            select *, row_number() over (
                partition by institution_a_country_code
                order by joint_papers_all_years desc, institution_a_id, institution_b_id
            ) as rank_in_country_a
            from summed
        )
        select
            institution_a_id, institution_a_country_code, institution_b_id, 'CN' as institution_b_country_code,
            publication_year, joint_papers, joint_papers_all_years, rank_in_country_a
        from pairs join ranked using (institution_a_id, institution_a_country_code, institution_b_id)
        """
    )


def _funding_sources(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        """
        create table mart_funding_sources as
        with money as (select n, funder_id, funder_class from work_funders join funders using (funder_id)),
        kinds as (
            select distinct n, 'any' as level, 'ALL' as funder_class, 'ALL' as funder_id from money
            union
            select n, 'country', 'CN', 'ALL' from money where funder_class[:3] = 'cn_'
            union
            select n, 'class', funder_class, 'ALL' from money
            union
            select n, 'funder', funder_class, funder_id from money
        ),
        counts as (
            select reporter_code, publication_year, level, funder_class, funder_id, count(*) as papers
            from reported join kinds using (n) group by all
        ),
        wholes as (
            select reporter_code, publication_year, count(*) as joint_papers, count(kinds.n) as papers_with_funding
            from reported left join kinds on kinds.n = reported.n and kinds.level = 'any' group by all
        )
        select
            counts.*, papers_with_funding, joint_papers,
            papers::double / papers_with_funding as share_of_papers_with_funding,
            papers_with_funding::double / joint_papers as disclosed_share
        from counts join wholes using (reporter_code, publication_year)
        """
    )


def _military_links(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        """
        create table mart_military_links as
        with defined as (
            select distinct n, body_id, listing_basis, definition_code, definition_order
            from linked join definitions using (category)
        ),
        dimensions as (
            select distinct
                n, listing_basis, definition_code, definition_order, 'all' as dimension, 'ALL' as dimension_id
            from defined
            union
            select n, listing_basis, definition_code, definition_order, 'body', body_id from defined
            union
            select n, listing_basis, definition_code, definition_order, 'topic', topic_id
            from defined join joint_works using (n)
        ),
        wholes as (
            select reporter_code, publication_year, 'ALL' as topic, count(*) as joint_papers from reported group by all
            union all
            select reporter_code, publication_year, topic_id, count(*) from reported group by all
        ),
        counts as (
            select
                reporter_code, publication_year, definition_code, definition_order, listing_basis, dimension,
                dimension_id, count(*) as military_linked_papers
            from reported join dimensions using (n) group by all
        )
        select
            counts.*, wholes.joint_papers, military_linked_papers::double / wholes.joint_papers as share_of_joint_papers
        from counts join wholes
            on wholes.reporter_code = counts.reporter_code and wholes.publication_year = counts.publication_year
            and wholes.topic = case when dimension = 'topic' then dimension_id else 'ALL' end
        """
    )


def _topic_collaboration(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    db.execute(
        "create table sensitive as select distinct topic_id, label from read_csv(?, all_varchar = true)",
        [str(settings.seeds / "sensitive_topics.csv")],
    )
    db.execute(
        f"""
        create table mart_topic_collaboration as
        with counts as (
            select reporter_code, publication_year, 'topic' as level, topic_id, count(*) as joint_papers
            from reported group by all
            union all
            select reporter_code, publication_year, 'subfield', subfield_id, count(*)
            from reported join topics using (topic_id) group by all
        ),
        wholes as (
            select reporter_code, publication_year, count(*) as reporter_joint_papers from reported group by all
        )
        select
            counts.reporter_code, '{_SIDE_B}' as partner_code, counts.publication_year, level, counts.topic_id,
            level = 'topic' and counts.topic_id in (select topic_id from sensitive) as is_sensitive_topic,
            joint_papers, reporter_joint_papers, joint_papers::double / reporter_joint_papers as share_of_joint_papers
        from counts join wholes using (reporter_code, publication_year)
        """
    )


def _headline_figures(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    first, last = targets.YEARS[0], targets.YEARS[-1]
    joint = "(select count(*) from joint_works)"
    uk = "(select count(*) from reported where reporter_code = 'GB')"
    funded = "(select count(distinct n) from paid)"
    figures = {
        "joint_papers": joint,
        **{f"joint_papers_{year}": _joint_of(_SIDE_A, year) for year in targets.YEARS},
        "countries_growing": "(select count(*) from growth where last_papers > first_papers)",
        **{
            f"share_of_{name}_papers_{year}": f"{_joint_of(_SIDE_A, year)} / {_total_of(code, year)}"
            for name, code in (("europe", _SIDE_A), ("china", _SIDE_B))
            for year in (2017, 2021)
        },
        "uk_share_of_joint_papers": f"{uk} / {joint}",
        "uk_share_of_europe_papers": f"{_total_of('GB')} / {_total_of(_SIDE_A)}",
        "uk_share_with_china_2017": f"{_joint_of('GB', 2017)} / {_total_of('GB', 2017)}",
        "uk_share_with_china_2021": f"{_joint_of('GB', 2021)} / {_total_of('GB', 2021)}",
        "uk_share_of_china_papers": f"{uk} / {_total_of(_SIDE_B)}",
        **{
            f"partner_rank_{name}": f"""(
                select 1 + count(*) from partners where papers > (select papers from partners where partner = '{code}')
            )"""
            for name, code in (("us", "US"), ("uk", "GB"), ("eu27", _GROUP))
        },
        "papers_with_funding_share": f"{funded} / {joint}",
        "cn_funded_share": f"(select count(distinct n) from paid where funder_class[:3] = 'cn_') / {funded}",
        **{
            f"{name}_share": f"(select count(distinct n) from paid where funder_class = '{name}') / {funded}"
            for name in ("cn_government_programme", "cn_university")
        },
        "cn_defence_basic_research_papers": """(
            select count(distinct n) from paid where programme = 'national_defence_basic_research'
        )""",
        "military_linked_papers": _military_papers("any_list"),
        "military_linked_share": f"{_military_papers('any_list')} / {joint}",
        "strict_pla_papers": _military_papers("strict_pla"),
        "seven_sons_papers": """(
            select count(distinct n) from linked where category = 'seven_sons' and listing_basis = 'today'
        )""",
        "top_links_leader_de": """(
            select max(links) from (
                select count(*) as links
                from (
                    select distinct institution_a_id, institution_b_id from mart_institution_pairs
                    where institution_a_country_code = 'DE' and rank_in_country_a <= 10
                )
                group by institution_a_id
            )
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
            count(n) filter (publication_year = {last}) as last_papers
        from (select distinct reporter_code from reporters where not is_group) left join reported using (reporter_code)
        group by reporter_code;

        create table mart_headline_figures as
        {rows}
        union all
        select 'growth_' || reporter_code, last_papers / nullif(first_papers, 0) - 1 from growth
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
