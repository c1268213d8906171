-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_military_funding
-- sentence: Linked papers by class of funders, and all of the class, are those counted from the facts anew.
-- applies: always
with

paid as (

    select
        works.reporter_code,
        works.publication_year,
        works.work_id,
        paid.funder_class
    from reporter_works as works
    inner join paid_works as paid on works.work_id = paid.work_id and paid.level in ('any', 'class')

),

classes as (

    select
        reporter_code,
        publication_year,
        funder_class,
        count(*) as papers_of_class
    from paid
    group by reporter_code, publication_year, funder_class

),

recounted as (

    select
        paid.reporter_code,
        paid.publication_year,
        linked.definition_code,
        linked.listing_basis,
        paid.funder_class,
        count(*) as papers
    from paid
    inner join linked_works as linked on paid.work_id = linked.work_id and linked.is_linked
    group by
        paid.reporter_code,
        paid.publication_year,
        linked.definition_code,
        linked.listing_basis,
        paid.funder_class

)

select
    coalesce(mart.reporter_code, recounted.reporter_code) as reporter_code,
    coalesce(mart.publication_year, recounted.publication_year) as publication_year,
    coalesce(mart.definition_code, recounted.definition_code) as definition_code,
    coalesce(mart.listing_basis, recounted.listing_basis) as listing_basis,
    coalesce(mart.funder_class, recounted.funder_class) as funder_class,
    mart.papers,
    recounted.papers as papers_recounted,
    mart.linked_papers_with_funding,
    any_funder.papers as linked_papers_with_funding_recounted,
    mart.papers_of_class,
    classes.papers_of_class as papers_of_class_recounted
from mart_military_funding as mart
full join recounted
    on mart.reporter_code = recounted.reporter_code
        and mart.publication_year = recounted.publication_year
        and mart.definition_code = recounted.definition_code
        and mart.listing_basis = recounted.listing_basis
        and mart.funder_class = recounted.funder_class
left join recounted as any_funder
    on any_funder.funder_class = 'ALL'
        and mart.reporter_code = any_funder.reporter_code
        and mart.publication_year = any_funder.publication_year
        and mart.definition_code = any_funder.definition_code
        and mart.listing_basis = any_funder.listing_basis
left join classes
    on mart.reporter_code = classes.reporter_code
        and mart.publication_year = classes.publication_year
        and mart.funder_class = classes.funder_class
where mart.papers is distinct from recounted.papers
    or mart.linked_papers_with_funding is distinct from any_funder.papers
    or mart.papers_of_class is distinct from classes.papers_of_class
