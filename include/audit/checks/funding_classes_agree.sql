-- severity: fail
-- kind: integrity
-- group: labels
-- table: fct_work_funding
-- sentence: The class of a funder is the same wherever it is named.
-- applies: always
with

named as (

    select distinct
        'fct_work_funding' as table_name,
        funder_id,
        funder_class
    from fct_work_funding
    union all
    select distinct
        'mart_funding_sources' as table_name,
        funder_id,
        funder_class
    from mart_funding_sources
    where level = 'funder'
    union all
    select distinct
        'mart_funder_institutions' as table_name,
        funder_id,
        funder_class
    from mart_funder_institutions
    where level = 'funder'

)

select
    named.table_name,
    named.funder_id,
    named.funder_class,
    funders.funder_class as class_of_funder
from named
left join dim_funder as funders on named.funder_id = funders.funder_id
where named.funder_class is distinct from funders.funder_class
