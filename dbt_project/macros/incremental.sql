-- How the tables that grow are loaded: every typed batch that the table has not loaded yet, never an event's payload.
-- int_works decides which version of a work counts (the latest batch); the tables below it follow it row by row.

-- Works whose rows a child table still lacks.
{% macro works_to_load(works) -%}
    select
        work_id,
        batch_id
    from {{ works }}
    {%- if is_incremental() %}
    where batch_id not in (select distinct batch_id from {{ this }})
    {%- endif %}
{%- endmacro %}

-- Before a child table loads: rows of works go that int_works has from a batch which the child lacks, or has no more. It
-- looks from the few works that changed, not from every row. A table that depends on the scope as well names it in every
-- row (scope_version), and under another scope all its rows go.
{% macro delete_superseded(depends_on_scope=false) -%}
    {%- if is_incremental() -%}
    delete from {{ this }} as child
    where child.work_id in (
        select work_id
        from {{ ref('int_works') }}
        where batch_id not in (select distinct batch_id from {{ this }})
        union all
        select record_id
        from {{ source('typed', 'tombstones') }}
        where entity = 'works' and record_id not in (select work_id from {{ ref('int_works') }})
    )
    {%- if depends_on_scope %}
    or child.scope_version != (select content::json ->> 'scope_version' from {{ source('manifests', 'scope') }})
    {%- endif %}
    {%- endif -%}
{%- endmacro %}

-- Before int_works loads: works that the source has taken back go, unless a later batch brought them again.
{% macro delete_tombstoned() -%}
    {%- if is_incremental() -%}
    delete from {{ this }} as works
    where exists (
        select 1
        from {{ source('typed', 'tombstones') }} as tombstones
        where tombstones.entity = 'works'
            and tombstones.record_id = works.work_id
            and tombstones.batch_id > works.batch_id
            -- one that arrives while dbt runs waits for the next build
            and tombstones.batch_id in (select batch_id from {{ ref('stg_typed__batches') }})
    )
    {%- endif -%}
{%- endmacro %}
