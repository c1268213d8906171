-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_ops_completeness
-- sentence: Works loaded of each year are those of fct_works, and windows of each year those of mart_ops_windows.
-- applies: always
with

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
    from mart_ops_completeness as years
    inner join mart_ops_windows as windows
        on coalesce(years.publication_year >= year(windows.date_from), true)
            and coalesce(years.publication_year <= year(windows.date_to), true)
    group by years.publication_year

)

select
    years.publication_year,
    years.works_loaded,
    works.works as works_recounted,
    years.windows,
    windows.windows as windows_recounted,
    years.windows_complete,
    windows.windows_complete as windows_complete_recounted
from mart_ops_completeness as years
left join works on years.publication_year = works.publication_year
left join windows on years.publication_year = windows.publication_year
where years.works_loaded != coalesce(works.works, 0)
    or years.windows is distinct from windows.windows
    or years.windows_complete is distinct from windows.windows_complete
    or years.windows_never_swept is distinct from windows.windows_never_swept
