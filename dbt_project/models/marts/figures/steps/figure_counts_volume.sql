-- Measure x geography x year: joint papers, and all papers of the subject, of reporters and of side B.
with

trends as (

    select * from {{ ref('mart_copublication_trends') }}
    where counting_method = 'full' and work_selection = 'all'

),

figure_counts_volume as (

    select
        'joint_papers' as measure,
        reporter_code as geography,
        '' as counted_of,
        '' as leaving_out,
        publication_year,
        cast(joint_papers as double) as papers,
        false as is_contradicted
    from trends
    union all
    select
        'all_papers' as measure,
        reporter_code as geography,
        '' as counted_of,
        '' as leaving_out,
        publication_year,
        cast(reporter_papers as double) as papers,
        coalesce(reporter_share_basis = 'contradicted', false) as is_contradicted
    from trends
    where reporter_code != partner_code
    union all
    select
        'all_papers' as measure,
        partner_code as geography,
        '' as counted_of,
        '' as leaving_out,
        publication_year,
        cast(partner_papers as double) as papers,
        coalesce(partner_share_basis = 'contradicted', false) as is_contradicted
    from trends
    where is_side_a

)

select * from figure_counts_volume
