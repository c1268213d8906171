-- The study's figures beside what this release computes: one row a line of the seed headline_figures, one for the growth
-- and one for the strongest institution links of each country of side A, one for each body that the study names. Every
-- figure comes from marts, facts and totals. A figure that cannot be computed says why not.
with

published as (

    select
        figure_order::integer as figure_order,
        figure_id,
        section,
        figure,
        unit,
        period,
        split_part(period, '-', 1)::smallint as year_from,
        split_part(period, '-', -1)::smallint as year_to,
        published_value::double as published_value,
        coalesce(published_qualifier, '') as published_qualifier,
        coalesce(published_source, '') as published_source,
        coalesce(no_difference_because, '') as no_difference_because,
        definition
    from {{ source('reference', 'headline_figures') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

origin as (

    select max(data_origin) as data_origin from {{ ref('stg_typed__batches') }}

),

groups as (

    select * from {{ ref('stg_scope__groups') }}

),

trends as (

    select * from {{ ref('mart_copublication_trends') }}
    where counting_method = 'full' and work_selection = 'all'

),

joint_works as (

    select joint_works.*
    from {{ ref('int_joint_works') }} as joint_works
    inner join {{ ref('int_reporter_sets') }} as reporter_sets on joint_works.reporters = reporter_sets.reporters
    inner join scope on reporter_sets.reporter_code = scope.side_a_code

),

links as (

    select * from {{ ref('fct_work_military_links') }}
    where is_listed_today

),

bodies as (

    select * from {{ ref('dim_military_body') }}

),

-- the years that the study speaks of
study_years as (

    select
        min(year_from) as year_from,
        max(year_to) as year_to
    from published

),

growth_figures as (

    select
        1000 + row_number() over (order by countries.reporter_code) as figure_order,
        'growth_' || countries.reporter_code as figure_id,
        'volume' as section,
        'Growth of joint papers of ' || countries.reporter_name || ' from ' || study_years.year_from || ' to '
        || study_years.year_to as figure,
        'rate' as unit,
        study_years.year_from || '-' || study_years.year_to as period,
        study_years.year_from,
        study_years.year_to,
        null::double as published_value,
        '' as published_qualifier,
        '' as published_source,
        'Joint papers in the last year / joint papers in the first year - 1, full count' as definition,
        countries.reporter_code
    from (
        select distinct
            reporter_code,
            reporter_name
        from trends
        where not is_group
    ) as countries
    cross join study_years

),

-- who leads the strongest institution links of each country; the study published Germany's, which the seed holds
top_link_figures as (

    select
        1500 + row_number() over (order by countries.reporter_code) as figure_order,
        'top_links_leader_' || lower(countries.reporter_code) as figure_id,
        'institutions' as section,
        'Links held by the leading institution among the ten strongest institution links of ' || countries.reporter_name
            as figure,
        'links' as unit,
        study_years.year_from || '-' || study_years.year_to as period,
        study_years.year_from,
        study_years.year_to,
        null::double as published_value,
        '' as published_qualifier,
        '' as published_source,
        'Of the ten institution pairs of ' || countries.reporter_code || ' with most joint papers in '
        || study_years.year_from || '-' || study_years.year_to
        || ', the number held by the side A institution that holds most' as definition,
        countries.reporter_code
    from (
        select distinct
            reporter_code,
            reporter_name
        from trends
        where not is_group
    ) as countries
    cross join study_years
    where 'top_links_leader_' || lower(countries.reporter_code) not in (select figure_id from published)

),

-- the bodies that the study names: the People's Liberation Army itself, the Seven Sons, the National University of Defense
-- Technology, Xidian (which is none of the seven); and bodies that the user's own lists put among the Seven Sons
body_figures as (

    select
        2000 + row_number() over (order by bodies.body_id) as figure_order,
        'military_body_' || bodies.body_id as figure_id,
        'military' as section,
        'Joint papers with ' || bodies.body_name as figure,
        'papers' as unit,
        study_years.year_from || '-' || study_years.year_to as period,
        study_years.year_from,
        study_years.year_to,
        null::double as published_value,
        '' as published_qualifier,
        '' as published_source,
        'Joint papers linked to the body (category ' || bodies.category || '), listed today' as definition,
        bodies.body_id,
        bodies.is_institution_in_data
    from bodies
    cross join study_years
    where bodies.category = 'seven_sons'
        or bodies.body_id in (
            'chinese-peoples-liberation-army', 'national-university-of-defense-technology', 'xidian-university'
        )

),

figures as (

    select
        *,
        null as body_id,
        null as is_institution_in_data
    from growth_figures
    union all by name
    select *
    from top_link_figures
    union all by name
    select
        *,
        null as reporter_code
    from body_figures
    union all by name
    select
        *,
        null as reporter_code,
        null as body_id,
        null as is_institution_in_data
    from published

),

-- measures of the figures' periods; each CTE has one row a figure ---------------------------------------------------------

-- the study counted AI papers of Europe with China: what another scope counts is no answer to its figures
covered as (

    select
        figures.figure_id,
        case
            when scope.subject_id != 'ai'
                then 'The subject of the scope is ' || scope.subject_id || ', the study''s is ai.'
            when scope.side_a_code != 'EUROPE' or scope.side_b_code != 'CHINA'
                then 'The scope counts ' || scope.side_a_name || ' with ' || scope.side_b_name
                    || ', the study Europe (the EU27, the United Kingdom, Norway and Switzerland) with China.'
            when figures.year_from < scope.year_from or figures.year_to > scope.year_to
                then 'The scope holds ' || scope.year_from || '-' || scope.year_to || ', not ' || figures.period || '.'
        end as why_not
    from figures
    cross join scope

),

-- years of the period that the source was not asked for, or not to the end
gaps as (

    select
        figures.figure_id,
        bool_or(completeness.windows_never_swept > 0 and completeness.works_loaded = 0) as is_year_missing,
        string_agg(distinct completeness.publication_year, ', ' order by completeness.publication_year) as years
    from figures
    inner join {{ ref('mart_ops_completeness') }} as completeness
        on completeness.publication_year between figures.year_from and figures.year_to
    where not completeness.is_complete
    group by figures.figure_id

),

volumes as (

    select
        figures.figure_id,
        sum(trends.joint_papers) filter (where trends.reporter_code = scope.side_a_code) as joint_papers,
        sum(trends.joint_papers) filter (where trends.reporter_code = 'GB') as uk_joint_papers,
        -- a sum over years of which one was not counted, or counts fewer papers than joint ones, is no sum
        case
            when count(*) filter (
                    where trends.reporter_code = scope.side_a_code
                    and (trends.reporter_papers is null or trends.reporter_share_basis = 'contradicted')
                ) = 0
                then sum(trends.reporter_papers) filter (where trends.reporter_code = scope.side_a_code)
        end as side_a_papers,
        case
            when count(*) filter (
                    where trends.reporter_code = 'GB'
                    and (trends.reporter_papers is null or trends.reporter_share_basis = 'contradicted')
                ) = 0
                then sum(trends.reporter_papers) filter (where trends.reporter_code = 'GB')
        end as uk_papers,
        case
            when count(*) filter (
                    where trends.reporter_code = scope.side_a_code
                    and (trends.partner_papers is null or trends.partner_share_basis = 'contradicted')
                ) = 0
                then sum(trends.partner_papers) filter (where trends.reporter_code = scope.side_a_code)
        end as partner_papers
    from figures
    cross join scope
    inner join trends on trends.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id

),

ends as (

    select
        figures.figure_id,
        trends.reporter_code,
        max(trends.joint_papers) filter (where trends.publication_year = figures.year_from) as joint_papers_first,
        max(trends.joint_papers) filter (where trends.publication_year = figures.year_to) as joint_papers_last
    from figures
    inner join trends on trends.publication_year in (figures.year_from, figures.year_to)
    where not trends.is_group
    group by figures.figure_id, trends.reporter_code

),

growing as (

    select
        figure_id,
        count(*) filter (where joint_papers_last > joint_papers_first) as countries_growing
    from ends
    group by figure_id

),

growth as (

    select
        figures.figure_id,
        {{ ratio('ends.joint_papers_last', 'ends.joint_papers_first') }} - 1 as growth_rate,
        least(ends.joint_papers_first, ends.joint_papers_last) as papers_of_smaller_end
    from figures
    inner join ends on figures.figure_id = ends.figure_id and figures.reporter_code = ends.reporter_code

),

-- what China, the two together and Europe published in the last year of a figure, against the first
rises as (

    select
        figures.figure_id,
        max(trends.partner_papers) filter (where trends.publication_year = figures.year_from) as china_first,
        max(trends.partner_papers) filter (where trends.publication_year = figures.year_to) as china_last,
        max(trends.joint_papers) filter (where trends.publication_year = figures.year_from) as joint_first,
        max(trends.joint_papers) filter (where trends.publication_year = figures.year_to) as joint_last,
        max(trends.reporter_papers) filter (where trends.publication_year = figures.year_from) as europe_first,
        max(trends.reporter_papers) filter (where trends.publication_year = figures.year_to) as europe_last
    from figures
    cross join scope
    inner join trends
        on scope.side_a_code = trends.reporter_code
            and trends.publication_year in (figures.year_from, figures.year_to)
    group by figures.figure_id

),

partner_papers as (

    select
        figures.figure_id,
        totals.group_code as partner_code,
        sum(totals.papers) as papers
    from figures
    cross join scope
    inner join {{ ref('int_totals') }} as totals
        on scope.side_b_code = totals.condition_code
            and totals.publication_year between figures.year_from and figures.year_to
    where (
        totals.total_kind = 'partner'
        and totals.group_code not in (
            select country_code from groups
            where role = 'side_b' or group_code = 'EU27'
        )
    )
    or (totals.total_kind = 'group_partner' and totals.group_code = 'EU27')
    group by figures.figure_id, totals.group_code

),

partner_ranks as (

    select
        figure_id,
        partner_code,
        rank() over (partition by figure_id order by papers desc) as partner_rank
    from partner_papers

),

ranks as (

    select
        figure_id,
        max(partner_rank) filter (where partner_code = 'US') as rank_us,
        max(partner_rank) filter (where partner_code = 'GB') as rank_uk,
        max(partner_rank) filter (where partner_code = 'EU27') as rank_eu27
    from partner_ranks
    group by figure_id

),

funding as (

    select
        figures.figure_id,
        sum(sources.papers) filter (where sources.level = 'any') as papers_with_funding,
        sum(sources.papers) filter (where sources.level = 'side' and sources.funder_class = scope.side_b_code)
            as cn_papers,
        sum(sources.papers) filter (
            where sources.level = 'class' and sources.funder_class = 'cn_government_programme'
        ) as cn_programme_papers,
        sum(sources.papers) filter (where sources.level = 'class' and sources.funder_class = 'cn_university')
            as cn_university_papers
    from figures
    cross join scope
    inner join {{ ref('mart_funding_sources') }} as sources
        on scope.side_a_code = sources.reporter_code
            and sources.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id

),

-- sets of funders with a funder of side B and no government programme of China: the rest, of which universities are most
sets_of_rest as (

    select
        funder_sets.funders,
        bool_or(funder_sets.funder_class = 'cn_university') as is_of_university
    from {{ ref('int_funder_sets') }} as funder_sets
    left join {{ ref('int_funder_sides') }} as sides on funder_sets.funder_id = sides.funder_id
    group by funder_sets.funders
    having bool_or(sides.role = 'side_b') and not bool_or(funder_sets.funder_class = 'cn_government_programme')

),

rest_of_year as (

    select
        joint_works.publication_year,
        count(*) as papers,
        count(*) filter (where sets_of_rest.is_of_university) as university_papers
    from joint_works
    inner join sets_of_rest on joint_works.funders = sets_of_rest.funders
    group by joint_works.publication_year

),

rest as (

    select
        figures.figure_id,
        sum(rest_of_year.papers) as papers,
        sum(rest_of_year.university_papers) as university_papers
    from figures
    inner join rest_of_year on rest_of_year.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id

),

programme_works as (

    select distinct work_id
    from {{ ref('fct_work_funding') }}
    where list_contains(string_split(programme_codes, '; '), 'national_defence_basic_research')

),

programme as (

    select
        figures.figure_id,
        count(*) as defence_basic_research_papers
    from figures
    inner join joint_works on joint_works.publication_year between figures.year_from and figures.year_to
    inner join programme_works on joint_works.work_id = programme_works.work_id
    group by figures.figure_id

),

military as (

    select
        figures.figure_id,
        sum(military.military_linked_papers) filter (where military.definition_code = 'any_list') as any_list_papers,
        sum(military.military_linked_papers) filter (where military.definition_code = 'strict_pla') as strict_pla_papers
    from figures
    cross join scope
    inner join {{ ref('mart_military_links') }} as military
        on scope.side_a_code = military.reporter_code
            and military.publication_year between figures.year_from and figures.year_to
    where military.listing_basis = 'today' and military.dimension = 'all'
    group by figures.figure_id

),

-- a body by itself, and the Seven Sons together
linked_works as (

    select distinct
        joint_works.work_id,
        joint_works.publication_year,
        links.body_id,
        links.category
    from joint_works
    inner join links on joint_works.work_id = links.work_id

),

body_papers_of_year as (

    select
        publication_year,
        body_id,
        count(*) as papers
    from linked_works
    group by publication_year, body_id
    union all
    select
        publication_year,
        'seven_sons' as body_id,
        count(distinct work_id) as papers
    from linked_works
    where category = 'seven_sons'
    group by publication_year

),

by_body as (

    select
        figures.figure_id,
        sum(of_year.papers) filter (where of_year.body_id = 'seven_sons') as seven_sons_papers,
        sum(of_year.papers) filter (where of_year.body_id = figures.body_id) as body_papers
    from figures
    inner join body_papers_of_year as of_year
        on of_year.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id

),

-- ranked over the years of the figure: the ranks of mart_institution_pairs are over all years of the scope
top_links as (

    select
        figures.figure_id,
        pairs.institution_a_id,
        pairs.institution_a_name
    from figures
    inner join {{ ref('mart_institution_pairs') }} as pairs
        on figures.figure_id = 'top_links_leader_' || lower(pairs.institution_a_country_code)
            and pairs.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id, pairs.institution_a_id, pairs.institution_a_name, pairs.institution_b_id
    qualify row_number() over (
            partition by figures.figure_id
            order by sum(pairs.joint_papers) desc, pairs.institution_a_id asc, pairs.institution_b_id asc
        ) <= 10

),

top_link_leaders as (

    select
        figure_id,
        institution_a_name as leader_name,
        count(*) as leader_links
    from top_links
    group by figure_id, institution_a_id, institution_a_name
    qualify row_number() over (partition by figure_id order by leader_links desc, institution_a_id asc) = 1

),

topic_papers as (

    select
        figures.figure_id,
        sum(topics.joint_papers) filter (where labels.label = 'target_tracking') as target_tracking_papers,
        sum(topics.joint_papers) filter (where labels.label = 'cybersecurity') as cybersecurity_papers,
        sum(topics.joint_papers) filter (where labels.label = 'biometric_recognition') as biometric_recognition_papers
    from figures
    cross join scope
    inner join {{ ref('mart_topic_collaboration') }} as topics
        on scope.side_a_code = topics.reporter_code
            and topics.level = 'topic'
            and topics.publication_year between figures.year_from and figures.year_to
    inner join {{ source('reference', 'sensitive_topics') }} as labels on topics.topic_id = labels.topic_id
    group by figures.figure_id

),

computed as (

    select
        figures.*,
        origin.data_origin,
        covered.why_not,
        coalesce(gaps.is_year_missing, false) as is_year_missing,
        gaps.years as incomplete_years,
        top_link_leaders.leader_name,
        case
            when covered.why_not is not null or gaps.is_year_missing then null
            when starts_with(figures.figure_id, 'growth_') then growth.growth_rate
            when starts_with(figures.figure_id, 'military_body_')
                -- beside a real body's name stands no invented figure
                then case
                        when figures.is_institution_in_data or origin.data_origin != 'synthetic'
                            then coalesce(by_body.body_papers, 0)
                    end
            when starts_with(figures.figure_id, 'joint_papers') then volumes.joint_papers
            when starts_with(figures.figure_id, 'countries_growing') then growing.countries_growing
            when figures.figure_id = 'rise_of_china_papers'
                then {{ ratio('rises.china_last', 'rises.china_first') }} - 1
            when figures.figure_id = 'rise_of_joint_papers'
                then {{ ratio('rises.joint_last', 'rises.joint_first') }} - 1
            when figures.figure_id = 'rise_of_europe_papers'
                then {{ ratio('rises.europe_last', 'rises.europe_first') }} - 1
            when starts_with(figures.figure_id, 'share_of_europe_papers_')
                then {{ ratio('volumes.joint_papers', 'volumes.side_a_papers') }}
            when starts_with(figures.figure_id, 'share_of_china_papers_')
                then {{ ratio('volumes.joint_papers', 'volumes.partner_papers') }}
            when figures.figure_id = 'uk_share_of_joint_papers'
                then {{ ratio('volumes.uk_joint_papers', 'volumes.joint_papers') }}
            when figures.figure_id = 'uk_share_of_europe_papers'
                then {{ ratio('volumes.uk_papers', 'volumes.side_a_papers') }}
            when starts_with(figures.figure_id, 'uk_share_with_china_')
                then {{ ratio('volumes.uk_joint_papers', 'volumes.uk_papers') }}
            when figures.figure_id = 'uk_share_of_china_papers'
                then {{ ratio('volumes.uk_joint_papers', 'volumes.partner_papers') }}
            when figures.figure_id = 'partner_rank_us' then ranks.rank_us
            when figures.figure_id = 'partner_rank_uk' then ranks.rank_uk
            when figures.figure_id = 'partner_rank_eu27' then ranks.rank_eu27
            when figures.figure_id = 'papers_with_funding_share'
                then {{ ratio('coalesce(funding.papers_with_funding, 0)', 'volumes.joint_papers') }}
            when figures.figure_id = 'cn_funded_share'
                then {{ ratio('coalesce(funding.cn_papers, 0)', 'funding.papers_with_funding') }}
            when figures.figure_id = 'cn_government_programme_share'
                then {{ ratio('coalesce(funding.cn_programme_papers, 0)', 'funding.papers_with_funding') }}
            when figures.figure_id = 'cn_university_share'
                then {{ ratio('coalesce(funding.cn_university_papers, 0)', 'funding.papers_with_funding') }}
            when figures.figure_id = 'cn_university_share_of_rest'
                then {{ ratio('rest.university_papers', 'rest.papers') }}
            when figures.figure_id = 'cn_defence_basic_research_papers'
                then coalesce(programme.defence_basic_research_papers, 0)
            when figures.figure_id = 'military_linked_papers' then coalesce(military.any_list_papers, 0)
            when figures.figure_id = 'military_linked_share'
                then {{ ratio('coalesce(military.any_list_papers, 0)', 'volumes.joint_papers') }}
            when figures.figure_id = 'strict_pla_papers' then coalesce(military.strict_pla_papers, 0)
            when figures.figure_id = 'seven_sons_papers' then coalesce(by_body.seven_sons_papers, 0)
            when starts_with(figures.figure_id, 'top_links_leader_') then top_link_leaders.leader_links
            when figures.figure_id = 'target_tracking_papers' then coalesce(topic_papers.target_tracking_papers, 0)
            when figures.figure_id = 'cybersecurity_papers' then coalesce(topic_papers.cybersecurity_papers, 0)
            when figures.figure_id = 'biometric_recognition_papers'
                then coalesce(topic_papers.biometric_recognition_papers, 0)
        end::double as computed_value,
        -- what a share is taken of, and the smaller end of a growth
        case
            when starts_with(figures.figure_id, 'growth_') then growth.papers_of_smaller_end
            when figures.figure_id = 'rise_of_china_papers' then least(rises.china_first, rises.china_last)
            when figures.figure_id = 'rise_of_joint_papers' then least(rises.joint_first, rises.joint_last)
            when figures.figure_id = 'rise_of_europe_papers' then least(rises.europe_first, rises.europe_last)
            when starts_with(figures.figure_id, 'share_of_europe_papers_') then volumes.side_a_papers
            when starts_with(figures.figure_id, 'share_of_china_papers_') then volumes.partner_papers
            when figures.figure_id in ('uk_share_of_joint_papers', 'papers_with_funding_share', 'military_linked_share')
                then volumes.joint_papers
            when figures.figure_id = 'uk_share_of_europe_papers' then volumes.side_a_papers
            when starts_with(figures.figure_id, 'uk_share_with_china_') then volumes.uk_papers
            when figures.figure_id = 'uk_share_of_china_papers' then volumes.partner_papers
            when figures.figure_id in ('cn_funded_share', 'cn_government_programme_share', 'cn_university_share')
                then funding.papers_with_funding
            when figures.figure_id = 'cn_university_share_of_rest' then rest.papers
        end as base_papers
    from figures
    cross join origin
    inner join covered on figures.figure_id = covered.figure_id
    left join gaps on figures.figure_id = gaps.figure_id
    left join top_link_leaders on figures.figure_id = top_link_leaders.figure_id
    left join volumes on figures.figure_id = volumes.figure_id
    left join growing on figures.figure_id = growing.figure_id
    left join growth on figures.figure_id = growth.figure_id
    left join rises on figures.figure_id = rises.figure_id
    left join ranks on figures.figure_id = ranks.figure_id
    left join funding on figures.figure_id = funding.figure_id
    left join rest on figures.figure_id = rest.figure_id
    left join programme on figures.figure_id = programme.figure_id
    left join military on figures.figure_id = military.figure_id
    left join by_body on figures.figure_id = by_body.figure_id
    left join topic_papers on figures.figure_id = topic_papers.figure_id

),

mart_headline_figures as (

    select
        figure_order::integer as figure_order,
        figure_id,
        section,
        figure,
        unit,
        period,
        published_value,
        published_qualifier,
        published_source,
        computed_value,
        case when no_difference_because = '' then computed_value - published_value end as difference,
        case
            when no_difference_because = '' then {{ ratio('computed_value - published_value', 'published_value') }}
        end as relative_difference,
        computed_value is not null and coalesce(base_papers < {{ small_cell() }}, false) as is_small_cell,
        computed_value is not null as is_computable,
        case
            when computed_value is not null then ''
            when why_not is not null then why_not
            when is_year_missing then 'No work of these years is loaded: ' || incomplete_years || '.'
            when starts_with(figure_id, 'military_body_') then 'No invented figure stands beside a real body''s name.'
            when starts_with(figure_id, 'growth_') then 'There are no joint papers in the first year.'
            when starts_with(figure_id, 'top_links_leader_') then 'There is no institution link of the country.'
            when section = 'funding' then 'No joint paper discloses such funding.'
            when section in ('shares', 'partners')
                then 'All papers are not counted for all these years, are fewer than the joint ones, or none.'
            else 'There are no joint papers in these years.'
        end as why_not_computable,
        definition,
        concat_ws(
            '. ',
            case when computed_value is not null and starts_with(figure_id, 'top_links_leader_') then leader_name end,
            case
                when computed_value is not null and incomplete_years is not null
                    then 'Not complete: ' || incomplete_years
            end,
            nullif(no_difference_because, '')
        ) as note,
        data_origin
    from computed

)

select * from mart_headline_figures
