-- Papers of each reporter and year that are alike in the named columns of int_joint_works: counted by set of reporters first,
-- which there are few of, then added up for each reporter.
{% macro papers_alike(columns) -%}
    select
        reporter_sets.reporter_code,
        reporter_sets.reporter_name,
        alike.publication_year,
    {%- for column in columns %}
        alike.{{ column }},
    {%- endfor %}
        cast(sum(alike.papers) as bigint) as papers
    from (
        select
            reporter_set_key,
            publication_year,
    {%- for column in columns %}
        {{ column }},
    {%- endfor %}
            count(*) as papers
        from {{ ref('int_joint_works') }}
        group by all
    ) as alike
    inner join {{ ref('int_reporter_sets') }} as reporter_sets on alike.reporter_set_key = reporter_sets.reporter_set_key
    group by all
{%- endmacro %}

-- How many of papers that were counted alike satisfy a condition.
{% macro papers_where(condition, papers='papers') -%}
    cast(coalesce(sum({{ papers }}) filter (where {{ condition }}), 0) as bigint)
{%- endmacro %}
