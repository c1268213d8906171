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
        author_countries.author_index,
        author_countries.country_code,
        any_value(author_countries.batch_id) as batch_id,
        any_value(author_countries.country_corrections) as country_corrections,
        coalesce(bool_or(groups.role = 'side_a'), false) as is_side_a,
        coalesce(bool_or(groups.role = 'side_b'), false) as is_side_b
    from {{ ref('int_work_author_countries') }} as author_countries
    inner join works on author_countries.work_id = works.work_id and author_countries.batch_id = works.batch_id
    left join {{ ref('stg_scope__groups') }} as groups on author_countries.country_code = groups.country_code
    where {{ of_slice('author_countries.work_id') }}
    group by author_countries.work_id, author_countries.author_index, author_countries.country_code

),

-- few authors are of both sides
authors_of_both_sides as (

    select
        work_id,
        author_index
    from author_countries
    group by work_id, author_index
    having bool_or(is_side_a) and bool_or(is_side_b)

),

int_work_sides as (

    select
        authors.work_id,
        any_value(authors.batch_id) as batch_id,
        authors.country_code,
        any_value(authors.country_corrections) as country_corrections,
        bool_or(authors.is_side_a) as is_side_a,
        bool_or(authors.is_side_b) as is_side_b,
        bool_or(both_sides.work_id is not null) as has_author_of_both_sides,
        bool_or(both_sides.work_id is null) as has_other_author
    from author_countries as authors
    left join authors_of_both_sides as both_sides
        on authors.work_id = both_sides.work_id and authors.author_index = both_sides.author_index
    group by authors.work_id, authors.country_code

)

select * from int_work_sides
