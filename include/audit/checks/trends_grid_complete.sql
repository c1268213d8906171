-- severity: fail
-- kind: integrity
-- group: completeness
-- table: mart_copublication_trends
-- sentence: Every reporter, year of the scope, counting method and selection has its row.
-- applies: with_joint_papers
with

grid as (

    select distinct
        reporters.reporter_code,
        unnest(range(scope.year_from, scope.year_to + 1)) as publication_year,
        methods.counting_method,
        selections.work_selection
    from reporters
    cross join scope
    cross join reference.counting_methods as methods
    cross join reference.work_selections as selections

)

select
    grid.reporter_code,
    grid.publication_year,
    grid.counting_method,
    grid.work_selection
from grid
anti join mart_copublication_trends as trends
    on grid.reporter_code = trends.reporter_code
        and grid.publication_year = trends.publication_year
        and grid.counting_method = trends.counting_method
        and grid.work_selection = trends.work_selection
