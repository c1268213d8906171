-- Institution x the country that it counts for in every work: that of the source's own record, else that of the work with the
-- newest updated_date. Records of 2022/23 have Hong Kong and Macao as CN.
with

records as (

    select
        institution_id,
        country_code
    from {{ ref('stg_openalex__institutions') }}
    where country_code is not null

),

-- nearly every institution has a record
named_in_works as (

    select
        named.institution_id,
        max_by(named.country_code, (coalesce(works.updated_at, timestamp '1900-01-01'), works.work_id))
            as country_code
    from {{ ref('int_work_institutions') }} as named
    inner join {{ ref('int_works') }} as works on named.work_id = works.work_id
    where named.country_code is not null
        and named.institution_id not in (select institution_id from records)
    group by named.institution_id

),

int_institution_countries as (

    select
        institution_id,
        country_code
    from records
    union all
    select
        institution_id,
        country_code
    from named_in_works

)

select * from int_institution_countries
