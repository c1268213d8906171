-- severity: fail
-- kind: integrity
-- group: recounts
-- table: fct_work_countries
-- sentence: Countries of works are those of their typed authorships and of their institutions, and none of these is missing.
-- applies: always
with

-- where an institution counts for another country than the record says, the record is no measure
works as (

    select
        work_id,
        batch_id
    from fct_works
    where country_corrections = ''

),

named as (

    select distinct
        countries.work_id,
        upper(countries.country_code) as country_code
    from typed.authorship_countries as countries
    inner join works on countries.work_id = works.work_id and countries.batch_id = works.batch_id
    where countries.country_code is not null

),

of_institutions as (

    select distinct
        institutions.work_id,
        known.country_code
    from fct_work_institutions as institutions
    inner join works on institutions.work_id = works.work_id
    inner join dim_institution as known on institutions.institution_id = known.institution_id
    where institutions.is_named and known.country_code is not null

),

facts as (

    select
        countries.work_id,
        countries.country_code
    from fct_work_countries as countries
    inner join works on countries.work_id = works.work_id
    where countries.country_code != 'ZZ'

)

select
    named.work_id,
    named.country_code,
    'not in fct_work_countries' as what
from named
anti join facts on named.work_id = facts.work_id and named.country_code = facts.country_code
union all
select
    facts.work_id,
    facts.country_code,
    'not in the typed batch' as what
from facts
anti join named on facts.work_id = named.work_id and facts.country_code = named.country_code
anti join of_institutions
    on facts.work_id = of_institutions.work_id and facts.country_code = of_institutions.country_code
