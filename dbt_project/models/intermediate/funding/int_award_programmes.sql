-- Funder as disclosed x award number x programme: numbers that a programme's pattern matches as a whole. Numbers that look
-- like everybody's (NSFC's are digits only) count when the funder beside is the programme's, whatever it is known by.
with

awards as (

    select distinct
        disclosures.funder_id,
        disclosures.funder_ror,
        disclosures.name_key,
        disclosures.award_number,
        known.known_funder_id
    from {{ ref('int_work_disclosures') }} as disclosures
    left join {{ ref('int_disclosed_funders') }} as known
        on disclosures.funder_id is not distinct from known.funder_id
            and disclosures.funder_ror is not distinct from known.funder_ror
            and disclosures.name_key is not distinct from known.name_key
    where disclosures.award_number is not null

),

numbers as (

    select distinct award_number
    from awards

),

patterns as (

    select * from {{ ref('stg_reference__award_patterns') }}

),

matched as (

    {{ match_patterns('numbers', 'award_number', 'number_regex') }}

),

int_award_programmes as (

    select
        awards.funder_id,
        awards.funder_ror,
        awards.name_key,
        awards.award_number,
        patterns.pattern_id,
        patterns.programme_code,
        patterns.funder_id as programme_funder_id
    from awards
    inner join matched on awards.award_number = matched.award_number
    inner join patterns on matched.pattern_id = patterns.pattern_id
    where not patterns.is_name_needed or patterns.funder_id = awards.known_funder_id
    qualify row_number() over (
            partition by awards.funder_id, awards.funder_ror, awards.name_key, awards.award_number
            order by patterns.is_name_needed desc, patterns.pattern_id asc
        ) = 1

)

select * from int_award_programmes
