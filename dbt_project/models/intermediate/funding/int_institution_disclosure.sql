-- Institution of either side, one row each, with its side: how many of its joint papers of all years disclose funding.
with

sides as (

    select * from {{ ref('stg_scope__groups') }}
    where role in ('side_a', 'side_b')

),

counts as (

    select
        institution_id,
        cast(sum(papers) as bigint) as joint_papers,
        {{ papers_where('funder_set_key is not null') }} as papers_with_funding
    from {{ ref('int_institution_funder_sets') }}
    group by institution_id

),

int_institution_disclosure as (

    select
        counts.institution_id,
        institutions.institution_name,
        institutions.country_code,
        sides.group_code as side_code,
        counts.joint_papers,
        counts.papers_with_funding
    from counts
    inner join {{ ref('int_institutions') }} as institutions on counts.institution_id = institutions.institution_id
    inner join sides on institutions.country_code = sides.country_code

)

select * from int_institution_disclosure
