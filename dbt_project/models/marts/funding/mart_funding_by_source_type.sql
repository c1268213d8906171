-- Reporter x year x type of source of joint papers, every year of the scope: how many of its papers disclose funding.
with

counts as (

    {{ disclosure_by('source_type') }}

),

mart_funding_by_source_type as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        source_type,
        joint_papers,
        papers_with_funding,
        papers_with_funder_id,
        papers_recognised_otherwise,
        papers_with_unrecognised_funders,
        {{ ratio('papers_with_funding', 'joint_papers') }} as disclosed_share,
        joint_papers < {{ small_cell() }} as is_small_cell
    from counts

)

select * from mart_funding_by_source_type
