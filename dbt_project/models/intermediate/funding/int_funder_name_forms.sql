-- Name that stands without a funder id x form of it that is looked at, and how much was taken off for it: as it stands (0),
-- without what is in brackets, without grant numbers, without what it stands under, without the scheme around it, a part of
-- it between bars (7). `&` and `and` are alike: each form stands here without the word too.
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

-- so much is taken off in each form, 0 for nothing
steps as (

    select {{ each_of(numbers_between(0, 7), 'integer') }} as shortened

),

shortened as (

    select
        cores.name_key,
        steps.shortened,
        case steps.shortened
            when 0 then cores.name_key
            when 1 then cores.whole
            when 2 then cores.core
            when 3 then {{ funder_without_above('cores.core') }}
            when 4 then {{ funder_of_scheme('cores.core') }}
            when 5 then {{ funder_without_above(funder_of_scheme('cores.core')) }}
            when 6 then cores.last_part
            else cores.first_part
        end as form
    from cores
    cross join steps

),

with_and_without as (

    select * from shortened
    union all
    select
        name_key,
        shortened,
        {{ without_and('form') }} as form
    from shortened

),

int_funder_name_forms as (

    select
        name_key,
        form,
        min(shortened) as shortened
    from with_and_without
    where form != ''
    group by name_key, form

)

select * from int_funder_name_forms
