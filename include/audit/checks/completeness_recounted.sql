-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_ops_completeness
-- sentence: Every year of the scope says how many works are loaded, as fct_works does, and what of its windows is swept, as
--     mart_ops_windows does.
-- applies: always
with

years as (

    select unnest(generate_series(year_from, year_to))::smallint as publication_year
    from scope

),

works as (

    select
        publication_year,
        count(*) as works
    from fct_works
    group by publication_year

),

windows as (

    select
        years.publication_year,
        count(*) as windows,
        count(*) filter (where windows.window_status = 'complete') as windows_complete,
        count(*) filter (where windows.window_status = 'never') as windows_never_swept
    from years
    inner join mart_ops_windows as windows
        on coalesce(years.publication_year >= year(windows.date_from), true)
            and coalesce(years.publication_year <= year(windows.date_to), true)
    group by years.publication_year

)

select
    coalesce(completeness.publication_year, windows.publication_year) as publication_year,
    completeness.works_loaded,
    coalesce(works.works, 0) as works_recounted,
    completeness.windows,
    windows.windows as windows_recounted,
    completeness.windows_complete,
    windows.windows_complete as windows_complete_recounted
from mart_ops_completeness as completeness
-- a scope whose works do not come by windows has no row in either
full join windows on completeness.publication_year = windows.publication_year
left join works on coalesce(completeness.publication_year, windows.publication_year) = works.publication_year
where completeness.works_loaded is distinct from coalesce(works.works, 0)
    or completeness.windows is distinct from windows.windows
    or completeness.windows_complete is distinct from windows.windows_complete
    or completeness.windows_never_swept is distinct from windows.windows_never_swept
