"""Who wrote the works of a generated corpus, where, and what addresses say of it; and how records list that."""

from __future__ import annotations

import duckdb

from include.sandbox.corpus import AUTHORSHIPS_CAP
from include.sandbox.tables import LARGE_SHARE

_SITE = "https://openalex.org/"


# an institution's country as the work's record has it
_CODED = "if(works.is_coded_as_china and {0} in ('HK', 'MO'), 'CN', {0})"


def make_authorships(db: duckdb.DuckDBPyConnection) -> None:
    """Tables `authorships`, `authorship_institutions`, `authorship_countries`, `affiliations`: clean, per author.

    The first two slots make the paper joint; the further ones follow the second and third country, then chance. In a
    list of more than 100 the first two stay within the first 100, because the API's country filter sees no further; the
    second and third country often come beyond it. A few papers are joint through one author alone, who has an address
    on each side.
    """
    db.execute(
        f"""
        create table authorships as
        with forms as (
            select
                works.*,
                c2 is null and c3 is null and china_id is not null and u(n, 'one author') < 0.03 as is_by_one_author
            from works
        ),
        sizes as (
            select
                forms.*,
                2 + (c2 is not null)::int + (c3 is not null)::int
                    + case
                        when is_by_one_author then 0
                        when u(n, 'large') < {LARGE_SHARE} then 99 + (h(n, 'large size') % 60)::int
                        else least(14, floor(-ln(1 - u(n, 'authors')) * 2.4))::int
                    end as authors
            from forms
        ),
        slots as (
            select
                sizes.n, slot, authors,
                case
                    when is_by_one_author then ['both', 'unknown'][1 + slot]
                    when slot = 0 then 'china'
                    when slot = 1 then 'first'
                    when slot = 2 and c2 is not null then 'second'
                    when slot = 2 + (c2 is not null)::int and c3 is not null then 'third'
                    when u(n * 1000 + slot, 'role') < 0.45 then 'china'
                    when u(n * 1000 + slot, 'role') < 0.72 then 'first'
                    when u(n * 1000 + slot, 'role') < 0.80 then 'china second'
                    when u(n * 1000 + slot, 'role') < 0.84 then 'both'
                    when u(n * 1000 + slot, 'role') < 0.88 then 'first other'
                    when u(n * 1000 + slot, 'role') < 0.92 then 'china without institution'
                    when u(n * 1000 + slot, 'role') < 0.95 then 'first without institution'
                    else 'unknown'
                end as role
            from sizes, range(authors) as slots(slot)
        )
        select
            n,
            slot::int as slot,
            authors::int as authors,
            (row_number() over (
                partition by n order by
                    case
                        when authors <= 100 then 0
                        when role in ('second', 'third') and u(n, 'beyond') < 0.6 then 2
                        else (slot > 3)::int
                    end,
                    h(n * 1000 + slot, 'order'), slot
            ) - 1)::int as author_index,
            role,
            -- some authors are not identified; some stand twice in one work
            case
                when u(n * 1000 + slot, 'anonymous') < 0.04 then null
                when slot = authors - 1 and u(n, 'twice') < 0.006 then (h(n * 1000, 'author') % 200000)::bigint
                else (h(n * 1000 + slot, 'author') % 200000)::bigint
            end as author_number,
            -- nobody, where it is not known
            case
                when u(n, 'corresponding') < 0.03 then null
                else author_index = case
                    when u(n, 'who corresponds') < 0.65 then 0
                    when u(n, 'who corresponds') < 0.9 then authors - 1
                    else 1
                end
            end as is_corresponding
        from slots
        order by n, author_index;

        create table authorship_institutions as
        select a.n, a.author_index, i.place, i.institution_id
        from authorships as a
        join works using (n),
        lateral (
            select 0 as place, case a.role
                when 'china' then china_id when 'both' then china_id when 'first' then first_id
                when 'second' then second_id when 'third' then third_id when 'china second' then china_second_id
                when 'first other' then first_other_id
            end as institution_id
            union all
            select 1, case when a.role = 'both' and first_id is distinct from china_id then first_id end
            union all
            -- two institutions of one country and one of another
            select 2, case
                when a.role = 'both' and china_second_id is distinct from china_id
                    and u(n * 1000 + slot, 'third place') < 0.4
                then china_second_id
            end
        ) as i
        where i.institution_id is not null
        order by a.n, a.author_index, i.place;

        create table authorship_countries as
        select distinct n, author_index, institutions.country, 'institution' as basis
        from authorship_institutions join institutions using (institution_id)
        union all
        select
            a.n, a.author_index,
            case
                when a.role = 'first without institution' then works.c1
                when works.kind = 'miscoded' then 'HK'
                else 'CN'
            end,
            'address'
        from authorships as a
        join works using (n)
        where works.generation <> 'old' and (
            a.role in ('china without institution', 'first without institution')
            or (a.role = 'china' and works.china_id is null)
        )
        order by all;

        -- what the source's filter knows: the first authors, and the countries that their record states
        create table shown_countries as
        select distinct
            n, basis,
            case
                when works.generation = 'grants' and is_coded_as_china and basis = 'institution'
                    and country in ('HK', 'MO')
                then 'CN'
                else country
            end as country
        from authorship_countries join works using (n)
        where author_index < {AUTHORSHIPS_CAP};

        -- addresses; `body_id` where the address is all that names a listed body
        create table affiliations as
        select
            a.n, a.author_index, i.place, i.institution_id, null as body_id,
            'Dept. ' || (1 + h(a.n * 1000 + a.slot, 'department') % 9) || case
                when u(a.n * 1000 + a.slot, 'entity') < 0.02 then ' of R&amp;D' else ''
            end || ', ' || institutions.name || ', Sandbox City, ' || country_names.display_name as address
        from authorships as a
        join authorship_institutions as i using (n, author_index)
        join institutions using (institution_id)
        join country_names on country_names.id = institutions.country
        union all
        select
            a.n, a.author_index, 0, null, bodies.body_id,
            case
                when u(a.n * 1000 + a.slot, 'script') < 0.4 then bodies.chinese || '，沙盒市，中国'
                when u(a.n * 1000 + a.slot, 'script') < 0.6 then bodies.alias || ', Sandbox City, PR China'
                else 'Section ' || (1 + h(a.n * 1000 + a.slot, 'section') % 9) || ', ' || case
                    when u(a.n * 1000 + a.slot, 'entity') < 0.2 then replace(bodies.name, ' of ', '&#32;of&nbsp;')
                    else bodies.name
                end || ', Sandbox City, China'
            end
        from authorships as a
        join works using (n)
        join bodies on bodies.institution_id is null and (
            (works.china_role = 'pla_unmatched' and bodies.category = 'pla')
            or (works.china_role = 'defence_key_lab_unmatched' and bodies.category = 'defence_key_lab')
        )
        where a.role in ('china', 'both')
        union all
        select a.n, a.author_index, 0, null, null, case a.role
            when 'china without institution'
            then 'Unit ' || h(a.n * 1000 + a.slot, 'unit') % 900 || ', Sandbox City, ' || if(
                works.kind = 'miscoded', 'Hong Kong', 'China'
            )
            when 'first without institution'
            then 'Unit ' || h(a.n * 1000 + a.slot, 'unit') % 900 || ', Sandbox City, ' || country_names.display_name
            else 'عنوان تجريبي مخترع'
        end
        from authorships as a
        join works using (n)
        left join country_names on country_names.id = works.c1
        where a.role in ('china without institution', 'first without institution', 'unknown')
        order by 1, 2, 3
        """
    )


def write_authors(db: duckdb.DuckDBPyConnection) -> None:
    """Table `slice.people`: each work's list of authors, and what the record counts of it."""
    db.execute(
        f"""
        create table slice.people as
        with institution_lists as (
            select
                i.n, author_index,
                list(struct_pack(
                    id := '{_SITE}' || institution_id, display_name := name, ror := 'https://ror.org/' || ror,
                    country_code := {_CODED.format("country")}, type := institutions.type,
                    lineage := list_transform(lineage, lambda one: '{_SITE}' || one)
                ) order by place) as institutions
            from slice.authorship_institutions as i
            join slice.works using (n)
            join institutions using (institution_id)
            group by i.n, author_index
        ),
        country_lists as (
            select n, author_index, list(distinct country order by country) as countries
            from (
                select
                    c.n, author_index, if(basis = 'institution', {_CODED.format("country")}, country) as country
                from slice.authorship_countries as c join slice.works using (n)
            )
            group by n, author_index
        ),
        address_lists as (
            select
                n, author_index,
                list(address order by place) as addresses,
                list(struct_pack(
                    raw_affiliation_string := address,
                    institution_ids := case when institution_id is null then [] else ['{_SITE}' || institution_id] end
                ) order by place) as affiliations
            from slice.affiliations group by n, author_index
        ),
        persons as (
            select
                a.n, a.author_index, a.authors, a.author_number, a.is_corresponding, works.generation,
                case
                    when author_index = 0 then 'first' when author_index = authors - 1 then 'last' else 'middle'
                end as author_position,
                struct_pack(
                    id := '{_SITE}A99' || lpad(author_number::varchar, 8, '0'),
                    display_name := 'Author ' || coalesce(author_number, 0),
                    orcid := null::varchar
                ) as author,
                case
                    -- an institution stands twice now and then, or is null
                    when u(a.n * 1000 + author_index, 'institution twice') < 0.004
                    then list_concat(i.institutions, i.institutions[1:1])
                    when u(a.n * 1000 + author_index, 'institution twice') > 0.997
                    then list_append(coalesce(i.institutions, []), null)
                    else coalesce(i.institutions, [])
                end as institutions,
                case
                    when u(a.n * 1000 + author_index, 'null country') < 0.002 then list_append(c.countries, null)
                    else coalesce(c.countries, [])
                end as countries,
                coalesce(s.addresses, []) as addresses,
                coalesce(s.affiliations, []) as affiliations
            from slice.authorships as a
            join slice.works using (n)
            left join institution_lists as i using (n, author_index)
            left join country_lists as c using (n, author_index)
            left join address_lists as s using (n, author_index)
        ),
        authors as (
            select
                n, author_index, authors, author_number, is_corresponding,
                -- as text at once: a list of nested structs would cost ten times the memory
                case generation when 'old' then to_json(struct_pack(
                    author_position := author_position, author := author, institutions := institutions,
                    is_corresponding := is_corresponding,
                    raw_affiliation_string := nullif(array_to_string(addresses, '; '), '')
                )) else to_json(struct_pack(
                    author_position := author_position, author := author, institutions := institutions,
                    countries := countries, is_corresponding := is_corresponding,
                    raw_author_name := author.display_name, raw_affiliation_strings := addresses,
                    affiliations := affiliations
                )) end::varchar as authorship
            from persons
        ),
        institutions_of as (
            select n, count(distinct institution_id) as institutions from slice.authorship_institutions group by n
        ),
        countries_of as (
            select n, count(distinct country) as countries
            from slice.authorship_countries where basis = 'institution' group by n
        ),
        lists as (
            select
                n,
                '[' || string_agg(authorship, ',' order by author_index) filter (
                    author_index < {AUTHORSHIPS_CAP}
                ) || ']' as authorships,
                case
                    when any_value(authors) > {AUTHORSHIPS_CAP}
                    then '[' || string_agg(authorship, ',' order by author_index) || ']'
                end as authorships_full,
                to_json(list('{_SITE}A99' || lpad(author_number::varchar, 8, '0')) filter (
                    is_corresponding and author_number is not null
                ))::varchar as corresponding
            from authors group by n
        )
        select lists.*, coalesce(institutions, 0) as institutions, coalesce(countries, 0) as countries
        from lists left join institutions_of using (n) left join countries_of using (n)
        """
    )
