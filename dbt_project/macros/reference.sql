-- A reference table together with the rows that the user's own lists (ENTANGLED_EXTRA_LISTS) add to it, when that folder
-- holds a file of the same name. `name` is needed where the table is no source.
{% macro with_extra_lists(reference_table, name=none) -%}
    {%- set folder = env_var('ENTANGLED_DBT_EXTRA_LISTS', '') -%}
    {%- set found = [] -%}
    {%- if execute and folder -%}
        {#- formatted, as dbt-duckdb formats the location of a source: include/warehouse/environment.py -#}
        {%- set pattern = folder.format() ~ '/' ~ (name or reference_table.identifier) ~ '.csv' -%}
        {%- set found = run_query("select file from glob('" ~ pattern ~ "')").columns[0].values() -%}
    {%- endif -%}
    (
        select * from {{ reference_table }}
    {%- if found | length > 0 %}
        union all by name
        select * from read_csv({{ sql_text(found[0]) }}, {{ csv_options() }})
    {%- endif %}
    )
{%- endmacro %}

-- How reference tables are read, here and in _sources.yml. A small limit of memory has no room for the 32 MB that DuckDB
-- takes for every CSV by itself, and of a folder `key=value` above the file nothing may become a column.
{% macro csv_options() -%}
    header = true, all_varchar = true, buffer_size = 4194304, hive_partitioning = false
{%- endmacro %}

-- Whether a listing holds on a day: from valid_from up to the day before valid_to. `unknown_start` is what a listing
-- without a known first day counts as.
{% macro is_listed_on(day, valid_from, valid_to, unknown_start) -%}
    coalesce({{ valid_from }} <= {{ day }}, {{ unknown_start }})
        and coalesce({{ day }} < {{ valid_to }}, true)
{%- endmacro %}
