-- Reporter x year x primary topic: joint papers, where there are any.
with

alike as (

    {{ papers_alike(['primary_topic_id']) }}

),

int_topic_counts as (

    select
        reporter_code,
        publication_year,
        primary_topic_id as topic_id,
        papers
    from alike
    where primary_topic_id is not null

)

select * from int_topic_counts
