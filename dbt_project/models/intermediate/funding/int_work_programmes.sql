-- Work x funder x programme that an award number tells, or that the funder is.
with

told_by_numbers as (

    select
        work_id,
        funder_id,
        programme_code
    from {{ ref('int_work_awards') }}
    where programme_code is not null

),

-- the funder is a programme of its own, whatever the numbers say beside
programmes_themselves as (

    select
        work_funders.work_id,
        work_funders.funder_id,
        funders.programme_code
    from {{ ref('int_work_funders') }} as work_funders
    inner join {{ ref('int_funders') }} as funders on work_funders.funder_id = funders.funder_id
    where funders.programme_code is not null

),

int_work_programmes as (

    select
        work_id,
        funder_id,
        programme_code
    from told_by_numbers
    union
    select
        work_id,
        funder_id,
        programme_code
    from programmes_themselves

)

select * from int_work_programmes
