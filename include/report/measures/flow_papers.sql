-- unit: papers
-- parts: mix_name, definition, years
-- Joint papers of a kind of funding and a narrowest definition, listed today.
select count(*)
from bi_work
where funding_mix_name = getvariable('mix_name')
    and coalesce(narrowest_definition_code, 'none') = getvariable('definition') and in_years(publication_year)
