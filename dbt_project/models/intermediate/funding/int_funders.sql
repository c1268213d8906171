-- Funder, one row each, with its class. A class is found by funder id, else by Crossref id, else (for classes without any
-- id) by the name, else by the programme that a name or an award number told; never by ROR, because one organisation can
-- hold funder ids of different classes. Funders that works name without an id have keys of their own (docs/METHOD.md).
with

records as (

    select * from {{ ref('stg_openalex__funders') }}

),

named_in_works as (

    select
        funder_id,
        {{ of_newest_work('funder_name') }} as funder_name
    from {{ ref('int_work_funders') }}
    group by funder_id

),

classes as (

    select * from {{ ref('stg_reference__funder_classes') }}

),

patterns as (

    select * from {{ ref('stg_reference__award_patterns') }}
    qualify row_number() over (partition by funder_id order by pattern_id) = 1

),

labels as (

    select * from {{ source('reference', 'funder_class_labels') }}

),

ids as (

    select funder_id from records
    union
    select funder_id from named_in_works

),

funders as (

    select
        ids.funder_id,
        coalesce(
            records.funder_name,
            case when ids.funder_id like 'programme:%' then patterns.programme_name end,
            named_in_works.funder_name,
            patterns.programme_name,
            case
                when ids.funder_id like 'ror:%' then 'Funder known by ROR ' || split_part(ids.funder_id, ':', 2)
            end,
            case when ids.funder_id = 'unnamed' then 'Funder not named' end
        ) as funder_name,
        records.country_code,
        coalesce(
            records.ror, case when ids.funder_id like 'ror:%' then split_part(ids.funder_id, ':', 2) end
        ) as ror,
        coalesce(
            records.crossref_id,
            case when ids.funder_id like 'crossref:%' then split_part(ids.funder_id, ':', 2) end
        ) as crossref_id,
        records.works_count,
        records.funder_id is not null as has_source_record
    from ids
    left join records on ids.funder_id = records.funder_id
    left join named_in_works on ids.funder_id = named_in_works.funder_id
    left join patterns on ids.funder_id = patterns.funder_id

),

matches as (

    select
        funders.funder_id,
        classes.country_code,
        classes.funder_class,
        classes.programme_code,
        classes.source,
        1 as preference,
        'funder_id' as matched_by
    from funders
    inner join classes on funders.funder_id = classes.funder_id
    union all
    select
        funders.funder_id,
        classes.country_code,
        classes.funder_class,
        classes.programme_code,
        classes.source,
        2 as preference,
        'crossref_id' as matched_by
    from funders
    inner join classes on funders.crossref_id = classes.crossref_id
    -- the class row's own funder id, where it has one, says who it is
    where classes.funder_id is null or classes.funder_id = funders.funder_id
    union all
    select
        funders.funder_id,
        classes.country_code,
        classes.funder_class,
        classes.programme_code,
        classes.source,
        3 as preference,
        'name' as matched_by
    from funders
    inner join classes on {{ comparable('funders.funder_name') }} = {{ comparable('classes.funder_name') }}
    where classes.funder_id is null and classes.crossref_id is null
    union all
    select
        funders.funder_id,
        patterns.country_code,
        patterns.funder_class,
        patterns.programme_code,
        patterns.source,
        4 as preference,
        'programme' as matched_by
    from funders
    inner join patterns on funders.funder_id = patterns.funder_id

),

best as (

    select
        funder_id,
        country_code,
        funder_class,
        programme_code,
        matched_by,
        source
    from matches
    qualify row_number() over (partition by funder_id order by preference, funder_class, programme_code nulls last) = 1

),

int_funders as (

    select
        funders.funder_id,
        funders.funder_name,
        coalesce(funders.country_code, best.country_code) as country_code,
        coalesce(best.funder_class, 'other') as funder_class,
        labels.funder_class_name,
        labels.area_code as funder_class_area_code,
        best.programme_code,
        coalesce(best.matched_by, 'none') as class_matched_by,
        best.source as class_source,
        funders.ror,
        funders.crossref_id,
        funders.works_count as works_count_of_source,
        funders.has_source_record
    from funders
    left join best on funders.funder_id = best.funder_id
    left join labels on coalesce(best.funder_class, 'other') = labels.funder_class

)

select * from int_funders
