-- Tables of works are made in slices, as many as the memory limit asks for, so that what a statement holds at once does not
-- grow with the works: DuckDB spills joins and sorts, but neither lists nor the texts that an aggregate keeps. A model says
-- with of_slice() which of its rows belong to the slice; a query without slices (a test, `dbt show`) has all of them.

-- Whether a row belongs to the slice that is being made. Of one slice nothing is left of this condition.
{% macro of_slice(work_id='work_id') -%}
    {{ return(adapter.dispatch('of_slice', 'entangled')(work_id)) }}
{%- endmacro %}

-- a cluster spills what it does not hold
{% macro spark__of_slice(work_id) -%}
    true
{%- endmacro %}

{% macro duckdb__of_slice(work_id) -%}
    (
        coalesce(getvariable('slices'), 1::ubigint) = 1
        or hash({{ work_id }}) % coalesce(getvariable('slices'), 1::ubigint) = getvariable('slice')
    )
{%- endmacro %}

-- How many slices: `threads` models share the limit. Counted are the works of all batches; for an increment those of the
-- batches that the table lacks, and all whose countries are corrected, since any of them may be loaded again.
{% macro slices_needed(temporary) -%}
    {%- set has_batches = 'batch_id' in (adapter.get_columns_in_relation(this) | map(attribute='name')) if temporary -%}
    {%- set recoded = adapter.get_relation(this.database, 'intermediate', 'int_recoded_works') if has_batches -%}
    {{ return(run_query(slices_sql(has_batches, recoded)).columns[0].values()[0]) }}
{%- endmacro %}

-- The query behind it: how many slices for the works of all batches, or of those that the table lacks and those recoded.
{% macro slices_sql(has_batches, recoded) -%}
    {%- set is_counted = 'batch_id not in (select distinct batch_id from ' ~ this ~ ')' if has_batches else 'true' -%}
    {%- set corrected = '(select count(*) from ' ~ recoded ~ ')' if recoded else '0' -%}
    with

    counted as (

        select coalesce(sum(records_typed), 0) + {{ corrected }} as works
        from staging.stg_typed__batches
        where entity = 'works' and {{ is_counted }}

    ),

    needed as (

        select works * {{ env_var('ENTANGLED_DBT_BYTES_PER_WORK') }} * {{ target.threads }} as bytes
        from counted

    )

    select greatest(1, ceil(bytes / parse_formatted_bytes(current_setting('memory_limit'))))::bigint as slices
    from needed
{%- endmacro %}

-- Each further slice into the table that the first one made.
{% macro insert_slices(relation, compiled_code, slices) -%}
    {%- for slice in range(1, slices) %}
    set variable slice = {{ slice }}::ubigint;
    insert into {{ relation }} by name ({{ compiled_code }}
    );
    {%- endfor %}
{%- endmacro %}

-- What dbt-duckdb makes of every table, whole or as the new rows of an increment; of a model with slices, slice by slice.
-- It is one transaction: a table is there with all of its slices or not at all.
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set slices = slices_needed(temporary) if "getvariable('slice')" in compiled_code else 1 -%}
    {%- set whole = dbt.duckdb__create_table_as(
        temporary, relation, compiled_code, language, partitioned_by, sorted_by
    ) -%}
    {%- set made = relation.include(database=not temporary, schema=not temporary) -%}
    {%- if slices == 1 -%}
        {{ whole }}
    {%- else -%}
        set variable slices = {{ slices }}::ubigint;
        set variable slice = 0::ubigint;
        {{ whole }}
        {{ insert_slices(made, compiled_code, slices) }}
        reset variable slice;
        reset variable slices;
    {%- endif -%}
{%- endmacro %}
