-- Joint paper x institution named in its author list.
with

bi_work_institution as (

    select
        works.work_id,
        named.institution_id,
        institutions.institution_label,
        institutions.country_code,
        institutions.country_name,
        institutions.side,
        institutions.side_name,
        institutions.institution_type,
        institutions.is_listed_today,
        institutions.listed_category_name,
        institutions.narrowest_definition_name,
        works.title,
        works.year_start,
        works.publication_year,
        works.topic_name,
        works.discloses_funding,
        works.is_linked_today,
        works.is_linked_at_publication
    from {{ ref('fct_work_institutions') }} as named
    inner join {{ ref('bi_work') }} as works on named.work_id = works.work_id
    inner join {{ ref('bi_institution') }} as institutions on named.institution_id = institutions.institution_id
    where named.is_named

)

select * from bi_work_institution
