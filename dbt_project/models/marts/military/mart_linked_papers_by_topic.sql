-- Reporter x year x nested definition x listing basis x primary topic: topics with linked papers of the reporter in any year, in every year of
-- the scope.
with

counts as (

    {{ linked_papers_of('topic') }}

),

mart_linked_papers_by_topic as (

    select
        {{ linked_by_columns('counts') }},
        counts.dimension_id as topic_id,
        coalesce(topics.topic_name, counts.dimension_id) as topic_name,
        {{ linked_count_columns('counts') }}
    from counts
    left join {{ ref('dim_topic') }} as topics on counts.dimension_id = topics.topic_id

)

select * from mart_linked_papers_by_topic
