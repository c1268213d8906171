-- Form of a name x funder that it may be x how sure that is (preference, 0 the surest): the whole name of a class, a name that
-- a programme's pattern matches as a whole or that the table of names holds, else a name of four words or more that one known
-- funder bears. A name is known without `and` too; how long it is, is counted with it.
with

distinct_forms as (

    select distinct form
    from {{ ref('int_funder_name_forms') }}

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

    {%- for form in ['form', without_and('form')] %}
        select
            funder_id,
            crossref_id,
            country_code,
            {{ form }} as form,
            {{ is_long_name('form') }} as is_long
        from named_records
        {{ 'union' if not loop.last }}
    {%- endfor %}

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

    {%- for form in ['form', without_and('form')] %}
        select
            funder_id,
            crossref_id,
            country_code,
            funder_class,
            programme_code,
            {{ form }} as form,
            {{ is_long_name('form') }} as is_long
        from named_classes
        {{ 'union' if not loop.last }}
    {%- endfor %}

),

named_aliases as (

    select
        funder_id,
        crossref_id,
        trim({{ comparable('funder_name') }}) as form
    from {{ ref('stg_reference__funder_names') }}

),

aliases as (

    {%- for form in ['form', without_and('form')] %}
        select
            funder_id,
            crossref_id,
            {{ form }} as form
        from named_aliases
        {{ 'union' if not loop.last }}
    {%- endfor %}

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

int_funder_form_candidates as (

    select * from by_pattern
    union all
    select * from by_alias
    union all
    select * from by_class
    union all
    select * from by_record

)

select * from int_funder_form_candidates
