-- Reporter x joint paper, with what the selections of works ask (seed work_selections has their words): full counting is one
-- row a paper however many of a group's members take part; credit is the sum of the members' credits.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded(depends_on_countries=true) }}") }}

with

works_to_load as (

    {{ works_to_load(ref('int_works'), depends_on_countries=true) }}

),

works as (

    select works.*
    from {{ ref('int_scoped_works') }} as works
    inner join works_to_load on works.work_id = works_to_load.work_id and works.batch_id = works_to_load.batch_id
    where works.is_joint

),

reporters as (

    select * from {{ ref('int_reporters') }}

),

work_countries as (

    select
        works.work_id,
        countries.country_code,
        countries.credit,
        countries.credit_by_country,
        countries.credit_by_affiliation,
        countries.is_of_first_author,
        countries.is_of_corresponding_author,
        sides.is_side_b,
        sides.has_other_author
    from works
    inner join {{ ref('int_work_countries') }} as countries
        on works.work_id = countries.work_id and works.batch_id = countries.batch_id
    inner join {{ ref('int_work_sides') }} as sides
        on countries.work_id = sides.work_id and countries.country_code = sides.country_code

),

of_reporter as (

    select
        reporters.reporter_code,
        work_countries.work_id,
        {{ credit_sum('work_countries.credit') }} as credit,
        {{ credit_sum('work_countries.credit_by_country') }} as credit_by_country,
        {{ credit_sum('work_countries.credit_by_affiliation') }} as credit_by_affiliation,
        bool_or(work_countries.is_of_first_author) as has_first_author,
        bool_or(work_countries.is_of_corresponding_author) as has_corresponding_author,
        bool_or(work_countries.has_other_author) as has_other_author
    from work_countries
    inner join reporters on work_countries.country_code = reporters.country_code
    group by reporters.reporter_code, work_countries.work_id

),

of_partner as (

    select
        work_id,
        bool_or(is_of_first_author) as has_first_author,
        bool_or(is_of_corresponding_author) as has_corresponding_author,
        bool_or(has_other_author) as has_other_author
    from work_countries
    where is_side_b
    group by work_id

),

int_joint_papers as (

    select
        of_reporter.reporter_code,
        works.work_id,
        works.batch_id,
        works.country_corrections,
        works.publication_year,
        works.publication_date,
        works.primary_topic_id,
        of_reporter.credit,
        of_reporter.credit_by_country,
        of_reporter.credit_by_affiliation,
        works.is_hyperauthored,
        works.is_retracted,
        works.is_preprint,
        works.is_english,
        of_reporter.has_other_author and of_partner.has_other_author as is_without_dual_affiliations,
        of_reporter.has_first_author as has_first_author_of_reporter,
        of_partner.has_first_author as has_first_author_of_partner,
        of_reporter.has_corresponding_author as has_corresponding_author_of_reporter,
        of_partner.has_corresponding_author as has_corresponding_author_of_partner
    from works
    inner join of_reporter on works.work_id = of_reporter.work_id
    inner join of_partner on works.work_id = of_partner.work_id

)

select * from int_joint_papers
