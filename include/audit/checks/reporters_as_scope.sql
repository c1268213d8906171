-- severity: fail
-- kind: integrity
-- group: labels
-- table: mart_copublication_trends
-- sentence: Reporters and partner, their codes, names and kinds, are those of the scope in every mart.
-- applies: always
with

known as (

    select distinct
        reporter_code,
        reporter_name,
        is_group,
        is_side_a
    from reporters

),

named as (

    select distinct
        'mart_copublication_trends' as table_name,
        reporter_code,
        reporter_name,
        is_group,
        is_side_a,
        partner_code,
        partner_name
    from mart_copublication_trends
    union all
    select distinct
        'mart_copublication_monthly' as table_name,
        reporter_code,
        reporter_name,
        is_group,
        null as is_side_a,
        partner_code,
        partner_name
    from mart_copublication_monthly
    union all
    select distinct
        'mart_topic_collaboration' as table_name,
        reporter_code,
        reporter_name,
        null as is_group,
        null as is_side_a,
        partner_code,
        null as partner_name
    from mart_topic_collaboration
    union all
    select distinct
        'mart_funding_sources' as table_name,
        reporter_code,
        reporter_name,
        null as is_group,
        null as is_side_a,
        null as partner_code,
        null as partner_name
    from mart_funding_sources
    union all
    select distinct
        'mart_funding_coverage' as table_name,
        reporter_code,
        reporter_name,
        null as is_group,
        null as is_side_a,
        null as partner_code,
        null as partner_name
    from mart_funding_coverage
    union all
    select distinct
        'mart_military_links' as table_name,
        reporter_code,
        reporter_name,
        null as is_group,
        null as is_side_a,
        null as partner_code,
        null as partner_name
    from mart_military_links
    union all
    select distinct
        'mart_military_funding' as table_name,
        reporter_code,
        reporter_name,
        null as is_group,
        null as is_side_a,
        null as partner_code,
        null as partner_name
    from mart_military_funding

)

select
    named.table_name,
    named.reporter_code,
    named.reporter_name,
    known.reporter_name as name_of_scope,
    named.partner_code,
    named.partner_name
from named
cross join scope
left join known on named.reporter_code = known.reporter_code
where named.reporter_name is distinct from known.reporter_name
    or named.is_group != known.is_group
    or named.is_side_a != known.is_side_a
    or named.partner_code != scope.side_b_code
    or named.partner_name != scope.side_b_name
