-- unit: papers
-- parts: country, years
-- Papers of side B with a country.
select coalesce(sum(joint_papers), 0)
from mart_country_relations
where country_code = getvariable('country') and not is_group and in_years(publication_year)
