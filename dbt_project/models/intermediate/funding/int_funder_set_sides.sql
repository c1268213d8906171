-- Set of funders that papers have in common x side of the scope that one of them is of.
with

int_funder_set_sides as (

    select distinct
        funder_sets.funder_set_key,
        sides.role,
        sides.side_code
    from {{ ref('int_funder_sets') }} as funder_sets
    inner join {{ ref('int_funder_sides') }} as sides on funder_sets.funder_id = sides.funder_id

)

select * from int_funder_set_sides
