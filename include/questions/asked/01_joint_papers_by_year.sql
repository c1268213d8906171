-- question: How many joint papers are there, and what share of side A's papers are they, by year?
-- trap: on the marts, all ways of counting and selections added up were 45 times too many
select
    publication_year,
    sum(joint_papers)::bigint as joint_papers,
    sum(joint_papers) * 1.0 / sum(all_papers) as share_of_all_papers
from bi_side_year
where reporter_name = getvariable('side_a')
group by publication_year
order by publication_year;

-- held against the facts
select
    works.publication_year,
    count(*) as joint_papers,
    count(*) * 1.0 / any_value(all_papers.papers) as share_of_all_papers
from fct_works as works
left join all_papers
    on works.publication_year = all_papers.publication_year
        and all_papers.code = getvariable('side_a_code')
        and not all_papers.with_side_b
where works.is_joint
group by works.publication_year
order by works.publication_year;
