-- What the tables are made of, unnested once. Authorships: the place in the list (from 1) is the key, because one author
-- can stand in it twice.
create or replace temp table authorship as
select
    work_id,
    author_index,
    a.author_position,
    a.author.id as author_id,
    a.is_corresponding,
    a.institutions,
    a.countries,
    -- the filter knows the first 100 only; records of 2022/23 have no `countries`, and the source made them of institutions
    case
        when author_index > 100 then 'nothing'
        when a.countries is null then 'institutions'
        else 'countries'
    end as filter_reads,
    a.affiliations,
    coalesce(a.raw_affiliation_strings, [a.raw_affiliation_string]) as raw_affiliation_strings
from (
    select
        short_id(id, 'W') as work_id,
        unnest(authorships) as a,
        generate_subscripts(authorships, 1) as author_index
    from record
);

create or replace temp table authorship_institution as
select
    work_id,
    author_index,
    institution_index,
    short_id(i.id, 'I') as institution_id,
    plain_text(i.display_name) as institution_name,
    bare_ror(i.ror) as ror,
    country(i.country_code) as country_code,
    nullif(trim(i.type), '') as institution_type,
    i.lineage
from (
    select
        work_id,
        author_index,
        unnest(institutions) as i,
        generate_subscripts(institutions, 1) as institution_index
    from authorship
)
where i.id is not null or i.display_name is not null
-- the source repeats institutions within an authorship; the first stays
qualify row_number() over (
    partition by work_id, author_index, coalesce(institution_id, institution_name, i.id) order by institution_index
) = 1
;

-- Funding of all generations side by side: `funders`, `awards` and the older `grants`. They name the same funders without
-- a one-to-one link, so each row keeps the field that it came from.
create or replace temp table funding as
select
    short_id(id, 'W') as work_id,
    'funders' as source_field,
    generate_subscripts(funders, 1) as place,
    unnest(funders).id as funder,
    unnest(funders).display_name as funder_name,
    bare_ror(coalesce(unnest(funders).ror, unnest(funders).id)) as funder_ror,
    null::varchar as award,
    null::varchar as award_numbers
from record
union all
select
    short_id(id, 'W'),
    'awards',
    generate_subscripts(awards, 1),
    unnest(awards).funder_id,
    unnest(awards).funder_display_name,
    -- whoever has no id of the source may stand with a ROR in its place
    bare_ror(unnest(awards).funder_id),
    unnest(awards).id,
    unnest(awards).funder_award_id
from record
union all
select
    short_id(id, 'W'),
    'grants',
    generate_subscripts(grants, 1),
    unnest(grants).funder,
    unnest(grants).funder_display_name,
    bare_ror(unnest(grants).funder),
    null,
    unnest(grants).award_id
from record
