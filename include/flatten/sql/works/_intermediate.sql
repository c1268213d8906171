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
    named_id(i.id, 'I') as institution_id,
    plain_text(i.display_name) as institution_name,
    bare_ror(i.ror) as ror,
    country(i.country_code) as country_code,
    nullif(trimmed(i.type), '') as institution_type,
    i.country_code as stated_country,
    i.lineage
from (
    select
        work_id,
        author_index,
        unnest(institutions) as i,
        generate_subscripts(institutions, 1) as institution_index
    from authorship
)
-- a country without an institution's id or name is a country all the same, and the source's filter shows it
where coalesce(i.id, i.display_name, i.ror, i.country_code) is not null
-- the source repeats institutions within an authorship; the first stays
qualify row_number() over (
    partition by work_id, author_index, coalesce(institution_id, institution_name, i.id, i.ror, i.country_code)
    order by institution_index
) = 1
;

-- Funding of all generations side by side: `funders`, `awards` and the older `grants`. They name the same funders without
-- a one-to-one link, so each row keeps the field that it came from. A null in a list names nothing.
create or replace temp table funding as
select
    work_id,
    'funders' as source_field,
    place,
    entry.id as funder,
    entry.display_name as funder_name,
    bare_ror(coalesce(entry.ror, entry.id)) as funder_ror,
    null::varchar as award,
    null::varchar as award_numbers
from (
    select short_id(id, 'W') as work_id, unnest(funders) as entry, generate_subscripts(funders, 1) as place from record
)
where entry is not null
union all
select
    work_id,
    'awards',
    place,
    coalesce(entry.funder_id, entry.funder.id),
    coalesce(entry.funder_display_name, entry.funder.display_name),
    -- whoever has no id of the source may stand with a ROR in its place
    bare_ror(coalesce(entry.funder_id, entry.funder.id)),
    entry.id,
    entry.funder_award_id
from (
    select short_id(id, 'W') as work_id, unnest(awards) as entry, generate_subscripts(awards, 1) as place from record
)
where entry is not null
union all
select
    work_id,
    'grants',
    place,
    entry.funder,
    entry.funder_display_name,
    bare_ror(entry.funder),
    null,
    entry.award_id
from (
    select short_id(id, 'W') as work_id, unnest(grants) as entry, generate_subscripts(grants, 1) as place from record
)
where entry is not null
