-- What the funding marts count of joint papers, over the alike ones of int_disclosed_papers or papers_alike; 0 where a row of
-- the grid has none. `alike`: their alias.
{% macro disclosure_counts(alike) -%}
    {{ papers_where('true', alike ~ '.papers') }} as joint_papers,
    {{ papers_where(alike ~ '.has_recognised_funder is not null', alike ~ '.papers') }} as papers_with_funding,
    {{ papers_where(alike ~ '.has_funder_by_id', alike ~ '.papers') }} as papers_with_funder_id,
    {{ papers_where(
        alike ~ '.has_recognised_funder and not ' ~ alike ~ '.has_funder_by_id', alike ~ '.papers'
    ) }} as papers_recognised_otherwise,
    {{ papers_where('not ' ~ alike ~ '.has_recognised_funder', alike ~ '.papers') }} as papers_with_unrecognised_funders
{%- endmacro %}

-- Reporter x year x where papers were published (a column of int_joint_works): such places with papers of the reporter in any
-- year, in every year of the scope, and how many of the papers disclose funding.
{% macro disclosure_by(place) -%}
    with

    alike as (

        select
            reporter_code,
            publication_year,
            coalesce({{ place }}, 'unknown') as {{ place }},
            has_funder_by_id,
            has_recognised_funder,
            papers
        from ({{ papers_alike([place, 'has_funder_by_id', 'has_recognised_funder']) }}) as alike_of_places

    ),

    reporter_places as (

        select distinct
            reporter_code,
            {{ place }}
        from alike

    )

    select
        years.reporter_code,
        years.reporter_name,
        years.publication_year,
        reporter_places.{{ place }},
        {{ disclosure_counts('alike') }}
    from {{ ref('mart_funding_disclosure') }} as years
    inner join reporter_places on years.reporter_code = reporter_places.reporter_code
    left join alike
        on years.reporter_code = alike.reporter_code
            and years.publication_year = alike.publication_year
            and reporter_places.{{ place }} = alike.{{ place }}
    group by years.reporter_code, years.reporter_name, years.publication_year, reporter_places.{{ place }}
{%- endmacro %}

-- Reporter x year x what sets of funders have: joint papers. `sets`: set of funders x `member`, each once, so that a paper with
-- three funders of a class counts once for the class.
{% macro papers_by_funders(sets, member) -%}
    select
        papers.reporter_code,
        papers.publication_year,
        sets.{{ member }},
        cast(sum(papers.papers) as bigint) as papers
    from {{ ref('int_disclosed_papers') }} as papers
    inner join {{ sets }} as sets on papers.funder_set_key = sets.funder_set_key
    group by papers.reporter_code, papers.publication_year, sets.{{ member }}
{%- endmacro %}

-- Institution x what sets of funders have: joint papers of all years, as papers_by_funders.
{% macro institution_papers_by_funders(sets, member) -%}
    select
        papers.institution_id,
        sets.{{ member }},
        cast(sum(papers.papers) as bigint) as papers
    from {{ ref('int_institution_funder_sets') }} as papers
    inner join {{ sets }} as sets on papers.funder_set_key = sets.funder_set_key
    group by papers.institution_id, sets.{{ member }}
{%- endmacro %}

-- Columns of papers that disclose some funders, `papers`, as a share of those of the `whole` that disclose any.
{% macro funding_shares(papers, whole) -%}
    {{ papers }} as papers,
    {{ whole }}.papers_with_funding,
    {{ whole }}.joint_papers,
    {{ ratio(papers, whole ~ '.papers_with_funding') }} as share_of_papers_with_funding,
    {{ ratio(whole ~ '.papers_with_funding', whole ~ '.joint_papers') }} as disclosed_share,
    {{ whole }}.papers_with_funding < {{ small_cell() }} as is_small_cell
{%- endmacro %}
