-- Reporter x year x nested definition x listing basis x institution of the reporter or of side B: institutions with linked
-- papers of the reporter in any year, in every year of the scope.
with

of_side_a as (

    {{ linked_papers_of('institution_a') }}

),

of_side_b as (

    {{ linked_papers_of('institution_b') }}

),

counts as (

    select
        *,
        'side_a' as side
    from of_side_a
    union all
    select
        *,
        'side_b' as side
    from of_side_b

),

mart_linked_papers_by_institution as (

    select
        {{ linked_by_columns('counts') }},
        counts.side,
        counts.dimension_id as institution_id,
        coalesce(institutions.institution_name, counts.dimension_id) as institution_name,
        {{ linked_count_columns('counts') }}
    from counts
    left join {{ ref('dim_institution') }} as institutions on counts.dimension_id = institutions.institution_id

)

select * from mart_linked_papers_by_institution
