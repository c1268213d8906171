-- question: How many joint papers have a DOI?
select count(*) filter (where doi_url is not null) as papers_with_doi
from bi_work;

-- held against the facts
select count(doi) as papers_with_doi
from fct_works
where is_joint;
