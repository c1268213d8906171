-- Work x institution as named in the author list, once each, with what the work itself says of the institution.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded() }}") }}

with

works as (

    {{ works_to_load(ref('int_works')) }}

),

int_work_institutions as (

    select
        works.work_id,
        any_value(works.batch_id) as batch_id,
        institutions.institution_id,
        max(institutions.institution_name) as institution_name,
        max(institutions.ror) as ror,
        max(institutions.country_code) as country_code,
        -- when the work puts it in two
        nullif(min(institutions.country_code), max(institutions.country_code)) as another_country_code,
        max(institutions.institution_type) as institution_type,
        count(distinct institutions.author_index) as authors
    from works
    inner join {{ ref('stg_openalex__authorship_institutions') }} as institutions
        on works.work_id = institutions.work_id and works.batch_id = institutions.batch_id
    where institutions.institution_id is not null and {{ of_slice('institutions.work_id') }}
    group by works.work_id, institutions.institution_id

)

select * from int_work_institutions
