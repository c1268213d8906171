-- question: What does a map of the countries of side A need: ISO code, place, papers?
-- trap: two-letter codes alone, and groups among the countries
select
    country_iso3,
    latitude,
    longitude,
    sum(joint_papers)::bigint as joint_papers
from bi_reporter_year
group by country_iso3, latitude, longitude
order by country_iso3;

-- held against the facts
select
    places.iso3_code as country_iso3,
    places.latitude::double as latitude,
    places.longitude::double as longitude,
    count(works.work_id) as joint_papers
from dim_country as countries
inner join reference.country_places as places on countries.country_code = places.country_code
left join fct_work_countries as work_countries on countries.country_code = work_countries.country_code
left join fct_works as works on work_countries.work_id = works.work_id and works.is_joint
where countries.side = 'side_a'
group by places.iso3_code, places.latitude, places.longitude
order by places.iso3_code;
