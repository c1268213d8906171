-- Institution named in a joint paper x year, every year of the scope.
with

years as (

    select distinct
        publication_year,
        year_start,
        is_complete_year
    from {{ ref('bi_side_year') }}

),

counts as (

    select
        institution_id,
        publication_year,
        count(*) as joint_papers,
        count(*) filter (where is_linked_today) as linked_papers,
        count(*) filter (where discloses_funding) as papers_with_funding
    from {{ ref('bi_work_institution') }}
    group by institution_id, publication_year

),

bi_institution_year as (

    select
        institutions.institution_id,
        institutions.institution_label,
        institutions.country_code,
        institutions.country_name,
        institutions.side,
        institutions.side_name,
        years.year_start,
        years.publication_year,
        coalesce(counts.joint_papers, 0) as joint_papers,
        coalesce(counts.linked_papers, 0) as linked_papers,
        coalesce(counts.papers_with_funding, 0) as papers_with_funding,
        years.is_complete_year
    from {{ ref('bi_institution') }} as institutions
    cross join years
    left join counts
        on institutions.institution_id = counts.institution_id and years.publication_year = counts.publication_year

)

select * from bi_institution_year
