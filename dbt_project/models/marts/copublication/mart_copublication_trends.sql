-- Reporter x partner x year x counting method x selection of works.
with

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

totals as (

    select * from {{ ref('int_totals') }}

),

complete_until as (

    select * from {{ ref('int_complete_until') }}

),

counts as (

    select * from {{ ref('int_selection_counts') }}

),

grid as (

    select
        reporters.reporter_code,
        reporters.reporter_name,
        reporters.is_group,
        scope.side_a_code,
        scope.side_b_code,
        scope.side_b_name,
        scope.year_from,
        selections.work_selection,
        methods.counting_method,
        {{ each_of(numbers_between('scope.year_from', 'scope.year_to'), 'smallint') }} as publication_year
    from reporters
    cross join scope
    cross join {{ ref('dim_work_selection') }} as selections
    cross join {{ ref('dim_counting_method') }} as methods

),

counted as (

    select
        grid.*,
        cast(coalesce({{ counted_as('grid.counting_method', 'counts') }}, 0) as double) as joint_papers,
        cast(coalesce(of_side_a.papers, 0) as double) as all_joint_papers,
        of_reporter.papers as reporter_papers,
        of_reporter.count_basis as reporter_papers_basis,
        of_partner.papers as partner_papers,
        of_partner.count_basis as partner_papers_basis,
        of_both.papers as joint_papers_of_source
    from grid
    left join counts
        on grid.reporter_code = counts.reporter_code
            and grid.publication_year = counts.publication_year
            and grid.work_selection = counts.work_selection
    left join counts as of_side_a
        on grid.side_a_code = of_side_a.reporter_code
            and grid.publication_year = of_side_a.publication_year
            and grid.work_selection = of_side_a.work_selection
    -- the source counts all papers, whatever we select
    left join totals as of_reporter
        on grid.work_selection = 'all'
            and of_reporter.total_kind = case when grid.is_group then 'group' else 'country' end
            and grid.reporter_code = of_reporter.group_code
            and grid.publication_year = of_reporter.publication_year
    left join totals as of_partner
        on grid.work_selection = 'all'
            and of_partner.total_kind = 'group'
            and grid.side_b_code = of_partner.group_code
            and grid.publication_year = of_partner.publication_year
    left join totals as of_both
        on grid.work_selection = 'all'
            and of_both.total_kind = case when grid.is_group then 'group_partner' else 'partner' end
            and grid.side_b_code = of_both.condition_code
            and grid.reporter_code = of_both.group_code
            and grid.publication_year = of_both.publication_year

),

-- the source counts papers, so only full counts have a share of them
with_shares as (

    select
        *,
        case when counting_method = 'full' then {{ share_of_all('joint_papers', 'reporter_papers') }} end
            as share_of_reporter_papers,
        case when counting_method = 'full' then {{ share_of_all('joint_papers', 'partner_papers') }} end
            as share_of_partner_papers,
        case
            when counting_method = 'full'
                then {{ share_basis(
                    'joint_papers', 'joint_papers_of_source', 'reporter_papers', 'reporter_papers_basis'
                ) }}
        end as reporter_share_basis,
        case
            when counting_method = 'full'
                then {{ share_basis(
                    'joint_papers', 'joint_papers_of_source', 'partner_papers', 'partner_papers_basis'
                ) }}
        end as partner_share_basis
    from counted

),

over_years as (

    select
        *,
        lag(joint_papers) over by_year as joint_papers_year_before,
        first_value(joint_papers) over by_year as joint_papers_first_year
    from with_shares
    window by_year as (partition by reporter_code, counting_method, work_selection order by publication_year)

),

mart_copublication_trends as (

    select
        over_years.reporter_code,
        over_years.reporter_name,
        over_years.is_group,
        over_years.reporter_code = over_years.side_a_code as is_side_a,
        over_years.side_b_code as partner_code,
        over_years.side_b_name as partner_name,
        over_years.publication_year,
        over_years.counting_method,
        over_years.work_selection,
        over_years.joint_papers,
        over_years.all_joint_papers,
        {{ ratio('over_years.joint_papers', 'over_years.all_joint_papers') }} as share_of_joint_papers,
        over_years.reporter_papers,
        over_years.partner_papers,
        over_years.joint_papers_of_source,
        over_years.share_of_reporter_papers,
        over_years.reporter_share_basis,
        over_years.share_of_partner_papers,
        over_years.partner_share_basis,
        {{ ratio('over_years.joint_papers', 'over_years.joint_papers_year_before') }} - 1 as growth_on_year_before,
        {{ ratio('over_years.joint_papers', 'over_years.joint_papers_first_year') }} - 1 as growth_since_first_year,
        case
            when over_years.publication_year > over_years.year_from
                then pow(
                        {{ ratio('over_years.joint_papers', 'over_years.joint_papers_first_year') }},
                        cast(1 as double) / (over_years.publication_year - over_years.year_from)
                    ) - 1
        end as annual_growth_since_first_year,
        100 * {{ ratio('over_years.joint_papers', 'over_years.joint_papers_first_year') }} as first_year_index,
        make_date(over_years.publication_year, 12, 31) <= complete_until.complete_until
        -- works that came from a snapshot have no windows
        and coalesce(completeness.is_swept, true) as is_complete_year,
        over_years.joint_papers < {{ small_cell() }} as is_small_cell
    from over_years
    cross join complete_until
    left join {{ ref('mart_ops_completeness') }} as completeness
        on over_years.publication_year = completeness.publication_year

)

select * from mart_copublication_trends
