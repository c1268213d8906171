-- Where each engine reads the reference tables. DuckDB reads the files in place; for Spark, include/spark/inputs.py has
-- written them as Parquet, with the user's own lists among them.

-- A reference table together with the rows that the user's own lists (ENTANGLED_EXTRA_LISTS) add to it, when that folder
-- holds a file of the same name.
{% macro with_extra_lists(reference_table) -%}
    {{ return(adapter.dispatch('with_extra_lists', 'entangled')(reference_table, reference_table.identifier)) }}
{%- endmacro %}

{% macro duckdb__with_extra_lists(reference_table, name) -%}
    {%- set folder = env_var('ENTANGLED_DBT_EXTRA_LISTS', '') -%}
    {%- set found = [] -%}
    {%- if execute and folder -%}
        {#- formatted, as dbt-duckdb formats the location of a source: include/warehouse/environment.py -#}
        {%- set pattern = folder.format() ~ '/' ~ name ~ '.csv' -%}
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

{% macro spark__with_extra_lists(reference_table, name) -%}
    {{ reference_table }}
{%- endmacro %}

-- The table of award patterns, to be asked while a model compiles.
{% macro award_patterns() -%}
    {{ return(adapter.dispatch('award_patterns', 'entangled')()) }}
{%- endmacro %}

-- From the file and not from the source: a dbt unit test, whose sources are made up, has no table to ask while it compiles.
{% macro duckdb__award_patterns() -%}
    {%- set file = env_var('ENTANGLED_DBT_SEEDS').format() ~ '/award_patterns.csv' -%}
    {{ duckdb__with_extra_lists("read_csv('" ~ file ~ "', " ~ csv_options() ~ ')', 'award_patterns') }}
{%- endmacro %}

{% macro spark__award_patterns() -%}
    reference.award_patterns
{%- endmacro %}

-- How DuckDB reads reference tables, here and in models/staging/reference/_reference.yml. A small limit of memory has no room for the 32 MB that it
-- takes for every CSV by itself, and of a folder `key=value` above the file nothing may become a column.
{% macro csv_options() -%}
    header = true, all_varchar = true, buffer_size = 4194304, hive_partitioning = false
{%- endmacro %}
