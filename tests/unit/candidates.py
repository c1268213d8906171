"""A small, consistent candidate for the tests of audit, report and release: about 300 invented works, 2017 to 2022.

The marts are computed here from plain tables, in the columns that dbt's YAML promises; a test that corrupts one of them
therefore starts from a candidate that passes every check.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from include.audit.drift.engine import note_nothing
from include.audit.suites import Suite, load_suites
from include.common.files import sha256_file
from include.common.ids import new_ulid
from include.common.sql import quoted
from include.contracts.batch import Check, DataOrigin
from include.contracts.candidate import AUDITED, CandidateColumn, CandidateTable, Lineage, Verdict, files_of
from include.contracts.reference import Row, Tables, table_digests, tables_in_use, write_tables
from include.contracts.scope import Group, ResolvedScope, Windows
from include.contracts.typed import TABLES, TypedManifest
from include.settings import Settings
from tests.unit.dbt_models import published
from tests.unit.models_as_sql import bi_models, is_view

YEARS = range(2017, 2023)
SIDE_A = {"AT": "Austria", "BG": "Bulgaria", "DE": "Germany", "GB": "United Kingdom", "NO": "Norway"}
GROUPS = {"EUROPE": tuple(SIDE_A), "EU27": ("AT", "BG", "DE")}
TOPICS = {
    "T1": ("Invented Vision", "1707", "Computer Vision"),
    "T2": ("Invented Tracking", "1707", "Computer Vision"),
    "T3": ("Invented Language", "1702", "Artificial Intelligence"),
}
BODIES = {
    "demo-pla-academy": "pla",
    "demo-son": "seven_sons",
    "demo-security": "security",
    "demo-civil": "sastind_cosupervised",
}
FUNDERS = {"F1": "cn_government_programme", "F2": "cn_university", "F3": "uk", "F4": "eu_institution"}
DEFINITIONS = [
    ("strict_pla", 1, ["pla"]),
    ("plus_seven_sons", 2, ["pla", "seven_sons"]),
    ("plus_security_industry", 3, ["pla", "seven_sons", "security"]),
    ("any_list", 4, ["pla", "seven_sons", "security", "sastind_cosupervised"]),
]
BATCH = "01BATCH"
# what works may not have -> SQL that takes it from the plain tables
LACKING = {
    "funding": "delete from wf",
    "links": "delete from wm",
    "topics": "update w set topic = null",
    "most funding": "delete from wf where work_id != (select min(work_id) from wf)",
}
_TOPIC_NAMES = "values " + ", ".join(f"('{key}', '{a}', '{b}', '{c}')" for key, (a, b, c) in TOPICS.items())
# what a column holds that no SQL below fills, by type
_FILLED = {"varchar": "'x'", "boolean": "false", "date": "date '2026-01-01'", "timestamp": "timestamp '2026-01-01'"}


def test_settings(home: Path, **changes: Any) -> Settings:
    """Settings that write under `home`, whatever the environment says."""
    return Settings.model_validate({"ENTANGLED_HOME": home, **changes})


test_settings.__test__ = False  # type: ignore[attr-defined]


def _base_tables(db: duckdb.DuckDBPyConnection, works: int, seed: int) -> None:
    """Plain tables of invented works, joint by construction, authors of the first country first and those of CN
    corresponding."""
    chance = random.Random(seed)
    db.execute("begin")
    db.execute(
        "create table w (work_id text, y smallint, day date, topic text, is_english boolean, is_preprint boolean, "
        "is_retracted boolean, is_hyperauthored boolean)"
    )
    db.execute("create table wc (work_id text, country_code text, credit double, is_first boolean, is_corr boolean)")
    db.execute("create table wi (work_id text, institution_id text, country_code text)")
    db.execute("create table wm (work_id text, body_id text, category text, from_year smallint)")
    db.execute("create table wf (work_id text, funder_id text, class text)")
    for number in range(works):
        work, year = f"W{number}", YEARS[0] + int(len(YEARS) * (number / works) ** 0.6)
        flags = [number % 3 != 0, number % 5 == 0, number % 29 == 0, number % 31 == 0]
        day = date(year, 1 + number % 12, 1 + number % 28)
        db.execute(
            "insert into w values (?, ?, ?, ?, ?, ?, ?, ?)", [work, year, day, chance.choice(list(TOPICS)), *flags]
        )
        members = chance.sample(list(SIDE_A), chance.choice([1, 1, 2]), counts=[2, 1, 6, 9, 2])
        countries = sorted({*members, "CN", *(["ZZ"] if chance.random() < 0.1 else [])})
        db.executemany(
            "insert into wc values (?, ?, ?, ?, ?)",
            [[work, code, 1 / len(countries), code == countries[0], code == "CN"] for code in countries],
        )
        institutions = {f"I{code}{chance.randint(1, 3)}": code for code in countries if code != "ZZ"}
        db.executemany("insert into wi values (?, ?, ?)", [[work, one, code] for one, code in institutions.items()])
        if chance.random() < 0.5:
            body = chance.choice(list(BODIES))
            db.execute("insert into wm values (?, ?, ?, ?)", [work, body, BODIES[body], 2019])
        for funder in chance.sample(list(FUNDERS), chance.choice([0, 0, 1, 2])):
            db.execute("insert into wf values (?, ?, ?)", [work, funder, FUNDERS[funder]])
    db.execute("create table reporters (reporter_code text, reporter_name text, is_group boolean, country_code text)")
    for code, name in SIDE_A.items():
        db.execute("insert into reporters values (?, ?, false, ?)", [code, name, code])
    for code, countries in GROUPS.items():
        for country in countries:
            db.execute("insert into reporters values (?, ?, true, ?)", [code, code.title(), country])
    db.execute("create table definitions (definition_code text, definition_order int, category text)")
    for code, order, categories in DEFINITIONS:
        db.executemany("insert into definitions values (?, ?, ?)", [[code, order, one] for one in categories])
    db.execute("commit")


def _named(kind: str, order: str, code: str, name: str) -> str:
    """SQL of a dimension that names the codes of a kind."""
    return f"""
        select code_order as {order}, code as {code}, code_name as {name}, description
        from seed_code_names where code_kind = '{kind}'
    """


def _dense(old: str, key: str, counts: str, whole: str, place: str) -> str:
    """SQL: the rows of `old` for every year, each key that stands in one year in all of them.

    Where a year lacks it, `counts` are 0. `whole` is how many papers the reporter has at the row's `place`, a dimension
    and an id of `k`.
    """
    zeros = ", ".join(f"coalesce(old.{count}, 0) as {count}" for count in counts.split(", "))
    return f"""
        with old as (from ({old})),
        years as (select unnest(range({YEARS[0]}, {YEARS[-1] + 1}))::smallint as publication_year),
        wholes as (select reporter_code, y, dimension, id, count(*) as papers from ({_PLACES}) group by all)
        select k.*, years.publication_year, {zeros}, coalesce(wholes.papers, 0) as {whole}
        from (select distinct {key} from old) as k cross join years
        left join old using ({key}, publication_year)
        left join wholes on wholes.reporter_code = k.reporter_code and wholes.y = years.publication_year
            and (wholes.dimension, wholes.id) = {place}
    """


def _linked_papers(old: str, funding: str) -> dict[str, str]:
    """SQL of the marts of linked papers, from their old shapes and the joint papers of each reporter."""
    key = "reporter_code, reporter_name, definition_code, definition_order, listing_basis, dimension, dimension_id"
    counts = "military_linked_papers, papers_without_hospitals, papers_with_hospitals"
    own, all_papers = "(k.dimension, k.dimension_id)", "('all', 'ALL')"
    parts = {
        "_by_body": ("dimension = 'body'", all_papers, "dimension_id as body_id, dimension_name as body_name"),
        "_by_topic": ("dimension = 'topic'", own, "dimension_id as topic_id, dimension_name as topic_name"),
        "_by_institution": (
            "starts_with(dimension, 'institution_')",
            own,
            "dimension_id as institution_id, if(dimension = 'institution_a', 'side_a', 'side_b') as side, "
            "dimension_name as institution_name",
        ),
        "_by_funder_class": (
            "dimension = 'funder_class'",
            own,
            "dimension_id as funder_class, dimension_name as funder_class_name",
        ),
    }
    # those of them that disclose a funder, and what is told of these
    funded, cell_of_year = "coalesce(funded.n, 0)", "reporter_code, publication_year, definition_code, listing_basis"
    shares = f"""
        military_linked_papers / nullif(joint_papers, 0) as share_of_joint_papers,
        {funded} as linked_papers_with_funding,
        {funded} / nullif(military_linked_papers, 0) as disclosed_share,
        military_linked_papers / nullif({funded}, 0) as share_of_linked_papers_with_funding
    """
    of_any_funder = f"""
        left join (
            select {cell_of_year}, papers as n from ({funding}) where funder_class = 'ALL'
        ) as funded using ({cell_of_year})
    """
    # every reporter, definition and basis stands there, with linked papers or without
    cell = "(reporter_code, definition_code, listing_basis)"
    whole = f"""
        with of_all as (select {key}, publication_year, {counts} from ({old}) where dimension = 'all')
        from of_all
        union all
        select reporter_code, reporter_name, definition_code, definition_order::int, listing_basis, 'all', 'ALL',
            {YEARS[0]}::smallint, 0, 0, 0
        from (select distinct reporter_code, reporter_name from reporters),
            (select distinct definition_code, definition_order from definitions),
            (values ('today'), ('at_publication')) b (listing_basis)
        where {cell} not in (select {cell} from of_all)
    """
    return {
        "mart_linked_papers": f"""
            select told.*, {shares}, joint_papers < 25 as is_small_cell
            from ({_dense(whole, key, counts, "joint_papers", all_papers)}) as told {of_any_funder}
        """
    } | {
        f"mart_linked_papers{part}": f"""
            select told.* exclude (dimension, dimension_id, dimension_name), {member}, {shares},
                {f"least(joint_papers, {funded})" if "funder" in part else "joint_papers"} < 25 as is_small_cell
            from ({_dense(f"from ({old}) where {where}", f"{key}, dimension_name", counts, "joint_papers", place)})
                as told {of_any_funder}
        """
        for part, (where, place, member) in parts.items()
    }


def _joint_papers_by_topic(old: str) -> dict[str, str]:
    """SQL of the marts of joint papers by topic and by subfield, from their old shape."""
    key = "reporter_code, reporter_name, partner_code, level, topic_id, topic_name, is_sensitive_topic"
    share = "joint_papers / nullif(reporter_joint_papers, 0) as share_of_joint_papers"

    def dense(level: str) -> str:
        of_level = f"from ({old}) where level = '{level}'"
        return _dense(of_level, key, "joint_papers", "reporter_joint_papers", "('all', 'ALL')")

    return {
        f"mart_joint_papers_by_{level}": f"""
            select *, topic_id as subfield_id, topic_name as subfield_name, {share},
                reporter_joint_papers < 25 as is_small_cell
            from ({dense(level)})
        """
        for level in ("topic", "subfield")
    }


# reporter x paper
_RW = """
    select r.reporter_code, r.reporter_name, r.is_group, w.work_id, w.y, w.day, w.topic, w.is_english,
        w.is_preprint, w.is_retracted, w.is_hyperauthored, sum(wc.credit) as credit,
        bool_or(wc.is_first) as has_first, bool_or(wc.is_corr) as has_corr
    from wc join reporters r using (country_code) join w using (work_id) group by all
"""
# reporter x paper x each place where the paper is counted
_PLACES = f"""
    with rw as ({_RW})
    select reporter_code, reporter_name, y, work_id, 'all' as dimension, 'ALL' as id from rw
    union all select reporter_code, reporter_name, y, work_id, 'topic', topic from rw
    union all select distinct reporter_code, reporter_name, y, work_id, 'funder_class', class
        from rw join wf using (work_id)
    union all select reporter_code, reporter_name, y, work_id, 'institution_b', institution_id
        from rw join wi using (work_id) where country_code = 'CN'
    union all select rw.reporter_code, rw.reporter_name, y, work_id, 'institution_a', institution_id
        from rw join wi using (work_id)
        join reporters r on r.reporter_code = rw.reporter_code and r.country_code = wi.country_code
"""


def _marts(origin: DataOrigin) -> dict[str, str]:
    """SQL of each published table, over the plain tables."""
    rw = _RW
    military = """
        select wm.work_id, wm.body_id, d.definition_code, d.definition_order, b.listing_basis
        from wm join w using (work_id) join definitions d using (category)
        join (values ('today'), ('at_publication')) b (listing_basis)
            on b.listing_basis = 'today' or w.y >= wm.from_year
    """
    military_funding = f"""
        with rw as ({rw}),
        links as (
            select distinct work_id, definition_code, definition_order, listing_basis from ({military})
        ),
        paid as (
            select work_id, class from wf union select work_id, 'ALL' from wf
        ),
        wholes as (
            select reporter_code, y, definition_code, listing_basis, count(*) as linked,
                count(*) filter (work_id in (select work_id from wf)) as funded
            from rw join links using (work_id) group by all
        ),
        classes as (select reporter_code, y, class, count(*) as n from rw join paid using (work_id) group by all),
        found as (
            select reporter_code, reporter_name, y, definition_code, definition_order, listing_basis, class,
                count(*) as n
            from rw join links using (work_id) join paid using (work_id) group by all
        )
        select f.reporter_code, f.reporter_name, f.y::smallint as publication_year, f.definition_code,
            f.definition_order::int as definition_order, f.listing_basis, f.class as funder_class,
            if(f.class = 'ALL', 'Any funder', label) as funder_class_name, f.n as papers,
            w.funded as linked_papers_with_funding,
            w.linked as military_linked_papers, c.n as papers_of_class,
            f.n / w.funded as share_of_linked_papers_with_funding, f.n / c.n as share_of_class_papers,
            w.funded / w.linked as disclosed_share, least(w.funded, c.n) < 25 as is_small_cell
        from found f join wholes w using (reporter_code, y, definition_code, listing_basis)
        join classes c using (reporter_code, y, class) left join labels using (class)
    """
    military_links = f"""
        with rw as ({rw}),
        links as ({military}),
        places as ({_PLACES}),
        wholes as (select reporter_code, y, dimension, id, count(*) as joint from places group by all),
        linked as (select distinct work_id, definition_code, definition_order, listing_basis from links),
        found as (
            select reporter_code, reporter_name, y, definition_code, definition_order, listing_basis, dimension, id,
                count(*) as n
            from places join linked using (work_id) group by all
            union all
            select reporter_code, reporter_name, y, definition_code, definition_order, listing_basis, 'body',
                body_id, count(distinct work_id)
            from rw join links using (work_id) group by all
        ),
        with_wholes as (
            select f.*, w.joint from found f join wholes w on w.reporter_code = f.reporter_code and w.y = f.y
                and w.dimension = if(f.dimension = 'body', 'all', f.dimension)
                and w.id = if(f.dimension = 'body', 'ALL', f.id)
        )
        select reporter_code, reporter_name, y as publication_year, definition_code, definition_order::int as
            definition_order, listing_basis, dimension, id as dimension_id,
            case dimension
                when 'all' then 'All' when 'body' then 'Invented body ' || id when 'topic' then topic_name
                when 'funder_class' then label else 'Invented ' || id
            end as dimension_name,
            n as military_linked_papers, n as papers_without_hospitals, n as papers_with_hospitals,
            joint as joint_papers, n / joint as share_of_joint_papers, joint < 25 as is_small_cell
        from with_wholes
        left join labels on class = id
        left join ({_TOPIC_NAMES}) t (topic_id, topic_name, subfield_id, subfield_name) on topic_id = id
    """
    topics = f"""
        with rw as ({rw}),
        wholes as (select reporter_code, y, count(*) as joint from rw group by all),
        names (topic, topic_name, subfield, subfield_name) as ({_TOPIC_NAMES}),
        found as (
            select reporter_code, reporter_name, y, 'topic' as level, topic as id, topic_name as name, count(*) as n
            from rw join names using (topic) group by all
            union all
            select reporter_code, reporter_name, y, 'subfield', subfield, subfield_name, count(*)
            from rw join names using (topic) group by all
        )
        select reporter_code, reporter_name, 'CHINA' as partner_code, y as publication_year, level, id as topic_id,
            name as topic_name, id = 'T2' as is_sensitive_topic, n as joint_papers, joint as reporter_joint_papers,
            n / joint as share_of_joint_papers, joint < 25 as is_small_cell
        from found join wholes using (reporter_code, y)
    """
    return {
        "fct_works": f"""
            select work_id, 'Invented work ' || work_id as title, y as publication_year, day as publication_date,
                if(is_preprint, 'preprint', 'article') as work_type, if(is_english, 'en', 'zh') as language,
                is_retracted,
                false as is_paratext, if(is_hyperauthored, 101, 3) as authors_count, false as is_authors_truncated,
                is_hyperauthored, is_preprint, is_english, false as has_dual_affiliation, '' as country_corrections,
                topic as primary_topic_id, 'journal' as source_type,
                'Invented Press ' || hash(work_id) % 2 as publisher_name, 1 as cited_by_count, 0.5 as fwci,
                2 as referenced_works_count, true as is_in_subject, true as is_in_scope, true as is_joint,
                true as is_joint_without_dual, '{BATCH}' as batch_id
            from w
        """,
        "fct_work_countries": """
            select work_id, country_code, 1 as authors, if(country_code = 'ZZ', null, 'institution') as country_basis,
                is_first as is_of_first_author, is_corr as is_of_corresponding_author, credit,
                credit as credit_by_affiliation, credit as credit_by_country
            from wc
        """,
        "fct_work_institutions": "select work_id, institution_id, true as is_named, 1 as authors from wi",
        "fct_work_funding": """
            select work_id, funder_id, class as funder_class, 'funder_id' as recognised_by, 1 as awards,
                'X' || rowid as award_numbers
            from wf
        """,
        "fct_work_awards": """
            select work_id, funder_id, 'X' || rowid as award_number, 'funder_id' as recognised_by from wf
        """,
        "fct_work_military_links": """
            select work_id, body_id, 'affiliation_string' as link_method, category, true as is_listed_today,
                y >= from_year as is_listed_at_publication, 'demo' as lists_today,
                if(y >= from_year, 'demo', '') as lists_at_publication
            from wm join w using (work_id)
        """,
        "dim_country": """
            select country_code, country_name, region, true as is_known_code, iso3_code as country_iso3,
                iso_numeric_code as country_iso_numeric, capital_name, latitude, longitude, side,
                case side when 'side_a' then 'EUROPE' when 'side_b' then 'CHINA' end as side_code,
                case side when 'side_a' then 'Europe' when 'side_b' then 'China' end as side_name
            from seed_countries
            left join seed_country_places using (country_code)
            left join (
                select country_code, min(scope_role) as side from seed_scope_groups
                where scope_role in ('side_a', 'side_b') group by country_code
            ) using (country_code)
        """,
        "dim_reporter": """
            select row_number() over (order by reporter_code <> 'EUROPE', not is_group, reporter_name)
                    as reporter_order,
                reporter_code, reporter_name, if(is_group, 'group', 'country') as reporter_kind,
                reporter_code = 'EUROPE' as is_side_a, if(is_group, null, reporter_code) as country_iso2,
                iso3_code as country_iso3, iso_numeric_code as country_iso_numeric,
                if(is_group, null, reporter_code in ('AT', 'BG', 'DE')) as is_eu_member, capital_name, latitude,
                longitude
            from (select distinct reporter_code, reporter_name, is_group from reporters)
            left join seed_country_places on reporter_code = country_code
        """,
        "dim_military_definition": """
            select distinct definition_order, definition_code, code_name as definition_name, description
            from seed_military_definitions
            join seed_code_names on code = definition_code and code_kind = 'military_definition'
        """,
        "dim_military_category": """
            select code_order as category_order, code as category, code_name as category_name, description,
                definition_code as narrowest_definition_code
            from seed_code_names left join seed_military_definitions on category = code
            where code_kind = 'military_category'
        """,
        "dim_listing_basis": _named("listing_basis", "basis_order", "listing_basis", "basis_name"),
        "dim_link_method": _named("link_method", "method_order", "link_method", "link_method_name"),
        "dim_funder_recognition": _named(
            "funder_recognition", "recognition_order", "recognised_by", "recognised_by_name"
        ),
        "dim_funder_class": """
            select row_number() over () as class_order, * from seed_funder_class_labels
        """,
        "dim_programme": """
            select programme_code, min(programme_name) as programme_name from seed_award_patterns
            where programme_code is not null group by programme_code
        """,
        "dim_country_group": """
            with members as (
                select group_code, group_name, country_code, valid_from::date as valid_from, valid_to::date as valid_to
                from seed_country_groups
                union all
                select distinct group_code, null, country_code, null::date, null::date
                from seed_scope_groups anti join seed_country_groups using (group_code, country_code)
            ),
            roles as (
                select group_code, string_agg(distinct scope_role, '; ' order by scope_role) as scope_role,
                    if(group_code = 'CHINA', 'China', upper(group_code[1]) || lower(group_code[2:])) as name
                from seed_scope_groups group by group_code
            )
            select group_code, country_code, coalesce(group_name, name) as group_name, valid_from, valid_to, scope_role
            from members left join roles using (group_code)
        """,
        "dim_counting_method": "from seed_counting_methods",
        "dim_work_selection": "from seed_work_selections",
        "dim_day": """
            select unnest(generate_series(date '2017-01-01', date '2022-12-31', interval 1 day))::date as date_day,
                year(date_day) as publication_year, date_trunc('month', date_day) as publication_month
        """,
        "dim_topic": f"""
            select topic_id, topic_name, subfield_id, subfield_name, true as is_in_subject,
                if(topic_id = 'T2', 'invented_label', null) as sensitive_label, topic_id = 'T2' as is_sensitive_topic
            from ({_TOPIC_NAMES}) t (topic_id, topic_name, subfield_id, subfield_name)
        """,
        "dim_institution": """
            select distinct institution_id, 'Invented ' || institution_id as institution_name, country_code,
                false as has_source_record
            from wi
        """,
        "dim_funder": """
            select funder_id, funder_name, country_code, funder_class, funder_class_name,
                area_code as funder_class_area_code, 'funder_id' as class_matched_by, false as has_source_record
            from seed_funder_classes join seed_funder_class_labels using (funder_class)
            where funder_id in (select funder_id from wf)
        """,
        "dim_military_body": """
            select body_id, body_name, country_code, category, definition_code as narrowest_definition_code, ror,
                openalex_id as institution_id, false as is_institution_in_data
            from seed_military_bodies
            left join (
                select category, definition_code from seed_military_definitions
            ) using (category)
        """,
        "dim_military_list": """
            select list_id, any_value(list_name) as list_name, any_value(publisher) as publisher,
                any_value(kind) as list_kind, any_value(seed_military_lists.source_url) as source_url,
                any_value(seed_military_lists.as_of)::date as as_of_date, count(distinct body_id) as bodies
            from seed_military_lists left join seed_military_list_membership using (list_id) group by list_id
        """,
        "bridge_military_body_lists": """
            select body_id, list_id, row_number() over (partition by body_id, list_id) as listing_number,
                coalesce(listed_as, '') as listed_as, valid_from::date as valid_from, valid_to::date as valid_to,
                coalesce(valid_to::date > current_date, true) as is_listed_today
            from seed_military_list_membership
        """,
        "mart_copublication_trends": f"""
            with rw as ({rw}),
            selected as (
                select *, unnest([
                    'all', if(not is_hyperauthored, 'without_hyperauthored', null),
                    if(not is_retracted, 'without_retracted', null), if(not is_preprint, 'without_preprints', null),
                    'without_dual_affiliations', if(is_english, 'english_only', null),
                    if(has_first, 'first_author_reporter', null),
                    if(work_id in (select work_id from wc where is_first and country_code = 'CN'),
                        'first_author_partner', null),
                    if(has_corr, 'corresponding_author_reporter', null), 'corresponding_author_partner'
                ]) as selection
                from rw
            ),
            counts as (
                select reporter_code, y, selection, count(*)::double as full_count, sum(credit) as credit
                from selected group by all
            ),
            spine as (
                select distinct reporter_code, reporter_name, is_group, y::smallint as y, counting_method as method,
                    work_selection as selection
                from reporters, range(2017, 2023) t (y), seed_counting_methods, seed_work_selections
            ),
            counted as (
                select s.*, coalesce(if(s.method = 'full', c.full_count, c.credit), 0) as joint,
                    coalesce(e.full_count, 0) as everything, coalesce(a.full_count, 0) as of_all
                from spine s
                left join counts c using (reporter_code, y, selection)
                left join counts e on e.reporter_code = 'EUROPE' and e.y = s.y and e.selection = s.selection
                left join counts a on a.reporter_code = s.reporter_code and a.y = s.y and a.selection = 'all'
            ),
            with_totals as (
                select *, if(selection = 'all', 1000 + of_all * 10, null)::bigint as papers,
                    if(selection = 'all', 5000, null)::bigint as of_partner,
                    selection = 'all' and method = 'full' as has_share
                from counted
            )
            select reporter_code, reporter_name, is_group, reporter_code = 'EUROPE' as is_side_a,
                'CHINA' as partner_code, 'China' as partner_name,
                y as publication_year, method as counting_method, selection as work_selection, joint as joint_papers,
                everything as all_joint_papers, joint / nullif(everything, 0) as share_of_joint_papers,
                papers as reporter_papers, of_partner as partner_papers,
                if(selection = 'all', of_all, null)::bigint as joint_papers_of_source,
                if(has_share, joint / papers, null) as share_of_reporter_papers,
                if(has_share, 'source', null) as reporter_share_basis,
                if(has_share, joint / of_partner, null) as share_of_partner_papers,
                if(has_share, 'source', null) as partner_share_basis,
                joint / nullif(lag(joint) over by_year, 0) - 1 as growth_on_year_before,
                joint / nullif(first_value(joint) over by_year, 0) - 1 as growth_since_first_year,
                if(y = 2017, null, pow(joint / nullif(first_value(joint) over by_year, 0), 1.0 / (y - 2017)) - 1)
                    as annual_growth_since_first_year,
                100 * joint / nullif(first_value(joint) over by_year, 0) as first_year_index,
                true as is_complete_year, joint < 25 as is_small_cell
            from with_totals
            window by_year as (partition by reporter_code, method, selection order by y)
        """,
        "mart_copublication_monthly": f"""
            with rw as ({rw}),
            counts as (
                select reporter_code, date_trunc('month', day)::date as month, count(*)::double as full_count,
                    count(*) filter (where dayofyear(day) = 1) as on_january_1, sum(credit) as credit
                from rw group by all
            ),
            months as (
                select unnest(generate_series(min(month), max(month), interval 1 month))::date as month from counts
            ),
            counted as (
                select r.*, months.month, counting_method as method, coalesce(c.on_january_1, 0) as on_january_1,
                    coalesce(if(counting_method = 'full', c.full_count, c.credit), 0) as joint
                from (select distinct reporter_code, reporter_name, is_group from reporters) r
                cross join months cross join seed_counting_methods
                left join counts c on c.reporter_code = r.reporter_code and c.month = months.month
            )
            select reporter_code, reporter_name, is_group, 'CHINA' as partner_code, 'China' as partner_name,
                month as publication_month, method as counting_method, joint as joint_papers,
                on_january_1 as papers_on_january_1,
                if(count(*) over twelve = 12, sum(joint) over twelve, null) as joint_papers_in_12_months,
                joint / nullif(lag(joint, 12) over by_month, 0) - 1 as growth_on_year_before,
                true as is_complete_month, joint < 25 as is_small_cell
            from counted
            window by_month as (partition by reporter_code, method order by month),
                twelve as (
                    partition by reporter_code, method order by month rows between 11 preceding and current row
                )
        """,
        "mart_country_relations": """
            with own as (from totals where total_kind in ('country', 'group') and group_code <> 'CHINA'),
            both_sides as (from totals where total_kind in ('partner', 'group_partner') and papers > 0),
            found as (
                select b.group_code as code, b.total_kind = 'group_partner' as is_group, b.y, b.papers as joint,
                    own.papers as own_papers
                from both_sides b join own on own.group_code = b.group_code and own.y = b.y
            )
            select code as country_code, coalesce(reporter_name, country_name) as country_name, found.is_group,
                reporter_name is not null as is_reporter, 'CHINA' as partner_code, 'China' as partner_name,
                y as publication_year, joint as joint_papers, own_papers as country_papers, 5000 as partner_papers,
                20000 as world_papers,
                1 + (
                    select count(*) from found others
                    where others.y = found.y and not others.is_group and others.joint > found.joint
                        and not (found.is_group and others.code in (
                            select country_code from reporters where reporter_code = found.code
                        ))
                ) as partner_rank,
                'source' as count_basis, joint / sqrt(own_papers * 5000.0::double) as salton_cosine,
                own_papers * 5000.0::double / 20000 as expected_papers,
                joint / (own_papers * 5000.0::double / 20000) as relative_intensity,
                true as is_complete_year, joint < 25 as is_small_cell
            from found
            left join (select distinct reporter_code as code, reporter_name from reporters) r using (code)
            left join seed_countries on seed_countries.country_code = code
        """,
        "mart_institution_pairs": """
            with pairs as (
                select a.institution_id as a, a.country_code as ac, b.institution_id as b, w.y, count(*) as n
                from wi a join wi b using (work_id) join w using (work_id)
                where a.country_code <> 'CN' and b.country_code = 'CN' group by all
            ),
            ranked as (select a, ac, b, sum(n)::bigint as total,
                row_number() over (partition by ac order by sum(n) desc, a, b) as r from pairs group by a, ac, b)
            select a as institution_a_id, 'Invented ' || a as institution_a_name, ac as institution_a_country_code,
                b as institution_b_id, 'Invented ' || b as institution_b_name, 'CN' as institution_b_country_code,
                y as publication_year, n as joint_papers, total as joint_papers_all_years, r as rank_in_country_a
            from pairs join ranked using (a, ac, b)
        """,
        "mart_funding_sources": f"""
            with rw as ({rw}),
            levels as (
                select work_id, 'any' as level, 'ALL' as class, 'ALL' as funder from wf
                union select work_id, 'side', if(class like 'cn_%', 'CHINA', 'EUROPE'), 'ALL' from wf
                union select work_id, 'joint', 'ALL', 'ALL' from wf group by work_id
                    having count(distinct class like 'cn_%') = 2
                union select work_id, 'class', class, 'ALL' from wf
                union select work_id, 'funder', class, funder_id from wf
            ),
            wholes as (
                select reporter_code, reporter_name, y, count(*) as joint,
                    count(*) filter (work_id in (select work_id from wf)) as funded from rw group by all
            ),
            found as (
                select reporter_code, y, level, class, funder, count(*) as n
                from rw join levels using (work_id) group by all
            )
            select reporter_code, reporter_name, y as publication_year, level, class as funder_class,
                funder as funder_id,
                case level
                    when 'any' then 'Any funder'
                    when 'joint' then 'Funders of both sides'
                    when 'side' then 'Funders of ' || if(class = 'CHINA', 'China', 'Europe')
                    when 'class' then label
                    else 'Invented fund ' || funder
                end as funder_name,
                n as papers,
                funded as papers_with_funding, joint as joint_papers, n / funded as share_of_papers_with_funding,
                funded / joint as disclosed_share, funded < 25 as is_small_cell
            from found join wholes using (reporter_code, y) left join labels using (class)
        """,
        "mart_funding_coverage": f"""
            with rw as ({rw}),
            places as (
                select work_id, 'all' as dimension, 'ALL' as place from w
                union all select work_id, 'publisher', 'Invented Press ' || hash(work_id) % 2 from w
                union all select work_id, 'source_type', 'journal' from w
            )
            select reporter_code, reporter_name, y as publication_year, dimension, place as dimension_value,
                count(*) as joint_papers, count(*) filter (work_id in (select work_id from wf)) as papers_with_funding,
                papers_with_funding as papers_with_funder_id, 0::bigint as papers_recognised_otherwise,
                0::bigint as papers_with_unrecognised_funders, papers_with_funding / joint_papers as disclosed_share,
                joint_papers < 25 as is_small_cell
            from rw join places using (work_id) group by all
        """,
        "mart_funder_institutions": """
            with levels as (
                select work_id, 'class' as level, class, 'ALL' as funder from wf
                union select work_id, 'funder', class, funder_id from wf
            ),
            found as (
                select institution_id, country_code, level, class, funder, count(*) as n
                from wi join levels using (work_id) group by all
            ),
            wholes as (
                select institution_id, count(*) as joint,
                    count(*) filter (work_id in (select work_id from wf)) as funded
                from wi group by all
            )
            select institution_id, 'Invented ' || institution_id as institution_name, country_code,
                if(country_code = 'CN', 'CHINA', 'EUROPE') as side_code, level, class as funder_class,
                funder as funder_id,
                if(level = 'funder', 'Invented fund ' || funder, coalesce(label, class)) as funder_name,
                n as papers, funded as papers_with_funding, joint as joint_papers,
                n / funded as share_of_papers_with_funding, funded / joint as disclosed_share,
                funded < 25 as is_small_cell
            from found join wholes using (institution_id) left join labels using (class)
        """,
        "mart_military_links": military_links,
        "mart_military_funding": military_funding,
        **_linked_papers(military_links, military_funding),
        "mart_topic_collaboration": topics,
        **_joint_papers_by_topic(topics),
        "mart_headline_figures": f"""
            with seed as (
                select * replace (published_value::double as published_value) from seed_headline_figures
                where not contains(figure_id, '{{')
            ),
            computed as (
                select 'joint_papers' as figure_id, count(*)::double as value from w
                union all select 'joint_papers_' || y, count(*) from w group by y
                union all select 'military_linked_papers', count(distinct work_id) from wm
                union all select 'military_linked_share',
                    (select count(distinct work_id) from wm) / (select nullif(count(*), 0) from w)
                union all select 'papers_with_funding_share',
                    (select count(distinct work_id) from wf) / (select nullif(count(*), 0) from w)
            ),
            growth as (
                select 1000 + row_number() over (order by country_code)::int as figure_order,
                    'growth_' || country_code as figure_id, 'volume' as section,
                    'Growth of joint papers of ' || reporter_name || ', 2017 to 2022' as figure, 'rate' as unit,
                    '2017-2022' as period, null::double as published_value, '' as published_qualifier,
                    '' as published_source, 'Joint papers 2022 / 2017 - 1' as definition, country_code
                from reporters where not is_group
            ),
            counts as (select country_code, y, count(*) as n from wc join w using (work_id) group by all),
            members as (
                select 'country' as for_each, 'side_a' as each_of, reporter_code as code, null::double as value
                from reporters where not is_group
                union all
                select 'body', unnest([category, body_id]), body_id,
                    (select count(distinct work_id) from wm where wm.body_id = bodies.body_id)::double
                from seed_military_bodies as bodies
            ),
            many as (
                select seed.figure_order::int + row_number() over (partition by seed.figure_order order by code) - 1
                        as figure_order,
                    replace(replace(seed.figure_id, '{{code}}', code), '{{lower_code}}', lower(code)) as figure_id,
                    section, figure, unit, period, definition, members.value
                from seed_headline_figures as seed join members using (for_each, each_of)
                where contains(seed.figure_id, '{{') and seed.measure <> 'joint_papers'
            ),
            without_row_of_its_own as (
                from many where figure_id not in (select figure_id from seed_headline_figures)
            )
            select seed.figure_order::int as figure_order, figure_id, section, figure, unit, period::text as period,
                published_value::double as published_value, coalesce(published_qualifier, '') as published_qualifier,
                coalesce(published_source, '') as published_source, value as computed_value,
                if(coalesce(no_difference_because, '') = '', value - published_value, null) as difference,
                difference / published_value as relative_difference, false as is_small_cell,
                value is not null as is_computable,
                if(value is null, 'The scope of this small candidate has no such figure.', '') as why_not_computable,
                definition, '' as note,
                '{origin}' as data_origin
            from seed left join computed using (figure_id)
            union all
            select figure_order, figure_id, section, figure, unit, period, published_value, published_qualifier,
                published_source, late.n / early.n - 1, null, null,
                coalesce(least(early.n, late.n) < 25, false), coalesce(late.n / early.n is not null, false),
                if(late.n / early.n is null, 'There are no joint papers in the first year.', ''), definition, '',
                '{origin}'
            from growth left join (from counts where y = 2017) early using (country_code)
            left join (from counts where y = 2022) late using (country_code)
            union all
            select figure_order::int, figure_id, section, figure, unit, period::text, null, '', '', value, null, null,
                false, value is not null,
                if(value is null, 'The scope of this small candidate has no such figure.', ''), definition, '',
                '{origin}'
            from without_row_of_its_own
        """,
        "mart_ops_batches": f"""
            select '{BATCH}' as batch_id, 'works' as entity, 'all' as window_id, '' as source,
                '{origin}' as data_origin, count(*) + 2 as records_in, count(*) as records_typed,
                2 as records_quarantined
            from w
        """,
        "mart_ops_coverage": """
            with items as (
                select 'funders_without_source_record' as measure, count(distinct funder_id) as n from wf
                union all select 'institutions_without_source_record', count(distinct institution_id) from wi
                union all select 'joint_papers_without_funder', count(*) from w
                    where work_id not in (select work_id from wf)
                union all select 'works_without_topic', count(*) from w where topic is null
                union all select 'military_bodies_without_ror', count(*) from seed_military_bodies where ror is null
            ),
            wholes as (
                select unit, case unit
                    when 'works' then (select count(*) from w) when 'joint papers' then (select count(*) from w)
                    when 'work fundings' then (select count(*) from wf)
                    when 'funders' then (select count(distinct funder_id) from wf)
                    when 'institutions' then (select count(distinct institution_id) from wi)
                    when 'country codes' then (select count(*) from seed_countries)
                    when 'bodies' then (select count(*) from seed_military_bodies) else 0
                end as of_items
                from (select distinct unit from seed_coverage_measures)
            )
            select measure, unit, coalesce(n, 0) as items, of_items, coalesce(n, 0) / nullif(of_items, 0) as share,
                if(n > 0, 'an example', '') as example_ids, description, what_to_do
            from seed_coverage_measures join wholes using (unit) left join items using (measure)
            union all
            select 'quarantined_works_no_year', 'records', 2, count(*) + 2, 2 / (count(*) + 2), 'W900; W901',
                'Records without a year.', 'Nothing.'
            from w
        """,
    }


def _funding_marts(of_several: dict[str, str]) -> dict[str, str]:
    """SQL of the funding marts of one grain: rows of those of several, and zeros where a year has none."""
    years = "(select distinct reporter_code, reporter_name, y from reporters, range(2017, 2023) t (y))"
    recognised = ("papers_with_funder_id", "papers_recognised_otherwise", "papers_with_unrecognised_funders")
    counts = ", ".join(f"coalesce({one}, 0) as {one}" for one in ("joint_papers", "papers_with_funding", *recognised))
    disclosure = f"""
        select reporter_code, reporter_name, y as publication_year, {counts},
            coalesce(papers, 0) as papers_with_funders_of_both_sides, coverage.disclosed_share,
            coalesce(coverage.is_small_cell, true) as is_small_cell
        from {years} years
        left join (
            select * exclude (reporter_name), publication_year as y from ({of_several["mart_funding_coverage"]})
            where dimension = 'all'
        ) coverage using (reporter_code, y)
        left join (
            select reporter_code, publication_year as y, papers from ({of_several["mart_funding_sources"]})
            where level = 'joint'
        ) of_both using (reporter_code, y)
    """

    def by_funders(level: str, parts: str, same_part: str) -> str:
        """`parts`: reporter x what papers are counted by; `same_part`: which of `found` is of it."""
        return f"""
            with found as (from ({of_several["mart_funding_sources"]}) where level = '{level}'),
            parts as ({parts})
            select whole.reporter_code, whole.reporter_name, whole.publication_year, parts.* exclude (reporter_code),
                coalesce(found.papers, 0) as papers, whole.papers_with_funding, whole.joint_papers,
                coalesce(found.papers, 0) / nullif(whole.papers_with_funding, 0) as share_of_papers_with_funding,
                whole.disclosed_share, whole.papers_with_funding < 25 as is_small_cell
            from ({disclosure}) whole join parts on parts.reporter_code = whole.reporter_code
            left join found
                on found.reporter_code = whole.reporter_code and found.publication_year = whole.publication_year
                    and {same_part}
        """

    def by_place(dimension: str, column: str) -> str:
        return f"""
            with found as (from ({of_several["mart_funding_coverage"]}) where dimension = '{dimension}'),
            places as (select distinct reporter_code, dimension_value from found)
            select years.reporter_code, years.reporter_name, years.y as publication_year,
                places.dimension_value as {column}, {counts}, disclosed_share,
                coalesce(is_small_cell, true) as is_small_cell
            from {years} years join places on places.reporter_code = years.reporter_code
            left join found
                on found.reporter_code = years.reporter_code and found.publication_year = years.y
                    and found.dimension_value = places.dimension_value
        """

    receiving = f"from ({of_several['mart_funder_institutions']})"
    everyone = "(select distinct reporter_code from reporters) r"
    return {
        "mart_funding_disclosure": disclosure,
        "mart_funding_by_side": by_funders(
            "side",
            f"from {everyone}, (values ('CHINA', 'China'), ('EUROPE', 'Europe')) t (side_code, side_name)",
            "found.funder_class = parts.side_code",
        ),
        "mart_funding_by_class": by_funders(
            "class",
            f"select reporter_code, funder_class, funder_class_name from {everyone}, seed_funder_class_labels",
            "found.funder_class = parts.funder_class",
        ),
        "mart_funding_by_funder": by_funders(
            "funder",
            "select distinct reporter_code, funder_id, funder_name, funder_class from found",
            "found.funder_id = parts.funder_id",
        ),
        "mart_funding_by_publisher": by_place("publisher", "publisher_name"),
        "mart_funding_by_source_type": by_place("source_type", "source_type"),
        "mart_institution_funder_classes": f"""
            select * rename (funder_name as funder_class_name) {receiving} where level = 'class'
        """,
        "mart_institution_funders": f"{receiving} where level = 'funder'",
    }


def _typed(origin: DataOrigin) -> dict[str, str]:
    """SQL of each typed table that has rows, over the plain tables."""
    return {
        "works": f"""
            select work_id, title, publication_year, publication_date, work_type, language, is_retracted, is_paratext,
                authors_count, is_authors_truncated, primary_topic_id, source_type, publisher_name, cited_by_count,
                fwci, referenced_works_count
            from ({_marts(origin)["fct_works"]})
        """,
        "authorship_countries": "select work_id, 1 as author_index, country_code from wc where country_code <> 'ZZ'",
        "authorship_institutions": "select work_id, 1 as author_index, institution_id, country_code from wi",
        "affiliation_strings": "select distinct work_id, 1 as author_index, 'Here' as raw_affiliation_string from wc",
        "work_funders": "select work_id, funder_id, 'funders' as source_field from wf",
        "totals": "select * exclude (y), y as publication_year from totals",
        "quarantine": """
            select 'works' as entity, 'W' || n as record_id, 'no_year' as reason_code, 'no year' as reason
            from range(900, 902) t (n)
        """,
    }


_models = cache(published)


def contract_columns() -> dict[str, list[tuple[str, str, str]]]:
    """Table -> (column, type, description) as its contract states them."""
    return {
        name: [(one["name"], one["data_type"], one["description"]) for one in model["columns"]]
        for name, model in _models().items()
    }


def contract_grain() -> dict[str, str]:
    """Table -> grain as its contract states it."""
    return {name: model["config"]["meta"]["grain"] for name, model in _models().items()}


def make_candidate(
    settings: Settings,
    *,
    run_id: str | None = None,
    works: int = 300,
    seed: int = 1,
    origin: DataOrigin = "synthetic",
    fetch_version: str = "v1",
    lacking: Iterable[str] = (),
) -> str:
    """Write `build/<run_id>/` with marts and lineage; returns the run id. With `works=0` the marts are empty; what no
    work has is `lacking`, of `LACKING`."""
    run_id = run_id or new_ulid()
    write_scope(settings)
    folder = settings.build_dir / run_id
    (folder / "marts").mkdir(parents=True)
    scope = ResolvedScope.load(settings.resolved_scope_file)
    write_tables(_with_invented_rows(tables_in_use(settings.seeds, settings.extra_lists, scope)), folder / "reference")
    with duckdb.connect() as db:
        for file in (folder / "reference").glob("*.csv"):
            db.execute(
                f"create view seed_{file.stem} as from read_csv({quoted(file)}, header = true, all_varchar = true)"
            )
        _base_tables(db, works, seed)
        for what in lacking:
            db.execute(LACKING[what])
        _totals(db)
        marts = _marts(origin)
        tables = marts | _funding_marts(marts) | bi_models()
        # those of models/bi last, since they read the others
        for name in [*(contract_columns().keys() - bi_models().keys()), *bi_models()]:
            target = folder / "marts" / f"{name}.parquet"
            query = _in_contract(db, name, tables.get(name, "select 1 as nothing where false"))
            db.execute(f"copy ({query} order by {contract_grain()[name]}) to '{target}' (format parquet)")
            db.execute(f"create view {name} as from read_parquet('{target}')")
        write_typed_batch(settings, db, works, origin)
    write_lineage(settings, run_id, works=works, origin=origin, fetch_version=fetch_version)
    return run_id


@cache
def _suites() -> dict[str, Suite]:
    return load_suites()


def _in_contract(db: duckdb.DuckDBPyConnection, table: str, sql: str) -> str:
    """The rows of `sql` with the columns of the contract; those that it lacks are empty, or the same in every row."""
    suite = _suites()[table]
    given = {column for column, *_ in db.execute(f"describe {sql}").fetchall()}
    columns = []
    for column, kind, _ in contract_columns()[table]:
        filled = "''" if column in suite.may_be_blank else _FILLED.get(kind, "0")
        value = column if column in given else "null" if column in suite.nullable else filled
        columns.append(f"({value})::{kind} as {column}")
    return f"select {', '.join(columns)} from ({sql})"


def _with_invented_rows(tables: Tables) -> Tables:
    """The reference tables with the bodies, their list, the funders and the topic of these works."""

    def added(table: str, *rows: Row) -> list[Row]:
        return [*tables[table], *({column: row.get(column, "") for column in tables[table][0]} for row in rows)]

    invented = {"source": "invented", "as_of": "2026-01-01"}
    bodies = [
        {"body_id": body, "body_name": f"Invented body {body}", "country_code": "CN", "category": category, **invented}
        for body, category in BODIES.items()
    ]
    listings = [
        {"body_id": body, "list_id": "demo", "valid_from": "2019-01-01", "as_of": "2026-01-01"} for body in BODIES
    ]
    funders = [
        {"funder_id": funder, "funder_name": f"Invented fund {funder}", "funder_class": name, **invented}
        for funder, name in FUNDERS.items()
    ]
    demo = {"list_id": "demo", "list_name": "DEMO list", "publisher": "Nobody", "kind": "designation"}
    return {
        **tables,
        "military_bodies": added("military_bodies", *bodies),
        "military_lists": added("military_lists", {**demo, "source_url": "https://example.org/list", **invented}),
        "military_list_membership": added("military_list_membership", *listings),
        "funder_classes": added("funder_classes", *funders),
        "sensitive_topics": added("sensitive_topics", {"topic_id": "T2", "label": "invented_label", **invented}),
    }


def _totals(db: duckdb.DuckDBPyConnection) -> None:
    """The source's answers: of each reporter a thousand papers and ten times those with side B; the USA too."""
    db.execute(
        """
        create table totals as
        with joint as (
            select reporter_code, is_group, r.y, count(distinct work_id) as papers
            from (select *, unnest(range(2017, 2023))::smallint as y from reporters) r
            left join (from wc join w using (work_id)) c on c.country_code = r.country_code and c.y = r.y group by all
        )
        select if(is_group, 'group', 'country') as total_kind, '' as condition_code, reporter_code as group_code, y,
            1000 + 10 * papers as papers
        from joint
        union all
        select if(is_group, 'group_partner', 'partner'), 'CHINA', reporter_code, y, papers from joint
        union all
        select kind, condition, code, y, papers from range(2017, 2023) t (y), (
            values ('group', '', 'CHINA', 5000), ('world', '', 'WORLD', 20000), ('country', '', 'US', 3000),
                ('partner', 'CHINA', 'US', 500)
        ) c (kind, condition, code, papers)
        """
    )
    db.execute(
        "create view labels as select funder_class as class, funder_class_name as label from seed_funder_class_labels"
    )


def write_typed_batch(settings: Settings, db: duckdb.DuckDBPyConnection, works: int, origin: DataOrigin) -> None:
    """The typed batch that the works came in."""
    folder = settings.typed_zone / f"batch={BATCH}"
    folder.mkdir(parents=True, exist_ok=True)
    rows = {}
    for table, columns in TABLES.items():
        sql = _typed(origin).get(table, "select 1 as nothing where false")
        given = {column for column, *_ in db.execute(f"describe {sql}").fetchall()}
        chosen = [f"{name if name in given else 'null'}::{kind} as {name}" for name, kind in columns[1:]]
        chosen.insert(0, f"'{BATCH}' as batch_id")
        (written,) = db.execute(
            f"copy (select {', '.join(chosen)} from ({sql})) to '{folder}/{table}.parquet' (format parquet)"
        ).fetchall()
        rows[table] = written[0]
    TypedManifest(
        batch_id=BATCH,
        entity="works",
        data_origin=origin,
        scope_id="test",
        fetch_version="v1",
        window_id="all",
        raw_manifest_sha256="",
        records_in=works + 2,
        records_typed=works,
        records_quarantined=2,
        rows=rows,
        unknown_fields={},
        flattened_at=datetime.now(UTC),
    ).save(folder / "_typed.json")


def write_scope(settings: Settings) -> None:
    """`scope.json` as the ingest leaves it: who is in which group."""
    groups = {code: Group(code=code, name=code.title(), countries=members) for code, members in GROUPS.items()}
    ResolvedScope(
        scope_id="test",
        fetch_version="v1",
        title="Invented papers, Europe with China",
        admit="scope",
        subject_id="ai",
        subject_version=1,
        subject_title="Artificial intelligence",
        topics=(),
        topic_chunks=((),),
        side_a=groups["EUROPE"],
        side_b=Group(code="CHINA", name="China", countries=("CN",)),
        groups=(groups["EU27"],),
        year_from=YEARS[0],
        year_to=YEARS[-1],
        windows=Windows(
            by="year", recent_by="year", recent_years=0, revisit_recent_days=1, revisit_old_days=1, max_records=100
        ),
    ).save(settings.resolved_scope_file)


def write_lineage(
    settings: Settings, run_id: str, *, works: int = 300, origin: DataOrigin = "synthetic", fetch_version: str = "v1"
) -> Lineage:
    """`lineage.json` for the Parquet files as they are now."""
    folder = settings.build_dir / run_id
    lineage = Lineage(
        run_id=run_id,
        built_at=datetime.now(UTC),
        data_origin=origin,
        scope_id="test",
        fetch_version=fetch_version,
        scope_title="Invented papers, Europe with China",
        batches=(BATCH,),
        dbt_invocation_id="dbt-1",
        dbt_version="1.11",
        git_revision="abc1234",
        seeds_sha256={},
        extra_lists_sha256={},
        reference_sha256=table_digests(folder / "reference"),
        works_in=works + 2,
        works_loaded=works,
        works_quarantined=2,
        tables=tuple(_table(file, origin) for file in sorted((folder / "marts").glob("*.parquet"))),
        gate_2=(Check(check_id="dbt_tests", severity="fail", passed=True, observed="0 failed", expected="0 failed"),),
    )
    lineage.save(folder / "lineage.json")
    return lineage


def _table(file: Path, origin: DataOrigin) -> CandidateTable:
    # as the export marks them
    mark = "SYNTHETIC (invented data, says nothing about the world): " if origin == "synthetic" else ""
    descriptions = {name: text for name, _, text in contract_columns().get(file.stem, [])}
    with duckdb.connect() as db:
        described = db.execute(f"describe select * from read_parquet('{file}')").fetchall()
        (rows,) = db.execute(f"select count(*) from read_parquet('{file}')").fetchall()[0]
    return CandidateTable(
        name=file.stem,
        description=f"{mark}What {file.stem} holds, in a test's words.",
        grain=contract_grain().get(file.stem, ""),
        rows=rows,
        sha256=sha256_file(file),
        columns=tuple(
            CandidateColumn(name=name, type=kind, description=descriptions.get(name, ""))
            for name, kind, *_ in described
        ),
        view_sql=bi_models()[file.stem] if file.stem in bi_models() and is_view(file.stem) else "",
    )


def rewrite(settings: Settings, run_id: str, table: str, sql: str) -> None:
    """Replace a table of the candidate by `sql`, in which `it` is the table as it was; the lineage follows."""
    target = settings.build_dir / run_id / "marts" / f"{table}.parquet"
    aside = target.with_suffix(".new")
    with duckdb.connect() as db:
        db.execute(f"create view it as from read_parquet('{target}')")
        db.execute(f"copy ({sql}) to '{aside}' (format parquet)")
    aside.replace(target)
    before = Lineage.load(settings.build_dir / run_id / "lineage.json")
    tables = tuple(_table(target, before.data_origin) if one.name == table else one for one in before.tables)
    before.model_copy(update={"tables": tables}).save(settings.build_dir / run_id / "lineage.json")


def change_lineage(settings: Settings, run_id: str, **changes: Any) -> None:
    """Change fields of `lineage.json`."""
    file = settings.build_dir / run_id / "lineage.json"
    Lineage.load(file).model_copy(update=changes).save(file)


def pass_audit(settings: Settings, run_id: str, *, passed: bool = True) -> None:
    """Write what the audit leaves behind, without running it: a verdict, Data Docs and the results table."""
    folder = settings.build_dir / run_id
    check = Check(
        check_id="invented_check",
        severity="fail",
        kind="judgement",
        passed=passed,
        observed="0",
        expected="at most 0",
        finding="" if passed else "invented_check#0a1b2c",
    )
    for name in ("data_docs", "report"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "index.html").write_text(f"<title>{name}</title>")
    note_nothing(settings, run_id)
    with duckdb.connect() as db:
        db.execute(
            f"""
            copy (
                select '{run_id}' as run_id, 'invented_check' as check_id, 'fail' as severity, 'judgement' as kind,
                    {passed} as passed, '0' as observed, 'at most 0' as expected, 'A check.' as description,
                    '{check.finding}' as finding, null::text as accepted_reason, null::text as accepted_by,
                    null::date as accepted_until, now()::timestamp as audited_at
            ) to '{folder}/audit/mart_ops_quality_results.parquet' (format parquet)
            """
        )
    lineage = Lineage.load(folder / "lineage.json")
    verdict = Verdict(
        run_id=run_id,
        audited_at=datetime.now(UTC),
        compared_with=None,
        passed=passed,
        checks=(check,),
        data_origin=lineage.data_origin,
        source=lineage.source,
        scope_id=lineage.scope_id,
        fetch_version=lineage.fetch_version,
        files_sha256=files_of(folder, *AUDITED),
    )
    verdict.with_report(folder).save(folder / "verdict.json")


@contextmanager
def raising_after(target: Any, name: str, calls: int, monkeypatch: Any) -> Iterator[Callable[[], int]]:
    """Let `target.name` work `calls` times, then raise as if the process were killed there; yields the count so far."""
    real, seen = getattr(target, name), 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen > calls:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(target, name, wrapped)
        yield lambda: seen
