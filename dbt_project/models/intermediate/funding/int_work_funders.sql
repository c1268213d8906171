-- Work x funder: one row whatever the generation of the record, and however often the funder is named.

with

awards as (

    select
        *,
        {{ way_number('recognised_by') }} as way
    from {{ ref('int_work_awards') }}
    where {{ of_slice() }}

),

-- most funders are named without a number
numbers as (

    select
        work_id,
        funder_id,
        count(*) as awards,
        {{ joined('award_number') }} as award_numbers
    from awards
    where award_number is not null
    group by work_id, funder_id

),

funders as (

    select
        work_id,
        batch_id,
        funder_id,
        max(funder_name) as funder_name,
        min(way) as way,
        {{ joined_fields('source_fields') }} as source_fields
    from awards
    group by work_id, batch_id, funder_id

),

int_work_funders as (

    select
        funders.work_id,
        funders.batch_id,
        funders.funder_id,
        funders.funder_name,
        {{ way_name('funders.way') }} as recognised_by,
        coalesce(numbers.awards, 0) as awards,
        numbers.award_numbers,
        funders.source_fields
    from funders
    left join numbers on funders.work_id = numbers.work_id and funders.funder_id = numbers.funder_id

)

select * from int_work_funders
