-- kind: share
-- table: mart_funding_coverage
-- sentence: The share of joint papers that disclose funding hardly moves, in a year, of a country, or of a
--     publisher.
-- over_years: sum
-- moved_by: country_groups[reporter_code=group_code], award_patterns, subject_topics
select
    reporter_code,
    dimension,
    dimension_value,
    publication_year,
    disclosed_share as value,
    joint_papers as base
from mart_funding_coverage
