-- Work x institution: those named in the author list, and their ancestors by the source's lineage.
{{ config(materialized='view') }}

with

named as (

    select * from {{ ref('int_work_institutions') }}

),

lineage as (

    select * from {{ ref('stg_openalex__institution_lineage') }}

),

links as (

    select
        work_id,
        institution_id,
        authors,
        true as is_named
    from named
    union all
    select
        named.work_id,
        lineage.ancestor_id as institution_id,
        0 as authors,
        false as is_named
    from named
    inner join lineage on named.institution_id = lineage.institution_id

),

fct_work_institutions as (

    select
        work_id,
        institution_id,
        bool_or(is_named) as is_named,
        cast(sum(authors) as bigint) as authors
    from links
    group by work_id, institution_id

)

select * from fct_work_institutions
