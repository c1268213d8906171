-- Country of the world that works with side B x year: joint papers against what the sizes of both make one expect. No groups.
-- A year in which any country works with side B has every country, with 0 where a country has no joint paper.
with

relations as (

    select * from {{ ref('mart_country_relations') }}
    where not is_group

),

names as (

    select
        country_code,
        max(country_name) as country_name
    from relations
    group by country_code

),

years as (

    select
        publication_year,
        max(partner_code) as partner_code,
        max(partner_name) as partner_name,
        max(partner_papers) as partner_papers,
        max(world_papers) as world_papers,
        bool_and(is_complete_year) as is_complete_year
    from {{ ref('mart_country_relations') }}
    group by publication_year

),

bi_partner_year as (

    select
        names.country_code,
        -- a scope may call a side of one country otherwise: that is the name of the side
        coalesce(countries.country_name, names.country_name) as country_name,
        countries.country_iso3,
        countries.region,
        countries.side_name,
        countries.latitude,
        countries.longitude,
        coalesce(countries.side = 'side_a', false) as is_side_a_country,
        make_date(years.publication_year, 1, 1) as year_start,
        years.publication_year,
        coalesce(relations.joint_papers, 0) as joint_papers,
        case when relations.count_basis != 'contradicted' then relations.country_papers end as country_papers,
        years.partner_papers,
        years.world_papers,
        case when relations.count_basis != 'contradicted' then relations.expected_papers end as expected_papers,
        relations.salton_cosine,
        case
            when relations.joint_papers > 0
                -- countries alone: in the mart, a group and its largest member can share a rank
                then rank() over (
                        partition by years.publication_year
                        order by coalesce(relations.joint_papers, 0) desc
                    )
        end as partner_rank_of_countries,
        years.is_complete_year,
        coalesce(relations.joint_papers, 0) < {{ small_cell() }} as is_small_cell
    from names
    cross join years
    left join relations
        on names.country_code = relations.country_code and years.publication_year = relations.publication_year
    left join {{ ref('dim_country') }} as countries on names.country_code = countries.country_code

)

select * from bi_partner_year
