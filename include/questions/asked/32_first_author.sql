-- question: On which side is the first author of the joint papers?
select
    first_author_side,
    count(*) as papers
from bi_work
group by first_author_side
order by first_author_side;

-- held against the facts
with

first_sides as (

    select
        works.work_id,
        count(*) filter (where countries.country_code != 'ZZ') as countries_known,
        count(*) filter (where dim_country.side = 'side_a') as of_side_a,
        count(*) filter (where dim_country.side = 'side_b') as of_side_b
    from fct_works as works
    left join fct_work_countries as countries on works.work_id = countries.work_id and countries.is_of_first_author
    left join dim_country on countries.country_code = dim_country.country_code
    where works.is_joint
    group by works.work_id

)

select
    case
        when of_side_a > 0 and of_side_b > 0 then 'both sides'
        when of_side_a > 0 then getvariable('side_a')
        when of_side_b > 0 then getvariable('side_b')
        when countries_known > 0 then 'other countries'
        else 'unknown'
    end as first_author_side,
    count(*) as papers
from first_sides
group by 1
order by 1;
