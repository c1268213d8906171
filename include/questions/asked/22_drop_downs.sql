-- question: What stands in drop-downs of definitions and listing bases?
-- trap: the marts have codes without names
select distinct
    definition_order,
    definition_name,
    basis_name
from bi_linked_year
order by definition_order, basis_name;

-- held against the facts
select
    definitions.code_order::integer as definition_order,
    definitions.code_name as definition_name,
    bases.code_name as basis_name
from reference.code_names as definitions
cross join reference.code_names as bases
where definitions.code_kind = 'military_definition' and bases.code_kind = 'listing_basis'
order by definition_order, basis_name;
