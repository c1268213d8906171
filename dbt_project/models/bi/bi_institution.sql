-- Institution, one row each, named in the author list of a joint paper, all years together: what it is, whether it is a
-- listed body or a part of one, and its joint papers.
with

linked_works as (

    select distinct work_id
    from {{ ref('bi_work_link') }}
    where is_listed_today

),

disclosing_works as (

    select distinct work_id
    from {{ ref('fct_work_funding') }}

),

-- in one table, so that only one is held in memory beside the institutions of all works
joint_papers as (

    select
        works.work_id,
        works.publication_year,
        linked_works.work_id is not null as is_linked,
        disclosing_works.work_id is not null as discloses_funding
    from {{ ref('fct_works') }} as works
    left join linked_works on works.work_id = linked_works.work_id
    left join disclosing_works on works.work_id = disclosing_works.work_id
    where works.is_joint

),

papers as (

    select
        named.institution_id,
        count(*) as joint_papers,
        count(*) filter (where joint_papers.is_linked) as linked_papers,
        count(*) filter (where joint_papers.discloses_funding) as papers_with_funding,
        min(joint_papers.publication_year) as first_year,
        max(joint_papers.publication_year) as last_year
    from {{ ref('fct_work_institutions') }} as named
    inner join joint_papers on named.work_id = joint_papers.work_id
    where named.is_named
    group by named.institution_id

),

institution_bodies as (

    select
        links.institution_id,
        links.body_id,
        bool_and(links.link_method = 'lineage') as is_part
    from {{ ref('bridge_institution_bodies') }} as links
    inner join {{ ref('bi_body') }} as bodies on links.body_id = bodies.body_id
    where bodies.is_listed_today
    group by links.institution_id, links.body_id

),

listed as (

    select
        institution_bodies.institution_id,
        {{ joined('bodies.body_name') }} as listed_bodies,
        min(bodies.narrowest_definition_order) as narrowest_definition_order,
        -- the narrowest, the body itself before one that it is a part of; the name, so that every build decides alike
        min_by(
            bodies.category_name,
            bodies.narrowest_definition_order || ' ' || institution_bodies.is_part || ' ' || bodies.category_name
        ) as listed_category_name,
        bool_and(institution_bodies.is_part) as is_part_of_listed_body
    from institution_bodies
    inner join {{ ref('bi_body') }} as bodies on institution_bodies.body_id = bodies.body_id
    group by institution_bodies.institution_id

),

partners as (

    select
        institution_id,
        count(distinct partner_id) as partners
    from (
        select
            institution_a_id as institution_id,
            institution_b_id as partner_id
        from {{ ref('mart_institution_pairs') }}
        union all
        select
            institution_b_id as institution_id,
            institution_a_id as partner_id
        from {{ ref('mart_institution_pairs') }}
    ) as pairs
    group by institution_id

),

labelled as (

    select
        institutions.*,
        countries.country_name,
        countries.country_iso3,
        countries.side,
        countries.side_name,
        concat_ws(
            ', ',
            coalesce(institutions.institution_name, institutions.institution_id),
            institutions.city,
            countries.country_name
        ) as label
    from {{ ref('dim_institution') }} as institutions
    inner join papers on institutions.institution_id = papers.institution_id
    left join {{ ref('dim_country') }} as countries on institutions.country_code = countries.country_code

),

bi_institution as (

    select
        labelled.institution_id,
        -- names are not unique, also within a city: a drop-down must be
        case
            when count(*) over (partition by labelled.label) > 1
                then labelled.label || ' (' || labelled.institution_id || ')'
            else labelled.label
        end as institution_label,
        coalesce(labelled.institution_name, labelled.institution_id) as institution_name,
        labelled.country_code,
        labelled.country_name,
        labelled.country_iso3,
        labelled.side,
        labelled.side_name,
        labelled.institution_type,
        labelled.city,
        labelled.latitude,
        labelled.longitude,
        coalesce(labelled.is_super_system, false) as is_super_system,
        listed.institution_id is not null as is_listed_today,
        coalesce(listed.is_part_of_listed_body, false) as is_part_of_listed_body,
        listed.listed_bodies,
        listed.listed_category_name,
        definitions.definition_code as narrowest_definition_code,
        definitions.definition_name as narrowest_definition_name,
        papers.joint_papers,
        papers.linked_papers,
        papers.papers_with_funding,
        coalesce(partners.partners, 0) as partners,
        papers.first_year,
        papers.last_year,
        'https://openalex.org/' || labelled.institution_id as openalex_url,
        'https://ror.org/' || labelled.ror as ror_url,
        papers.joint_papers < {{ small_cell() }} as is_small_cell
    from papers
    inner join labelled on papers.institution_id = labelled.institution_id
    left join listed on papers.institution_id = listed.institution_id
    left join {{ ref('dim_military_definition') }} as definitions
        on listed.narrowest_definition_order = definitions.definition_order
    left join partners on papers.institution_id = partners.institution_id

)

select * from bi_institution
