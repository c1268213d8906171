-- Parquet files cannot be changed in place: on Spark, a table that grows is made whole in every build. Rows depend on nothing but
-- the batches, so that it is the table that an increment ends in.
{% materialization incremental, adapter='spark' -%}
    {{ return(dbt.materialization_table_spark()) }}
{%- endmaterialization %}

-- The types of contracts are DuckDB's. Spark's tables get them when they are taken into the warehouse (include/warehouse/spark),
-- which also sees that no column is missing.
{% macro spark__get_assert_columns_equivalent(sql) -%}
{%- endmacro %}
