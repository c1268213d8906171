-- Reporter x partner x month x counting method: the trends by month of publication, from the first to the last month with
-- joint papers, months without any included.
with

joint_papers as (

    select
        *,
        cast(date_trunc('month', publication_date) as date) as publication_month
    from {{ ref('int_joint_papers') }}
    where publication_date is not null

),

reporters as (

    select distinct
        reporter_code,
        reporter_name,
        is_group
    from {{ ref('int_reporters') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

complete_until as (

    select * from {{ ref('int_complete_until') }}

),

months as (

    select {{ each_of(days_between('first_month', 'last_month', 'month'), 'date') }} as publication_month
    from (
        select
            min(publication_month) as first_month,
            max(publication_month) as last_month
        from joint_papers
    ) as bounds

),

counts as (

    select
        reporter_code,
        publication_month,
        count(*) as papers,
        count(*) filter (where month(publication_date) = 1 and day(publication_date) = 1) as papers_on_january_1,
        {{ credit_sum('credit') }} as credit,
        {{ credit_sum('credit_by_affiliation') }} as credit_by_affiliation,
        {{ credit_sum('credit_by_country') }} as credit_by_country
    from joint_papers
    group by reporter_code, publication_month

),

counted as (

    select
        reporters.reporter_code,
        reporters.reporter_name,
        reporters.is_group,
        scope.side_b_code as partner_code,
        scope.side_b_name as partner_name,
        months.publication_month,
        methods.counting_method,
        cast(coalesce({{ counted_as('methods.counting_method', 'counts') }}, 0) as double) as joint_papers,
        cast(coalesce(counts.papers_on_january_1, 0) as bigint) as papers_on_january_1
    from reporters
    cross join scope
    cross join months
    cross join {{ ref('dim_counting_method') }} as methods
    left join counts
        on reporters.reporter_code = counts.reporter_code and months.publication_month = counts.publication_month

),

mart_copublication_monthly as (

    select
        counted.reporter_code,
        counted.reporter_name,
        counted.is_group,
        counted.partner_code,
        counted.partner_name,
        counted.publication_month,
        counted.counting_method,
        counted.joint_papers,
        counted.papers_on_january_1,
        case
            when count(*) over twelve_months = 12 then sum(counted.joint_papers) over twelve_months
        end as joint_papers_in_12_months,
        {{ ratio('counted.joint_papers', 'lag(counted.joint_papers, 12) over by_month') }} - 1 as growth_on_year_before,
        last_day(counted.publication_month) <= complete_until.complete_until
        -- works that came from a snapshot have no windows
        and coalesce(completeness.is_swept, true) as is_complete_month,
        counted.joint_papers < {{ small_cell() }} as is_small_cell
    from counted
    cross join complete_until
    left join {{ ref('mart_ops_completeness') }} as completeness
        on year(counted.publication_month) = completeness.publication_year
    window
        by_month as (
            partition by counted.reporter_code, counted.counting_method
            order by counted.publication_month
        ),
        twelve_months as (
            partition by counted.reporter_code, counted.counting_method
            order by counted.publication_month
            rows between 11 preceding and current row
        )

)

select * from mart_copublication_monthly
