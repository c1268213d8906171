-- Names that stand without a funder id, and the funder that each is: a name of four words or more that one known funder
-- bears, or funders of one class and country; or a name that a programme's pattern matches as a whole. A shorter name is
-- nobody's (Northeastern University is in Boston and in Shenyang), and so is one that stands for several classes.
with

names as (

    select distinct name_key
    from {{ ref('int_work_disclosures') }}
    where name_key is not null

),

records as (

    select
        funder_id,
        crossref_id,
        country_code,
        trim({{ comparable('funder_name') }}) as name_key
    from {{ ref('stg_openalex__funders') }}

),

classes as (

    select
        *,
        trim({{ comparable('funder_name') }}) as name_key
    from {{ ref('stg_reference__funder_classes') }}

),

patterns as (

    select * from {{ ref('stg_reference__award_patterns') }}

),

matched as (

    {{ match_patterns('names', 'name_key', 'name_regex') }}

),

by_pattern as (

    select
        matched.name_key,
        patterns.funder_id,
        1 as preference,
        patterns.funder_class,
        patterns.country_code
    from matched
    inner join patterns on matched.pattern_id = patterns.pattern_id

),

by_class as (

    select
        names.name_key,
        coalesce(
            classes.funder_id,
            records.funder_id,
            'programme:' || classes.programme_code,
            'crossref:' || classes.crossref_id,
            'name:' || names.name_key
        ) as funder_id,
        case when classes.funder_id is not null then 2 when records.funder_id is not null then 3 else 4 end
            as preference,
        classes.funder_class,
        classes.country_code
    from names
    inner join classes on names.name_key = classes.name_key
    left join records on classes.crossref_id = records.crossref_id
    -- rows without any id were written down because the name alone says who it is
    where array_length(string_split(names.name_key, ' ')) >= 4
        or (classes.funder_id is null and classes.crossref_id is null)

),

by_record as (

    select
        names.name_key,
        records.funder_id,
        5 as preference,
        null as funder_class,
        records.country_code
    from names
    inner join records on names.name_key = records.name_key
    where array_length(string_split(names.name_key, ' ')) >= 4
        -- funders that have a class are found by it
        and names.name_key not in (select name_key from classes)

),

candidates as (

    select * from by_pattern
    union all
    select * from by_class
    union all
    select * from by_record

),

safe as (

    select name_key
    from candidates
    group by name_key
    having count(distinct case
            when funder_class not in ('eu_national', 'other') then funder_class
            else coalesce(funder_class, '') || coalesce(country_code, '')
        end) = 1
        and (min(preference) < 5 or count(distinct funder_id) = 1)

),

int_funder_names as (

    select
        candidates.name_key,
        candidates.funder_id
    from candidates
    inner join safe on candidates.name_key = safe.name_key
    qualify row_number() over (
            partition by candidates.name_key order by candidates.preference, candidates.funder_id
        ) = 1

)

select * from int_funder_names
