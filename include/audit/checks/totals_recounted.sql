-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_copublication_trends
-- sentence: All papers, which shares and relations are taken of, are those that the source answered; where loaded works
--     correct them, by no more than these and those with corrected countries; where all works are loaded, these.
-- applies: always
with

trends as (

    select * from mart_copublication_trends
    where counting_method = 'full' and work_selection = 'all'

),

named as (

    select
        'trends: reporter_papers' as denominator,
        case when is_group then 'group' else 'country' end as total_kind,
        '' as condition_code,
        reporter_code as group_code,
        publication_year,
        reporter_papers as papers,
        coalesce(reporter_share_basis = 'source', false) as is_exact
    from trends
    union all
    select
        'trends: partner_papers' as denominator,
        'group' as total_kind,
        '' as condition_code,
        partner_code as group_code,
        publication_year,
        partner_papers as papers,
        coalesce(partner_share_basis = 'source', false) as is_exact
    from trends
    union all
    select
        'trends: joint_papers_of_source' as denominator,
        case when is_group then 'group_partner' else 'partner' end as total_kind,
        partner_code as condition_code,
        reporter_code as group_code,
        publication_year,
        joint_papers_of_source as papers,
        false as is_exact
    from trends
    union all
    select
        'relations: joint_papers' as denominator,
        case when is_group then 'group_partner' else 'partner' end as total_kind,
        partner_code as condition_code,
        country_code as group_code,
        publication_year,
        joint_papers as papers,
        coalesce(count_basis = 'source', false) as is_exact
    from mart_country_relations
    union all
    select
        'relations: country_papers' as denominator,
        case when is_group then 'group' else 'country' end as total_kind,
        '' as condition_code,
        country_code as group_code,
        publication_year,
        country_papers as papers,
        coalesce(count_basis = 'source', false) as is_exact
    from mart_country_relations
    union all
    select
        'relations: partner_papers' as denominator,
        'group' as total_kind,
        '' as condition_code,
        partner_code as group_code,
        publication_year,
        partner_papers as papers,
        coalesce(count_basis = 'source', false) as is_exact
    from mart_country_relations
    union all
    select
        'relations: world_papers' as denominator,
        'world' as total_kind,
        '' as condition_code,
        'WORLD' as group_code,
        publication_year,
        world_papers as papers,
        true as is_exact
    from mart_country_relations

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

compared as (

    select
        named.denominator,
        named.group_code,
        named.publication_year,
        named.papers,
        -- where all works are loaded, what none of them has may be empty or 0
        case when scope.is_every_work_loaded then loaded.papers else answered.papers end as papers_recounted,
        case
            when named.is_exact or scope.is_every_work_loaded then 0
            else coalesce(loaded.papers, 0) + coalesce(recoded.papers, 0)
        end as papers_that_may_correct
    from named
    cross join scope
    left join totals_answered as answered
        on named.total_kind = answered.total_kind
            and named.condition_code = answered.condition_code
            and named.group_code = answered.group_code
            and named.publication_year = answered.publication_year
    left join totals_loaded as loaded
        on named.total_kind = loaded.total_kind
            and named.condition_code = loaded.condition_code
            and named.group_code = loaded.group_code
            and named.publication_year = loaded.publication_year
    left join recoded on named.publication_year = recoded.publication_year

)

select distinct
    denominator,
    group_code,
    publication_year,
    papers,
    papers_recounted,
    papers_that_may_correct
from compared
where (papers is null and papers_recounted is not null)
    or abs(papers - coalesce(papers_recounted, 0)) > papers_that_may_correct
