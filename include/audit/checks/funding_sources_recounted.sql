-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_funding_sources
-- sentence: Papers by side, class and funder, all that disclose funding, and all joint papers are those counted from the
--     facts anew.
-- applies: always
with

wholes as (

    select
        works.reporter_code,
        works.publication_year,
        count(*) as joint_papers,
        count(paid.work_id) as papers_with_funding
    from reporter_works as works
    left join paid_works as paid on paid.level = 'any' and works.work_id = paid.work_id
    group by works.reporter_code, works.publication_year

),

recounted as (

    select
        works.reporter_code,
        works.publication_year,
        paid.level,
        paid.funder_class,
        paid.funder_id,
        count(*) as papers
    from reporter_works as works
    inner join paid_works as paid on works.work_id = paid.work_id
    group by works.reporter_code, works.publication_year, paid.level, paid.funder_class, paid.funder_id

)

select
    coalesce(sources.reporter_code, recounted.reporter_code) as reporter_code,
    coalesce(sources.publication_year, recounted.publication_year) as publication_year,
    coalesce(sources.level, recounted.level) as level,
    coalesce(sources.funder_class, recounted.funder_class) as funder_class,
    coalesce(sources.funder_id, recounted.funder_id) as funder_id,
    sources.papers,
    recounted.papers as papers_recounted,
    sources.papers_with_funding,
    wholes.papers_with_funding as papers_with_funding_recounted,
    sources.joint_papers,
    wholes.joint_papers as joint_papers_recounted
from mart_funding_sources as sources
full join recounted
    on sources.reporter_code = recounted.reporter_code
        and sources.publication_year = recounted.publication_year
        and sources.level = recounted.level
        and sources.funder_class = recounted.funder_class
        and sources.funder_id = recounted.funder_id
left join wholes
    on sources.reporter_code = wholes.reporter_code and sources.publication_year = wholes.publication_year
where sources.papers is distinct from recounted.papers
    or sources.papers_with_funding is distinct from wholes.papers_with_funding
    or sources.joint_papers is distinct from wholes.joint_papers
