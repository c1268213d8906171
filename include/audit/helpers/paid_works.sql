-- Joint paper x what it discloses: any funder, those of a side, of both sides, of a class, each funder; from the facts.
with

funders as (

    select
        funder_id,
        funder_class,
        funder_class_area_code,
        country_code
    from dim_funder

),

-- institutions of the Union are of the side that holds a member of it; the classes of its countries have it as their area
funder_sides as (

    select distinct
        funders.funder_id,
        sides.role,
        sides.group_code as side_code
    from funders
    inner join sides
        on sides.role in ('side_a', 'side_b')
            and case
                when funders.funder_class = 'eu_institution'
                    then sides.country_code in (
                            select country_code from reference.country_groups
                            where group_code = 'EU27'
                        )
                else sides.country_code = coalesce(
                        nullif(funders.funder_class_area_code, 'EU'), funders.country_code
                    )
            end

),

paid as (

    select
        funding.work_id,
        funding.funder_id,
        funders.funder_class
    from fct_work_funding as funding
    inner join fct_works as works on funding.work_id = works.work_id and works.is_joint
    inner join funders on funding.funder_id = funders.funder_id

),

paid_by_side as (

    select distinct
        paid.work_id,
        funder_sides.role,
        funder_sides.side_code
    from paid
    inner join funder_sides on paid.funder_id = funder_sides.funder_id

)

select distinct
    work_id,
    'any' as level,
    'ALL' as funder_class,
    'ALL' as funder_id
from paid
union all
select distinct
    work_id,
    'side' as level,
    side_code as funder_class,
    'ALL' as funder_id
from paid_by_side
union all
select
    work_id,
    'joint' as level,
    'ALL' as funder_class,
    'ALL' as funder_id
from paid_by_side
group by work_id
having count(distinct role) = 2
union all
select distinct
    work_id,
    'class' as level,
    funder_class,
    'ALL' as funder_id
from paid
union all
select distinct
    work_id,
    'funder' as level,
    funder_class,
    funder_id
from paid
