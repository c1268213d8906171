-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_headline_figures
-- sentence: Every figure is what the marts and facts that it comes from say, counted as the reference table defines it, and a
--     figure that they can tell is computed.
-- applies: always
with

figures as (

    select
        mart.figure_id,
        mart.computed_value,
        mart.is_computable,
        mart.why_not_computable,
        split_part(mart.period, '-', 1)::smallint as year_from,
        split_part(mart.period, '-', -1)::smallint as year_to,
        defined.* exclude (figure_id)
    from mart_headline_figures as mart
    left join defined_figures as defined on mart.figure_id = defined.figure_id

),

terms as (

    select
        figure_id,
        'papers' as term,
        measure,
        geography,
        counted_of,
        leaving_out,
        year_from,
        year_to
    from figures
    where statistic in ('sum', 'share', 'growth')
    union all
    select
        figure_id,
        'base' as term,
        base_measure,
        base_geography,
        base_of,
        leaving_out,
        year_from,
        year_to
    from figures
    where statistic = 'share'
    union all
    select
        figures.figure_id,
        'papers' as term,
        figures.measure,
        countries.reporter_code,
        figures.counted_of,
        figures.leaving_out,
        figures.year_from,
        figures.year_to
    from figures
    cross join (
        select distinct reporter_code from reporters
        where not is_group
    ) as countries
    where figures.statistic = 'countries_growing'

),

of_terms as (

    select
        terms.figure_id,
        terms.term,
        terms.geography,
        -- a sum over years of which one was not counted, or counts fewer papers than joint ones, is no sum
        case
            when count(*) filter (
                    where counts.measure is not null and (counts.papers is null or counts.is_contradicted)
                ) = 0
                then coalesce(sum(counts.papers), 0)
        end as papers,
        case
            when not coalesce(bool_or(counts.publication_year = terms.year_from and counts.papers is null), false)
                then coalesce(sum(counts.papers) filter (where counts.publication_year = terms.year_from), 0)
        end as papers_first,
        case
            when not coalesce(bool_or(counts.publication_year = terms.year_to and counts.papers is null), false)
                then coalesce(sum(counts.papers) filter (where counts.publication_year = terms.year_to), 0)
        end as papers_last
    from terms
    left join study_counts as counts
        on terms.measure = counts.measure
            and terms.geography = counts.geography
            and coalesce(terms.counted_of, '') = coalesce(counts.counted_of, '')
            and coalesce(terms.leaving_out, '') = coalesce(counts.leaving_out, '')
            and counts.publication_year between terms.year_from and terms.year_to
    group by terms.figure_id, terms.term, terms.geography

),

growing as (

    select
        figure_id,
        count(*) filter (where papers_last > papers_first) as countries
    from of_terms
    group by figure_id

),

-- one group stands instead of its members
partners as (

    select
        figures.figure_id,
        relations.country_code,
        rank() over (partition by figures.figure_id order by sum(relations.joint_papers) desc) as partner_rank
    from figures
    inner join mart_country_relations as relations
        on relations.publication_year between figures.year_from and figures.year_to
    left join (
        select distinct
            group_code,
            country_code
        from sides
    ) as members
        on figures.base_geography = members.group_code and relations.country_code = members.country_code
    where figures.statistic = 'rank'
        and case
            when relations.is_group then relations.country_code = figures.base_geography
            else members.country_code is null
        end
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

top_pairs as (

    select
        figures.figure_id,
        figures.counted_of::integer as links_counted,
        pairs.institution_a_id,
        row_number() over (
            partition by figures.figure_id
            order by sum(pairs.joint_papers) desc, pairs.institution_a_id asc, pairs.institution_b_id asc
        ) as link_rank
    from (
        select * from figures
        where statistic = 'top_links'
    ) as figures
    inner join mart_institution_pairs as pairs
        on figures.geography = pairs.institution_a_country_code
            and pairs.publication_year between figures.year_from and figures.year_to
    group by figures.figure_id, figures.counted_of, pairs.institution_a_id, pairs.institution_b_id

),

links_of_leaders as (

    select
        figure_id,
        count(*) as links
    from top_pairs
    where link_rank <= links_counted
    group by figure_id, institution_a_id

),

leaders as (

    select
        figure_id,
        max(links) as links
    from links_of_leaders
    group by figure_id

),

recounted as (

    select
        figures.figure_id,
        figures.why_not_computable,
        figures.computed_value,
        case figures.statistic
            when 'sum' then papers.papers
            when 'share' then papers.papers / nullif(base.papers, 0)
            when 'growth' then papers.papers_last / nullif(papers.papers_first, 0) - 1
            when 'countries_growing' then growing.countries
            when 'rank'
                then coalesce(
                        partners.partner_rank,
                        case when figures.is_computable then 1 + coalesce(partners_with_papers.partners, 0) end
                    )
            when 'top_links' then leaders.links
        end::double as value_recounted,
        figures.is_computable is not true
        and (
            starts_with(figures.why_not_computable, 'The subject of the scope is ')
            or starts_with(figures.why_not_computable, 'The scope ')
            or starts_with(figures.why_not_computable, 'No work of these years is loaded')
            or starts_with(figures.why_not_computable, 'No invented figure stands beside')
        ) as is_left_out
    from figures
    left join of_terms as papers
        on figures.statistic != 'countries_growing'
            and figures.figure_id = papers.figure_id
            and papers.term = 'papers'
    left join of_terms as base on figures.figure_id = base.figure_id and base.term = 'base'
    left join growing on figures.figure_id = growing.figure_id
    left join partners on figures.figure_id = partners.figure_id and figures.geography = partners.country_code
    left join partners_with_papers on figures.figure_id = partners_with_papers.figure_id
    left join leaders on figures.figure_id = leaders.figure_id

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
