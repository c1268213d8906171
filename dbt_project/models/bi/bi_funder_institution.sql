-- Class of funders x institution of either side, all years together: joint papers of the institution that disclose the class.
{{ config(materialized='view') }}

with

bi_funder_institution as (

    select
        counts.institution_id,
        institutions.institution_label,
        institutions.country_code,
        institutions.country_name,
        institutions.side,
        institutions.side_name,
        counts.funder_class,
        counts.funder_class_name,
        counts.papers,
        counts.papers_with_funding,
        counts.joint_papers,
        counts.is_small_cell
    from {{ ref('mart_institution_funder_classes') }} as counts
    inner join {{ ref('bi_institution') }} as institutions on counts.institution_id = institutions.institution_id

)

select * from bi_funder_institution
