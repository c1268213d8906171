-- A moment, from the text that manifests write it as, as a plain timestamp in UTC. One with a time zone is shown in the
-- zone of whoever reads it, and some clients need a further package (pytz) to read it at all.
{% macro moment(text) -%}
    ({{ text }})::timestamptz at time zone 'UTC'
{%- endmacro %}
