-- Reporter x year x nested definition x listing basis x class of funders: classes with linked papers of the reporter in any year, in every year of
-- the scope.
with

counts as (

    {{ linked_papers_of('funder_class') }}

),

mart_linked_papers_by_funder_class as (

    select
        {{ linked_by_columns('counts') }},
        counts.dimension_id as funder_class,
        coalesce(labels.funder_class_name, counts.dimension_id) as funder_class_name,
        {{ linked_count_columns('counts') }}
    from counts
    left join {{ source('reference', 'funder_class_labels') }} as labels on counts.dimension_id = labels.funder_class

)

select * from mart_linked_papers_by_funder_class
