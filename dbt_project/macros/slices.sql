-- Tables of works are made in slices, as many as the memory limit asks for, so that what a statement holds at once does not
-- grow with the works: DuckDB spills joins and sorts, but neither lists nor the texts that an aggregate keeps. A model says
-- with of_slice() which of its rows belong to the slice; a query without slices (a test, `dbt show`) has all of them.

-- Whether a row belongs to the slice that is being made. Of one slice nothing is left of this condition.
{% macro of_slice(work_id='work_id') -%}
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
    {%- set counted %}
    with

    batches as (

        select records_typed as works
        from staging.stg_typed__batches
        where entity = 'works'
            {%- if has_batches %}
            and batch_id not in (select distinct batch_id from {{ this }})
            {%- endif %}
        {%- if recoded %}
        union all
        select count(*) as works from {{ recoded }}
        {%- endif %}

    )

    select greatest(1, ceil(
        sum(works) * {{ env_var('ENTANGLED_DBT_BYTES_PER_WORK') }} * {{ target.threads }}
        / parse_formatted_bytes(current_setting('memory_limit'))
    ))::bigint as slices
    from batches
    {%- endset -%}
    {{ return(run_query(counted).columns[0].values()[0]) }}
{%- endmacro %}

-- What dbt-duckdb makes of every table, whole or as the new rows of an increment; of a model with slices, slice by slice.
-- It is one transaction: a table is there with all of its slices or not at all.
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- set slices = slices_needed(temporary) if "getvariable('slice')" in compiled_code else 1 -%}
    {%- if slices > 1 %}
    set variable slices = {{ slices }}::ubigint;
    set variable slice = 0::ubigint;
    {%- endif %}
    {{ dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, partitioned_by, sorted_by) }}
    {%- if slices > 1 %}
    {%- for slice in range(1, slices) %}
    set variable slice = {{ slice }}::ubigint;
    insert into {{ relation.include(database=not temporary, schema=not temporary) }} by name (
        {{ compiled_code }}
    );
    {%- endfor %}
    reset variable slice;
    reset variable slices;
    {%- endif %}
{%- endmacro %}
