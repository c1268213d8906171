-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_copublication_monthly
-- sentence: Joint papers and credits of each month are those counted from the facts anew; twelve months and growth follow.
-- applies: always
with

sums as (

    select
        reporter_code,
        date_trunc('month', publication_date)::date as publication_month,
        count(*)::double as papers,
        count(*) filter (where dayofyear(publication_date) = 1) as papers_on_january_1,
        sum(credit) as credit,
        sum(credit_by_affiliation) as credit_by_affiliation,
        sum(credit_by_country) as credit_by_country
    from reporter_works
    where publication_date is not null
    group by reporter_code, date_trunc('month', publication_date)

),

recounted as (

    select
        reporter_code,
        publication_month,
        papers_on_january_1,
        unnest(['full', 'fractional', 'fractional_by_affiliation', 'fractional_by_country']) as counting_method,
        unnest([papers, credit, credit_by_affiliation, credit_by_country]) as joint_papers
    from sums

),

over_months as (

    select
        *,
        sum(joint_papers) over months as papers_of_months,
        count(*) over months as months,
        lag(joint_papers, 12) over (
            partition by reporter_code, counting_method
            order by publication_month
        ) as papers_year_before
    from mart_copublication_monthly
    window months as (
        partition by reporter_code, counting_method
        order by publication_month
        rows between 11 preceding and current row
    )

)

select
    coalesce(monthly.reporter_code, recounted.reporter_code) as reporter_code,
    coalesce(monthly.publication_month, recounted.publication_month) as publication_month,
    coalesce(monthly.counting_method, recounted.counting_method) as counting_method,
    monthly.joint_papers,
    recounted.joint_papers as joint_papers_recounted,
    monthly.papers_on_january_1,
    recounted.papers_on_january_1 as papers_on_january_1_recounted,
    monthly.joint_papers_in_12_months,
    monthly.growth_on_year_before
from over_months as monthly
full join recounted
    on monthly.reporter_code = recounted.reporter_code
        and monthly.publication_month = recounted.publication_month
        and monthly.counting_method = recounted.counting_method
where not coalesce(
        abs(monthly.joint_papers - coalesce(recounted.joint_papers, 0))
        <= getvariable('tolerance') * greatest(1, monthly.joint_papers),
        false
    )
    or monthly.papers_on_january_1 != coalesce(recounted.papers_on_january_1, 0)
    or (monthly.joint_papers_in_12_months is null) != (monthly.months < 12)
    or abs(monthly.joint_papers_in_12_months - monthly.papers_of_months)
    > getvariable('tolerance') * greatest(1, monthly.papers_of_months)
    or (monthly.growth_on_year_before is null) != (coalesce(monthly.papers_year_before, 0) = 0)
    or abs(monthly.growth_on_year_before - (monthly.joint_papers / nullif(monthly.papers_year_before, 0) - 1))
    > getvariable('tolerance') * greatest(1, abs(monthly.growth_on_year_before))
