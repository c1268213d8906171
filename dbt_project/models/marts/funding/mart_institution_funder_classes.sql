-- Institution of either side x class of funders: joint papers over all years of the scope.
with

counts as (

    {{ institution_papers_by_funders(ref('int_funder_set_classes'), 'funder_class') }}

),

mart_institution_funder_classes as (

    select
        institutions.institution_id,
        institutions.institution_name,
        institutions.country_code,
        institutions.side_code,
        counts.funder_class,
        classes.funder_class_name,
        {{ funding_shares('counts.papers', 'institutions') }}
    from counts
    inner join {{ ref('int_institution_disclosure') }} as institutions
        on counts.institution_id = institutions.institution_id
    inner join {{ ref('dim_funder_class') }} as classes on counts.funder_class = classes.funder_class

)

select * from mart_institution_funder_classes
