-- A moment, from the text that manifests write it as, as a plain timestamp in UTC. One with a time zone is shown in the
-- zone of whoever reads it, and some clients need a further package (pytz) to read it at all.
{% macro moment(text) -%}
    {{ return(adapter.dispatch('moment', 'entangled')(text)) }}
{%- endmacro %}

{% macro duckdb__moment(text) -%}
    cast({{ text }} as timestamptz) at time zone 'UTC'
{%- endmacro %}

-- the session's zone is UTC (include/spark/session.py)
{% macro spark__moment(text) -%}
    cast(cast({{ text }} as timestamp_ltz) as timestamp_ntz)
{%- endmacro %}
