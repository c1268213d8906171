-- Pattern, one row each, of how programmes write their award numbers and names, with the user's own.
with

stg_reference__award_patterns as (

    select
        pattern_id,
        programme_code,
        programme_name,
        -- a programme without a funder id of its own is known by its code
        coalesce(funder_id, 'programme:' || programme_code) as funder_id,
        funder_class,
        upper(country_code) as country_code,
        number_regex,
        name_regex,
        coalesce(is_name_needed = 'yes', false) as is_name_needed,
        source
    from {{ with_extra_lists(source('reference', 'award_patterns')) }}

)

select * from stg_reference__award_patterns
