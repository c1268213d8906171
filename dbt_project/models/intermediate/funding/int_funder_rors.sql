-- ROR that funders bear, one row each, with the funder where one alone bears it, and numbers of Crossref's registry
-- (`crossref:<number>`) that stand in the place of one. Funders are those of the source's records and of the registry; a
-- record without a Crossref id is taken for the registry's funder of the same ROR, when both are the only ones that bear it.
with

-- an earlier scope may have brought records of funders that no work of this one names: what a ROR means must not depend on that
named as (

    select distinct disclosures.funder_id
    from {{ ref('int_work_disclosures') }} as disclosures
    inner join {{ ref('int_scoped_works') }} as works on disclosures.work_id = works.work_id
    where works.is_in_scope and disclosures.funder_id is not null

),

records as (

    select
        funders.funder_id,
        funders.crossref_id,
        funders.ror
    from {{ ref('stg_openalex__funders') }} as funders
    inner join named on funders.funder_id = named.funder_id

),

registry as (

    select * from {{ ref('stg_reference__funder_rors') }}

),

classes as (

    select * from {{ ref('stg_reference__funder_classes') }}

),

bearers as (

    select
        ror,
        funder_id,
        crossref_id
    from records
    where ror is not null
    union all
    select
        registry.ror,
        coalesce(classes.funder_id, records.funder_id) as funder_id,
        registry.crossref_id
    from registry
    left join classes on registry.crossref_id = classes.crossref_id
    left join records on registry.crossref_id = records.crossref_id

),

counted as (

    select
        ror,
        greatest(count(distinct funder_id), count(distinct crossref_id)) as funders,
        coalesce(min(funder_id), 'crossref:' || min(crossref_id)) as funder_id
    from bearers
    group by ror

),

numbers as (

    select
        crossref_id,
        funder_id
    from classes
    union all
    select
        crossref_id,
        null as funder_id
    from registry

),

of_numbers as (

    select
        'crossref:' || coalesce(numbers.crossref_id, records.crossref_id) as ror,
        1 as funders,
        coalesce(
            min(numbers.funder_id),
            min(records.funder_id),
            'crossref:' || coalesce(numbers.crossref_id, records.crossref_id)
        ) as funder_id
    from numbers
    full join records on numbers.crossref_id = records.crossref_id
    where coalesce(numbers.crossref_id, records.crossref_id) is not null
    group by coalesce(numbers.crossref_id, records.crossref_id)

),

int_funder_rors as (

    select
        ror,
        funders,
        case when funders = 1 then funder_id end as funder_id
    from counted
    -- a record without an id of any kind bears nothing
    where funders > 0
    union all
    select
        ror,
        funders,
        funder_id
    from of_numbers

)

select * from int_funder_rors
