-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_headline_figures
-- sentence: Every figure is what the marts and facts that it comes from say, and a figure that they can tell is computed.
-- applies: always
with

figures as (

    select
        *,
        split_part(period, '-', 1)::smallint as year_from,
        split_part(period, '-', -1)::smallint as year_to
    from mart_headline_figures

),

trends as (

    select * from mart_copublication_trends
    where counting_method = 'full' and work_selection = 'all'

),

of_side_a as (

    select
        figures.figure_id,
        sum(trends.joint_papers) as joint_papers,
        -- a sum over years of which one was not counted, or counts fewer papers than joint ones, is no sum
        case
            when bool_and(trends.reporter_papers is not null and trends.joint_papers <= trends.reporter_papers)
                then sum(trends.reporter_papers)
        end as papers,
        case
            when bool_and(trends.partner_papers is not null and trends.joint_papers <= trends.partner_papers)
                then sum(trends.partner_papers)
        end as partner_papers,
        max(trends.joint_papers) filter (where trends.publication_year = figures.year_from) as joint_first,
        max(trends.joint_papers) filter (where trends.publication_year = figures.year_to) as joint_last,
        max(trends.reporter_papers) filter (where trends.publication_year = figures.year_from) as papers_first,
        max(trends.reporter_papers) filter (where trends.publication_year = figures.year_to) as papers_last,
        max(trends.partner_papers) filter (where trends.publication_year = figures.year_from) as partner_first,
        max(trends.partner_papers) filter (where trends.publication_year = figures.year_to) as partner_last
    from figures
    inner join trends
        on trends.is_side_a and trends.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id

),

of_uk as (

    select
        figures.figure_id,
        sum(trends.joint_papers) as joint_papers,
        case
            when bool_and(trends.reporter_papers is not null and trends.joint_papers <= trends.reporter_papers)
                then sum(trends.reporter_papers)
        end as papers
    from figures
    inner join trends
        on trends.reporter_code = 'GB' and trends.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id

),

ends as (

    select
        figures.figure_id,
        trends.reporter_code,
        max(trends.joint_papers) filter (where trends.publication_year = figures.year_from) as joint_first,
        max(trends.joint_papers) filter (where trends.publication_year = figures.year_to) as joint_last
    from figures
    inner join trends
        on not trends.is_group and trends.publication_year in (figures.year_from, figures.year_to)
    group by figures.figure_id, trends.reporter_code

),

growing as (

    select
        figure_id,
        count(*) filter (where joint_last > joint_first) as countries
    from ends
    group by figure_id

),

-- the Union stands instead of its members
partners as (

    select
        figures.figure_id,
        relations.country_code,
        rank() over (partition by figures.figure_id order by sum(relations.joint_papers) desc) as partner_rank
    from figures
    inner join mart_country_relations as relations
        on starts_with(figures.figure_id, 'partner_rank_')
            and relations.publication_year between figures.year_from and figures.year_to
    where (relations.is_group and relations.country_code = 'EU27')
        or (
            not relations.is_group
            and relations.country_code not in (
                select country_code from sides
                where group_code = 'EU27'
            )
        )
    group by figures.figure_id, relations.country_code

),

-- who has no papers with side B comes after all who have
partners_with_papers as (

    select
        figure_id,
        count(*) as partners
    from partners
    group by figure_id

),

funding as (

    select
        figures.figure_id,
        sum(sources.papers) filter (where sources.level = 'any') as any_funder,
        sum(sources.papers) filter (where sources.level = 'side' and sources.funder_class = scope.side_b_code)
            as side_b,
        sum(sources.papers) filter (where sources.level = 'class' and sources.funder_class = 'cn_government_programme')
            as programmes,
        sum(sources.papers) filter (where sources.level = 'class' and sources.funder_class = 'cn_university')
            as universities
    from figures
    cross join scope
    inner join mart_funding_sources as sources
        on sources.publication_year between figures.year_from and figures.year_to
            and sources.reporter_code in (
                select reporter_code from reporters
                where is_side_a
            )
    group by figures.figure_id

),

joint_works as (

    select
        work_id,
        publication_year
    from fct_works
    where is_joint

),

paid_by_side_b as (

    select
        paid.work_id,
        bool_or(paid.level = 'class' and paid.funder_class = 'cn_government_programme') as has_programme,
        bool_or(paid.level = 'class' and paid.funder_class = 'cn_university') as has_university
    from paid_works as paid
    cross join scope
    group by paid.work_id, scope.side_b_code
    having bool_or(paid.level = 'side' and paid.funder_class = scope.side_b_code)

),

rest as (

    select
        figures.figure_id,
        count(*) as papers,
        count(*) filter (where paid.has_university) as university_papers
    from figures
    inner join joint_works as works on works.publication_year between figures.year_from and figures.year_to
    inner join paid_by_side_b as paid on works.work_id = paid.work_id and not paid.has_programme
    where figures.figure_id = 'cn_university_share_of_rest'
    group by figures.figure_id

),

programme as (

    select
        figures.figure_id,
        count(distinct works.work_id) as papers
    from figures
    inner join joint_works as works on works.publication_year between figures.year_from and figures.year_to
    inner join fct_work_funding as funding
        on works.work_id = funding.work_id
            and contains('; ' || funding.programme_codes || ';', '; national_defence_basic_research;')
    where figures.figure_id = 'cn_defence_basic_research_papers'
    group by figures.figure_id

),

military as (

    select
        figures.figure_id,
        sum(links.military_linked_papers) filter (where links.definition_code = 'any_list') as any_list,
        sum(links.military_linked_papers) filter (where links.definition_code = 'strict_pla') as strict_pla
    from figures
    inner join mart_military_links as links
        on links.dimension = 'all'
            and links.listing_basis = 'today'
            and links.publication_year between figures.year_from and figures.year_to
            and links.reporter_code in (
                select reporter_code from reporters
                where is_side_a
            )
    group by figures.figure_id

),

bodies as (

    select
        figures.figure_id,
        count(distinct works.work_id) as papers
    from figures
    inner join joint_works as works on works.publication_year between figures.year_from and figures.year_to
    inner join fct_work_military_links as links
        on works.work_id = links.work_id
            and links.is_listed_today
            and (
                figures.figure_id = 'military_body_' || links.body_id
                or (figures.figure_id = 'seven_sons_papers' and links.category = 'seven_sons')
            )
    group by figures.figure_id

),

top_pairs as (

    select
        figures.figure_id,
        pairs.institution_a_id
    from figures
    inner join mart_institution_pairs as pairs
        on figures.figure_id = 'top_links_leader_' || lower(pairs.institution_a_country_code)
            and pairs.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id, pairs.institution_a_id, pairs.institution_b_id
    qualify
        row_number() over (
            partition by figures.figure_id
            order by sum(pairs.joint_papers) desc, pairs.institution_a_id asc, pairs.institution_b_id asc
        ) <= 10

),

links_of_leaders as (

    select
        figure_id,
        count(*) as links
    from top_pairs
    group by figure_id, institution_a_id

),

leaders as (

    select
        figure_id,
        max(links) as links
    from links_of_leaders
    group by figure_id

),

topics as (

    select
        figures.figure_id,
        sum(mart.joint_papers) as papers
    from figures
    inner join reference.sensitive_topics as labels on figures.figure_id = labels.label || '_papers'
    inner join mart_topic_collaboration as mart
        on mart.level = 'topic'
            and labels.topic_id = mart.topic_id
            and mart.publication_year between figures.year_from and figures.year_to
            and mart.reporter_code in (
                select reporter_code from reporters
                where is_side_a
            )
    group by figures.figure_id

),

recounted as (

    select
        figures.figure_id,
        figures.is_computable,
        figures.why_not_computable,
        figures.computed_value,
        case
            when starts_with(figures.figure_id, 'growth_') then ends.joint_last / nullif(ends.joint_first, 0) - 1
            when starts_with(figures.figure_id, 'military_body_') then coalesce(bodies.papers, 0)
            when starts_with(figures.figure_id, 'joint_papers') then of_side_a.joint_papers
            when starts_with(figures.figure_id, 'countries_growing') then growing.countries
            when starts_with(figures.figure_id, 'share_of_europe_papers_')
                then of_side_a.joint_papers / nullif(of_side_a.papers, 0)
            when starts_with(figures.figure_id, 'share_of_china_papers_')
                then of_side_a.joint_papers / nullif(of_side_a.partner_papers, 0)
            when starts_with(figures.figure_id, 'uk_share_with_china_')
                then of_uk.joint_papers / nullif(of_uk.papers, 0)
            when starts_with(figures.figure_id, 'partner_rank_')
                then coalesce(
                        partners.partner_rank,
                        case when figures.is_computable then 1 + coalesce(partners_with_papers.partners, 0) end
                    )
            when starts_with(figures.figure_id, 'top_links_leader_') then leaders.links
            when figures.figure_id in (
                    'target_tracking_papers', 'cybersecurity_papers', 'biometric_recognition_papers'
                )
                then coalesce(topics.papers, 0)
            else case figures.figure_id
                    when 'rise_of_china_papers' then of_side_a.partner_last / nullif(of_side_a.partner_first, 0) - 1
                    when 'rise_of_joint_papers' then of_side_a.joint_last / nullif(of_side_a.joint_first, 0) - 1
                    when 'rise_of_europe_papers' then of_side_a.papers_last / nullif(of_side_a.papers_first, 0) - 1
                    when 'uk_share_of_joint_papers' then of_uk.joint_papers / nullif(of_side_a.joint_papers, 0)
                    when 'uk_share_of_europe_papers' then of_uk.papers / nullif(of_side_a.papers, 0)
                    when 'uk_share_of_china_papers' then of_uk.joint_papers / nullif(of_side_a.partner_papers, 0)
                    when 'papers_with_funding_share'
                        then coalesce(funding.any_funder, 0) / nullif(of_side_a.joint_papers, 0)
                    when 'cn_funded_share' then coalesce(funding.side_b, 0) / nullif(funding.any_funder, 0)
                    when 'cn_government_programme_share'
                        then coalesce(funding.programmes, 0) / nullif(funding.any_funder, 0)
                    when 'cn_university_share' then coalesce(funding.universities, 0) / nullif(funding.any_funder, 0)
                    when 'cn_university_share_of_rest' then rest.university_papers / nullif(rest.papers, 0)
                    when 'cn_defence_basic_research_papers' then coalesce(programme.papers, 0)
                    when 'military_linked_papers' then coalesce(military.any_list, 0)
                    when 'military_linked_share'
                        then coalesce(military.any_list, 0) / nullif(of_side_a.joint_papers, 0)
                    when 'strict_pla_papers' then coalesce(military.strict_pla, 0)
                    when 'seven_sons_papers' then coalesce(bodies.papers, 0)
                end
        end::double as value_recounted,
        figures.is_computable is not true
        and (
            starts_with(figures.why_not_computable, 'The subject of the scope is ')
            or starts_with(figures.why_not_computable, 'The scope ')
            or starts_with(figures.why_not_computable, 'No work of these years is loaded')
            or starts_with(figures.why_not_computable, 'No invented figure stands beside')
        ) as is_left_out
    from figures
    left join of_side_a on figures.figure_id = of_side_a.figure_id
    left join of_uk on figures.figure_id = of_uk.figure_id
    left join ends on figures.figure_id = ends.figure_id and figures.figure_id = 'growth_' || ends.reporter_code
    left join growing on figures.figure_id = growing.figure_id
    left join partners
        on figures.figure_id = partners.figure_id
            and partners.country_code = case figures.figure_id
                when 'partner_rank_us' then 'US'
                when 'partner_rank_uk' then 'GB'
                when 'partner_rank_eu27' then 'EU27'
            end
    left join partners_with_papers on figures.figure_id = partners_with_papers.figure_id
    left join funding on figures.figure_id = funding.figure_id
    left join rest on figures.figure_id = rest.figure_id
    left join programme on figures.figure_id = programme.figure_id
    left join military on figures.figure_id = military.figure_id
    left join bodies on figures.figure_id = bodies.figure_id
    left join leaders on figures.figure_id = leaders.figure_id
    left join topics on figures.figure_id = topics.figure_id

)

select
    figure_id,
    computed_value,
    value_recounted,
    why_not_computable
from recounted
where not is_left_out
    and (
        (computed_value is null) != (value_recounted is null)
        or abs(computed_value - value_recounted) > getvariable('tolerance') * greatest(1, abs(value_recounted))
    )
