-- Reporter x year, every year of the scope: how many joint papers disclose funding, and how their funders were recognised.
with

reporters as (

    {{ reporter_names() }}

),

years as (

    {{ scope_years() }}

),

sets_of_both_sides as (

    select funder_set_key
    from {{ ref('int_funder_set_sides') }}
    group by funder_set_key
    having count(distinct role) = 2

),

counts as (

    select
        reporters.reporter_code,
        reporters.reporter_name,
        years.publication_year,
        {{ disclosure_counts('papers') }},
        {{ papers_where('sets_of_both_sides.funder_set_key is not null', 'papers.papers') }}
            as papers_with_funders_of_both_sides
    from reporters
    cross join years
    left join {{ ref('int_disclosed_papers') }} as papers
        on reporters.reporter_code = papers.reporter_code and years.publication_year = papers.publication_year
    left join sets_of_both_sides on papers.funder_set_key = sets_of_both_sides.funder_set_key
    group by reporters.reporter_code, reporters.reporter_name, years.publication_year

),

mart_funding_disclosure as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        joint_papers,
        papers_with_funding,
        papers_with_funders_of_both_sides,
        papers_with_funder_id,
        papers_recognised_otherwise,
        papers_with_unrecognised_funders,
        {{ ratio('papers_with_funding', 'joint_papers') }} as disclosed_share,
        joint_papers < {{ small_cell() }} as is_small_cell
    from counts

)

select * from mart_funding_disclosure
