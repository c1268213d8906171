-- The source's own counts of all papers of the subject, added over the (disjoint) chunks of topics (1 to n) that were asked.
with

totals as (

    select * from {{ ref('stg_openalex__totals') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

int_totals as (

    select
        totals.total_kind,
        totals.condition_code,
        totals.group_code,
        totals.publication_year,
        sum(totals.papers)::bigint as papers
    from totals
    inner join scope on totals.topic_chunk <= scope.topic_chunks or totals.topic_chunk is null
    group by totals.total_kind, totals.condition_code, totals.group_code, totals.publication_year

)

select * from int_totals
