-- dbt's own results kept in the warehouse (ops.dbt_results), so that gate 2 judges the last build by them whether
-- include.warehouse or Cosmos ran it, and never by the colour of a task. Of a build on Spark, include/spark takes them into the
-- warehouse together with the tables.

{% macro create_dbt_results() -%}
    {{ return(adapter.dispatch('create_dbt_results', 'entangled')()) }}
{%- endmacro %}

{% macro spark__create_dbt_results() -%}
{%- endmacro %}

{% macro duckdb__create_dbt_results() -%}
    create schema if not exists ops;
    create table if not exists ops.dbt_results (
        invocation_id varchar,
        command varchar,
        dbt_version varchar,
        started_at timestamptz,
        node_id varchar,
        resource_type varchar,
        severity varchar,
        status varchar,
        failures bigint,
        message varchar,
        seconds double
    );
    {%- if execute and flags.WHICH == 'build' %}
    -- a build that is killed leaves this row alone, so that its gate does not read the build before it
    insert into ops.dbt_results (invocation_id, command, dbt_version, started_at, node_id, resource_type, status)
    values (
        '{{ invocation_id }}', '{{ flags.WHICH }}', '{{ dbt_version }}', '{{ run_started_at }}',
        'entangled', 'invocation', 'started'
    );
    {%- endif %}
{% endmacro %}

{% macro keep_dbt_results(results) -%}
    {{ return(adapter.dispatch('keep_dbt_results', 'entangled')(results)) }}
{%- endmacro %}

{% macro spark__keep_dbt_results(results) -%}
{%- endmacro %}

{% macro duckdb__keep_dbt_results(results) %}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- set rows = [] -%}
        {%- set seen = [] -%}
        {%- for result in results -%}
            {%- do seen.append(result.node.unique_id) -%}
            {%- set kind = result.node.resource_type | string -%}
            {%- set told = result.node.config -%}
            {#- a judgement warns, so that dbt builds on, and gate 2 refuses until a person accepts what it found -#}
            {%- set severity = 'error' if kind != 'test' else 'judgement' if told.meta.get('judgement')
                else told.severity | lower -%}
            {%- do rows.append([result.node.unique_id, kind, severity, result.status | string, result.failures,
                                result.message, result.execution_time]) -%}
        {%- endfor -%}
        {#- nodes that a whole build should have run and did not: selected away, or never reached -#}
        {%- if flags.WHICH == 'build' -%}
            {%- for node in graph.nodes.values() -%}
                {%- if node.unique_id not in seen and node.resource_type in ('model', 'test')
                        and node.config.enabled and node.config.materialized != 'ephemeral' -%}
                    {%- do rows.append([node.unique_id, node.resource_type, 'error', 'not run', none,
                                        'the build did not reach this node', 0]) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if rows -%}
            insert into ops.dbt_results values
            {%- for row in rows %}
    (
        '{{ invocation_id }}', '{{ flags.WHICH }}', '{{ dbt_version }}', '{{ run_started_at }}',
        {{ sql_text(row[0]) }}, {{ sql_text(row[1]) }}, {{ sql_text(row[2]) }}, {{ sql_text(row[3]) }},
        {{ row[4] if row[4] is not none else 'null' }}, {{ sql_text(row[5]) }}, {{ row[6] }}
    ){{ ',' if not loop.last }}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
