-- severity: fail
-- kind: integrity
-- group: recounts
-- table: bi_reporter_year
-- sentence: What shares of the BI layer are divided by, and which years are complete, is what the marts say, in every table
--     that repeats it.
-- applies: always
with

told as (

    select
        'bi_linked_year' as table_name,
        reporter_code,
        publication_year,
        'joint papers' as what,
        joint_papers::double as value,
        is_complete_year
    from bi_linked_year
    union
    select
        'bi_linked_body_year' as table_name,
        reporter_code,
        publication_year,
        'joint papers' as what,
        joint_papers::double as value,
        is_complete_year
    from bi_linked_body_year
    union
    select
        'bi_funding_mix' as table_name,
        reporter_code,
        publication_year,
        'joint papers' as what,
        joint_papers::double as value,
        is_complete_year
    from bi_funding_mix
    union
    select
        'bi_topic_year' as table_name,
        reporter_code,
        publication_year,
        'joint papers' as what,
        reporter_joint_papers::double as value,
        is_complete_year
    from bi_topic_year
    union
    select
        'bi_selection_year' as table_name,
        reporter_code,
        publication_year,
        'joint papers' as what,
        joint_papers_of_all::double as value,
        is_complete_year
    from bi_selection_year
    union
    select
        'bi_funder_class_year' as table_name,
        reporter_code,
        publication_year,
        'joint papers' as what,
        joint_papers::double as value,
        is_complete_year
    from bi_funder_class_year
    union
    select
        'bi_funder_class_year' as table_name,
        reporter_code,
        publication_year,
        'papers with funding' as what,
        papers_with_funding::double as value,
        is_complete_year
    from bi_funder_class_year
    union
    select
        'bi_funder_year' as table_name,
        reporter_code,
        publication_year,
        'joint papers' as what,
        joint_papers::double as value,
        is_complete_year
    from bi_funder_year
    union
    select
        'bi_funder_year' as table_name,
        reporter_code,
        publication_year,
        'papers with funding' as what,
        papers_with_funding::double as value,
        is_complete_year
    from bi_funder_year
    union
    select
        'bi_counting_year' as table_name,
        reporter_code,
        publication_year,
        'joint papers of side A' as what,
        side_a_joint_papers::double as value,
        is_complete_year
    from bi_counting_year
    union
    select
        'bi_linked_funder_class_year' as table_name,
        reporter_code,
        publication_year,
        'class ' || funder_class as what,
        papers_of_class::double as value,
        is_complete_year
    from bi_linked_funder_class_year
    union
    select
        'bi_linked_funder_class_year' as table_name,
        reporter_code,
        publication_year,
        'linked ' || definition_code || ', ' || listing_basis as what,
        linked_papers::double as value,
        is_complete_year
    from bi_linked_funder_class_year
    union
    select
        'bi_linked_funder_class_year' as table_name,
        reporter_code,
        publication_year,
        'linked with funding ' || definition_code || ', ' || listing_basis as what,
        linked_papers_with_funding::double as value,
        is_complete_year
    from bi_linked_funder_class_year
    union
    select
        'bi_linked_year' as table_name,
        reporter_code,
        publication_year,
        'without hospitals ' || definition_code || ', ' || listing_basis as what,
        linked_papers_without_hospitals::double as value,
        is_complete_year
    from bi_linked_year
    union
    select
        'bi_reporter_year' as table_name,
        reporter_code,
        publication_year,
        unnest([
            'all papers',
            'papers of side B',
            'joint papers of side A',
            'linked strict_pla, today',
            'linked strict_pla, at_publication',
            'linked plus_seven_sons, today',
            'linked plus_seven_sons, at_publication',
            'linked plus_security_industry, today',
            'linked plus_security_industry, at_publication'
        ]) as what,
        unnest([
            all_papers,
            partner_papers,
            side_a_joint_papers,
            linked_pla_today,
            linked_pla_at_publication,
            linked_seven_sons_today,
            linked_seven_sons_at_publication,
            linked_security_industry_today,
            linked_security_industry_at_publication
        ])::double as value,
        is_complete_year
    from (
        select * from bi_reporter_year
        union all by name
        select * from bi_side_year
    ) as figures
    union
    select
        'bi_partner_year' as table_name,
        country_code as reporter_code,
        publication_year,
        unnest(['papers of the country', 'papers of the partner', 'papers of the world']) as what,
        unnest([country_papers, partner_papers, world_papers])::double as value,
        is_complete_year
    from bi_partner_year
    where joint_papers > 0

),

years as (

    select
        publication_year,
        bool_and(is_complete_year) as is_complete_year
    from mart_copublication_trends
    group by publication_year

),

known as (

    select
        reporter_code,
        publication_year,
        unnest(['joint papers', 'joint papers of side A', 'all papers', 'papers of side B']) as what,
        unnest([
            joint_papers,
            all_joint_papers,
            -- a total that is smaller than its part is none
            case when reporter_share_basis != 'contradicted' then reporter_papers end,
            case when partner_share_basis != 'contradicted' then partner_papers end
        ])::double as value
    from mart_copublication_trends
    where counting_method = 'full' and work_selection = 'all'
    union all
    select
        reporter_code,
        publication_year,
        case level when 'any' then 'papers with funding' else 'class ' || funder_class end as what,
        papers::double as value
    from mart_funding_sources
    where level in ('any', 'class')
    union all
    select
        reporter_code,
        publication_year,
        unnest(['linked ', 'without hospitals ']) || definition_code || ', ' || listing_basis as what,
        unnest([military_linked_papers, papers_without_hospitals])::double as value
    from mart_military_links
    where dimension = 'all'
    union all
    select
        reporter_code,
        publication_year,
        'linked with funding ' || definition_code || ', ' || listing_basis as what,
        papers::double as value
    from mart_military_funding
    where funder_class = 'ALL'
    union all
    select
        country_code as reporter_code,
        publication_year,
        unnest(['papers of the country', 'papers of the partner', 'papers of the world']) as what,
        unnest([
            case when count_basis != 'contradicted' then country_papers end,
            partner_papers,
            world_papers
        ])::double as value
    from mart_country_relations
    where not is_group

)

select
    told.table_name,
    told.reporter_code,
    told.publication_year,
    told.what,
    told.value as found,
    known.value as of_mart,
    told.is_complete_year,
    years.is_complete_year as is_complete_in_mart
from told
left join known
    on told.reporter_code = known.reporter_code
        and told.publication_year = known.publication_year
        and told.what = known.what
left join years on told.publication_year = years.publication_year
where told.is_complete_year is distinct from years.is_complete_year
    -- what the marts have no row of is 0; a total that nobody knows is null on both sides
    or coalesce(told.value, -1) != case when known.what is null then 0 else coalesce(known.value, -1) end
