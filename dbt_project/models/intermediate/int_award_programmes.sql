-- Award numbers that a programme's pattern matches as a whole. Numbers that look like everybody's (NSFC's are digits only)
-- count when the funder beside is the programme's, by id or by name.
with

awards as (

    select distinct
        funder_id,
        name_key,
        award_number
    from {{ ref('int_work_disclosures') }}
    where award_number is not null

),

numbers as (

    select distinct award_number
    from awards

),

patterns as (

    select * from {{ ref('stg_reference__award_patterns') }}

),

names as (

    select * from {{ ref('int_funder_names') }}

),

matched as (

    {{ match_patterns('numbers', 'award_number', 'number_regex') }}

),

int_award_programmes as (

    select
        awards.funder_id,
        awards.name_key,
        awards.award_number,
        patterns.pattern_id,
        patterns.programme_code,
        patterns.funder_id as programme_funder_id
    from awards
    inner join matched on awards.award_number = matched.award_number
    inner join patterns on matched.pattern_id = patterns.pattern_id
    left join names on awards.name_key = names.name_key
    where not patterns.is_name_needed or patterns.funder_id = coalesce(awards.funder_id, names.funder_id)
    qualify row_number() over (
            partition by awards.funder_id, awards.name_key, awards.award_number
            order by patterns.is_name_needed desc, patterns.pattern_id asc
        ) = 1

)

select * from int_award_programmes
