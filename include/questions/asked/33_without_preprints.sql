-- question: What share of the joint papers remains without preprints, by year?
select
    publication_year,
    joint_papers * 1.0 / joint_papers_of_all as share_of_all
from bi_selection_year
where reporter_name = getvariable('side_a') and work_selection = 'without_preprints' and joint_papers_of_all > 0
order by publication_year;

-- held against the facts
select
    publication_year,
    avg((not is_preprint)::integer) as share_of_all
from fct_works
where is_joint
group by publication_year
order by publication_year;
