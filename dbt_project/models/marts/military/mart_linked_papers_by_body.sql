-- Reporter x year x nested definition x listing basis x listed body: bodies with linked papers of the reporter in any year, in every year of
-- the scope.
with

counts as (

    {{ linked_papers_of('body', whole='all') }}

),

mart_linked_papers_by_body as (

    select
        {{ linked_by_columns('counts') }},
        counts.dimension_id as body_id,
        bodies.body_name,
        {{ linked_count_columns('counts') }}
    from counts
    inner join {{ ref('stg_reference__military_bodies') }} as bodies on counts.dimension_id = bodies.body_id

)

select * from mart_linked_papers_by_body
