-- Work x country, with full counting (one row is one paper of the country) and the credits of fractional counting.
{{ config(materialized='view') }}

with

fct_work_countries as (

    select
        work_id,
        country_code,
        authors,
        country_basis,
        is_of_first_author,
        is_of_corresponding_author,
        credit,
        credit_by_country,
        credit_by_affiliation
    from {{ ref('int_work_countries') }}

)

select * from fct_work_countries
