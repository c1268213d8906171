-- question: What does this release compute for the study's numbers of joint and of linked papers?
select
    figure_id,
    value
from bi_headline
where figure_id in ('joint_papers', 'military_linked_papers') and value is not null
order by figure_id;

-- held against the facts
with

figures as (

    select
        'joint_papers' as figure_id,
        count(*)::double as value
    from fct_works
    where is_joint and publication_year between 2017 and 2022
    union all
    select
        'military_linked_papers' as figure_id,
        count(distinct links.work_id)::double as value
    from fct_work_military_links as links
    inner join fct_works as works
        on links.work_id = works.work_id and works.is_joint and works.publication_year between 2017 and 2022
    inner join dim_military_body as bodies
        on links.body_id = bodies.body_id and bodies.narrowest_definition_code is not null
    inner join dim_country as countries on bodies.country_code = countries.country_code and countries.side is not null
    where links.is_listed_today

)

select
    figure_id,
    value
from figures
-- of another subject it has none
where
    exists (
        select 1 from reference.scope_settings
        where setting = 'subject_id' and value = 'ai'
    )
order by figure_id;
