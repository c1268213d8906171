-- Country or group x year x alone or together with side B: loaded works of the scope, counted as the source's totals are.
-- `papers` are those that the marts count, the other two columns those on which the marts and the source's filter differ.
-- Unless every work of the subject is loaded, only works with such a difference are looked at: the source counts the others.
with

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

groups as (

    select distinct
        group_code,
        country_code
    from {{ ref('stg_scope__groups') }}

),

-- corrections of countries are the only reason why the filter shows a country that is not counted
recoded as (

    select work_id
    from {{ ref('int_recoded_works') }}
    where country_corrections != ''

),

seen_otherwise as (

    select work_id
    from {{ ref('int_work_countries') }}
    where country_code != 'ZZ' and not is_shown_by_filter
    union
    select work_id
    from recoded

),

works as (

    select
        works.work_id,
        works.batch_id,
        works.publication_year
    from {{ ref('int_scoped_works') }} as works
    cross join scope
    where works.is_in_scope
        and (scope.is_every_work_loaded or works.work_id in (select work_id from seen_otherwise))

),

-- of recoded works alone, before they are joined: of all works there are too many to hold at once
named_in_recoded as (

    select
        work_id,
        batch_id,
        author_index,
        country_code
    from {{ ref('stg_openalex__authorship_countries') }}
    where is_shown_by_filter and work_id in (select work_id from recoded)

),

read_by_countries as (

    select *
    from {{ ref('stg_openalex__authorships') }}
    where filter_reads = 'countries' and work_id in (select work_id from recoded)

),

countries_of_works as (

    select
        works.work_id,
        countries.country_code,
        true as is_counted,
        countries.is_shown_by_filter as is_shown
    from works
    inner join {{ ref('int_work_countries') }} as countries on works.work_id = countries.work_id
    where countries.country_code != 'ZZ'
    union all
    select
        works.work_id,
        named.country_code,
        false as is_counted,
        true as is_shown
    from works
    inner join named_in_recoded as named on works.work_id = named.work_id and works.batch_id = named.batch_id
    inner join read_by_countries as authorships
        on named.work_id = authorships.work_id
            and named.batch_id = authorships.batch_id
            and named.author_index = authorships.author_index

),

all_places as (

    select
        work_id,
        'country' as total_kind,
        country_code as group_code,
        bool_or(is_counted) as is_counted,
        bool_or(is_shown) as is_shown
    from countries_of_works
    group by work_id, country_code
    union all
    select
        countries_of_works.work_id,
        'group' as total_kind,
        groups.group_code,
        bool_or(countries_of_works.is_counted) as is_counted,
        bool_or(countries_of_works.is_shown) as is_shown
    from countries_of_works
    inner join groups on countries_of_works.country_code = groups.country_code
    group by countries_of_works.work_id, groups.group_code

),

-- an earlier scope of other countries loaded works that this one never asks for; they correct nothing
asked_for as (

    select works.work_id
    from works
    inner join scope on scope.is_every_work_loaded
    union
    select places.work_id
    from all_places as places
    cross join scope
    where places.total_kind = 'group'
    group by places.work_id
    having bool_or(places.group_code = scope.side_a_code) and bool_or(places.group_code = scope.side_b_code)

),

places as (

    select *
    from all_places
    where work_id in (select work_id from asked_for)

),

places_and_side_b as (

    select
        work_id,
        total_kind,
        '' as condition_code,
        group_code,
        is_counted,
        is_shown
    from places
    union all
    select
        places.work_id,
        case places.total_kind when 'country' then 'partner' else 'group_partner' end as total_kind,
        scope.side_b_code as condition_code,
        places.group_code,
        places.is_counted and of_side_b.is_counted as is_counted,
        places.is_shown and of_side_b.is_shown as is_shown
    from places
    cross join scope
    inner join places as of_side_b
        on places.work_id = of_side_b.work_id
            and of_side_b.total_kind = 'group'
            and scope.side_b_code = of_side_b.group_code
    union all
    select
        work_id,
        'world' as total_kind,
        '' as condition_code,
        'WORLD' as group_code,
        true as is_counted,
        true as is_shown
    from works

),

int_loaded_totals as (

    select
        places.total_kind,
        places.condition_code,
        places.group_code,
        works.publication_year,
        count(*) filter (where places.is_counted) as papers,
        count(*) filter (where places.is_counted and not places.is_shown) as papers_not_shown,
        count(*) filter (where places.is_shown and not places.is_counted) as papers_not_counted
    from places_and_side_b as places
    inner join works on places.work_id = works.work_id
    group by places.total_kind, places.condition_code, places.group_code, works.publication_year

)

select * from int_loaded_totals
