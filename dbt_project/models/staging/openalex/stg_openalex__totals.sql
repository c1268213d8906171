-- Question x group of its answer x year: the source's own counts, of every question, the whole answer that came last. A
-- country or year that is in an earlier answer and not in the last one has no papers any more, so rows are never mixed over
-- answers. A row without a country or without a year says that the question was answered: what the answer leaves out is 0.
with

totals as (

    select
        batch_id,
        total_kind,
        coalesce(condition_code, '') as condition_code,
        upper(group_code) as group_code,
        publication_year,
        topic_chunk,
        papers
    from {{ source('typed', 'totals') }}
    where batch_id in (select batch_id from {{ ref('stg_typed__batches') }})

),

stg_openalex__totals as (

    select
        total_kind,
        condition_code,
        group_code,
        publication_year,
        topic_chunk,
        papers
    from totals
    -- countries are asked a year at a time, groups and the world for all years at once (include/openalex/totals.py)
    qualify rank() over (
            partition by
                total_kind,
                condition_code,
                topic_chunk,
                case when total_kind in ('country', 'partner') then cast(publication_year as string) else group_code end
            order by batch_id desc
        ) = 1

)

select * from stg_openalex__totals
