-- severity: fail
-- kind: integrity
-- group: recounts
-- table: bi_work
-- sentence: The joint papers listed one by one are as many as the marts count for side A in every year - in all, disclosing
--     funding, by who pays, and linked on either basis under each definition.
-- applies: always
with

listed as (

    select
        publication_year,
        unnest([
            'joint papers',
            case when discloses_funding then 'disclosing papers' end,
            case when discloses_funding then funding_mix_name end,
            case when is_linked_today then 'linked, today' end,
            case when is_linked_at_publication then 'linked, at publication' end
        ]) as what
    from bi_work
    union all
    select
        works.publication_year,
        'linked, today, ' || definitions.definition_code as what
    from bi_work as works
    inner join dim_military_definition as narrowest
        on works.narrowest_definition_code = narrowest.definition_code
    inner join dim_military_definition as definitions
        on narrowest.definition_order <= definitions.definition_order

),

listed_counts as (

    select
        publication_year,
        what,
        count(*) as papers
    from listed
    where what is not null
    group by publication_year, what

),

whole as (

    select reporter_code from dim_reporter
    where is_side_a

),

counted as (

    select
        publication_year,
        'joint papers' as what,
        joint_papers as papers
    from mart_copublication_trends
    where is_side_a and counting_method = 'full' and work_selection = 'all'
    union all
    select
        publication_year,
        'disclosing papers' as what,
        papers
    from mart_funding_sources
    where level = 'any' and reporter_code in (select reporter_code from whole)
    union all
    select
        publication_year,
        funding_mix_name as what,
        papers
    from bi_funding_mix
    where funding_mix != 'not_disclosed' and reporter_code in (select reporter_code from whole)
    union all
    select
        publication_year,
        unnest([
            case when definition_order = 4 then 'linked, ' || replace(listing_basis, '_', ' ') end,
            case when listing_basis = 'today' then 'linked, today, ' || definition_code end
        ]) as what,
        military_linked_papers as papers
    from mart_military_links
    where dimension = 'all' and reporter_code in (select reporter_code from whole)

)

select
    coalesce(listed_counts.publication_year, counted.publication_year) as publication_year,
    coalesce(listed_counts.what, counted.what) as what,
    listed_counts.papers as listed,
    counted.papers as counted
from listed_counts
full join (
    select * from counted
    where what is not null
) as counted
    on listed_counts.publication_year = counted.publication_year and listed_counts.what = counted.what
where coalesce(listed_counts.papers, 0) != coalesce(counted.papers, 0)
