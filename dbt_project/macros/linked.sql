-- What the marts of linked papers have in common (models/marts/military/mart_linked_papers*.sql).

-- Reporter x year x nested definition x listing basis x member of a dimension, with what int_linked_papers counts: members that
-- the reporter has linked papers with in any year, in every year of the scope. `whole`: the dimension whose papers are the
-- whole that shares are taken of, when it is not the member's own.
{% macro linked_papers_of(dimension, whole=none) -%}
    select
        members.reporter_code,
        reporters.reporter_name,
        years.publication_year,
        members.definition_code,
        members.definition_order,
        members.listing_basis,
        members.dimension_id,
        coalesce(linked.military_linked_papers, 0) as military_linked_papers,
        coalesce(linked.papers_without_hospitals, 0) as papers_without_hospitals,
        coalesce(linked.papers_with_hospitals, 0) as papers_with_hospitals,
        coalesce(wholes.joint_papers, 0) as joint_papers
    from (
        select distinct
            reporter_code,
            definition_code,
            definition_order,
            listing_basis,
            dimension_id
        from {{ ref('int_linked_papers') }}
        where dimension = '{{ dimension }}'
    ) as members
    inner join ({{ reporter_names() }}) as reporters on members.reporter_code = reporters.reporter_code
    cross join ({{ scope_years() }}) as years
    left join {{ ref('int_linked_papers') }} as linked
        on linked.dimension = '{{ dimension }}'
            and members.reporter_code = linked.reporter_code
            and years.publication_year = linked.publication_year
            and members.definition_code = linked.definition_code
            and members.listing_basis = linked.listing_basis
            and members.dimension_id = linked.dimension_id
    left join ({{ papers_of_dimension(whole or dimension) }}) as wholes
        on members.reporter_code = wholes.reporter_code
            and years.publication_year = wholes.publication_year
            and {{ "true" if whole else "members.dimension_id = wholes.dimension_id" }}
{%- endmacro %}

-- Reporter x year x member of a dimension: joint papers, linked or not.
{% macro papers_of_dimension(dimension) -%}
    select
        reporter_code,
        publication_year,
        dimension_id,
        cast(sum(papers) as bigint) as joint_papers
    from {{ ref('int_linkage_counts') }}
    where dimension = '{{ dimension }}'
    group by reporter_code, publication_year, dimension_id
{%- endmacro %}

-- Columns that every mart of linked papers begins with, and the counts that all have. `smallest_whole`: where shares are taken of
-- more than the joint papers, the smallest that one is taken of.
{% macro linked_by_columns(alias) -%}
    {{ alias }}.reporter_code,
    {{ alias }}.reporter_name,
    {{ alias }}.publication_year,
    {{ alias }}.definition_code,
    {{ alias }}.definition_order,
    {{ alias }}.listing_basis
{%- endmacro %}

{% macro linked_count_columns(alias, smallest_whole=none) -%}
    {{ alias }}.military_linked_papers,
    {{ alias }}.papers_without_hospitals,
    {{ alias }}.papers_with_hospitals,
    {{ alias }}.joint_papers,
    {{ ratio(alias ~ '.military_linked_papers', alias ~ '.joint_papers') }} as share_of_joint_papers,
    {{ smallest_whole or alias ~ '.joint_papers' }} < {{ small_cell() }} as is_small_cell
{%- endmacro %}
