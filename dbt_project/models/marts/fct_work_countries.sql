-- Work x country, with full counting (one row is one paper of the country) and fractional credit.
with

fct_work_countries as (

    select
        work_id,
        country_code,
        authors,
        country_basis,
        credit
    from {{ ref('int_work_countries') }}

)

select * from fct_work_countries
