-- Days as each engine counts them.

-- How many days after the first day the last one is.
{% macro days_from(first, last) -%}
    {{ return(adapter.dispatch('days_from', 'entangled')(first, last)) }}
{%- endmacro %}

{% macro duckdb__days_from(first, last) -%}
    ({{ last }} - {{ first }})
{%- endmacro %}

{% macro spark__days_from(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}
