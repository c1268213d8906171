-- kind: papers
-- table: fct_work_funding
-- sentence: Joint papers that disclose a funder of a country hardly move in a closed year.
-- over_years: sum
-- moved_by: funder_*, award_patterns, subject_topics
select
    coalesce(funders.country_code, 'unknown') as funder_country,
    works.publication_year,
    count(distinct works.work_id) as value
from fct_work_funding as fundings
inner join fct_works as works on fundings.work_id = works.work_id
inner join dim_funder as funders on fundings.funder_id = funders.funder_id
where works.is_joint
group by coalesce(funders.country_code, 'unknown'), works.publication_year
