-- kind: papers
-- table: mart_military_funding
-- sentence: Linked joint papers of side A that a class of funders pays for hardly move in a closed year.
-- over_years: sum
-- moved_by: military_*, address_places, funder_*, award_patterns, subject_topics
select
    funding.definition_code,
    funding.listing_basis,
    funding.funder_class,
    funding.publication_year,
    funding.papers as value
from mart_military_funding as funding
inner join (
    select distinct reporter_code
    from mart_copublication_trends
    where is_side_a
) as whole
    on funding.reporter_code = whole.reporter_code
