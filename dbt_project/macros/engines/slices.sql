-- Tables of works are made in slices, as many as the memory limit asks for, so that what a statement holds at once does not
-- grow with the works: DuckDB spills joins and sorts, but neither lists nor the texts that an aggregate keeps. A model says
-- with of_slice() which of its rows belong to the slice; a query without slices (a test, `dbt show`) has all of them.

-- Whether a row belongs to the slice that is being made. With one slice, DuckDB folds this condition away.
{% macro of_slice(work_id='work_id') -%}
    {{ return(adapter.dispatch('of_slice', 'entangled')(work_id)) }}
{%- endmacro %}

-- a cluster spills what it does not hold
{% macro spark__of_slice(work_id) -%}
    true
{%- endmacro %}

{% macro duckdb__of_slice(work_id) -%}
    (
        (getvariable('slice_from') is null or {{ work_id }} >= getvariable('slice_from'))
        and (getvariable('slice_before') is null or {{ work_id }} < getvariable('slice_before'))
    )
{%- endmacro %}

-- The first work id of each slice; an empty list when one slice is enough. As many models as dbt has threads share the memory
-- limit. A whole table counts the works of all batches. An increment counts those of the batches that the table lacks, and
-- all works whose countries are corrected, since any of them may be loaded again.
{% macro slice_bounds(temporary) -%}
    {%- set has_batches = 'batch_id' in (adapter.get_columns_in_relation(this) | map(attribute='name')) if temporary -%}
    {%- set recoded = adapter.get_relation(this.database, 'intermediate', 'int_recoded_works') if has_batches -%}
    {%- set is_counted = 'batch_id not in (select distinct batch_id from ' ~ this ~ ')' if has_batches else 'true' -%}
    {%- set slices = run_query(slices_sql(is_counted, recoded)).columns[0].values()[0] -%}
    {%- if slices > 1 -%}
        {{ return(run_query(bounds_sql(is_counted, recoded, slices)).columns[0].values()) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

-- How many slices the limit asks for.
{% macro slices_sql(is_counted, recoded) -%}
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

-- The first work id of each of `slices` parts of equal weight, of a sample of the works. A work has about as many rows as
-- authors. The path is formatted, as dbt-duckdb formats the location of a source.
{% macro bounds_sql(is_counted, recoded, slices) -%}
    with

    works as (

        select
            work_id,
            1 + coalesce(authors_count, 0) as weight
        from read_parquet('{{ env_var("ENTANGLED_DBT_TYPED").format() }}/batch=*/works.parquet', hive_partitioning = false)
        where batch_id in (select batch_id from staging.stg_typed__batches)
            and ({{ is_counted }}{% if recoded %} or work_id in (select work_id from {{ recoded }}){% endif %})

    ),

    sampled as (

        select unnest(arg_min({'work_id': work_id, 'weight': weight}, hash(work_id), {{ [10000, 200 * slices] | max }}), recursive := true)
        from works

    ),

    shares as (

        select
            work_id,
            (sum(weight) over (order by work_id) - weight) / sum(weight) over () as share_before
        from sampled

    )

    select min(work_id) as slice_from
    from shares
    group by floor(share_before * {{ slices }})
    order by 1
{%- endmacro %}

-- A table slice by slice: `whole` makes it of the first slice, and each further one is inserted.
{% macro make_in_slices(relation, whole, compiled_code, bounds) -%}
    reset variable slice_from;
    set variable slice_before = '{{ bounds[1] }}';
    {{ whole }}
    {%- for bound in bounds[1:] %}
    set variable slice_from = '{{ bound }}';
    {% if loop.last %}reset variable slice_before{% else %}set variable slice_before = '{{ bounds[loop.index + 1] }}'{% endif %};
    insert into {{ relation }} by name ({{ compiled_code }}
    );
    {%- endfor %}
    reset variable slice_from;
{%- endmacro %}

-- What dbt-duckdb makes of every table, whole or as the new rows of an increment; of a model with slices, slice by slice.
-- It is one transaction: a table is there with all of its slices or not at all.
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set bounds = slice_bounds(temporary) if "getvariable('slice_from')" in compiled_code else [] -%}
    {%- set whole = dbt.duckdb__create_table_as(
        temporary, relation, compiled_code, language, partitioned_by, sorted_by
    ) -%}
    {%- set made = relation.include(database=not temporary, schema=not temporary) -%}
    {%- if bounds | length < 2 -%}
        {{ whole }}
    {%- else -%}
        {{ make_in_slices(made, whole, compiled_code, bounds) }}
    {%- endif -%}
{%- endmacro %}
