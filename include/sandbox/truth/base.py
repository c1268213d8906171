"""What every truth stands on: the scope's works, credits and reporters, the totals, and the links to listed bodies."""

from __future__ import annotations

import duckdb

from include.sandbox import targets

SIDE_A, SIDE_B, GROUP = "EUROPE", "CHINA", "EU27"
DEFINITIONS = (
    ("strict_pla", 1, ("pla",)),
    ("plus_seven_sons", 2, ("seven_sons",)),
    ("plus_security_industry", 3, ("security", "defence_industry")),
    ("any_list", 4, ("sastind_cosupervised", "civilian_listed", "defence_key_lab", "gov_list_only", "pla_hospital")),
)


def joint_papers(db: duckdb.DuckDBPyConnection) -> None:
    """Works of the scope, their credits, and reporter x joint paper."""
    countries = ", ".join(f"('{country}', '{country}', false)" for country in targets.EUROPE)
    europe = ", ".join(f"('{SIDE_A}', '{country}', true)" for country in targets.EUROPE)
    union = ", ".join(f"('{GROUP}', '{country}', true)" for country in targets.EU27)
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

        -- joint ones, and those that the source shows as joint
        create table loaded_works as
        from joint_works union all select * from works where kind = 'miscoded';

        create table credits as
        with shares as (
            select
                a.n, c.country,
                1.0::double / a.authors / count(*) over (partition by a.n, a.author_index) as credit
            from authorships as a semi join joint_works using (n)
            join authorship_countries as c using (n, author_index)
        ),
        places as (
            select n, author_index, country
            from authorship_institutions join institutions using (institution_id)
            union all
            select n, author_index, country from authorship_countries where basis = 'address'
        ),
        by_place as (
            select
                a.n, p.country,
                1.0::double / a.authors / count(*) over (partition by a.n, a.author_index) as credit
            from authorships as a semi join joint_works using (n) join places as p using (n, author_index)
        ),
        -- added as decimals, so that the order of adding does not show in the bytes
        of_authors as (
            select n, country, sum(credit::decimal(28, 18)) as credit from shares group by n, country
        ),
        of_places as (
            select n, country, sum(credit::decimal(28, 18)) as credit_by_affiliation from by_place group by n, country
        )
        select
            *, (1.0::double / count(*) over (partition by n))::decimal(28, 18) as credit_by_country
        from of_authors join of_places using (n, country);

        create table reported as
        select
            reporter_code, joint_works.n, publication_year, publication_date, topic_id, sum(credit) as credit,
            sum(credit_by_affiliation) as credit_by_affiliation, sum(credit_by_country) as credit_by_country
        from joint_works join credits using (n) join reporters using (country)
        group by all
        """
    )


def totals(db: duckdb.DuckDBPyConnection) -> None:
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
        select '{SIDE_B}', publication_year, count(distinct paper)
        from subject_papers where country = 'CN' group by publication_year;

        -- with China, a year, each country and group
        create table with_china as
        with of_china as (select distinct paper from subject_papers where country = 'CN'),
        places as (
            select country as code, country, false as is_group from (select distinct country from subject_papers)
            where country <> 'CN'
            union all
            select distinct reporter_code, country, true from reporters where is_group
        )
        select code, is_group, publication_year, count(distinct paper) as papers
        from subject_papers semi join of_china using (paper) join places using (country)
        group by all;

        create table country_totals as
        select country as code, publication_year, count(distinct paper) as papers from subject_papers group by all;

        create table world as
        with everything as (
            select 'w' || n as paper, publication_year
            from works join topics using (topic_id) where topics.is_in and works.kind <> 'paratext'
            union all
            select 'b' || i, publication_year from background where is_in
        )
        select publication_year, count(*) as papers from everything group by publication_year;

        create table partners as
        with of_china as (select distinct paper from subject_papers where country = 'CN')
        select
            case when country in {targets.EU27} then '{GROUP}' else country end as partner,
            count(distinct paper) as papers
        from subject_papers semi join of_china using (paper)
        where country <> 'CN'
        group by 1
        """
    )


def military_links(db: duckdb.DuckDBPyConnection) -> None:
    """Work x body x basis, for bodies on a list on that basis."""
    definitions = ", ".join(
        f"('{code}', {order}, '{category}')"
        for code, order, _ in DEFINITIONS
        for _, narrower, categories in DEFINITIONS
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
