-- question: Which companies of side B write joint papers, and how many?
select
    institution_id,
    joint_papers
from bi_institution
where side = 'side_b' and institution_type = 'company'
order by joint_papers desc, institution_id asc;

-- held against the facts
select
    named.institution_id,
    count(*) as joint_papers
from fct_work_institutions as named
inner join fct_works as works on named.work_id = works.work_id and works.is_joint
inner join dim_institution as institutions
    on named.institution_id = institutions.institution_id and institutions.institution_type = 'company'
inner join dim_country as countries
    on institutions.country_code = countries.country_code and countries.side = 'side_b'
where named.is_named
group by named.institution_id
order by joint_papers desc, named.institution_id asc;
