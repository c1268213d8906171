-- severity: fail
-- kind: integrity
-- group: labels
-- table: dim_military_body
-- sentence: Listed bodies, their names, categories, countries and RORs are those of the reference table.
-- applies: always
select
    coalesce(bodies.body_id, seed.body_id) as body_id,
    bodies.body_name,
    seed.body_name as name_of_reference,
    bodies.category,
    seed.category as category_of_reference,
    bodies.country_code,
    bodies.ror,
    seed.ror as ror_of_reference
from dim_military_body as bodies
full join reference.military_bodies as seed on bodies.body_id = seed.body_id
where bodies.body_id is null
    or seed.body_id is null
    or bodies.body_name is distinct from seed.body_name
    or bodies.category is distinct from seed.category
    or bodies.country_code is distinct from upper(seed.country_code)
    or bodies.ror is distinct from seed.ror
    or (seed.openalex_id is not null and bodies.institution_id is distinct from seed.openalex_id)
