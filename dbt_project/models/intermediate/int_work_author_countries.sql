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

-- as aggregates and joins: windows over all authors of all works take half as long again
of_author as (

    select
        work_id,
        author_index,
        count(*) as countries_of_author,
        sum(affiliations) as affiliations_of_author
    from placed
    group by work_id, author_index

),

of_work as (

    select
        work_id,
        min(author_index) as first_author_index,
        greatest(count(author_index), 1) as authors_of_work
    from authors
    group by work_id

),

int_work_author_countries as (

    select
        placed.work_id,
        placed.batch_id,
        placed.author_index,
        placed.country_code,
        placed.country_basis,
        coalesce(placed.author_index = of_work.first_author_index, false) as is_first_author,
        placed.is_corresponding_author,
        placed.affiliations,
        of_author.countries_of_author,
        of_author.affiliations_of_author,
        of_work.authors_of_work
    from placed
    inner join of_author
        on placed.work_id = of_author.work_id and placed.author_index is not distinct from of_author.author_index
    inner join of_work on placed.work_id = of_work.work_id

)

select * from int_work_author_countries
