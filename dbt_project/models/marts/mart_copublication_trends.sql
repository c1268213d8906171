-- Reporter x partner x year x counting method.
with

joint_papers as (

    select * from {{ ref('int_joint_papers') }}

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

totals as (

    select * from {{ ref('int_totals') }}

),

counts as (

    select
        reporter_code,
        publication_year,
        count(*) as papers,
        {{ credit_sum('credit') }} as credit
    from joint_papers
    group by reporter_code, publication_year

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
        unnest(range(scope.year_from, scope.year_to + 1))::smallint as publication_year
    from reporters
    cross join scope

),

methods as (

    select unnest(['full', 'fractional']) as counting_method

),

counted as (

    select
        grid.*,
        methods.counting_method,
        case
            when methods.counting_method = 'full' then coalesce(counts.papers, 0)
            else coalesce(counts.credit, 0)
        end::double as joint_papers,
        coalesce(of_side_a.papers, 0)::double as all_joint_papers,
        coalesce(of_country.papers, of_group.papers) as reporter_papers,
        of_partner.papers as partner_papers
    from grid
    cross join methods
    left join counts on grid.reporter_code = counts.reporter_code and grid.publication_year = counts.publication_year
    left join counts as of_side_a
        on grid.side_a_code = of_side_a.reporter_code and grid.publication_year = of_side_a.publication_year
    left join totals as of_country
        on not grid.is_group
            and of_country.total_kind = 'country'
            and grid.reporter_code = of_country.group_code
            and grid.publication_year = of_country.publication_year
    left join totals as of_group
        on grid.is_group
            and of_group.total_kind = 'group'
            and grid.reporter_code = of_group.group_code
            and grid.publication_year = of_group.publication_year
    left join totals as of_partner
        on of_partner.total_kind = 'group'
            and grid.side_b_code = of_partner.group_code
            and grid.publication_year = of_partner.publication_year

),

over_years as (

    select
        *,
        lag(joint_papers) over by_year as joint_papers_year_before,
        first_value(joint_papers) over by_year as joint_papers_first_year
    from counted
    window by_year as (partition by reporter_code, counting_method order by publication_year)

),

mart_copublication_trends as (

    select
        reporter_code,
        reporter_name,
        is_group,
        side_b_code as partner_code,
        side_b_name as partner_name,
        publication_year,
        counting_method,
        joint_papers,
        all_joint_papers,
        {{ ratio('joint_papers', 'all_joint_papers') }} as share_of_joint_papers,
        reporter_papers,
        partner_papers,
        case when counting_method = 'full' then {{ ratio('joint_papers', 'reporter_papers') }} end
            as share_of_reporter_papers,
        case when counting_method = 'full' then {{ ratio('joint_papers', 'partner_papers') }} end
            as share_of_partner_papers,
        {{ ratio('joint_papers', 'joint_papers_year_before') }} - 1 as growth_on_year_before,
        {{ ratio('joint_papers', 'joint_papers_first_year') }} - 1 as growth_since_first_year,
        publication_year < year(current_date) as is_complete_year,
        joint_papers < 25 as is_small_cell
    from over_years

)

select * from mart_copublication_trends
