-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_copublication_trends
-- sentence: A group's fractional credit is the sum of its members', or more where a selection asks for its authors.
-- applies: always
with

members as (

    select
        reporters.reporter_code,
        trends.publication_year,
        trends.counting_method,
        trends.work_selection,
        sum(trends.joint_papers) as credit
    from reporters
    inner join mart_copublication_trends as trends
        on reporters.country_code = trends.reporter_code and not trends.is_group and trends.counting_method != 'full'
    group by reporters.reporter_code, trends.publication_year, trends.counting_method, trends.work_selection

),

compared as (

    select
        groups.reporter_code,
        groups.publication_year,
        groups.counting_method,
        groups.work_selection,
        groups.joint_papers as credit,
        coalesce(members.credit, 0) as members_together,
        getvariable('tolerance') * greatest(1, groups.joint_papers) as tolerated,
        -- selections that ask who of the reporter stands where: a group holds papers there that some of its members do not
        groups.work_selection in (
            'without_dual_affiliations', 'first_author_reporter', 'corresponding_author_reporter'
        ) as may_be_more
    from mart_copublication_trends as groups
    left join members
        on groups.reporter_code = members.reporter_code
            and groups.publication_year = members.publication_year
            and groups.counting_method = members.counting_method
            and groups.work_selection = members.work_selection
    where groups.is_group and groups.counting_method != 'full'

)

select
    reporter_code,
    publication_year,
    counting_method,
    work_selection,
    credit,
    members_together
from compared
where members_together - credit > tolerated or (not may_be_more and credit - members_together > tolerated)
