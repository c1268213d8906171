-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_copublication_trends
-- sentence: Growth and index of each row follow from its joint papers, those of the year before and of the first year.
-- applies: always
with

rates as (

    select
        now.reporter_code,
        now.publication_year,
        now.counting_method,
        now.work_selection,
        now.publication_year - scope.year_from as years,
        now.joint_papers / nullif(before.joint_papers, 0) as on_year_before,
        now.joint_papers / nullif(at_start.joint_papers, 0) as since_first_year,
        now.growth_on_year_before,
        now.growth_since_first_year,
        now.annual_growth_since_first_year,
        now.first_year_index
    from mart_copublication_trends as now
    cross join scope
    left join mart_copublication_trends as before
        on now.publication_year = before.publication_year + 1
            and now.reporter_code = before.reporter_code
            and now.counting_method = before.counting_method
            and now.work_selection = before.work_selection
    left join mart_copublication_trends as at_start
        on scope.year_from = at_start.publication_year
            and now.reporter_code = at_start.reporter_code
            and now.counting_method = at_start.counting_method
            and now.work_selection = at_start.work_selection

),

expected as (

    select
        reporter_code,
        publication_year,
        counting_method,
        work_selection,
        unnest(['on_year_before', 'since_first_year', 'annual_since_first_year', 'first_year_index']) as rate,
        unnest([
            growth_on_year_before, growth_since_first_year, annual_growth_since_first_year, first_year_index
        ]) as found,
        unnest([
            on_year_before - 1,
            since_first_year - 1,
            case when years > 0 then pow(since_first_year, 1.0 / years) - 1 end,
            100 * since_first_year
        ]) as recounted
    from rates

)

select
    reporter_code,
    publication_year,
    counting_method,
    work_selection,
    rate,
    found,
    recounted
from expected
where (found is null) != (recounted is null)
    or abs(found - recounted) > getvariable('tolerance') * greatest(1, abs(recounted))
