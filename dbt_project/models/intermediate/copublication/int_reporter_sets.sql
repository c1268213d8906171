-- Set of reporters that papers have in common x reporter: the bridge from int_work_reporters to int_reporters.
with

-- a set has the reporters of any of its papers
one_paper_a_set as (

    select
        reporter_set_key,
        any_value(work_id) as work_id
    from {{ ref('int_work_reporters') }}
    group by reporter_set_key

),

names as (

    select distinct
        reporter_code,
        reporter_name
    from {{ ref('int_reporters') }}

),

int_reporter_sets as (

    select
        one_paper_a_set.reporter_set_key,
        joint_papers.reporter_code,
        names.reporter_name
    from one_paper_a_set
    inner join {{ ref('int_joint_papers') }} as joint_papers on one_paper_a_set.work_id = joint_papers.work_id
    inner join names on joint_papers.reporter_code = names.reporter_code

)

select * from int_reporter_sets
