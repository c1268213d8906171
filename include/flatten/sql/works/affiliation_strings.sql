-- One row an address of an authorship, with the number of institutions that the source found in it. Addresses that stand
-- only in the older list come after those; nobody counted institutions for them.
with

matched as (
    select
        work_id,
        author_index,
        affiliation_index,
        plain_text(a.raw_affiliation_string) as raw_affiliation_string,
        len(list_filter(coalesce(a.institution_ids, []), lambda id: id is not null)) as institutions_count
    from (
        select
            work_id,
            author_index,
            unnest(affiliations) as a,
            generate_subscripts(affiliations, 1) as affiliation_index
        from authorship
    )
),

listed as (
    select
        work_id,
        author_index,
        coalesce(len(affiliations), 0) + listed_index as affiliation_index,
        plain_text(text) as raw_affiliation_string,
        null as institutions_count
    from (
        select
            work_id,
            author_index,
            affiliations,
            unnest(raw_affiliation_strings) as text,
            generate_subscripts(raw_affiliation_strings, 1) as listed_index
        from authorship
    )
),

affiliation_strings as (
    select * from matched
    union all
    select * from listed
    anti join matched using (work_id, author_index, raw_affiliation_string)
)

select *
from affiliation_strings
where raw_affiliation_string is not null
