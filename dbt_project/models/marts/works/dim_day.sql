-- Day of the scope's years, one row each: what BI tools join dates to, and the time spine of the metrics (models/marts/README.md).
with

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

days as (

    select
        {{ each_of(days_between('make_date(year_from, 1, 1)', 'make_date(year_to, 12, 31)'), 'date') }} as date_day
    from scope

),

dim_day as (

    select
        date_day,
        cast(year(date_day) as smallint) as publication_year,
        cast(date_trunc('month', date_day) as date) as publication_month
    from days

)

select * from dim_day
