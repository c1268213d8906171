-- One row a country of an authorship. The source puts the countries of the institutions there, or else those that it
-- parsed from the address; `country_basis` says which. Countries of institutions that the source forgot are added.
with

of_institutions as (
    select distinct work_id, author_index, country_code
    from authorship_institution
    where country_code is not null
),

stated as (
    select distinct work_id, author_index, country_code
    from (select work_id, author_index, country(unnest(countries)) as country_code from authorship)
    where country_code is not null
)

select
    work_id,
    author_index,
    country_code,
    'institution' as country_basis
from of_institutions
union all
select
    work_id,
    author_index,
    country_code,
    'parsed' as country_basis
from stated
anti join of_institutions using (work_id, author_index, country_code)
