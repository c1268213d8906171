-- severity: fail
-- kind: integrity
-- group: keys
-- table: candidate
-- sentence: Every id that a fact, bridge or dimension names stands in the table that it refers to.
-- applies: always
select distinct
    'fct_works.primary_topic_id' as named_in,
    named.primary_topic_id as id
from fct_works as named
anti join dim_topic as known on named.primary_topic_id = known.topic_id
where named.primary_topic_id is not null
union all
select distinct
    'fct_works.batch_id' as named_in,
    named.batch_id as id
from fct_works as named
anti join mart_ops_batches as known on named.batch_id = known.batch_id
where named.batch_id is not null
union all
select distinct
    'fct_work_countries.work_id' as named_in,
    named.work_id as id
from fct_work_countries as named
anti join fct_works as known on named.work_id = known.work_id
where named.work_id is not null
union all
select distinct
    'fct_work_countries.country_code' as named_in,
    named.country_code as id
from fct_work_countries as named
anti join dim_country as known on named.country_code = known.country_code
where named.country_code is not null
union all
select distinct
    'fct_work_institutions.work_id' as named_in,
    named.work_id as id
from fct_work_institutions as named
anti join fct_works as known on named.work_id = known.work_id
where named.work_id is not null
union all
select distinct
    'fct_work_institutions.institution_id' as named_in,
    named.institution_id as id
from fct_work_institutions as named
anti join dim_institution as known on named.institution_id = known.institution_id
where named.institution_id is not null
union all
select distinct
    'fct_work_funding.work_id' as named_in,
    named.work_id as id
from fct_work_funding as named
anti join fct_works as known on named.work_id = known.work_id
where named.work_id is not null
union all
select distinct
    'fct_work_funding.funder_id' as named_in,
    named.funder_id as id
from fct_work_funding as named
anti join dim_funder as known on named.funder_id = known.funder_id
where named.funder_id is not null
union all
select distinct
    'fct_work_awards.work_id' as named_in,
    named.work_id as id
from fct_work_awards as named
anti join fct_works as known on named.work_id = known.work_id
where named.work_id is not null
union all
select distinct
    'fct_work_awards.funder_id' as named_in,
    named.funder_id as id
from fct_work_awards as named
anti join dim_funder as known on named.funder_id = known.funder_id
where named.funder_id is not null
union all
select distinct
    'fct_work_military_links.work_id' as named_in,
    named.work_id as id
from fct_work_military_links as named
anti join fct_works as known on named.work_id = known.work_id
where named.work_id is not null
union all
select distinct
    'fct_work_military_links.body_id' as named_in,
    named.body_id as id
from fct_work_military_links as named
anti join dim_military_body as known on named.body_id = known.body_id
where named.body_id is not null
union all
select distinct
    'bridge_institution_lineage.institution_id' as named_in,
    named.institution_id as id
from bridge_institution_lineage as named
anti join dim_institution as known on named.institution_id = known.institution_id
where named.institution_id is not null
union all
select distinct
    'bridge_institution_lineage.ancestor_id' as named_in,
    named.ancestor_id as id
from bridge_institution_lineage as named
anti join dim_institution as known on named.ancestor_id = known.institution_id
where named.ancestor_id is not null
union all
select distinct
    'bridge_institution_bodies.institution_id' as named_in,
    named.institution_id as id
from bridge_institution_bodies as named
anti join dim_institution as known on named.institution_id = known.institution_id
where named.institution_id is not null
union all
select distinct
    'bridge_institution_bodies.body_id' as named_in,
    named.body_id as id
from bridge_institution_bodies as named
anti join dim_military_body as known on named.body_id = known.body_id
where named.body_id is not null
union all
select distinct
    'bridge_military_body_lists.body_id' as named_in,
    named.body_id as id
from bridge_military_body_lists as named
anti join dim_military_body as known on named.body_id = known.body_id
where named.body_id is not null
union all
select distinct
    'bridge_military_body_lists.list_id' as named_in,
    named.list_id as id
from bridge_military_body_lists as named
anti join dim_military_list as known on named.list_id = known.list_id
where named.list_id is not null
union all
select distinct
    'dim_country_group.country_code' as named_in,
    named.country_code as id
from dim_country_group as named
anti join dim_country as known on named.country_code = known.country_code
where named.country_code is not null
union all
select distinct
    'dim_institution.country_code' as named_in,
    named.country_code as id
from dim_institution as named
anti join dim_country as known on named.country_code = known.country_code
where named.country_code is not null
