-- unit: rank
-- parts: years
-- The place of side A as one among the countries outside it that side B writes with.
select 1 + count(*)
from mart_country_relations
where not is_group and in_years(publication_year) and joint_papers > joint_papers_of(side_a())
    and country_code not in (
        select country_code from dim_country
        where side = 'side_a'
    )
