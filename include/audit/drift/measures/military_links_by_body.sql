-- kind: papers
-- table: mart_military_links
-- sentence: Joint papers of side A linked to a listed body hardly move in a closed year.
-- over_years: sum
-- moved_by: military_bodies[body_id=body_id], military_list_membership[body_id=body_id], military_lists,
--     military_definitions, military_unsafe_names[body_id=body_id], address_places, subject_topics
select
    links.dimension_id as body_id,
    links.listing_basis,
    links.publication_year,
    max(links.military_linked_papers) as value
from mart_military_links as links
inner join (
    select distinct reporter_code
    from mart_copublication_trends
    where is_side_a
) as whole
    on links.reporter_code = whole.reporter_code
where links.dimension = 'body'
group by links.dimension_id, links.listing_basis, links.publication_year
