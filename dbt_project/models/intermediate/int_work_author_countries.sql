-- Work x position in the author list x country, with what each way of counting gives to it. Positions, never people.
-- An author without a country is of ZZ; so is a work without authors, in one row without a position.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded() }}") }}

with

works as (

    {{ works_to_load(ref('int_works')) }}

),

authors as (

    select
        works.work_id,
        works.batch_id,
        authorships.author_index,
        coalesce(bool_or(authorships.is_corresponding), false) as is_corresponding_author
    from works
    left join {{ ref('stg_openalex__authorships') }} as authorships
        on works.work_id = authorships.work_id and works.batch_id = authorships.batch_id
    group by works.work_id, works.batch_id, authorships.author_index

),

author_countries as (

    select
        work_id,
        batch_id,
        author_index,
        country_code,
        min(country_basis) as country_basis
    from {{ ref('stg_openalex__authorship_countries') }}
    where country_code is not null and batch_id in (select batch_id from works)
    group by work_id, batch_id, author_index, country_code

),

author_institutions as (

    select
        work_id,
        batch_id,
        author_index,
        country_code,
        count(distinct institution_id) as institutions
    from {{ ref('stg_openalex__authorship_institutions') }}
    where country_code is not null and batch_id in (select batch_id from works)
    group by work_id, batch_id, author_index, country_code

),

placed as (

    select
        authors.*,
        coalesce(author_countries.country_code, 'ZZ') as country_code,
        author_countries.country_basis,
        -- a country that only an address names stands for one institution that nobody recognised
        greatest(coalesce(author_institutions.institutions, 0), 1) as affiliations
    from authors
    left join author_countries
        on authors.work_id = author_countries.work_id
            and authors.batch_id = author_countries.batch_id
            and authors.author_index is not distinct from author_countries.author_index
    left join author_institutions
        on author_countries.work_id = author_institutions.work_id
            and author_countries.batch_id = author_institutions.batch_id
            and author_countries.author_index = author_institutions.author_index
            and author_countries.country_code = author_institutions.country_code

),

int_work_author_countries as (

    select
        work_id,
        batch_id,
        author_index,
        country_code,
        country_basis,
        coalesce(author_index = min(author_index) over (partition by work_id), false) as is_first_author,
        is_corresponding_author,
        affiliations,
        count(*) over (partition by work_id, author_index) as countries_of_author,
        sum(affiliations) over (partition by work_id, author_index) as affiliations_of_author,
        greatest(count(distinct author_index) over (partition by work_id), 1) as authors_of_work
    from placed

)

select * from int_work_author_countries
