-- Figure of institution links, one row each: how many of a country's strongest links its leading institution holds, and which
-- institution that is.
with

figures as (

    select * from {{ ref('figure_rows') }}
    where statistic = 'top_links'

),

-- ranked over the years of the figure: the ranks of mart_institution_pairs are over all years of the scope
ranked as (

    select
        figures.figure_id,
        try_cast(figures.counted_of as integer) as links_counted,
        pairs.institution_a_id,
        pairs.institution_a_name,
        row_number() over (
            partition by figures.figure_id
            order by sum(pairs.joint_papers) desc, pairs.institution_a_id asc, pairs.institution_b_id asc
        ) as link_rank
    from figures
    inner join {{ ref('mart_institution_pairs') }} as pairs
        on figures.geography = pairs.institution_a_country_code
            and pairs.publication_year between figures.year_from and figures.year_to
    group by
        figures.figure_id,
        figures.counted_of,
        pairs.institution_a_id,
        pairs.institution_a_name,
        pairs.institution_b_id

),

held as (

    select
        figure_id,
        institution_a_id,
        institution_a_name,
        count(*) as links
    from ranked
    where link_rank <= links_counted
    group by figure_id, institution_a_id, institution_a_name

),

leaders as (

    select
        *,
        row_number() over (partition by figure_id order by links desc, institution_a_id asc) as place
    from held

),

figure_links as (

    select
        figures.figure_id,
        figures.geography,
        figures.period,
        cast(leaders.links as double) as value,
        cast(null as double) as base,
        leaders.institution_a_name as note
    from figures
    inner join leaders on figures.figure_id = leaders.figure_id and leaders.place = 1

)

select * from figure_links
