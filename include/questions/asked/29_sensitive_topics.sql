-- question: How many joint papers are there on each topic that the study names as sensitive, and how many are linked?
select
    sensitive_label,
    sum(joint_papers)::bigint as joint_papers,
    sum(linked_any_list)::bigint as linked_papers
from bi_topic_year
where reporter_name = getvariable('side_a') and is_sensitive_topic
group by sensitive_label
order by sensitive_label;

-- held against the facts
with

linked as (

    select distinct links.work_id
    from fct_work_military_links as links
    inner join dim_military_body as bodies
        on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
    inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null
    where links.is_listed_today

)

select
    topics.label as sensitive_label,
    count(*) as joint_papers,
    count(linked.work_id) as linked_papers
from fct_works as works
inner join reference.sensitive_topics as topics on works.primary_topic_id = topics.topic_id
left join linked on works.work_id = linked.work_id
where works.is_joint
group by topics.label
order by topics.label;
