-- kind: papers
-- table: mart_funding_sources
-- sentence: Joint papers that disclose a funder, one of a side or one of a class hardly move in a closed year.
-- over_years: sum
-- moved_by: country_groups[reporter_code=group_code], funder_*, award_patterns, subject_topics
select
    reporter_code,
    level,
    funder_class,
    publication_year,
    papers as value
from mart_funding_sources
where level != 'funder'
