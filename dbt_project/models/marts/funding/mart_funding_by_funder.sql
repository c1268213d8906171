-- Reporter x year x funder: funders that joint papers of the reporter disclose in any year, in every year of the scope.
with

counts as (

    {{ papers_by_funders(ref('int_funder_sets'), 'funder_id') }}

),

reporter_funders as (

    select distinct
        reporter_code,
        funder_id
    from counts

),

mart_funding_by_funder as (

    select
        years.reporter_code,
        years.reporter_name,
        years.publication_year,
        funders.funder_id,
        funders.funder_name,
        funders.funder_class,
        {{ funding_shares('coalesce(counts.papers, 0)', 'years') }}
    from {{ ref('mart_funding_disclosure') }} as years
    inner join reporter_funders on years.reporter_code = reporter_funders.reporter_code
    inner join {{ ref('dim_funder') }} as funders on reporter_funders.funder_id = funders.funder_id
    left join counts
        on years.reporter_code = counts.reporter_code
            and years.publication_year = counts.publication_year
            and reporter_funders.funder_id = counts.funder_id

)

select * from mart_funding_by_funder
