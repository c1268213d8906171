"""The clean tables of a generated corpus: what is true, before it is written the way OpenAlex writes it.

What must come out exactly (papers a country and year, military links, funding) is laid out by rank: works are put in an
order of the seed, and the first so many get the first value. Everything else is drawn: `hash(seed, key, purpose)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import duckdb
import pyarrow as pa

from include.sandbox import targets
from include.sandbox.corpus import Evolution
from include.sandbox.names import COUNTRY_NAMES, PATTERNS, World
from include.sandbox.subject import Topic

# first number of ids that are not documents: W99 10000000 ...; and of works that an evolution adds
BACKGROUND_FROM, ADDED_FROM = 10_000_000, 90_000_000


# how often a record is of an older generation, each with the ones before it
OLD, GRANTS_ONLY, GRANTS_AND_AWARDS = 0.02, 0.05, 0.13
# works with more than 100 authors
LARGE_SHARE = 0.004


def define_chance(db: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Macros: a hash, a number in [0, 1), and a pick that favours the first choices."""
    db.execute(f"create macro h(key, purpose) as hash(key, purpose, {int(seed)})")
    db.execute("create macro u(key, purpose) as (h(key, purpose) >> 11)::double / 9007199254740992.0")
    # low ranks are drawn more often: the first of 25 about three times as often as an even draw would
    db.execute("create macro pick(choices, chance) as choices[1 + floor(len(choices) * pow(chance, 1.5))::int]")


def _load(db: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[object]]) -> None:
    db.register("incoming", pa.table(columns))
    db.execute(f"create table {name} as from incoming")
    db.unregister("incoming")


def load_world(db: duckdb.DuckDBPyConnection, world: World, topics: list[Topic]) -> None:
    """The invented institutions, bodies, listings and funders, and the topics, as tables."""
    institutions = world.institutions
    _load(
        db,
        "institutions",
        {
            "institution_id": [one.institution_id for one in institutions],
            "name": [one.name for one in institutions],
            "ror": [one.ror for one in institutions],
            "country": [one.country for one in institutions],
            "type": [one.type for one in institutions],
            "lineage": [list(one.lineage) for one in institutions],
            "role": [one.role for one in institutions],
            "rank": [one.rank for one in institutions],
        },
    )
    _load(
        db,
        "bodies",
        {
            "body_id": [body.body_id for body in world.bodies],
            "name": [body.name for body in world.bodies],
            "chinese": [body.aliases[0] for body in world.bodies],
            "alias": [body.aliases[-1] for body in world.bodies],
            "category": [body.category for body in world.bodies],
            "institution_id": [body.institution_id for body in world.bodies],
        },
    )
    listings = [(body.body_id, *listing) for body in world.bodies for listing in body.listings]
    _load(
        db,
        "listings",
        {
            "body_id": [row[0] for row in listings],
            "list_id": [row[1] for row in listings],
            "valid_from": [row[2] for row in listings],
            "valid_to": [row[3] or None for row in listings],
        },
    )
    funders = world.funders
    _load(
        db,
        "funders",
        {
            "funder_id": [one.funder_id for one in funders],
            "name": [one.name for one in funders],
            "country": [one.country for one in funders],
            "ror": [one.ror for one in funders],
            "crossref_id": [one.crossref_id for one in funders],
            "funder_class": [one.funder_class or "other" for one in funders],
            "programme": [one.programme for one in funders],
            "funder_group": [one.group for one in funders],
            "number_start": [one.number_start for one in funders],
            "has_record": [one.has_record for one in funders],
        },
    )
    _load(db, "patterns", {"programme": [pattern.programme for pattern in PATTERNS]})
    _load(
        db,
        "topics",
        {
            name: [getattr(topic, name) for topic in topics]
            for name in (
                "topic_id", "name", "subfield_id", "subfield_name", "field_id", "field_name", "domain_id",
                "domain_name", "is_in",
            )
        },
    )  # fmt: skip
    _load(db, "country_names", {"id": list(COUNTRY_NAMES), "display_name": list(COUNTRY_NAMES.values())})
    db.execute(
        """
        create table civilians as
        select country, list(institution_id order by rank) as choices
        from institutions where role = 'civilian' group by country;

        -- topics in an order of the seed; the first ones are drawn more often
        create table topic_choices as
        select is_in, list(topic_id order by h(topic_id, 'topic order')) as choices from topics group by is_in
        """
    )


def _quotas(scale: float) -> list[targets.Quota]:
    quotas = targets.joint_quotas(scale)
    aside = [("out_of_subject", year, targets.OUT_OF_SUBJECT_JOINT // len(targets.YEARS)) for year in targets.YEARS] + [
        ("out_of_years", year, papers) for year, papers in targets.OUT_OF_YEARS.items()
    ]
    aside += [("miscoded", year, targets.MISCODED) for year in targets.YEARS]
    aside += [("paratext", 2019, targets.PARATEXT), ("without_topic", 2020, targets.WITHOUT_TOPIC)]
    for kind, year, papers in aside:
        shares = targets.shared_out(papers, scale)
        quotas += [targets.Quota(kind, year, country, count) for country, count in shares.items()]
    absurd = max(1, targets.scaled(targets.ABSURD_YEAR, scale))
    return [*quotas, targets.Quota("absurd_year", 2021, "GB", absurd)]


def make_works(db: duckdb.DuckDBPyConnection, scale: float) -> None:
    """Table `works`: one row a document, with everything that is decided once for a work."""
    quotas = _quotas(scale)
    _load(
        db,
        "quotas",
        {
            "kind": [quota.kind for quota in quotas],
            "year": [quota.year for quota in quotas],
            "country": [quota.country for quota in quotas],
            "papers": [quota.papers for quota in quotas],
        },
    )
    second = [
        (year, country, targets.scaled(targets.joint_papers(year, scale) * share, 1))
        for year in targets.YEARS
        for country, share in targets.UK_SECOND_COUNTRY.items()
    ]
    _load(
        db,
        "uk_second",
        {
            "year": [row[0] for row in second],
            "country": [row[1] for row in second],
            "papers": [row[2] for row in second],
        },
    )
    third = list(targets.CHINA_WITH)
    eu = [country for country in targets.EU27 if country not in targets.NOT_GROWING]
    db.execute(
        f"""
        create table drafts as
        select
            row_number() over (order by kind, year, country, i) as n, kind, year, country as c1
        from quotas, range(papers) as copies(i);

        -- the second European country: laid out by rank for the UK, drawn for the EU's states (never the same twice)
        create table second_countries as
        with wanted as (
            select year, country, row_number() over (partition by year order by country, i) as place
            from uk_second, range(papers) as copies(i)
        ),
        uk as (
            select n, year, row_number() over (partition by year order by h(n, 'second'), n) as place
            from drafts where kind = 'joint' and c1 = 'GB'
        ),
        eu as (
            select n, {eu}[1 + ((list_position({eu}, c1) + h(n, 'partner') % {len(eu) - 1}) % {
            len(eu)
        })::int] as country
            from drafts
            where kind = 'joint' and c1 in {tuple(eu)} and u(n, 'second') < {targets.EU_SECOND_COUNTRY}
        )
        select uk.n, wanted.country from uk join wanted using (year, place)
        union all
        select n, country from eu;

        -- Germany's strongest links, by rank
        create table links as
        with wanted as (
            select a, b, row_number() over (order by a, b, i) as place
            from (values {", ".join(f"({a}, {b}, {targets.scaled(n, scale)})" for a, b, n in targets.GERMAN_LINKS)})
                as links(a, b, papers),
            range(papers) as copies(i)
        ),
        german as (
            select n, row_number() over (order by h(n, 'link'), n) as place
            from drafts where kind = 'joint' and c1 = 'DE'
        )
        select german.n, wanted.a, wanted.b from german join wanted using (place);

        -- the class of the Chinese institution, by rank among the other joint papers
        create table military as
        with wanted as (
            select role, row_number() over (order by position, i) as place
            from (values {
            ", ".join(
                f"({position}, '{role}', {targets.scaled(papers, scale)})"
                for position, (role, papers) in enumerate(targets.MILITARY.items())
            )
        }) as roles(position, role, papers),
            range(papers) as copies(i)
        ),
        others as (
            select n, row_number() over (order by h(n, 'military'), n) as place
            from drafts anti join links using (n) where kind = 'joint'
        )
        select others.n, wanted.role from others join wanted using (place);

        create table funded as
        with ranked as (
            select
                n,
                row_number() over (order by h(n, 'funding'), n) as place,
                round(count(*) over () * {targets.FUNDED_SHARE}) as funded
            from drafts where kind = 'joint'
        ),
        parts as (
            select
                *,
                {max(1, targets.scaled(targets.DEFENCE_BASIC_RESEARCH_PAPERS, scale))} as defence,
                round(funded * {targets.CN_GOVERNMENT_SHARE}) as government,
                round(funded * {targets.CN_FUNDED_SHARE}) as china
            from ranked
        )
        select
            n,
            case
                when place <= government then 'cn_government'
                when place <= government + defence then 'cn_defence'
                when place <= china then 'cn_university'
                when place <= funded then ['eu', 'uk', 'other'][1 + (h(n, 'foreign') % 3)::int]
            end as funding
        from parts where place <= funded;

        create table works as
        select
            drafts.n,
            'W99' || lpad(drafts.n::varchar, 8, '0') as work_id,
            drafts.kind,
            drafts.year,
            case when kind = 'absurd_year' then {targets.ABSURD_YEAR_VALUE} else drafts.year end as publication_year,
            -- January 1 is where a source puts papers of which it knows the year only
            case
                when u(drafts.n, 'new year') < 0.06 then make_date(drafts.year, 1, 1)
                else make_date(drafts.year, 1 + (h(drafts.n, 'month') % 12)::int, 1 + (h(drafts.n, 'day') % 28)::int)
            end as publication_date,
            drafts.c1,
            second_countries.country as c2,
            case
                when u(drafts.n, 'third') < {targets.THIRD_COUNTRY_SHARE} or u(drafts.n, 'large') < {LARGE_SHARE}
                then pick({third}, u(drafts.n, 'third country'))
            end as c3,
            case drafts.kind
                when 'without_topic' then null
                when 'out_of_subject' then pick(outside.choices, u(drafts.n, 'topic'))
                else pick(inside.choices, u(drafts.n, 'topic'))
            end as topic_id,
            coalesce(military.role, 'civilian') as china_role,
            links.a as link_a,
            links.b as link_b,
            case
                when drafts.kind = 'joint' then coalesce(funded.funding, 'none')
                else ['none', 'cn_government', 'uk'][1 + (h(drafts.n, 'funding') % 3)::int]
            end as funding,
            case
                when u(drafts.n, 'language') < 0.02 then null when u(drafts.n, 'language') < 0.05 then 'zh' else 'en'
            end as language,
            case
                when kind = 'paratext' then 'paratext'
                else [
                    'article', 'article', 'article', 'article', 'preprint', 'review', 'book-chapter', 'conference-paper'
                ][1 + (h(drafts.n, 'type') % 8)::int]
            end as type,
            case
                when u(drafts.n, 'retracted') < 0.004 then true when u(drafts.n, 'retracted') > 0.999 then null
                else false
            end as is_retracted,
            (h(drafts.n, 'citations') % 60)::int as cited_by_count,
            0 as revision,
            timestamp '2026-01-05 04:00:00' + to_microseconds((h(drafts.n, 'updated') % 4000000000000)::bigint)
                as updated_date
        from drafts
        left join second_countries using (n)
        left join links using (n)
        left join military using (n)
        left join funded using (n)
        cross join (select choices from topic_choices where is_in) as inside
        cross join (select choices from topic_choices where not is_in) as outside
        order by drafts.n
        """
    )
    _choose_institutions(db)
    # records that answer under another id since an evolution
    db.execute("create table merged_ids (id varchar, merged_into varchar)")


def _choose_institutions(db: duckdb.DuckDBPyConnection) -> None:
    """The institutions of each work's authors: China's (null when it is known by address only) and Europe's."""
    db.execute(
        """
        create table role_choices as
        select role, list(institution_id order by rank) as choices
        from institutions where role not in ('civilian', 'background') group by role;

        create table decided as
        select
            works.*,
            case
                when works.kind = 'miscoded' then pick(coded.choices, u(n, 'china'))
                when works.link_b is not null then china.choices[1 + works.link_b]
                when works.china_role = 'civilian' then pick(china.choices, u(n, 'china'))
                else pick(role_choices.choices, u(n, 'listed'))
            end as china_id,
            pick(if(works.kind = 'miscoded', coded.choices, china.choices), u(n, 'china second')) as china_second_id,
            case
                when works.link_a is not null then first.choices[1 + works.link_a]
                -- Germany's leader leads by its links
                when works.c1 = 'DE' then first.choices[2 + (u(n, 'europe') * (len(first.choices) - 1))::int % 24]
                else pick(first.choices, u(n, 'europe'))
            end as first_id,
            pick(second.choices, u(n, 'second institution')) as second_id,
            pick(third.choices, u(n, 'third institution')) as third_id,
            pick(first.choices, u(n, 'europe again')) as first_other_id
        from works
        cross join (select choices from civilians where country = 'CN') as china
        join civilians as coded on coded.country = if(h(n, 'coded') % 5 = 0, 'MO', 'HK')
        left join role_choices on role_choices.role = works.china_role
        left join civilians as first on first.country = works.c1
        left join civilians as second on second.country = works.c2
        left join civilians as third on third.country = works.c3
        order by n;
        drop table works;
        alter table decided rename to works
        """
    )


def date_records(db: duckdb.DuckDBPyConnection) -> None:
    """Of which generation of the source each work's record is (`generation`), and whether it has Hong Kong and Macao as
    China (`is_coded_as_china`). A record that changed is one of today.

    old: of 2022/23. Countries are those of institutions only, so nobody is in a country by address alone.
    grants: with funding in `grants` only. both: with `awards` and `funders` as well. awards: of today.
    """
    db.execute(
        f"""
        create table dated as
        with drawn as (
            select
                *,
                case
                    when revision > 0 or kind in ('paratext', 'absurd_year') then 'awards'
                    -- the filter shows them as joint, because the countries that they state are wrong
                    when kind = 'miscoded' then 'grants'
                    when china_id is not null and u(n, 'generation') < {OLD} then 'old'
                    when u(n, 'generation') < {GRANTS_ONLY} then 'grants'
                    when u(n, 'generation') < {GRANTS_AND_AWARDS} then 'both'
                    else 'awards'
                end as generation
            from works
        )
        select
            *, generation = 'old' or (generation = 'grants' and (kind = 'miscoded' or u(n, 'coding') < 0.6))
                as is_coded_as_china
        from drawn order by n;
        drop table works;
        alter table dated rename to works
        """
    )


def evolve_works(db: duckdb.DuckDBPyConnection, evolution: Evolution, number: int) -> None:
    """Change a share of the works, add a fifth as many, and let five times as many be cited only."""
    moment = f"timestamp '2026-06-01 05:00:00.{number:06d}' + to_days({number})"
    purpose = f"'evolution {number} {evolution.seed}'"
    db.execute(
        f"""
        create table changes as
        select
            n,
            case
                when u(n, {purpose}) < {evolution.share} then 1 + (h(n, {purpose} || ' how') % 4)::int
                else 0
            end as change
        from works
        where kind = 'joint' and u(n, {purpose}) < {min(1.0, evolution.share * 6)};

        create table later as
        select works.* replace (
            coalesce(cited_by_count + change_of.cites, cited_by_count)::int as cited_by_count,
            case when changes.n is not null then {moment} else updated_date end as updated_date,
            case when changes.change > 0 then revision + 1 else revision end as revision,
            case
                when changes.change = 2
                then inside.choices[1 + (h(n, {purpose} || ' topic') % len(inside.choices))::int]
                else topic_id
            end as topic_id,
            case
                when changes.change = 3 then case when funding = 'none' then 'uk' else 'cn_university' end
                else funding
            end as funding,
            case
                when changes.change = 4 and china_role = 'civilian'
                then pick(china.choices, u(n, {purpose} || ' china'))
                else china_id
            end as china_id
        )
        from works
        left join changes using (n)
        left join lateral (select 1 + (h(n, {purpose} || ' cited') % 5)::int as cites where changes.n is not null)
            as change_of on true
        cross join (select choices from topic_choices where is_in) as inside
        cross join (select choices from civilians where country = 'CN') as china
        order by n;

        insert into later by name
        select
            * replace (
                {ADDED_FROM} + {number} * 100000 + row_number() over (order by n) as n,
                'W99' || ({ADDED_FROM} + {number} * 100000 + row_number() over (order by n)) as work_id,
                0 as cited_by_count,
                {moment} as updated_date
            )
        from works
        where kind = 'joint' and u(n, {purpose} || ' added') < {evolution.share / 5}
        order by n;
        drop table works;
        alter table later rename to works;
        drop table changes
        """
    )


def take_works_back(db: duckdb.DuckDBPyConnection, evolution: Evolution, number: int) -> None:
    """Delete a share of the joint papers, merge them, or move them out of the scope in each of three ways; and retract
    others, which stay.
    """
    moment = f"timestamp '2026-06-01 06:00:00.{number:06d}' + to_days({number})"
    purpose = f"'evolution {number} {evolution.seed}'"
    db.execute(
        f"""
        create table fates as
        select
            n,
            case
                when u(n, {purpose} || ' gone') < {evolution.vanished}
                then ['deleted', 'merged', 'out_of_subject', 'out_of_years', 'paratext'][
                    1 + (h(n, {purpose} || ' fate') % 5)::int
                ]
                else 'retracted'
            end as fate
        from works
        where kind = 'joint' and (
            u(n, {purpose} || ' gone') < {evolution.vanished}
            or u(n, {purpose} || ' retracted') < {evolution.retracted}
        );

        -- into the next joint paper that stays
        insert into merged_ids
        with stay as (select n, work_id from works anti join fates using (n) where kind = 'joint')
        select works.work_id, coalesce(stay.work_id, (select arg_min(work_id, n) from stay))
        from fates join works using (n) asof left join stay on fates.n <= stay.n
        where fate = 'merged'
        order by 1;

        create table later as
        select works.* replace (
            case when fate in ('out_of_subject', 'out_of_years', 'paratext') then fate else kind end as kind,
            case
                when fate = 'out_of_subject'
                then outside.choices[1 + (h(n, {purpose} || ' outside') % len(outside.choices))::int]
                else topic_id
            end as topic_id,
            case when fate = 'out_of_years' then publication_year - 40 else publication_year end as publication_year,
            case
                when fate = 'out_of_years' then (publication_date - interval 40 year)::date else publication_date
            end as publication_date,
            case when fate = 'retracted' then true else is_retracted end as is_retracted,
            case when fate = 'paratext' then 'paratext' else type end as type,
            case when fate is null then updated_date else {moment} end as updated_date
        )
        from works
        left join fates using (n)
        cross join (select choices from topic_choices where not is_in) as outside
        where fate is null or fate not in ('deleted', 'merged')
        order by n;
        drop table works;
        alter table later rename to works;
        drop table fates
        """
    )


def make_sources(db: duckdb.DuckDBPyConnection) -> None:
    """Tables `sources` and `work_sources`: where works were published, if that is known, and by whom."""
    db.execute(
        """
        create table sources as
        select
            'S99' || lpad(number::varchar, 8, '0') as source_id,
            ['Sandbox Proceedings ', 'Sandbox Journal ', 'Sandbox Archive '][kind] || number || ' (invented)' as name,
            ['conference', 'journal', 'repository'][kind] as source_type,
            case when kind < 3 then 'P990000000' || house end as publisher_id,
            case when kind < 3 then ['Sandbox Press (invented)', 'Sandbox House of Papers (invented)'][house] end
                as publisher
        from (
            select
                number,
                case when number % 10 = 0 then 3 when number % 3 = 0 then 1 else 2 end as kind,
                1 + (number % 7) // 5 as house
            from range(60) as numbers(number)
        );

        create table work_sources as
        select n, 'S99' || lpad((h(n, 'source') % 60)::varchar, 8, '0') as source_id
        from works where u(n, 'no source') > 0.01
        """
    )


def make_background(db: duckdb.DuckDBPyConnection, scale: float) -> None:
    """Table `background`: papers that no mart shows but that every share is a share of, one narrow row each."""
    quotas = targets.background_quotas(scale)
    _load(
        db,
        "background_quotas",
        {
            "year": [quota[0] for quota in quotas],
            "c1": [quota[1] for quota in quotas],
            "c2": [quota[2] or None for quota in quotas],
            "papers": [quota[3] for quota in quotas],
            "first": list(accumulate((quota[3] for quota in quotas), initial=0))[:-1],
        },
    )
    inside = sum(quota[3] for quota in quotas)
    outside = targets.scaled(targets.OUT_OF_SUBJECT_BACKGROUND, scale)
    db.execute(
        f"""
        create table topic_places as
        select is_in, unnest(choices) as topic_id, unnest(range(len(choices))) as place
        from topic_choices;

        create table background as
        with planned as (
            select first + place as i, year, c1, c2, true as is_in
            from background_quotas, range(papers) as copies(place)
        ),
        aside as (
            select
                {inside} + place as i,
                {targets.YEARS[0]} + (h(place, 'aside year') % {len(targets.YEARS)})::int as year,
                ['CN', 'US', 'GB', 'DE', 'FR', 'JP'][1 + (h(place, 'aside country') % 6)::int] as c1,
                null::varchar as c2,
                false as is_in
            from range({outside}) as aside(place)
        ),
        together as (from planned union all from aside),
        -- topics by place, found in a step of its own: drawn within the join, they took longer than all the rest
        sized as (select is_in, count(*) as topic_count from topic_places group by is_in),
        placed as materialized (
            select together.*, floor(topic_count * pow(u(i, 'b topic'), 1.5))::bigint as place
            from together join sized using (is_in)
        )
        select
            i,
            'W99' || ({BACKGROUND_FROM} + i) as work_id,
            year::smallint as publication_year,
            make_date(year::int, 1 + (h(i, 'b month') % 12)::int, 1 + (h(i, 'b day') % 28)::int) as publication_date,
            topic_id,
            c1,
            -- European papers have European partners now and then
            case
                when c2 is null and is_in and c1 in {targets.EU27} and u(i, 'b second') < 0.12
                then nullif({list(targets.EU27)}[1 + (h(i, 'b partner') % 27)::int], c1)
                else c2
            end as c2,
            is_in,
            (h(i, 'b citations') % 40)::smallint as cited_by_count
        from placed join topic_places using (is_in, place)
        """
    )
