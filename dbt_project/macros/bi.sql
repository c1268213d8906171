-- What the models of models/bi have in common. They read published tables alone, so that those that are views can be views
-- of a release too (include/warehouse/export.py).

-- Reporter x year, every year of the scope, with the joint papers: what dense tables start from.
{% macro reporter_years() -%}
    select
        reporters.reporter_code,
        reporters.reporter_name,
        reporters.reporter_kind,
        make_date(trends.publication_year, 1, 1) as year_start,
        trends.publication_year,
        cast(trends.joint_papers as bigint) as joint_papers,
        trends.is_complete_year
    from {{ ref('mart_copublication_trends') }} as trends
    inner join {{ ref('dim_reporter') }} as reporters on trends.reporter_code = reporters.reporter_code
    where trends.counting_method = 'full' and trends.work_selection = 'all'
{%- endmacro %}

-- Columns that every table of reporters and years begins with.
{% macro reporter_year_columns(alias) -%}
    {{ alias }}.reporter_code,
    {{ alias }}.reporter_name,
    {{ alias }}.reporter_kind,
    {{ alias }}.year_start,
    {{ alias }}.publication_year
{%- endmacro %}

-- Reporter x year, every year of the scope: papers that disclose any funder, one of each side, and both.
{% macro reporter_funding() -%}
    select
        disclosure.reporter_code,
        disclosure.publication_year,
        disclosure.papers_with_funding,
        of_side_a.papers as papers_with_side_a_funder,
        of_side_b.papers as papers_with_side_b_funder,
        disclosure.papers_with_funders_of_both_sides as papers_with_both_funders
    from {{ ref('mart_funding_disclosure') }} as disclosure
    {%- for side in ('side_a', 'side_b') %}
    inner join {{ ref('mart_funding_by_side') }} as of_{{ side }}
        on disclosure.reporter_code = of_{{ side }}.reporter_code
            and disclosure.publication_year = of_{{ side }}.publication_year
            and of_{{ side }}.side_code = (select min(side_code) from {{ ref('dim_country') }} where side = '{{ side }}')
    {%- endfor %}
{%- endmacro %}

-- Reporter x year: papers linked by each definition, on each basis. `linked_columns`: code of a definition, and its part of
-- the columns' names.
{% macro reporter_links(linked_columns) -%}
    select
        reporter_code,
        publication_year
    {%- for code, name in linked_columns %}
        {%- for basis in ('today', 'at_publication') %},
        max(case when definition_code = '{{ code }}' and listing_basis = '{{ basis }}' then military_linked_papers end)
            as linked_{{ name }}_{{ basis }}
        {%- endfor %}
    {%- endfor %}
    from {{ ref('mart_linked_papers') }}
    group by reporter_code, publication_year
{%- endmacro %}

-- Reporter x year: full counts of all works, with the fractional credit beside them.
{% macro reporter_counts() -%}
    select
        counts.*,
        credits.joint_papers as joint_paper_credit
    from {{ ref('mart_copublication_trends') }} as counts
    inner join {{ ref('mart_copublication_trends') }} as credits
        on counts.reporter_code = credits.reporter_code
            and counts.publication_year = credits.publication_year
            and counts.work_selection = credits.work_selection
    where counts.work_selection = 'all' and counts.counting_method = 'full' and credits.counting_method = 'fractional'
{%- endmacro %}

-- All additive counts of some reporters (`chosen` is a condition on dim_reporter as `reporters`) and years, side by side. `definitions`: code
-- of each nested definition, and the part of a column's name that stands for it.
{% macro reporter_figures(chosen, definitions=[
    ('strict_pla', 'pla'), ('plus_seven_sons', 'seven_sons'),
    ('plus_security_industry', 'security_industry'), ('any_list', 'any_list'),
]) -%}
with

counts as (

    {{ reporter_counts() }}

),

funding as (

    {{ reporter_funding() }}

),

links as (

    {{ reporter_links(definitions) }}

)

select
    reporters.reporter_code,
    reporters.reporter_name,
    reporters.reporter_kind,
    reporters.country_iso2,
    reporters.country_iso3,
    reporters.is_eu_member,
    reporters.latitude,
    reporters.longitude,
    make_date(counts.publication_year, 1, 1) as year_start,
    counts.publication_year,
    cast(counts.joint_papers as bigint) as joint_papers,
    counts.joint_paper_credit,
    -- a total that is smaller than its part is none
    case when counts.reporter_share_basis != 'contradicted' then counts.reporter_papers end as all_papers,
    case when counts.partner_share_basis != 'contradicted' then counts.partner_papers end as partner_papers,
    cast(counts.all_joint_papers as bigint) as side_a_joint_papers,
    funding.papers_with_funding,
    funding.papers_with_side_a_funder,
    funding.papers_with_side_b_funder,
    funding.papers_with_both_funders,
    {%- for code, name in definitions %}
        {%- for basis in ('today', 'at_publication') %}
    links.linked_{{ name }}_{{ basis }},
        {%- endfor %}
    {%- endfor %}
    counts.is_complete_year,
    counts.is_small_cell
from counts
inner join {{ ref('dim_reporter') }} as reporters on counts.reporter_code = reporters.reporter_code and ({{ chosen }})
inner join funding
    on counts.reporter_code = funding.reporter_code and counts.publication_year = funding.publication_year
inner join links on counts.reporter_code = links.reporter_code and counts.publication_year = links.publication_year
{%- endmacro %}
