-- severity: fail
-- kind: integrity
-- group: recounts
-- table: fct_work_awards
-- sentence: The award numbers of a work and funder are those that stand beside the funder.
-- applies: always
with

numbers as (

    select
        work_id,
        funder_id,
        count(*) as awards,
        list_sort(list(award_number)) as award_numbers
    from fct_work_awards
    group by work_id, funder_id

)

select
    coalesce(funding.work_id, numbers.work_id) as work_id,
    coalesce(funding.funder_id, numbers.funder_id) as funder_id,
    funding.awards,
    numbers.awards as awards_recounted
from fct_work_funding as funding
full join numbers on funding.work_id = numbers.work_id and funding.funder_id = numbers.funder_id
where funding.awards is distinct from coalesce(numbers.awards, 0)
    or list_sort(string_split(funding.award_numbers, '; ')) is distinct from numbers.award_numbers
