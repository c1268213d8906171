-- question: Which classes of funders stand in the joint papers of my institution, and in how many?
select
    funder_class,
    papers
from bi_funder_institution
where institution_id = getvariable('institution')
order by funder_class;

-- held against the facts
select
    funding.funder_class,
    count(distinct works.work_id) as papers
from fct_work_institutions as named
inner join fct_works as works on named.work_id = works.work_id and works.is_joint
inner join fct_work_funding as funding on works.work_id = funding.work_id
where named.is_named and named.institution_id = getvariable('institution')
group by funding.funder_class
order by funding.funder_class;
