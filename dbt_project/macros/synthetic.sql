-- Comments in the database start with SYNTHETIC when the data is invented. That is read from the batches themselves, so
-- no setting can be forgotten.
{% macro duckdb__alter_relation_comment(relation, comment) %}
    {%- set mark = '' -%}
    {%- if execute and relation.schema == 'marts' -%}
        {%- set origins = run_query('select distinct data_origin from staging.stg_typed__batches').columns[0].values() -%}
        {%- set mark = 'SYNTHETIC (invented data, says nothing about the world): ' if 'synthetic' in origins else '' -%}
    {%- endif -%}
    comment on {{ relation.type }} {{ relation }} is {{ duckdb_escape_comment(mark ~ comment) }};
{% endmacro %}
