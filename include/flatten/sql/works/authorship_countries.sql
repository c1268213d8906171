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
),

countries as (
    select
        coalesce(of_institutions.work_id, stated.work_id) as work_id,
        coalesce(of_institutions.author_index, stated.author_index) as author_index,
        coalesce(of_institutions.country_code, stated.country_code) as country_code,
        case when of_institutions.work_id is null then 'parsed' else 'institution' end as country_basis,
        stated.work_id is not null as is_stated
    from of_institutions
    full join stated
        on of_institutions.work_id = stated.work_id
            and of_institutions.author_index = stated.author_index
            and of_institutions.country_code = stated.country_code
)

select
    countries.work_id,
    countries.author_index,
    countries.country_code,
    countries.country_basis,
    case authorship.filter_reads
        when 'countries' then countries.is_stated
        when 'institutions' then true
        else false
    end as is_shown_by_filter
from countries
inner join authorship
    on countries.work_id = authorship.work_id and countries.author_index = authorship.author_index
