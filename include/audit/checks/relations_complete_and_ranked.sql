-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_country_relations
-- sentence: Every country with papers of side B by the source's count has its row, and its rank among the countries.
-- applies: always
with

members as (

    select distinct
        group_code,
        country_code
    from sides
    where role in ('side_a', 'group')

),

-- their records show countries that they do not count for
recoded as (

    select
        publication_year,
        count(*) as papers
    from fct_works
    where is_in_scope and country_corrections != ''
    group by publication_year

),

missing as (

    select
        answered.group_code as country_code,
        answered.publication_year,
        answered.papers as joint_papers,
        null::bigint as partner_rank,
        null::bigint as rank_recounted
    from totals_answered as answered
    inner join scope on not scope.is_every_work_loaded and answered.condition_code = scope.side_b_code
    left join totals_loaded as loaded
        on answered.total_kind = loaded.total_kind
            and answered.condition_code = loaded.condition_code
            and answered.group_code = loaded.group_code
            and answered.publication_year = loaded.publication_year
    left join recoded on answered.publication_year = recoded.publication_year
    left join mart_country_relations as relations
        on answered.group_code = relations.country_code and answered.publication_year = relations.publication_year
    where answered.total_kind = 'partner'
        and answered.papers > coalesce(loaded.papers, 0) + coalesce(recoded.papers, 0)
        and answered.group_code not in (
            select country_code from sides
            where role = 'side_b'
        )
        and relations.country_code is null

),

-- a group stands instead of its members
with_more as (

    select
        ours.country_code,
        ours.publication_year,
        count(*) as countries
    from mart_country_relations as ours
    inner join mart_country_relations as others
        on ours.publication_year = others.publication_year
            and not others.is_group
            and ours.joint_papers < others.joint_papers
    left join members
        on ours.is_group
            and ours.country_code = members.group_code
            and others.country_code = members.country_code
    where members.country_code is null
    group by ours.country_code, ours.publication_year

),

ranked as (

    select
        ours.country_code,
        ours.publication_year,
        ours.joint_papers,
        ours.partner_rank,
        1 + coalesce(with_more.countries, 0) as rank_recounted
    from mart_country_relations as ours
    left join with_more
        on ours.country_code = with_more.country_code and ours.publication_year = with_more.publication_year

)

select * from missing
union all
select * from ranked
where partner_rank != rank_recounted
