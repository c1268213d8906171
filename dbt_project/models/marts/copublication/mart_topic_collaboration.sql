-- Reporter x partner x year x (subfield, topic).
with

topics as (

    select * from {{ ref('dim_topic') }}

),

scope as (

    select * from {{ ref('stg_scope__scope') }}

),

joint_papers as (

    {{ papers_alike(['primary_topic_id']) }}

),

placed as (

    select
        joint_papers.reporter_code,
        joint_papers.publication_year,
        joint_papers.papers,
        topics.topic_id,
        topics.topic_name,
        topics.subfield_id,
        topics.subfield_name,
        topics.is_sensitive_topic
    from joint_papers
    inner join topics on joint_papers.primary_topic_id = topics.topic_id

),

counts as (

    select
        reporter_code,
        publication_year,
        'topic' as level,
        topic_id,
        any_value(topic_name) as topic_name,
        any_value(is_sensitive_topic) as is_sensitive_topic,
        sum(papers)::bigint as joint_papers
    from placed
    group by reporter_code, publication_year, topic_id
    union all
    select
        reporter_code,
        publication_year,
        'subfield' as level,
        subfield_id as topic_id,
        min(subfield_name) as topic_name,
        false as is_sensitive_topic,
        sum(papers)::bigint as joint_papers
    from placed
    where subfield_id is not null
    group by reporter_code, publication_year, subfield_id

),

all_papers as (

    select
        reporter_code,
        reporter_name,
        publication_year,
        sum(papers)::bigint as joint_papers
    from joint_papers
    group by reporter_code, reporter_name, publication_year

),

mart_topic_collaboration as (

    select
        counts.reporter_code,
        all_papers.reporter_name,
        scope.side_b_code as partner_code,
        counts.publication_year,
        counts.level,
        counts.topic_id,
        counts.topic_name,
        counts.is_sensitive_topic,
        counts.joint_papers,
        all_papers.joint_papers as reporter_joint_papers,
        {{ ratio('counts.joint_papers', 'all_papers.joint_papers') }} as share_of_joint_papers,
        all_papers.joint_papers < {{ small_cell() }} as is_small_cell
    from counts
    cross join scope
    inner join all_papers
        on counts.reporter_code = all_papers.reporter_code and counts.publication_year = all_papers.publication_year

)

select * from mart_topic_collaboration
