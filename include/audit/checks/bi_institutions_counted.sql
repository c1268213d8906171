-- severity: fail
-- kind: integrity
-- group: recounts
-- table: bi_institution
-- sentence: Joint papers, linked papers and disclosing papers of institutions are those of the facts, and those of their
--     years and pairs agree with them.
-- applies: always
with

linked as (

    select distinct work_id from linked_works
    where is_linked and definition_order = 4 and listing_basis = 'today'

),

counted as (

    select
        named.institution_id,
        count(*) as joint_papers,
        count(linked.work_id) as linked_papers,
        count(funded.work_id) as papers_with_funding
    from fct_work_institutions as named
    inner join fct_works as works on named.work_id = works.work_id and works.is_joint
    left join linked on named.work_id = linked.work_id
    left join (
        select distinct work_id from fct_work_funding
    ) as funded on named.work_id = funded.work_id
    where named.is_named
    group by named.institution_id

),

told as (

    select
        'bi_institution' as table_name,
        institution_id,
        joint_papers,
        linked_papers,
        papers_with_funding
    from bi_institution
    union all
    select
        'bi_institution_year' as table_name,
        institution_id,
        sum(joint_papers) as joint_papers,
        sum(linked_papers) as linked_papers,
        sum(papers_with_funding) as papers_with_funding
    from bi_institution_year
    group by institution_id
    union all
    select
        'bi_work_institution' as table_name,
        institution_id,
        count(*) as joint_papers,
        count(*) filter (where is_linked_today) as linked_papers,
        count(*) filter (where discloses_funding) as papers_with_funding
    from bi_work_institution
    group by institution_id

)

select
    told.table_name,
    coalesce(told.institution_id, counted.institution_id) as institution_id,
    told.joint_papers,
    counted.joint_papers as joint_papers_of_facts,
    told.linked_papers,
    counted.linked_papers as linked_papers_of_facts,
    told.papers_with_funding,
    counted.papers_with_funding as papers_with_funding_of_facts
from (
    select
        tables.table_name,
        counted.*
    from counted
    cross join (select distinct table_name from told) as tables
) as counted
full join told on counted.institution_id = told.institution_id and counted.table_name = told.table_name
where told.joint_papers is distinct from counted.joint_papers
    or told.linked_papers is distinct from counted.linked_papers
    or told.papers_with_funding is distinct from counted.papers_with_funding
union all
select
    'bi_pair' as table_name,
    coalesce(pairs.institution_a_id, counted.institution_a_id) as institution_id,
    pairs.joint_papers,
    counted.joint_papers as joint_papers_of_facts,
    null as linked_papers,
    null as linked_papers_of_facts,
    null as papers_with_funding,
    null as papers_with_funding_of_facts
from bi_pair as pairs
full join (
    select
        institution_a_id,
        institution_b_id,
        max(joint_papers_all_years) as joint_papers
    from mart_institution_pairs
    group by institution_a_id, institution_b_id
) as counted
    on pairs.institution_a_id = counted.institution_a_id and pairs.institution_b_id = counted.institution_b_id
where pairs.joint_papers is distinct from counted.joint_papers
