-- Names that stand without a funder id, and the funder that each is: a name that a programme's pattern matches as a whole or
-- that the table of names holds; else a name of four words or more that one known funder bears, or funders of one class and
-- country. Looked at as it stands, else without what is in brackets, else without grant numbers,
-- else without what it stands under, else without the scheme around it, else a part of it between bars. `&` and `and` are
-- alike: each name is looked at, and known, without the word too; how long it is, is counted with it.
with

names as (

    select
        name_key,
        min(funder_name) as funder_name
    from {{ ref('int_work_disclosures') }}
    where name_key is not null
    group by name_key

),

unbracketed as (

    select
        name_key,
        {{ funder_without_brackets('funder_name') }} as whole,
        {{ funder_without_brackets(funder_part('funder_name', -1)) }} as last_part,
        {{ funder_without_brackets(funder_part('funder_name', 1)) }} as first_part
    from names

),

cores as (

    select
        name_key,
        whole,
        {{ funder_core('whole') }} as core,
        {{ funder_core('last_part') }} as last_part,
        {{ funder_core('first_part') }} as first_part
    from unbracketed

),

shortened as (

    select
        name_key,
        unnest([0, 1, 2, 3, 4, 5, 6, 7]) as shortened,
        unnest([
            name_key,
            whole,
            core,
            {{ funder_without_above('core') }},
            {{ funder_of_scheme('core') }},
            {{ funder_without_above(funder_of_scheme('core')) }},
            last_part,
            first_part
        ]) as form
    from cores

),

forms as (

    select * from shortened
    union
    select * replace ({{ without_and('form') }} as form) from shortened

),

distinct_forms as (

    select distinct form
    from forms
    where form != ''

),

named_records as (

    select
        funder_id,
        crossref_id,
        country_code,
        trim({{ comparable('funder_name') }}) as form
    from {{ ref('stg_openalex__funders') }}

),

records as (

    select
        *,
        {{ is_long_name('form') }} as is_long
    from named_records
    union
    select
        * replace ({{ without_and('form') }} as form),
        {{ is_long_name('form') }} as is_long
    from named_records

),

classes as (

    select * from {{ ref('stg_reference__funder_classes') }}

),

named_classes as (

    select
        *,
        trim({{ comparable('funder_name') }}) as form
    from classes
    union
    select
        *,
        {{ funder_without_brackets('funder_name') }} as form
    from classes

),

class_forms as (

    select
        *,
        {{ is_long_name('form') }} as is_long
    from named_classes
    union
    select
        * replace ({{ without_and('form') }} as form),
        {{ is_long_name('form') }} as is_long
    from named_classes

),

named_aliases as (

    select
        funder_id,
        crossref_id,
        trim({{ comparable('funder_name') }}) as form
    from {{ ref('stg_reference__funder_names') }}

),

aliases as (

    select * from named_aliases
    union
    select * replace ({{ without_and('form') }} as form) from named_aliases

),

patterns as (

    select * from {{ ref('stg_reference__award_patterns') }}

),

matched as (

    {{ match_patterns('distinct_forms', 'form', "replace(name_regex, ' and ', ' (and )?')") }}

),

by_pattern as (

    select
        matched.form,
        patterns.funder_id,
        1 as preference,
        patterns.funder_class,
        patterns.country_code
    from matched
    inner join patterns on matched.pattern_id = patterns.pattern_id

),

by_alias as (

    select
        aliases.form,
        coalesce(aliases.funder_id, records.funder_id, 'crossref:' || aliases.crossref_id) as funder_id,
        1 as preference,
        coalesce(by_id.funder_class, by_crossref.funder_class) as funder_class,
        coalesce(by_id.country_code, by_crossref.country_code) as country_code
    from aliases
    left join classes as by_id on aliases.funder_id = by_id.funder_id
    left join classes as by_crossref on aliases.crossref_id = by_crossref.crossref_id
    left join records on aliases.crossref_id = records.crossref_id

),

by_class as (

    select
        distinct_forms.form,
        coalesce(
            class_forms.funder_id,
            records.funder_id,
            'programme:' || class_forms.programme_code,
            'crossref:' || class_forms.crossref_id,
            'name:' || {{ without_and('distinct_forms.form') }}
        ) as funder_id,
        case
            -- the whole name of one funder id is surer than a pattern: the joint fund with Yunnan has an id of its own
            when class_forms.funder_id is not null then 0
            when records.funder_id is not null then 3
            else 4
        end as preference,
        class_forms.funder_class,
        class_forms.country_code
    from distinct_forms
    inner join class_forms on distinct_forms.form = class_forms.form
    left join records on class_forms.crossref_id = records.crossref_id
    -- rows without any id were written down because the name alone says who it is
    where class_forms.is_long
        or (class_forms.funder_id is null and class_forms.crossref_id is null)

),

by_record as (

    select
        distinct_forms.form,
        records.funder_id,
        5 as preference,
        null as funder_class,
        records.country_code
    from distinct_forms
    inner join records on distinct_forms.form = records.form
    where records.is_long
        -- funders that have a class are found by it
        and distinct_forms.form not in (select class_forms.form from class_forms)

),

candidates as (

    select * from by_pattern
    union all
    select * from by_alias
    union all
    select * from by_class
    union all
    select * from by_record

),

safe as (

    select form
    from candidates
    group by form
    having count(distinct case
            when funder_class not in ('eu_national', 'other') then funder_class
            else coalesce(funder_class, '') || coalesce(country_code, '')
        end) = 1
        and (min(preference) < 5 or count(distinct funder_id) = 1)

),

int_funder_names as (

    select
        forms.name_key,
        candidates.funder_id
    from forms
    inner join candidates on forms.form = candidates.form
    inner join safe on candidates.form = safe.form
    qualify row_number() over (
            partition by forms.name_key
            order by forms.shortened, candidates.preference, candidates.funder_id
        ) = 1

)

select * from int_funder_names
