-- Work x what of it could not be placed: authorships, entries of funders and awards. Counted once, when a work is loaded;
-- mart_ops_coverage adds them up.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded() }}") }}

with

works as (

    {{ works_to_load(ref('int_works')) }}

),

placed as (

    select distinct
        work_id,
        batch_id,
        author_index
    from {{ ref('stg_openalex__authorship_institutions') }}
    where institution_id is not null and batch_id in (select batch_id from works) and {{ of_slice() }}

),

authorships as (

    select
        authorships.work_id,
        authorships.batch_id,
        count(*) as authorships,
        count(*) filter (where placed.work_id is null) as authorships_without_institution
    from {{ ref('stg_openalex__authorships') }} as authorships
    left join placed
        on authorships.work_id = placed.work_id
            and authorships.batch_id = placed.batch_id
            and authorships.author_index = placed.author_index
    where authorships.batch_id in (select batch_id from works) and {{ of_slice('authorships.work_id') }}
    group by authorships.work_id, authorships.batch_id

),

funding_entries as (

    select
        work_id,
        batch_id,
        count(*) as funding_entries,
        count(*) filter (where funder_id is null and coalesce(funder_ror, funder_name) is not null)
            as funding_entries_without_id,
        count(*) filter (where coalesce(funder_id, funder_ror, funder_name) is null)
            as funding_entries_without_id_or_name
    from {{ ref('stg_openalex__work_funders') }}
    where batch_id in (select batch_id from works) and {{ of_slice() }}
    group by work_id, batch_id

),

award_entries as (

    select
        work_id,
        batch_id,
        count(award_text) as award_numbers,
        count(award_text) filter (where award_number is null) as award_numbers_without_meaning
    from {{ ref('stg_openalex__work_awards') }}
    where batch_id in (select batch_id from works) and {{ of_slice() }}
    group by work_id, batch_id

),

-- funders of works, by the generation of the fields that name them
funders_named as (

    select
        work_id,
        batch_id,
        funder_id,
        bool_or(source_field = 'grants') as is_older,
        bool_or(source_field != 'grants') as is_newer
    from (
        select
            work_id,
            batch_id,
            funder_id,
            source_field
        from {{ ref('stg_openalex__work_funders') }}
        union all
        select
            work_id,
            batch_id,
            funder_id,
            source_field
        from {{ ref('stg_openalex__work_awards') }}
    ) as entries
    where funder_id is not null and batch_id in (select batch_id from works) and {{ of_slice() }}
    group by work_id, batch_id, funder_id

),

contradictions as (

    select
        work_id,
        batch_id
    from funders_named
    group by work_id, batch_id
    having bool_or(is_newer) and bool_or(is_older and not is_newer)

),

int_work_coverage as (

    select
        works.work_id,
        works.batch_id,
        coalesce(authorships.authorships, 0) as authorships,
        coalesce(authorships.authorships_without_institution, 0) as authorships_without_institution,
        coalesce(funding_entries.funding_entries, 0) as funding_entries,
        coalesce(funding_entries.funding_entries_without_id, 0) as funding_entries_without_id,
        coalesce(funding_entries.funding_entries_without_id_or_name, 0) as funding_entries_without_id_or_name,
        coalesce(award_entries.award_numbers, 0) as award_numbers,
        coalesce(award_entries.award_numbers_without_meaning, 0) as award_numbers_without_meaning,
        contradictions.work_id is not null as has_contradictory_funding
    from works
    left join authorships on works.work_id = authorships.work_id and works.batch_id = authorships.batch_id
    left join funding_entries
        on works.work_id = funding_entries.work_id and works.batch_id = funding_entries.batch_id
    left join award_entries on works.work_id = award_entries.work_id and works.batch_id = award_entries.batch_id
    left join contradictions on works.work_id = contradictions.work_id and works.batch_id = contradictions.batch_id

)

select * from int_work_coverage
