-- Work x country: how many authors name the country, and its credit. Each author is 1/n of the work, split evenly over
-- that author's countries; an author without a country is credited to ZZ, so the credits of a work add up to 1.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded() }}") }}

with

works as (

    {{ works_to_load(ref('int_works')) }}

),

authors as (

    select distinct
        works.work_id,
        works.batch_id,
        authorships.author_index
    from works
    left join {{ ref('stg_openalex__authorships') }} as authorships
        on works.work_id = authorships.work_id and works.batch_id = authorships.batch_id

),

author_countries as (

    select
        work_id,
        batch_id,
        author_index,
        country_code,
        min(country_basis) as country_basis
    from {{ ref('stg_openalex__authorship_countries') }}
    where country_code is not null
    group by work_id, batch_id, author_index, country_code

),

credits as (

    select
        authors.work_id,
        authors.batch_id,
        authors.author_index,
        coalesce(author_countries.country_code, 'ZZ') as country_code,
        author_countries.country_basis,
        count(*) over (partition by authors.work_id, authors.author_index) as countries_of_author
    from authors
    left join author_countries
        on authors.work_id = author_countries.work_id
            and authors.batch_id = author_countries.batch_id
            and authors.author_index is not distinct from author_countries.author_index

),

authors_of_work as (

    select
        work_id,
        count(*) as authors
    from authors
    group by work_id

),

int_work_countries as (

    select
        credits.work_id,
        credits.batch_id,
        credits.country_code,
        count(credits.author_index) as authors,
        string_agg(distinct credits.country_basis, '; ' order by credits.country_basis) as country_basis,
        {{ credit_sum('1.0::double / authors_of_work.authors / credits.countries_of_author') }} as credit
    from credits
    inner join authors_of_work on credits.work_id = authors_of_work.work_id
    group by credits.work_id, credits.batch_id, credits.country_code

)

select * from int_work_countries
