-- question: How many checks did each gate make, and how many did not pass?
-- trap: one table holds gate 3 alone, and the warning of gate 1 stood nowhere
select
    gate,
    count(*) as checks,
    count(*) filter (where not passed) as not_passed
from bi_ops_check
group by gate
order by gate;

-- held against the facts
with

gates as (

    select
        unnest([1, 2, 3]) as gate,
        unnest([record -> '$.gates.gate_1', record -> '$.gates.gate_2', record -> '$.gates.gate_3']) as checks
    from record

)

select
    gate,
    json_array_length(checks)::bigint as checks,
    len(list_filter(from_json(checks -> '$[*].passed', '["boolean"]'), lambda passed: not passed)) as not_passed
from gates
where json_array_length(checks) > 0
order by gate;
