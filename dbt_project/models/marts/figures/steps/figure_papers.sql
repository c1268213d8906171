-- Figure that counts papers, one row each: their sum, share or growth, or in how many countries they grow; and its base.
with

figures as (

    select * from {{ ref('figure_rows') }}

),

terms as (

    select * from {{ ref('figure_terms') }}

),

counts as (

    select * from {{ ref('figure_counts_volume') }}
    union all
    select
        *,
        false as is_contradicted
    from {{ ref('figure_counts_funding') }}
    union all
    select
        *,
        false as is_contradicted
    from {{ ref('figure_counts_military') }}
    union all
    select
        *,
        false as is_contradicted
    from {{ ref('figure_counts_topics') }}

),

of_year as (

    select
        terms.figure_id,
        terms.term,
        terms.geography,
        terms.year_from,
        terms.year_to,
        counts.publication_year,
        counts.papers,
        -- a year without a row has no such papers; one that was not counted has a row without papers
        counts.measure is not null and counts.papers is null as is_unknown,
        coalesce(counts.is_contradicted, false) as is_contradicted
    from terms
    left join counts
        on terms.measure = counts.measure
            and terms.geography = counts.geography
            and terms.counted_of = counts.counted_of
            and terms.leaving_out = counts.leaving_out
            and counts.publication_year between terms.year_from and terms.year_to

),

sums as (

    select
        figure_id,
        term,
        geography,
        -- a sum over years of which one was not counted, or counts fewer papers than joint ones, is no sum
        case when not bool_or(is_unknown or is_contradicted) then coalesce(sum(papers), 0) end as papers,
        case
            when count(*) filter (where publication_year = year_from and is_unknown) = 0
                then coalesce(sum(papers) filter (where publication_year = year_from), 0)
        end as papers_first_year,
        case
            when count(*) filter (where publication_year = year_to and is_unknown) = 0
                then coalesce(sum(papers) filter (where publication_year = year_to), 0)
        end as papers_last_year
    from of_year
    group by figure_id, term, geography

),

growing as (

    select
        figure_id,
        count(*) filter (where papers_last_year > papers_first_year) as countries
    from sums
    group by figure_id

),

figure_papers as (

    select
        figures.figure_id,
        figures.geography,
        figures.period,
        cast(
            case figures.statistic
                when 'sum' then papers.papers
                when 'share' then {{ ratio('papers.papers', 'base.papers') }}
                when 'growth' then {{ ratio('papers.papers_last_year', 'papers.papers_first_year') }} - 1
                when 'countries_growing' then growing.countries
            end as double
        ) as value,
        -- what a share is taken of, and the smaller end of a growth
        cast(
            case figures.statistic
                when 'share' then base.papers
                when 'growth' then least(papers.papers_first_year, papers.papers_last_year)
            end as double
        ) as base,
        '' as note
    from figures
    inner join growing on figures.figure_id = growing.figure_id
    left join sums as papers
        on figures.statistic != 'countries_growing'
            and figures.figure_id = papers.figure_id
            and papers.term = 'papers'
    left join sums as base on figures.figure_id = base.figure_id and base.term = 'base'

)

select * from figure_papers
