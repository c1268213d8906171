-- Reporter x year x nested definition x listing basis x class of funders: classes with linked papers of the reporter in any
-- year, in every year of the scope. Who pays for what is linked, and how much of what a class pays for is linked.
with

counts as (

    {{ linked_papers_of('funder_class') }}

),

mart_linked_papers_by_funder_class as (

    select
        {{ linked_by_columns('counts') }},
        counts.dimension_id as funder_class,
        coalesce(labels.funder_class_name, counts.dimension_id) as funder_class_name,
        {{ linked_count_columns('counts', 'least(counts.joint_papers, wholes.linked_papers_with_funding)') }},
        wholes.linked_papers_with_funding,
        {{ ratio('counts.military_linked_papers', 'wholes.linked_papers_with_funding') }}
            as share_of_linked_papers_with_funding
    from counts
    inner join {{ ref('mart_linked_papers') }} as wholes
        on counts.reporter_code = wholes.reporter_code
            and counts.publication_year = wholes.publication_year
            and counts.definition_code = wholes.definition_code
            and counts.listing_basis = wholes.listing_basis
    left join {{ source('reference', 'funder_class_labels') }} as labels on counts.dimension_id = labels.funder_class

)

select * from mart_linked_papers_by_funder_class
