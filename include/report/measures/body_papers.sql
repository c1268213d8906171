-- unit: papers
-- parts: body, basis, reporter, years
-- Joint papers linked to one body; the mart repeats them for each definition.
select coalesce(sum(papers), 0)
from (
    select max(military_linked_papers) as papers
    from mart_linked_papers_by_body
    where reporter_code = getvariable('reporter') and body_id = getvariable('body')
        and listing_basis = getvariable('basis') and in_years(publication_year)
    group by publication_year
) as years
