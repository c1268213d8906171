-- kind: papers
-- table: mart_funding_sources
-- sentence: Joint papers of side A that disclose a funder hardly move in a closed year.
-- over_years: sum
-- moved_by: funder_*, award_patterns, subject_topics
select
    sources.funder_id,
    sources.publication_year,
    sources.papers as value
from mart_funding_sources as sources
inner join (
    select distinct reporter_code
    from mart_copublication_trends
    where is_side_a
) as whole
    on sources.reporter_code = whole.reporter_code
where sources.level = 'funder'
