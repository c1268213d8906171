-- severity: fail
-- kind: integrity
-- group: nesting
-- table: mart_military_links
-- sentence: A body, topic, institution or class has no more linked papers than all of its definition.
-- applies: always
select
    part.reporter_code,
    part.publication_year,
    part.definition_code,
    part.dimension_id,
    part.military_linked_papers,
    whole.military_linked_papers as whole
from mart_military_links as part
left join mart_military_links as whole
    on whole.dimension = 'all'
        and part.reporter_code = whole.reporter_code
        and part.publication_year = whole.publication_year
        and part.definition_code = whole.definition_code
        and part.listing_basis = whole.listing_basis
where part.dimension != 'all' and not coalesce(part.military_linked_papers <= whole.military_linked_papers, false)
