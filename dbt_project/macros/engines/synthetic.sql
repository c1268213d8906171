-- Comments of published tables start with SYNTHETIC when the data is invented. That is read from the batches themselves,
-- so there is no setting that could be forgotten.
{% macro mark_synthetic() -%}
    {{ return(adapter.dispatch('mark_synthetic', 'entangled')()) }}
{%- endmacro %}

-- the export marks the tables of a candidate, whatever made them
{% macro spark__mark_synthetic() -%}
{%- endmacro %}

{% macro duckdb__mark_synthetic() %}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set tables = run_query("
            select kind, name, coalesce(comment, '')
            from (
                select 'table' as kind, schema_name, table_name as name, comment from duckdb_tables()
                union all
                select 'view' as kind, schema_name, view_name as name, comment from duckdb_views()
            ) as tables_and_views
            where schema_name = 'marts'
                and not starts_with(coalesce(comment, ''), 'SYNTHETIC')
                and exists (select 1 from staging.stg_typed__batches where data_origin = 'synthetic')
        ") -%}
        {%- for table in tables.rows %}
    comment on {{ table[0] }} marts.{{ adapter.quote(table[1]) }} is
        {{ sql_text('SYNTHETIC (invented data, says nothing about the world): ' ~ table[2]) }};
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
