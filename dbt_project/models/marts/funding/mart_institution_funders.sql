-- Institution of either side x funder: joint papers over all years of the scope.
with

counts as (

    {{ institution_papers_by_funders(ref('int_funder_sets'), 'funder_id') }}

),

mart_institution_funders as (

    select
        institutions.institution_id,
        institutions.institution_name,
        institutions.country_code,
        institutions.side_code,
        funders.funder_id,
        funders.funder_name,
        funders.funder_class,
        {{ funding_shares('counts.papers', 'institutions') }}
    from counts
    inner join {{ ref('int_institution_disclosure') }} as institutions
        on counts.institution_id = institutions.institution_id
    inner join {{ ref('dim_funder') }} as funders on counts.funder_id = funders.funder_id

)

select * from mart_institution_funders
