-- Work x country: which side of the scope it belongs to, and whether the country is there through authors of both sides
-- only (dual affiliations). Depends on the scope, so it is built anew each time.
with

author_countries as (

    select
        author_countries.work_id,
        author_countries.author_index,
        author_countries.country_code,
        coalesce(bool_or(groups.role = 'side_a'), false) as is_side_a,
        coalesce(bool_or(groups.role = 'side_b'), false) as is_side_b
    from {{ ref('int_work_author_countries') }} as author_countries
    left join {{ ref('stg_scope__groups') }} as groups on author_countries.country_code = groups.country_code
    group by author_countries.work_id, author_countries.author_index, author_countries.country_code

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
        work_id,
        country_code,
        bool_or(is_side_a) as is_side_a,
        bool_or(is_side_b) as is_side_b,
        bool_or(is_author_of_both_sides) as has_author_of_both_sides,
        bool_or(not is_author_of_both_sides) as has_other_author
    from authors
    group by work_id, country_code

)

select * from int_work_sides
