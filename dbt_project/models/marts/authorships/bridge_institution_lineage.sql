-- Institution x ancestor, for institutions and ancestors that the works name.
with

bridge_institution_lineage as (

    select
        lineage.institution_id,
        lineage.ancestor_id
    from {{ ref('stg_openalex__institution_lineage') }} as lineage
    -- a batch can name the parts of an institution that no work in the warehouse has
    inner join {{ ref('dim_institution') }} as institutions on lineage.institution_id = institutions.institution_id

)

select * from bridge_institution_lineage
