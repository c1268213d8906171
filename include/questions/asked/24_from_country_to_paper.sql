-- question: From a country to its first institution, and from there to its papers: which are they?
-- trap: three facts had to be joined, and no table had titles and links
select
    work_id,
    title,
    doi_url
from bi_work
where work_id in (
        select work_id from bi_work_institution
        where institution_id = getvariable('institution')
    )
order by work_id;

-- held against the facts
select
    works.work_id,
    works.title,
    'https://doi.org/' || works.doi as doi_url
from fct_works as works
inner join fct_work_institutions as named on works.work_id = named.work_id and named.is_named
where works.is_joint and named.institution_id = getvariable('institution')
order by works.work_id;
