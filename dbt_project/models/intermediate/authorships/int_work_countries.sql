-- Work x country: how many authors name the country, and its credit in each way of fractional counting. The credits of a
-- work add up to 1 in each; what cannot be placed is credited to ZZ.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded(depends_on_countries=true) }}") }}

with

works as (

    {{ works_to_load(ref('int_works'), depends_on_countries=true) }}

),

author_countries as (

    select author_countries.*
    from {{ ref('int_work_author_countries') }} as author_countries
    inner join works on author_countries.work_id = works.work_id and author_countries.batch_id = works.batch_id
    where {{ of_slice('author_countries.work_id') }}

),

countries_of_work as (

    select
        work_id,
        count(distinct country_code) filter (where country_code != 'ZZ') as countries
    from author_countries
    group by work_id

),

int_work_countries as (

    select
        author_countries.work_id,
        any_value(author_countries.batch_id) as batch_id,
        author_countries.country_code,
        any_value(author_countries.country_corrections) as country_corrections,
        count(author_countries.author_index) as authors,
        -- there are two bases: the least and the greatest are all
        nullif(
            concat_ws(
                '; ',
                min(author_countries.country_basis),
                nullif(max(author_countries.country_basis), min(author_countries.country_basis))
            ), ''
        ) as country_basis,
        bool_or(author_countries.is_first_author) as is_of_first_author,
        bool_or(author_countries.is_corresponding_author) as is_of_corresponding_author,
        bool_or(author_countries.is_shown_by_filter) as is_shown_by_filter,
        {{ credit_sum(
            'cast(1 as double) / author_countries.authors_of_work / author_countries.countries_of_author'
        ) }} as credit,
        {{ credit_sum(
            'cast(1 as double) / author_countries.authors_of_work
                * author_countries.affiliations / author_countries.affiliations_of_author'
        ) }} as credit_by_affiliation,
        case
            when countries_of_work.countries = 0 then 1
            when author_countries.country_code = 'ZZ' then 0
            else cast(1 as double) / countries_of_work.countries
        end as credit_by_country
    from author_countries
    inner join countries_of_work on author_countries.work_id = countries_of_work.work_id
    group by author_countries.work_id, author_countries.country_code, countries_of_work.countries

)

select * from int_work_countries
