-- Reporter x year x side of the scope, every year and both sides: joint papers that disclose a funder of the side.
with

sides as (

    select distinct
        group_code as side_code,
        group_name as side_name
    from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')

),

counts as (

    {{ papers_by_funders(ref('int_funder_set_sides'), 'side_code') }}

),

mart_funding_by_side as (

    select
        years.reporter_code,
        years.reporter_name,
        years.publication_year,
        sides.side_code,
        sides.side_name,
        {{ funding_shares('coalesce(counts.papers, 0)', 'years') }}
    from {{ ref('mart_funding_disclosure') }} as years
    cross join sides
    left join counts
        on years.reporter_code = counts.reporter_code
            and years.publication_year = counts.publication_year
            and sides.side_code = counts.side_code

)

select * from mart_funding_by_side
