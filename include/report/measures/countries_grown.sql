-- unit: rank
-- parts: years
-- Of these, countries with more joint papers in the last year.
with

ends as (

    select
        reporter_code,
        sum(joint_papers) filter (publication_year = getvariable('first_year')) as first_papers,
        sum(joint_papers) filter (publication_year = getvariable('last_year')) as last_papers
    from mart_copublication_trends
    where reporter_code in (
            select reporter_code from dim_reporter
            where reporter_kind = 'country'
        )
        and counting_method = 'full' and work_selection = 'all'
    group by reporter_code

)

select count(*)
from ends
where first_papers >= 25 and last_papers >= 25 and last_papers > first_papers
