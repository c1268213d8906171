-- severity: fail
-- kind: integrity
-- group: labels
-- table: dim_counting_method
-- sentence: Ways of counting and selections of works, and their words, are those of the reference tables.
-- applies: always
select
    coalesce(methods.counting_method, seed.counting_method) as code,
    methods.method_name as name,
    seed.method_name as name_of_reference
from dim_counting_method as methods
full join reference.counting_methods as seed on methods.counting_method = seed.counting_method
where methods.method_name is distinct from seed.method_name
    or methods.method_order is distinct from seed.method_order::integer
    or methods.description is distinct from seed.description
union all
select
    coalesce(selections.work_selection, seed.work_selection) as code,
    selections.selection_name as name,
    seed.selection_name as name_of_reference
from dim_work_selection as selections
full join reference.work_selections as seed on selections.work_selection = seed.work_selection
where selections.selection_name is distinct from seed.selection_name
    or selections.selection_order is distinct from seed.selection_order::integer
    or selections.description is distinct from seed.description
