-- The trend of side A as a whole adds up to the joint papers of fct_works.
with

trend as (

    select coalesce(sum(trends.joint_papers), 0) as papers
    from {{ ref('mart_copublication_trends') }} as trends
    inner join {{ ref('stg_scope__scope') }} as scope on trends.reporter_code = scope.side_a_code
    where trends.counting_method = 'full' and trends.work_selection = 'all'

),

works as (

    select count(*) as papers
    from {{ ref('fct_works') }}
    where is_joint

)

select
    trend.papers as papers_in_trend,
    works.papers as papers_in_works
from trend
cross join works
where trend.papers != works.papers
