-- question: How many joint papers are there, and what share of side A's papers are they, by year?
-- trap: on the marts, all ways of counting and selections added up were 45 times too many
select
    publication_year,
    sum(joint_papers)::bigint as joint_papers,
    sum(joint_papers) * 1.0 / nullif(sum(all_papers), 0) as share_of_all_papers
from bi_side_year
where reporter_name = getvariable('side_a')
group by publication_year
order by publication_year;

-- held against the facts
with

years as (select distinct publication_year from dim_day)

select
    years.publication_year,
    count(works.work_id) as joint_papers,
    count(works.work_id) * 1.0 / nullif(any_value(all_papers.papers), 0) as share_of_all_papers
from years
left join fct_works as works on years.publication_year = works.publication_year and works.is_joint
left join all_papers
    on years.publication_year = all_papers.publication_year
        and all_papers.code = getvariable('side_a_code')
        and not all_papers.with_side_b
group by years.publication_year
order by years.publication_year;
