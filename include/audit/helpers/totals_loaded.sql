-- Loaded works in scope, counted as the source's totals are: by country and group, alone and with side B, and in all.
with

countries as (

    select
        countries.work_id,
        countries.country_code,
        works.publication_year
    from fct_work_countries as countries
    inner join fct_works as works on countries.work_id = works.work_id and works.is_in_scope
    where countries.country_code != 'ZZ'

),

of_side_b as (

    select distinct countries.work_id
    from countries
    inner join sides on sides.role = 'side_b' and countries.country_code = sides.country_code

),

places as (

    select
        work_id,
        publication_year,
        'country' as total_kind,
        'partner' as total_kind_with_side_b,
        country_code as group_code
    from countries
    union all
    select distinct
        countries.work_id,
        countries.publication_year,
        'group' as total_kind,
        'group_partner' as total_kind_with_side_b,
        sides.group_code
    from countries
    inner join sides on countries.country_code = sides.country_code

)

select
    total_kind,
    '' as condition_code,
    group_code,
    publication_year,
    count(*) as papers
from places
group by total_kind, group_code, publication_year
union all
select
    places.total_kind_with_side_b as total_kind,
    scope.side_b_code as condition_code,
    places.group_code,
    places.publication_year,
    count(*) as papers
from places
cross join scope
inner join of_side_b on places.work_id = of_side_b.work_id
group by places.total_kind_with_side_b, scope.side_b_code, places.group_code, places.publication_year
union all
select
    'world' as total_kind,
    '' as condition_code,
    'WORLD' as group_code,
    publication_year,
    count(*) as papers
from fct_works
where is_in_scope
group by publication_year
