-- severity: fail
-- kind: integrity
-- group: recounts
-- table: bi_counting_year
-- sentence: Tables of the BI layer that show a mart or dimension with names beside its codes hold its rows and its numbers.
-- applies: always
with

bodies as (

    select bodies.body_id
    from dim_military_body as bodies
    inner join sides on bodies.country_code = sides.country_code and sides.role in ('side_a', 'side_b')
    where bodies.narrowest_definition_code is not null

),

told as (

    select
        'bi_counting_year' as table_name,
        concat_ws(' ', reporter_code, publication_year, counting_method) as row_key,
        joint_papers::double as value
    from bi_counting_year
    union all
    select
        'bi_selection_year' as table_name,
        concat_ws(' ', reporter_code, publication_year, work_selection) as row_key,
        joint_papers::double as value
    from bi_selection_year
    union all
    select
        'bi_month' as table_name,
        concat_ws(' ', reporter_code, month_start) as row_key,
        joint_papers::double as value
    from bi_month
    union all
    select
        'bi_partner_year' as table_name,
        concat_ws(' ', country_code, publication_year) as row_key,
        joint_papers::double as value
    from bi_partner_year
    -- a country that a year has no papers with is in the mart of other years alone
    where joint_papers > 0
    union all
    select
        'bi_publisher_year' as table_name,
        concat_ws(' ', reporter_code, publication_year, publisher_name) as row_key,
        papers_with_funding::double as value
    from bi_publisher_year
    union all
    select
        'bi_funder_institution' as table_name,
        concat_ws(' ', institution_id, funder_class) as row_key,
        papers::double as value
    from bi_funder_institution
    union all
    select
        'bi_funder' as table_name,
        funder_id as row_key,
        papers::double as value
    from bi_funder
    union all
    select
        'bi_body' as table_name,
        body_id as row_key,
        1 as value
    from bi_body
    union all
    select
        'bi_body_list' as table_name,
        concat_ws(' ', body_id, list_id, listing_number) as row_key,
        1 as value
    from bi_body_list
    union all
    select
        'bi_headline' as table_name,
        figure_id as row_key,
        value
    from bi_headline

),

expected as (

    select
        'bi_counting_year' as table_name,
        concat_ws(' ', reporter_code, publication_year, counting_method) as row_key,
        joint_papers as value
    from mart_copublication_trends
    where work_selection = 'all'
    union all
    select
        'bi_selection_year' as table_name,
        concat_ws(' ', reporter_code, publication_year, work_selection) as row_key,
        joint_papers as value
    from mart_copublication_trends
    where counting_method = 'full'
    union all
    select
        'bi_month' as table_name,
        concat_ws(' ', reporter_code, publication_month) as row_key,
        joint_papers as value
    from mart_copublication_monthly
    where counting_method = 'full'
    union all
    select
        'bi_partner_year' as table_name,
        concat_ws(' ', country_code, publication_year) as row_key,
        joint_papers::double as value
    from mart_country_relations
    where not is_group
    union all
    select
        'bi_publisher_year' as table_name,
        concat_ws(' ', reporter_code, publication_year, dimension_value) as row_key,
        papers_with_funding::double as value
    from mart_funding_coverage
    where dimension = 'publisher'
    union all
    select
        'bi_funder_institution' as table_name,
        concat_ws(' ', institution_id, funder_class) as row_key,
        papers::double as value
    from mart_funder_institutions
    where level = 'class'
    union all
    select
        'bi_funder' as table_name,
        funding.funder_id as row_key,
        count(*)::double as value
    from fct_work_funding as funding
    inner join fct_works as works on funding.work_id = works.work_id and works.is_joint
    group by funding.funder_id
    union all
    select
        'bi_body' as table_name,
        body_id as row_key,
        1 as value
    from bodies
    union all
    select
        'bi_body_list' as table_name,
        concat_ws(' ', listings.body_id, listings.list_id, listings.listing_number) as row_key,
        1 as value
    from bridge_military_body_lists as listings
    inner join bodies on listings.body_id = bodies.body_id
    where listings.is_listed_today
    union all
    select
        'bi_headline' as table_name,
        figure_id as row_key,
        computed_value as value
    from mart_headline_figures

)

select
    coalesce(told.table_name, expected.table_name) as table_name,
    coalesce(told.row_key, expected.row_key) as row_key,
    told.value as told,
    expected.value as expected
from told
full join expected on told.table_name = expected.table_name and told.row_key = expected.row_key
where told.row_key is null or expected.row_key is null or told.value is distinct from expected.value
