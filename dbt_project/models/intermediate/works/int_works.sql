-- Work, one row each: the version of the latest batch. Decides for every table below which version counts.
-- depends_on: {{ ref('stg_typed__batches') }}
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='work_id',
          on_schema_change='fail', pre_hook="{{ delete_tombstoned() }}") }}

with

works as (

    select * from {{ ref('stg_openalex__works') }}
    where
        {{ of_slice() }}
        {% if is_incremental() %}
            and batch_id not in (select distinct batch_id from {{ this }})
        {% endif %}

),

primary_topics as (

    select
        batch_id,
        work_id,
        topic_id,
        any_value(topic_name) as topic_name,
        any_value(subfield_id) as subfield_id,
        any_value(subfield_name) as subfield_name,
        any_value(field_id) as field_id,
        any_value(field_name) as field_name
    from {{ ref('stg_openalex__work_topics') }}
    where is_primary and {{ of_slice() }}
    group by batch_id, work_id, topic_id

),

tombstones as (

    select
        record_id as work_id,
        batch_id
    from {{ ref('stg_openalex__tombstones') }}
    where entity = 'works'

),

latest as (

    select *
    from works
    where not exists (
            select 1
            from tombstones
            where tombstones.work_id = works.work_id and tombstones.batch_id > works.batch_id
        )
        {% if is_incremental() %}
        -- a batch that arrives late must not put an older version over a newer one
            and not exists (
                select 1
                from {{ this }} as loaded
                where loaded.work_id = works.work_id and loaded.batch_id > works.batch_id
            )
        {% endif %}
    qualify row_number() over (partition by work_id order by batch_id desc, updated_at desc nulls last) = 1

),

int_works as (

    select
        latest.work_id,
        latest.batch_id,
        latest.doi,
        latest.title,
        latest.publication_year,
        latest.publication_date,
        latest.work_type,
        latest.language,
        coalesce(latest.is_retracted, false) as is_retracted,
        coalesce(latest.is_paratext, false) as is_paratext,
        latest.is_xpac,
        latest.authors_count,
        latest.is_authors_truncated,
        latest.primary_topic_id,
        primary_topics.topic_name as primary_topic_name,
        primary_topics.subfield_id,
        primary_topics.subfield_name,
        primary_topics.field_id,
        primary_topics.field_name,
        latest.source_id,
        latest.source_name,
        latest.source_type,
        latest.publisher_name,
        latest.cited_by_count,
        latest.fwci,
        latest.referenced_works_count,
        latest.updated_at,
        latest.created_at,
        latest.api_generation,
        latest.content_hash
    from latest
    left join primary_topics
        on latest.batch_id = primary_topics.batch_id
            and latest.work_id = primary_topics.work_id
            and latest.primary_topic_id = primary_topics.topic_id

)

select * from int_works
