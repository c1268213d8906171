-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_funding_coverage
-- sentence: Joint papers by publisher and type of source, and how their funders were recognised, are those counted from the
--     facts anew.
-- applies: always
with

recognised as (

    select
        work_id,
        bool_or(recognised_by = 'funder_id') as has_funder_id,
        bool_and(recognised_by = 'none') as has_none_recognised
    from fct_work_funding
    group by work_id

),

places as (

    select
        works.reporter_code,
        works.publication_year,
        unnest(['all', 'publisher', 'source_type']) as dimension,
        unnest([
            'ALL', coalesce(works.publisher_name, 'unknown'), coalesce(works.source_type, 'unknown')
        ]) as dimension_value,
        recognised.has_funder_id,
        recognised.has_none_recognised
    from reporter_works as works
    left join recognised on works.work_id = recognised.work_id

),

recounted as (

    select
        reporter_code,
        publication_year,
        dimension,
        dimension_value,
        count(*) as joint_papers,
        count(has_funder_id) as papers_with_funding,
        count(*) filter (where has_funder_id) as papers_with_funder_id,
        count(*) filter (where has_none_recognised) as papers_with_unrecognised_funders
    from places
    group by reporter_code, publication_year, dimension, dimension_value

)

select
    coalesce(coverage.reporter_code, recounted.reporter_code) as reporter_code,
    coalesce(coverage.publication_year, recounted.publication_year) as publication_year,
    coalesce(coverage.dimension, recounted.dimension) as dimension,
    coalesce(coverage.dimension_value, recounted.dimension_value) as dimension_value,
    coverage.joint_papers,
    recounted.joint_papers as joint_papers_recounted,
    coverage.papers_with_funding,
    recounted.papers_with_funding as papers_with_funding_recounted,
    coverage.papers_with_funder_id,
    recounted.papers_with_funder_id as papers_with_funder_id_recounted,
    coverage.papers_with_unrecognised_funders,
    recounted.papers_with_unrecognised_funders as papers_with_unrecognised_funders_recounted
from mart_funding_coverage as coverage
full join recounted
    on coverage.reporter_code = recounted.reporter_code
        and coverage.publication_year = recounted.publication_year
        and coverage.dimension = recounted.dimension
        and coverage.dimension_value = recounted.dimension_value
where coverage.joint_papers is distinct from recounted.joint_papers
    or coverage.papers_with_funding is distinct from recounted.papers_with_funding
    or coverage.papers_with_funder_id is distinct from recounted.papers_with_funder_id
    or coverage.papers_with_unrecognised_funders is distinct from recounted.papers_with_unrecognised_funders
