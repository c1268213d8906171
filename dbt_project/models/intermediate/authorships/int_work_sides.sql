-- Work x country: which side of the scope it belongs to, and whether the country is there through authors of both sides
-- only (dual affiliations).
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded(depends_on_countries=true) }}") }}

with

works as (

    {{ works_to_load(ref('int_works'), depends_on_countries=true) }}

),

author_countries as (

    select
        author_countries.work_id,
        author_countries.batch_id,
        author_countries.author_index,
        author_countries.country_code,
        author_countries.country_corrections,
        coalesce(bool_or(groups.role = 'side_a'), false) as is_side_a,
        coalesce(bool_or(groups.role = 'side_b'), false) as is_side_b
    from {{ ref('int_work_author_countries') }} as author_countries
    inner join works on author_countries.work_id = works.work_id and author_countries.batch_id = works.batch_id
    left join {{ ref('stg_scope__groups') }} as groups on author_countries.country_code = groups.country_code
    where {{ of_slice('author_countries.work_id') }}
    group by
        author_countries.work_id,
        author_countries.batch_id,
        author_countries.author_index,
        author_countries.country_code,
        author_countries.country_corrections

),

authors as (

    select
        *,
        bool_or(is_side_a) over (partition by work_id, author_index)
        and bool_or(is_side_b) over (partition by work_id, author_index) as is_author_of_both_sides
    from author_countries

),

int_work_sides as (

    select
        authors.work_id,
        authors.batch_id,
        authors.country_code,
        authors.country_corrections,
        bool_or(authors.is_side_a) as is_side_a,
        bool_or(authors.is_side_b) as is_side_b,
        bool_or(authors.is_author_of_both_sides) as has_author_of_both_sides,
        bool_or(not authors.is_author_of_both_sides) as has_other_author
    from authors
    group by
        authors.work_id,
        authors.batch_id,
        authors.country_code,
        authors.country_corrections

)

select * from int_work_sides
