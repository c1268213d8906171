-- Work x position in the author list x country, with what each way of counting gives to it, and whether the source's filter
-- by country shows it. Positions, never people. The countries are those that the record states and those of the institutions,
-- each institution where int_institution_countries has it. An author without a country is of ZZ; so is a work without
-- authors, in one row without a position.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail',
          pre_hook="{{ delete_superseded(depends_on_countries=true) }}") }}

with

-- one version of each work: after a join with it, the work id alone identifies the version
works as (

    {{ works_to_load(ref('int_works'), depends_on_countries=true) }}

),

authors as (

    select
        works.work_id,
        any_value(works.batch_id) as batch_id,
        any_value(works.country_corrections) as country_corrections,
        authorships.author_index,
        coalesce(bool_or(authorships.is_corresponding), false) as is_corresponding_author,
        max(authorships.filter_reads) as filter_reads
    from works
    left join {{ ref('stg_openalex__authorships') }} as authorships
        on works.work_id = authorships.work_id
            and works.batch_id = authorships.batch_id
            and {{ of_slice('authorships.work_id') }}
    group by works.work_id, authorships.author_index

),

named_countries as (

    select
        named.work_id,
        named.author_index,
        named.country_code,
        min(named.country_basis) as country_basis,
        bool_or(named.is_shown_by_filter) as is_shown_by_filter
    from {{ ref('stg_openalex__authorship_countries') }} as named
    inner join works on named.work_id = works.work_id and named.batch_id = works.batch_id
    where named.country_code is not null and {{ of_slice('named.work_id') }}
    group by named.work_id, named.author_index, named.country_code

),

-- an institution counts for one country, whatever the work says
named_institutions as (

    select
        named.work_id,
        named.author_index,
        named.institution_id,
        named.country_code as named_country_code,
        coalesce(today.country_code, named.country_code) as country_code
    from {{ ref('stg_openalex__authorship_institutions') }} as named
    inner join works on named.work_id = works.work_id and named.batch_id = works.batch_id
    left join {{ ref('int_institution_countries') }} as today on named.institution_id = today.institution_id
    where {{ of_slice('named.work_id') }}

),

-- countries that an author has only through an institution that is elsewhere
corrected as (

    select distinct
        work_id,
        author_index,
        named_country_code as country_code
    from named_institutions
    where named_country_code != country_code

),

author_countries as (

    select
        work_id,
        author_index,
        country_code,
        country_basis,
        0 as institutions
    from named_countries
    where not exists (
            select 1
            from corrected
            where corrected.work_id = named_countries.work_id
                and corrected.author_index = named_countries.author_index
                and corrected.country_code = named_countries.country_code
        )
    union all
    select
        work_id,
        author_index,
        country_code,
        'institution' as country_basis,
        count(distinct institution_id) as institutions
    from named_institutions
    where country_code is not null
    group by work_id, author_index, country_code

),

countries_of_authors as (

    select
        work_id,
        author_index,
        country_code,
        min(country_basis) as country_basis,
        max(institutions) as institutions
    from author_countries
    group by work_id, author_index, country_code

),

placed as (

    select
        authors.*,
        coalesce(countries.country_code, 'ZZ') as country_code,
        countries.country_basis,
        -- a country that only an address names stands for one institution that nobody recognised
        greatest(coalesce(countries.institutions, 0), 1) as affiliations,
        case
            when countries.country_code is null then false
            when authors.filter_reads = 'countries' then coalesce(named_countries.is_shown_by_filter, false)
            -- the source made the countries of such records of its institutions, as it has them today
            else coalesce(authors.filter_reads = 'institutions', false)
        end as is_shown_by_filter
    from authors
    left join countries_of_authors as countries
        on authors.work_id = countries.work_id
            and authors.author_index is not distinct from countries.author_index
    left join named_countries
        on countries.work_id = named_countries.work_id
            and countries.author_index = named_countries.author_index
            and countries.country_code = named_countries.country_code

),

-- as aggregates and joins: windows over all authors of all works take half as long again
of_author as (

    select
        work_id,
        author_index,
        count(*) as countries_of_author,
        sum(affiliations) as affiliations_of_author
    from placed
    group by work_id, author_index

),

of_work as (

    select
        work_id,
        min(author_index) as first_author_index,
        greatest(count(author_index), 1) as authors_of_work
    from authors
    group by work_id

),

int_work_author_countries as (

    select
        placed.work_id,
        placed.batch_id,
        placed.author_index,
        placed.country_code,
        placed.country_basis,
        coalesce(placed.author_index = of_work.first_author_index, false) as is_first_author,
        placed.is_corresponding_author,
        placed.affiliations,
        placed.is_shown_by_filter,
        placed.country_corrections,
        of_author.countries_of_author,
        of_author.affiliations_of_author,
        of_work.authors_of_work
    from placed
    inner join of_author
        on placed.work_id = of_author.work_id and placed.author_index is not distinct from of_author.author_index
    inner join of_work on placed.work_id = of_work.work_id

)

select * from int_work_author_countries
