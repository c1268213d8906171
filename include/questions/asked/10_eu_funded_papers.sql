-- question: How many joint papers disclose an institution of the European Union as funder, by year?
select
    publication_year,
    papers
from bi_funder_class_year
where reporter_name = getvariable('side_a') and funder_class = 'eu_institution' and papers > 0
order by publication_year;

-- held against the facts
select
    works.publication_year,
    count(distinct works.work_id) as papers
from fct_work_funding as funding
inner join fct_works as works on funding.work_id = works.work_id and works.is_joint
inner join dim_funder as funders on funding.funder_id = funders.funder_id
where funders.funder_class = 'eu_institution'
group by works.publication_year
order by works.publication_year;
