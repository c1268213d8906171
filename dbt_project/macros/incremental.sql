-- How the tables that grow are loaded: every typed batch that the table has not loaded yet, never an event's payload.
-- int_works decides which version of a work counts (the latest batch); the tables below it follow it row by row.
-- Rows that are loaded stay, so they may depend on nothing but the batches and what the count version is made of: under
-- another count version, flatten version or DuckDB the whole warehouse is built anew (include/warehouse/project.py).

-- Works of the slice (macros/engines/slices.sql) whose rows a child table still lacks. A table that depends on the countries of
-- institutions keeps in every row the corrections that it was loaded with (country_corrections), and loads a work again when
-- they changed.
{% macro works_to_load(works, depends_on_countries=false) -%}
    select
        works.work_id,
        works.batch_id
    {%- if depends_on_countries %},
        coalesce(recoded.country_corrections, '') as country_corrections
    {%- endif %}
    from {{ works }} as works
    {%- if depends_on_countries %}
    left join {{ ref('int_recoded_works') }} as recoded on works.work_id = recoded.work_id
    {%- endif %}
    where {{ of_slice('works.work_id') }} and ({{ is_lacking(depends_on_countries) }})
{%- endmacro %}

-- Whether the table lacks the rows of a work that it should have.
{% macro is_lacking(depends_on_countries) -%}
    {%- if not is_incremental() -%}
        true
    {%- elif not depends_on_countries -%}
        works.batch_id not in (select distinct batch_id from {{ this }})
    {%- else -%}
        works.batch_id not in (select distinct batch_id from {{ this }})
        or works.work_id in (
            select work_id from {{ ref('int_recoded_works') }}
            except
            select loaded.work_id
            from {{ this }} as loaded
            inner join {{ ref('int_recoded_works') }} as recoded
                on loaded.work_id = recoded.work_id and loaded.country_corrections = recoded.country_corrections
        )
    {%- endif -%}
{%- endmacro %}

-- Before a child table loads, it deletes the rows of works that changed: int_works has them from a batch that the child has
-- not loaded, or no longer has them. It looks from the few works that changed, not from every row. For a table that depends
-- on the countries of institutions, see above.
{% macro delete_superseded(depends_on_countries=false) -%}
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
        {%- if depends_on_countries %}
        union all
        select loaded.work_id
        from {{ this }} as loaded
        inner join {{ ref('int_recoded_works') }} as recoded on loaded.work_id = recoded.work_id
        where loaded.country_corrections != recoded.country_corrections
        {%- endif %}
    )
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

-- Of what works say of the same thing, what the newest batch says. Works of one batch may differ: the last id decides, so that
-- every build decides alike.
{% macro of_newest_work(column) -%}
    max_by({{ column }}, batch_id || work_id) filter (where {{ column }} is not null)
{%- endmacro %}
