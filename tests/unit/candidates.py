"""A small, consistent candidate for the tests of audit, report and release: about 300 invented works, 2017 to 2022.

The marts are computed here from plain tables, in the columns of `_marts.yml`; a test that corrupts one of them
therefore starts from a candidate that passes every check.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from include.audit.drift.engine import note_nothing
from include.common.files import sha256_file
from include.common.ids import new_ulid
from include.common.sql import quoted
from include.contracts.batch import Check, DataOrigin
from include.contracts.candidate import AUDITED, CandidateColumn, CandidateTable, Lineage, Verdict, files_of
from include.contracts.reference import table_digests, tables_in_use, write_tables
from include.contracts.scope import Group, ResolvedScope, Windows
from include.contracts.typed import TypedManifest
from include.settings import REPOSITORY, Settings

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
FIGURES = REPOSITORY / "dbt_project" / "seeds" / "reference" / "headline_figures.csv"
MARTS_YAML = REPOSITORY / "dbt_project" / "models" / "marts" / "_marts.yml"


def test_settings(home: Path, **changes: Any) -> Settings:
    """Settings that write under `home`, whatever the environment says."""
    return Settings.model_validate({"ENTANGLED_HOME": home, "ENTANGLED_ACCEPT": "", **changes})


test_settings.__test__ = False  # type: ignore[attr-defined]


def _base_tables(db: duckdb.DuckDBPyConnection, works: int, seed: int) -> None:
    """Plain tables of invented works, joint by construction."""
    chance = random.Random(seed)
    db.execute("begin")
    db.execute("create table w (work_id text, y smallint, topic text)")
    db.execute("create table wc (work_id text, country_code text, credit double)")
    db.execute("create table wi (work_id text, institution_id text, country_code text)")
    db.execute("create table wm (work_id text, body_id text, category text, from_year smallint)")
    db.execute("create table wf (work_id text, funder_id text, class text)")
    for number in range(works):
        work, year = f"W{number}", YEARS[0] + int(len(YEARS) * (number / works) ** 0.6)
        db.execute("insert into w values (?, ?, ?)", [work, year, chance.choice(list(TOPICS))])
        members = chance.sample(list(SIDE_A), chance.choice([1, 1, 2]), counts=[2, 1, 6, 9, 2])
        countries = sorted({*members, "CN", *(["ZZ"] if chance.random() < 0.1 else [])})
        db.executemany("insert into wc values (?, ?, ?)", [[work, code, 1 / len(countries)] for code in countries])
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


def _marts(origin: DataOrigin) -> dict[str, str]:
    """SQL of each published table, over the plain tables."""
    rw = """
        select r.reporter_code, r.reporter_name, r.is_group, w.work_id, w.y, w.topic, sum(wc.credit) as credit
        from wc join reporters r using (country_code) join w using (work_id) group by all
    """
    military = """
        select wm.work_id, wm.body_id, d.definition_code, d.definition_order, b.listing_basis
        from wm join w using (work_id) join definitions d using (category)
        join (values ('today'), ('at_publication')) b (listing_basis)
            on b.listing_basis = 'today' or w.y >= wm.from_year
    """
    return {
        "fct_works": """
            select work_id, 'Invented work ' || work_id as title, y as publication_year, make_date(y, 6, 1) as
            publication_date, topic as primary_topic_id, true as is_joint from w
        """,
        "fct_work_countries": """
            select work_id, country_code, credit, credit as credit_by_affiliation, credit as credit_by_country from wc
        """,
        "dim_country": """
            select distinct country_code, coalesce(reporter_name, country_code) as country_name from wc
            left join (from reporters where not is_group) using (country_code)
        """,
        "dim_topic": "select distinct topic as topic_id, 'Invented ' || topic as topic_name from w",
        "fct_work_institutions": "select work_id, institution_id from wi",
        "dim_institution": """
            select distinct institution_id, 'Invented ' || institution_id as institution_name, country_code from wi
        """,
        "fct_work_funding": "select work_id, funder_id, class as funder_class from wf",
        "fct_work_awards": "select work_id, funder_id, 'X' || rowid as award_number from wf",
        "dim_funder": "select distinct funder_id, 'Invented fund ' || funder_id as funder_name from wf",
        "fct_work_military_links": "select work_id, body_id, category from wm",
        "dim_military_body": "select distinct body_id, category, 'CN' as country_code from wm",
        "dim_country_group": "select 'CHINA' as group_code, 'CN' as country_code, 'side_b' as scope_role",
        "dim_military_list": """
            select 'demo' as list_id, 'DEMO list' as list_name, 'Nobody' as publisher, 'designation' as list_kind,
                'https://example.org/list' as source_url, date '2026-01-01' as as_of_date
        """,
        "mart_copublication_trends": f"""
            with rw as ({rw}),
            spine as (
                select distinct reporter_code, reporter_name, is_group, y::smallint as y, m.method
                from reporters, range(2017, 2023) t (y), (values ('full'), ('fractional')) m (method)
            ),
            counted as (
                select s.reporter_code, s.reporter_name, s.is_group, s.y, s.method,
                    coalesce(sum(if(s.method = 'full', 1, rw.credit)) filter (rw.work_id is not null), 0)::double
                    as joint
                from spine s left join rw using (reporter_code, y) group by all
            ),
            whole as (select y, count(*)::double as everything from w group by y)
            select reporter_code, reporter_name, is_group, reporter_code = 'EUROPE' as is_side_a,
                'CHINA' as partner_code, 'China' as partner_name,
                y as publication_year, method as counting_method, 'all' as work_selection, joint as joint_papers,
                coalesce(everything, 0) as all_joint_papers,
                joint / everything as share_of_joint_papers,
                (1000 + joint * 10)::bigint as reporter_papers, 5000::bigint as partner_papers,
                if(method = 'full', joint, null)::bigint as joint_papers_of_source,
                if(method = 'full', joint / (1000 + joint * 10)::bigint, null) as share_of_reporter_papers,
                if(method = 'full', 'source', null) as reporter_share_basis,
                if(method = 'full', joint / 5000, null) as share_of_partner_papers,
                if(method = 'full', 'source', null) as partner_share_basis,
                joint / nullif(lag(joint) over by_year, 0) - 1 as growth_on_year_before,
                joint / nullif(first_value(joint) over by_year, 0) - 1 as growth_since_first_year,
                if(y = 2017, null, pow(joint / nullif(first_value(joint) over by_year, 0), 1.0 / (y - 2017)) - 1)
                    as annual_growth_since_first_year,
                100 * joint / nullif(first_value(joint) over by_year, 0) as first_year_index,
                true as is_complete_year, joint < 25 as is_small_cell
            from counted left join whole using (y)
            window by_year as (partition by reporter_code, method order by y)
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
                funder as funder_id, if(level = 'funder', 'Invented fund ' || funder, class) as funder_name,
                n as papers,
                funded as papers_with_funding, joint as joint_papers, n / funded as share_of_papers_with_funding,
                funded / joint as disclosed_share, funded < 25 as is_small_cell
            from found join wholes using (reporter_code, y)
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
                funder as funder_id, if(level = 'funder', 'Invented fund ' || funder, class) as funder_name,
                n as papers, funded as papers_with_funding, joint as joint_papers,
                n / funded as share_of_papers_with_funding, funded / joint as disclosed_share,
                funded < 25 as is_small_cell
            from found join wholes using (institution_id)
        """,
        "mart_military_links": f"""
            with rw as ({rw}),
            links as ({military}),
            dimensions as (
                select work_id, definition_code, definition_order, listing_basis, 'all' as dimension, 'ALL' as id
                    from links
                union select work_id, definition_code, definition_order, listing_basis, 'body', body_id from links
                union select work_id, definition_code, definition_order, listing_basis, 'topic', topic
                    from links join w using (work_id)
            ),
            cells as (
                select r.reporter_code, r.reporter_name, t.y::smallint as y, d.definition_code, d.definition_order,
                    b.listing_basis
                from (select distinct reporter_code, reporter_name from reporters) r, range(2017, 2023) t (y),
                    (select distinct definition_code, definition_order from definitions) d,
                    (values ('today'), ('at_publication')) b (listing_basis)
            ),
            found as (
                select reporter_code, y, definition_code, listing_basis, dimension, id, count(distinct work_id) as n
                from rw join dimensions using (work_id) group by all
            ),
            every as (
                select c.*, f.dimension, f.id, f.n from cells c
                    join found f using (reporter_code, y, definition_code, listing_basis)
            ),
            topics as (select reporter_code, y, topic, count(*) as joint from rw group by all),
            wholes as (select reporter_code, y, count(*) as joint from rw group by all)
            select e.reporter_code, e.reporter_name, e.y as publication_year, e.definition_code,
                e.definition_order::int as definition_order, e.listing_basis, e.dimension, e.id as dimension_id,
                e.id as dimension_name, e.n as military_linked_papers, e.n as papers_without_hospitals,
                e.n as papers_with_hospitals,
                coalesce(if(e.dimension = 'topic', t.joint, o.joint), 0) as joint_papers,
                e.n / nullif(if(e.dimension = 'topic', t.joint, o.joint), 0) as share_of_joint_papers,
                coalesce(if(e.dimension = 'topic', t.joint, o.joint), 0) < 25 as is_small_cell
            from every e left join wholes o using (reporter_code, y)
            left join topics t on t.reporter_code = e.reporter_code and t.y = e.y and t.topic = e.id
        """,
        "mart_military_funding": f"""
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
                f.class as funder_class_name, f.n as papers, w.funded as linked_papers_with_funding,
                w.linked as military_linked_papers, c.n as papers_of_class,
                f.n / w.funded as share_of_linked_papers_with_funding, f.n / c.n as share_of_class_papers,
                w.funded / w.linked as disclosed_share, least(w.funded, c.n) < 25 as is_small_cell
            from found f join wholes w using (reporter_code, y, definition_code, listing_basis)
            join classes c using (reporter_code, y, class)
        """,
        "mart_topic_collaboration": f"""
            with rw as ({rw}),
            wholes as (select reporter_code, y, count(*) as joint from rw group by all),
            names (topic, topic_name, subfield, subfield_name) as (
                values {", ".join(f"('{key}', '{a}', '{b}', '{c}')" for key, (a, b, c) in TOPICS.items())}
            ),
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
        """,
        "mart_headline_figures": f"""
            with seed as (
                from read_csv({quoted(FIGURES)}, header = true)
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
            counts as (select country_code, y, count(*) as n from wc join w using (work_id) group by all)
            select seed.figure_order::int as figure_order, figure_id, section, figure, unit, period::text as period,
                published_value::double as published_value, coalesce(published_qualifier, '') as published_qualifier,
                coalesce(published_source, '') as published_source, value as computed_value,
                value - published_value as difference, (value - published_value) / published_value as
                relative_difference, false as is_small_cell, value is not null as is_computable,
                if(value is null, 'Not in this small candidate.', '') as why_not_computable, definition, '' as note,
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
        """,
    }


def contract_columns() -> dict[str, list[tuple[str, str, str]]]:
    """Mart -> (column, type, description) as `_marts.yml` states them."""
    models = yaml.safe_load(MARTS_YAML.read_text())["models"]
    return {
        model["name"]: [(one["name"], one["data_type"], one["description"]) for one in model["columns"]]
        for model in models
    }


def contract_grain() -> dict[str, str]:
    """Mart -> grain as `_marts.yml` states it."""
    models = yaml.safe_load(MARTS_YAML.read_text())["models"]
    return {model["name"]: model["config"]["meta"]["grain"] for model in models}


_GRAINS = {
    "fct_works": "work_id",
    "fct_work_countries": "work_id, country_code",
    "fct_work_institutions": "work_id, institution_id",
    "fct_work_funding": "work_id, funder_id",
    "fct_work_awards": "work_id, funder_id, award_number",
    "fct_work_military_links": "work_id, body_id",
    "dim_country": "country_code",
    "dim_topic": "topic_id",
    "dim_institution": "institution_id",
    "dim_funder": "funder_id",
    "dim_military_body": "body_id",
    "dim_country_group": "group_code, country_code",
    "dim_military_list": "list_id",
}
BATCH = "01BATCH"


def make_candidate(
    settings: Settings,
    *,
    run_id: str | None = None,
    works: int = 300,
    seed: int = 1,
    origin: DataOrigin = "synthetic",
    fetch_version: str = "v1",
) -> str:
    """Write `build/<run_id>/` with marts and lineage; returns the run id. With `works=0` the marts are empty."""
    run_id = run_id or new_ulid()
    write_scope(settings)
    folder = settings.build_dir / run_id
    (folder / "marts").mkdir(parents=True)
    with duckdb.connect() as db:
        _base_tables(db, works, seed)
        for name, sql in _marts(origin).items():
            columns = contract_columns().get(name)
            chosen = ", ".join(f"{column}::{kind} as {column}" for column, kind, _ in columns) if columns else "*"
            grain = contract_grain().get(name) or _GRAINS[name]
            target = folder / "marts" / f"{name}.parquet"
            db.execute(f"copy (select {chosen} from ({sql}) order by {grain}) to '{target}' (format parquet)")
        write_typed_batch(settings, db, works, origin)
    scope = ResolvedScope.load(settings.resolved_scope_file)
    write_tables(tables_in_use(settings.seeds, settings.extra_lists, scope), folder / "reference")
    write_lineage(settings, run_id, works=works, origin=origin, fetch_version=fetch_version)
    return run_id


def write_typed_batch(settings: Settings, db: duckdb.DuckDBPyConnection, works: int, origin: DataOrigin) -> None:
    """The typed batch that the works came in, with the tables that the audit reads."""
    folder = settings.typed_zone / f"batch={BATCH}"
    folder.mkdir(parents=True, exist_ok=True)
    db.execute(f"copy (select '{BATCH}' as batch_id, work_id from w) to '{folder}/works.parquet' (format parquet)")
    db.execute(
        f"""copy (select '' as batch_id, '' as entity, '' as record_id where false)
        to '{folder}/tombstones.parquet' (format parquet)"""
    )
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
        rows={},
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
        grain=contract_grain().get(file.stem) or _GRAINS.get(file.stem, ""),
        rows=rows,
        sha256=sha256_file(file),
        columns=tuple(
            CandidateColumn(name=name, type=kind, description=descriptions.get(name, ""))
            for name, kind, *_ in described
        ),
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
    check = Check(check_id="invented_check", severity="fail", passed=passed, observed="0", expected="at most 0")
    for name in ("data_docs", "report"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "index.html").write_text(f"<title>{name}</title>")
    note_nothing(settings, run_id)
    with duckdb.connect() as db:
        db.execute(
            f"""copy (select '{run_id}' as run_id, 'invented_check' as check_id, 'fail' as severity, {passed} as passed,
            '0' as observed, 'at most 0' as expected, 'A check.' as description, '' as accepted_reason,
            now()::timestamp as audited_at) to '{folder}/audit/mart_ops_quality_results.parquet' (format parquet)"""
        )
    lineage = Lineage.load(folder / "lineage.json")
    verdict = Verdict(
        run_id=run_id,
        audited_at=datetime.now(UTC),
        compared_with=None,
        passed=passed,
        checks=(check,),
        accepted={},
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
