-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_military_funding
-- sentence: The marts of linked papers hold what mart_military_funding holds, of each class of funders and of any funder; a class
--     that pays for none of them is set against the same papers as those that do.
-- applies: always
with

from_new_marts as (

    select
        classes.reporter_code,
        classes.publication_year,
        classes.definition_code,
        classes.listing_basis,
        classes.funder_class,
        classes.military_linked_papers as papers,
        classes.linked_papers_with_funding,
        linked.linked_papers_with_funding as with_funding_of_all,
        linked.military_linked_papers
    from mart_linked_papers_by_funder_class as classes
    left join mart_linked_papers as linked
        on classes.reporter_code = linked.reporter_code
            and classes.publication_year = linked.publication_year
            and classes.definition_code = linked.definition_code
            and classes.listing_basis = linked.listing_basis
    union all
    select
        reporter_code,
        publication_year,
        definition_code,
        listing_basis,
        'ALL' as funder_class,
        linked_papers_with_funding as papers,
        linked_papers_with_funding,
        linked_papers_with_funding as with_funding_of_all,
        military_linked_papers
    from mart_linked_papers

)

select
    coalesce(told.reporter_code, funding.reporter_code) as reporter_code,
    coalesce(told.publication_year, funding.publication_year) as publication_year,
    coalesce(told.definition_code, funding.definition_code) as definition_code,
    coalesce(told.listing_basis, funding.listing_basis) as listing_basis,
    coalesce(told.funder_class, funding.funder_class) as funder_class,
    told.papers,
    funding.papers as papers_of_old_shape,
    told.linked_papers_with_funding,
    told.with_funding_of_all,
    funding.linked_papers_with_funding as with_funding_of_old_shape,
    told.military_linked_papers,
    funding.military_linked_papers as linked_papers_of_old_shape
from from_new_marts as told
full join mart_military_funding as funding
    on told.reporter_code = funding.reporter_code
        and told.publication_year = funding.publication_year
        and told.definition_code = funding.definition_code
        and told.listing_basis = funding.listing_basis
        and told.funder_class = funding.funder_class
where told.linked_papers_with_funding is distinct from told.with_funding_of_all
    or nullif(told.papers, 0) is distinct from funding.papers
    or (
        funding.papers is not null
        and (
            told.linked_papers_with_funding is distinct from funding.linked_papers_with_funding
            or told.military_linked_papers is distinct from funding.military_linked_papers
        )
    )
