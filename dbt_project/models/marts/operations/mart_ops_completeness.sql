-- Year of publication, one row each: is it complete, and as of when?
with

windows as (

    select * from {{ ref('mart_ops_windows') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

years as (

    select {{ each_of(numbers_between('year_from', 'year_to'), 'smallint') }} as publication_year
    from scope

),

works as (

    select
        publication_year,
        count(*) as works
    from {{ ref('fct_works') }}
    group by publication_year

),

by_year as (

    select
        years.publication_year,
        count(*) as windows,
        count(*) filter (where windows.window_status = 'complete') as windows_complete,
        count(*) filter (where windows.window_status = 'never') as windows_never_swept,
        -- complete_as_of of a window is that of its oldest day, and null while a day of it was never swept
        bool_and(windows.complete_as_of is not null) as is_swept,
        min(windows.complete_as_of) as complete_as_of,
        {{ joined("windows.window_id || ': ' || windows.why_not_complete", "windows.window_status != 'complete'") }}
            as why_not_complete,
        max(windows.counted_at) as counted_at
    from years
    inner join windows
        -- a window without dates holds every year
        on (windows.date_from is null or years.publication_year >= year(windows.date_from))
            and (windows.date_to is null or years.publication_year <= year(windows.date_to))
    group by years.publication_year

),

mart_ops_completeness as (

    select
        by_year.publication_year,
        by_year.windows = by_year.windows_complete as is_complete,
        by_year.is_swept,
        case when by_year.windows = by_year.windows_complete then by_year.complete_as_of end as complete_as_of,
        coalesce(by_year.why_not_complete, '') as why_not_complete,
        cast(by_year.windows as integer) as windows,
        cast(by_year.windows_complete as integer) as windows_complete,
        cast(by_year.windows_never_swept as integer) as windows_never_swept,
        cast(coalesce(works.works, 0) as bigint) as works_loaded,
        by_year.counted_at
    from by_year
    left join works on by_year.publication_year = works.publication_year

)

select * from mart_ops_completeness
