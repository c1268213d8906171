-- Measure of coverage x work that it is true of, or that has so many of it.
with

works as (

    select * from {{ ref('fct_works') }}

),

-- what of each work could not be placed
of_works as (

    select * from {{ ref('int_work_coverage') }}

),

unplaced_works as (

    select
        'authorships_without_country' as measure,
        work_id as item_id,
        authors as items
    from {{ ref('fct_work_countries') }}
    where country_code = 'ZZ' and authors > 0
    union all
    select
        'authorships_without_institution',
        work_id,
        authorships_without_institution
    from of_works
    where authorships_without_institution > 0
    union all
    select
        {{ each_of(list_of([
            "case when primary_topic_id is null then 'works_without_topic' end",
            "case when publication_date is null then 'works_without_date' end",
            "case when year(publication_date) != publication_year then 'works_dated_in_another_year' end",
            "case when not is_in_scope then 'works_outside_scope' end",
            "case when is_authors_truncated then 'works_with_truncated_authors' end",
            "case when contains(country_corrections, ' is ') then 'works_with_corrected_countries' end"
        ])) }},
        work_id,
        1
    from works
    -- most works have no such gap and are left out. A record that merely says no country is not corrected
    where contains(country_corrections, ' is ')
        or primary_topic_id is null
        or publication_date is null
        or year(publication_date) != publication_year
        or not is_in_scope
        or is_authors_truncated
    union all
    select distinct
        'works_beyond_the_filter',
        work_id,
        1
    from {{ ref('int_work_countries') }}
    where country_code != 'ZZ' and not is_shown_by_filter
    union all
    select
        'works_sharing_a_doi',
        work_id,
        1
    from works
    where doi in (
            select same.doi from works as same
            group by same.doi
            having count(*) > 1
        )
    union all
    select
        'works_without_institution',
        work_id,
        1
    from of_works
    where authorships = authorships_without_institution
    union all
    select
        'joint_papers_without_funder',
        work_id,
        1
    from {{ ref('int_joint_works') }}
    where funder_set_key is null
    union all
    select
        'works_with_contradictory_funding',
        work_id,
        1
    from of_works
    where has_contradictory_funding
    union all
    select
        'funding_entries_without_id',
        work_id,
        funding_entries_without_id
    from of_works
    where funding_entries_without_id > 0
    union all
    select
        'funding_entries_without_id_or_name',
        work_id,
        funding_entries_without_id_or_name
    from of_works
    where funding_entries_without_id_or_name > 0
    union all
    select
        'award_numbers_without_meaning',
        work_id,
        award_numbers_without_meaning
    from of_works
    where award_numbers_without_meaning > 0

)

select * from unplaced_works
