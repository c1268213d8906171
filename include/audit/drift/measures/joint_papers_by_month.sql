-- kind: papers
-- table: mart_copublication_monthly
-- sentence: No month of a closed year gains or loses joint papers.
-- moved_by: country_groups[reporter_code=group_code], subject_topics, countries
select
    monthly.reporter_code,
    monthly.publication_month,
    monthly.joint_papers as value
from mart_copublication_monthly as monthly
-- a month of a country is small: the whole of side A says whether one is missing
inner join (
    select distinct reporter_code
    from mart_copublication_trends
    where is_side_a
) as whole
    on monthly.reporter_code = whole.reporter_code
where monthly.counting_method = 'full'
