-- Reporter x year x selection of works, full count, with the joint papers of all works beside it.
{{ config(materialized='view') }}

with

full_counts as (

    select * from {{ ref('mart_copublication_trends') }}
    where counting_method = 'full'

),

bi_selection_year as (

    select
        reporters.reporter_code,
        reporters.reporter_name,
        reporters.reporter_kind,
        make_date(selected.publication_year, 1, 1) as year_start,
        selected.publication_year,
        selected.work_selection,
        selections.selection_name,
        selections.selection_order,
        cast(selected.joint_papers as bigint) as joint_papers,
        cast(of_all.joint_papers as bigint) as joint_papers_of_all,
        selected.is_complete_year,
        of_all.is_small_cell
    from full_counts as selected
    inner join full_counts as of_all
        on selected.reporter_code = of_all.reporter_code
            and selected.publication_year = of_all.publication_year
            and of_all.work_selection = 'all'
    inner join {{ ref('dim_reporter') }} as reporters on selected.reporter_code = reporters.reporter_code
    inner join {{ ref('dim_work_selection') }} as selections on selected.work_selection = selections.work_selection

)

select * from bi_selection_year
