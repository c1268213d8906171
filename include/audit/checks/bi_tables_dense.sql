-- severity: fail
-- kind: integrity
-- group: completeness
-- table: bi_linked_year
-- sentence: Tables of reporters or institutions and years hold every year of the scope, and every combination that they
--     are made of, so that a share over years is a share of the sums.
-- applies: always
with

years as (

    select count(distinct publication_year) as years from mart_copublication_trends

),

reporters as (

    select
        count(*) as reporters,
        count(*) filter (where reporter_kind = 'country') as countries,
        count(*) filter (where reporter_kind = 'group' or is_side_a) as whole_and_groups
    from dim_reporter

),

definitions as (

    select count(*) as definitions from dim_military_definition

),

bases as (

    select count(*) as bases from dim_listing_basis

),

classes as (

    select count(*) as classes from dim_funder_class

),

expected as (

    select
        unnest([
            'bi_reporter_year',
            'bi_side_year',
            'bi_funding_mix',
            'bi_funder_class_year',
            'bi_linked_year',
            'bi_linked_funder_class_year'
        ]) as table_name,
        unnest([
            countries,
            whole_and_groups,
            5 * reporters,
            classes * reporters,
            definitions * bases * reporters,
            classes * definitions * bases * reporters
        ]) * years as row_count
    from years, reporters, definitions, bases, classes
    union all
    select
        unnest(['bi_institution_year', 'bi_topic_year', 'bi_funder_year', 'bi_linked_body_year']) as table_name,
        unnest([
            (select count(*) from bi_institution),
            (select count(distinct reporter_code || ' ' || topic_id) from bi_topic_year),
            (select count(distinct reporter_code || ' ' || funder_id) from bi_funder_year),
            (select count(distinct reporter_code || ' ' || listing_basis || ' ' || body_id) from bi_linked_body_year)
        ]) * years as row_count
    from years

)

select
    expected.table_name,
    expected.row_count as expected_rows,
    tables.row_count as found_rows
from expected
left join candidate_tables as tables on expected.table_name = tables.table_name
where tables.row_count is distinct from expected.row_count
