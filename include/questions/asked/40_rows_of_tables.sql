-- question: How many rows has each table of the facts in this release?
select
    table_name,
    row_count
from bi_ops_table_rows
where is_latest and table_name like 'fct_%'
order by table_name;

-- held against the facts
select
    'fct_work_awards' as table_name,
    count(*) as row_count
from fct_work_awards
union all
select
    'fct_work_countries',
    count(*)
from fct_work_countries
union all
select
    'fct_work_funding',
    count(*)
from fct_work_funding
union all
select
    'fct_work_institutions',
    count(*)
from fct_work_institutions
union all
select
    'fct_work_military_links',
    count(*)
from fct_work_military_links
union all
select
    'fct_works',
    count(*)
from fct_works
order by table_name;
