-- Country or group x year x alone or together with side B: all papers of the subject, the denominators. They are the
-- source's own counts, plus loaded works that are counted and that its filter does not show, less those that it shows and
-- that are not counted: so a numerator is part of its denominator. Where every work of the subject is loaded, these are
-- counted instead.
with

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

loaded as (

    select * from {{ ref('int_loaded_totals') }}

),

corrected as (

    select
        totals.total_kind,
        totals.condition_code,
        totals.group_code,
        totals.publication_year,
        totals.papers as papers_of_source,
        coalesce(loaded.papers_not_shown, 0) as papers_not_shown,
        coalesce(loaded.papers_not_counted, 0) as papers_not_counted
    from {{ ref('int_source_totals') }} as totals
    inner join scope on not scope.is_every_work_loaded
    left join loaded
        on totals.total_kind = loaded.total_kind
            and totals.condition_code = loaded.condition_code
            and totals.group_code = loaded.group_code
            and totals.publication_year = loaded.publication_year

),

-- what is not there among all works is 0
reporters as (

    select distinct
        case when reporters.is_group then 'group' else 'country' end as total_kind,
        reporters.reporter_code as group_code
    from {{ ref('int_reporters') }} as reporters
    union
    select
        'group' as total_kind,
        side_b_code as group_code
    from scope

),

counted as (

    select
        total_kind,
        condition_code,
        group_code,
        publication_year,
        papers
    from loaded
    union all
    select
        reporters.total_kind,
        '' as condition_code,
        reporters.group_code,
        {{ each_of(numbers_between('scope.year_from', 'scope.year_to'), 'smallint') }} as publication_year,
        0 as papers
    from reporters
    cross join scope

),

int_totals as (

    select
        total_kind,
        condition_code,
        group_code,
        publication_year,
        -- the source may have lowered its count since the works were loaded
        cast(greatest(papers_of_source + papers_not_shown - papers_not_counted, 0) as bigint) as papers,
        case when papers_not_shown + papers_not_counted > 0 then 'corrected' else 'source' end as count_basis
    from corrected
    union all
    select
        counted.total_kind,
        counted.condition_code,
        counted.group_code,
        counted.publication_year,
        cast(sum(counted.papers) as bigint) as papers,
        'loaded' as count_basis
    from counted
    inner join scope on scope.is_every_work_loaded
    group by counted.total_kind, counted.condition_code, counted.group_code, counted.publication_year

)

select * from int_totals
