-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_military_funding
-- sentence: The joint table's linked papers are those of mart_military_links.
-- applies: always
select
    funding.reporter_code,
    funding.publication_year,
    funding.definition_code,
    funding.listing_basis,
    funding.military_linked_papers,
    links.military_linked_papers as in_links
from mart_military_funding as funding
left join mart_military_links as links
    on links.dimension = 'all'
        and funding.reporter_code = links.reporter_code
        and funding.publication_year = links.publication_year
        and funding.definition_code = links.definition_code
        and funding.listing_basis = links.listing_basis
where funding.military_linked_papers is distinct from links.military_linked_papers
