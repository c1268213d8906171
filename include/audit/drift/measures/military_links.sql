-- kind: papers
-- table: mart_military_links
-- sentence: Joint papers linked to listed bodies hardly move in a closed year, by definition and listing basis.
-- over_years: sum
-- moved_by: country_groups[reporter_code=group_code], military_*, address_places, subject_topics
select
    reporter_code,
    definition_code,
    listing_basis,
    publication_year,
    military_linked_papers as value
from mart_military_links
where dimension = 'all'
