-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_copublication_trends
-- sentence: A group has at least the papers of its largest member and at most those of all its members (full count).
-- applies: always
with

members as (

    select
        reporters.reporter_code,
        trends.publication_year,
        trends.work_selection,
        max(trends.joint_papers) as largest_member,
        sum(trends.joint_papers) as members_together
    from reporters
    inner join mart_copublication_trends as trends
        on reporters.country_code = trends.reporter_code and not trends.is_group and trends.counting_method = 'full'
    group by reporters.reporter_code, trends.publication_year, trends.work_selection

)

select
    groups.reporter_code,
    groups.publication_year,
    groups.work_selection,
    groups.joint_papers,
    members.largest_member,
    members.members_together
from mart_copublication_trends as groups
left join members
    on groups.reporter_code = members.reporter_code
        and groups.publication_year = members.publication_year
        and groups.work_selection = members.work_selection
where groups.is_group
    and groups.counting_method = 'full'
    and not coalesce(groups.joint_papers between members.largest_member and members.members_together, false)
