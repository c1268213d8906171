-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_linked_papers
-- sentence: The marts of linked papers hold what mart_military_links holds, and a row for every year of the scope; where no paper
--     is linked, they say of how many.
-- applies: always
with

told as (

    select
        'mart_linked_papers' as table_name,
        reporter_code,
        publication_year,
        definition_code,
        listing_basis,
        'all' as dimension,
        'ALL' as dimension_id,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers
    from mart_linked_papers
    union all
    select
        'mart_linked_papers_by_body' as table_name,
        reporter_code,
        publication_year,
        definition_code,
        listing_basis,
        'body' as dimension,
        body_id as dimension_id,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers
    from mart_linked_papers_by_body
    union all
    select
        'mart_linked_papers_by_topic' as table_name,
        reporter_code,
        publication_year,
        definition_code,
        listing_basis,
        'topic' as dimension,
        topic_id as dimension_id,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers
    from mart_linked_papers_by_topic
    union all
    select
        'mart_linked_papers_by_institution' as table_name,
        reporter_code,
        publication_year,
        definition_code,
        listing_basis,
        case side when 'side_a' then 'institution_a' else 'institution_b' end as dimension,
        institution_id as dimension_id,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers
    from mart_linked_papers_by_institution
    union all
    select
        'mart_linked_papers_by_funder_class' as table_name,
        reporter_code,
        publication_year,
        definition_code,
        listing_basis,
        'funder_class' as dimension,
        funder_class as dimension_id,
        military_linked_papers,
        papers_without_hospitals,
        papers_with_hospitals,
        joint_papers
    from mart_linked_papers_by_funder_class

),

years as (

    select distinct publication_year
    from mart_copublication_trends

),

-- what stands in one year stands in all
in_every_year as (

    select
        told.table_name,
        told.reporter_code,
        told.definition_code,
        told.listing_basis,
        told.dimension,
        told.dimension_id,
        count(distinct told.publication_year) as years
    from told
    group by
        told.table_name,
        told.reporter_code,
        told.definition_code,
        told.listing_basis,
        told.dimension,
        told.dimension_id

),

-- of how many papers, where none of them is linked: what the marts of these papers say
wholes as (

    select
        reporter_code,
        publication_year,
        'all' as dimension,
        'ALL' as dimension_id,
        joint_papers
    from mart_copublication_trends
    where counting_method = 'full' and work_selection = 'all'
    union all
    select
        reporter_code,
        publication_year,
        'topic' as dimension,
        topic_id as dimension_id,
        joint_papers
    from mart_joint_papers_by_topic
    union all
    select
        reporter_code,
        publication_year,
        'funder_class' as dimension,
        funder_class as dimension_id,
        papers as joint_papers
    from mart_funding_by_class

)

select
    coalesce(told.dimension, old.dimension) as dimension,
    coalesce(told.dimension_id, old.dimension_id) as dimension_id,
    coalesce(told.reporter_code, old.reporter_code) as reporter_code,
    coalesce(told.publication_year, old.publication_year) as publication_year,
    coalesce(told.definition_code, old.definition_code) as definition_code,
    coalesce(told.listing_basis, old.listing_basis) as listing_basis,
    told.military_linked_papers as linked_papers,
    old.military_linked_papers as linked_papers_of_old_shape
from (
    select * from told
    where papers_with_hospitals > 0
) as told
full join mart_military_links as old
    on told.dimension = old.dimension
        and told.dimension_id = old.dimension_id
        and told.reporter_code = old.reporter_code
        and told.publication_year = old.publication_year
        and told.definition_code = old.definition_code
        and told.listing_basis = old.listing_basis
where told.military_linked_papers is distinct from old.military_linked_papers
    or told.papers_without_hospitals is distinct from old.papers_without_hospitals
    or told.papers_with_hospitals is distinct from old.papers_with_hospitals
    or told.joint_papers is distinct from old.joint_papers
union all
select
    dimension,
    dimension_id,
    reporter_code,
    null as publication_year,
    definition_code,
    listing_basis,
    null as linked_papers,
    null as linked_papers_of_old_shape
from in_every_year
where years != (select count(*) from years)
union all
select
    told.dimension,
    told.dimension_id,
    told.reporter_code,
    told.publication_year,
    told.definition_code,
    told.listing_basis,
    told.joint_papers as linked_papers,
    wholes.joint_papers as linked_papers_of_old_shape
from told
inner join wholes
    on told.reporter_code = wholes.reporter_code
        and told.publication_year = wholes.publication_year
        and case told.dimension when 'body' then 'all' else told.dimension end = wholes.dimension
        and case told.dimension when 'body' then 'ALL' else told.dimension_id end = wholes.dimension_id
where told.papers_with_hospitals = 0 and told.joint_papers is distinct from wholes.joint_papers
