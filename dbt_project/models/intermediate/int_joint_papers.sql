-- Reporter x joint paper: full counting is one row a paper however many of a group's members take part; credit is the
-- sum of the members' credits.
with

works as (

    select * from {{ ref('fct_works') }}
    where is_joint

),

work_countries as (

    select * from {{ ref('int_work_countries') }}

),

reporters as (

    select * from {{ ref('int_reporters') }}

),

int_joint_papers as (

    select
        reporters.reporter_code,
        works.work_id,
        works.publication_year,
        works.publication_date,
        works.primary_topic_id,
        {{ credit_sum('work_countries.credit') }} as credit,
        {{ credit_sum('work_countries.credit_by_country') }} as credit_by_country,
        {{ credit_sum('work_countries.credit_by_affiliation') }} as credit_by_affiliation
    from works
    inner join work_countries on works.work_id = work_countries.work_id
    inner join reporters on work_countries.country_code = reporters.country_code
    group by
        reporters.reporter_code,
        works.work_id,
        works.publication_year,
        works.publication_date,
        works.primary_topic_id

)

select * from int_joint_papers
