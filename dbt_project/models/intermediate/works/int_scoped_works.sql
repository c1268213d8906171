-- Work, one row each, with what the scope says of them.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded(depends_on_countries=true) }}") }}

with

works_to_load as (

    {{ works_to_load(ref('int_works'), depends_on_countries=true) }}

),

works as (

    select
        works.*,
        works_to_load.country_corrections
    from {{ ref('int_works') }} as works
    inner join works_to_load on works.work_id = works_to_load.work_id and works.batch_id = works_to_load.batch_id

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

subject_topics as (

    select * from {{ ref('stg_scope__topics') }}

),

sides as (

    select
        work_id,
        bool_or(is_side_a) and bool_or(is_side_b) as is_of_both_sides,
        bool_or(has_author_of_both_sides) as has_dual_affiliation,
        bool_or(is_side_a and has_other_author) and bool_or(is_side_b and has_other_author)
            as is_of_both_sides_without_dual
    from {{ ref('int_work_sides') }}
    where work_id in (select work_id from works_to_load)
    group by work_id

),

named_countries as (

    select
        work_id,
        {{ joined('country_code', 'is_of_first_author') }} as first_author_countries,
        {{ joined('country_code', 'is_of_corresponding_author') }} as corresponding_author_countries
    from {{ ref('int_work_countries') }}
    where country_code != 'ZZ' and work_id in (select work_id from works_to_load)
    group by work_id

),

placed as (

    select
        works.*,
        scope.is_every_work_in_subject or subject_topics.topic_id is not null as is_in_subject,
        coalesce(works.publication_year between scope.year_from and scope.year_to, false) as is_in_years,
        coalesce(sides.is_of_both_sides, false) as is_of_both_sides,
        coalesce(sides.is_of_both_sides_without_dual, false) as is_of_both_sides_without_dual,
        coalesce(sides.has_dual_affiliation, false) as has_dual_affiliation,
        named_countries.first_author_countries,
        named_countries.corresponding_author_countries
    from works
    cross join scope
    left join subject_topics on works.primary_topic_id = subject_topics.topic_id
    left join sides on works.work_id = sides.work_id
    left join named_countries on works.work_id = named_countries.work_id

),

int_scoped_works as (

    select
        work_id,
        doi,
        title,
        publication_year,
        publication_date,
        work_type,
        language,
        is_retracted,
        is_paratext,
        authors_count,
        is_authors_truncated,
        -- a list that is cut at 100 is longer
        coalesce(authors_count > 100, false) or coalesce(is_authors_truncated, false) as is_hyperauthored,
        coalesce(work_type = 'preprint', false) as is_preprint,
        coalesce(language = 'en', false) as is_english,
        first_author_countries,
        corresponding_author_countries,
        has_dual_affiliation,
        country_corrections,
        primary_topic_id,
        source_id,
        source_name,
        source_type,
        publisher_name,
        cited_by_count,
        fwci,
        referenced_works_count,
        is_in_subject,
        is_in_subject and is_in_years and not is_paratext as is_in_scope,
        is_in_subject and is_in_years and not is_paratext and is_of_both_sides as is_joint,
        is_in_subject and is_in_years and not is_paratext and is_of_both_sides_without_dual as is_joint_without_dual,
        api_generation,
        updated_at,
        batch_id
    from placed

)

select * from int_scoped_works
