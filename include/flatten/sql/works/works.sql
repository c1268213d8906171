-- One row a work.
select
    short_id(record.id, 'W') as work_id,
    bare_doi(doi) as doi,
    plain_text(coalesce(display_name, title)) as title,
    whole_number(publication_year) as publication_year,
    calendar_date(publication_date) as publication_date,
    nullif(trimmed(type), '') as work_type,
    nullif(trimmed(language), '') as language,
    is_retracted,
    is_paratext,
    is_xpac,
    coalesce(possible_count(authors_count), len(authorships)) as authors_count,
    -- the source's own flag is often absent; a list of 100 alone proves nothing, because whole records are fetched then
    coalesce(is_authors_truncated, authors_count > len(authorships), false) as is_authors_truncated,
    named_id(primary_topic.id, 'T') as primary_topic_id,
    possible_number(primary_topic.score, 0, 1e6) as primary_topic_score,
    -- before 2023 a work had a host venue in the place of its primary location; venues kept their numbers as sources
    coalesce(
        named_id(primary_location.source.id, 'S'),
        named_id(host_venue.id, 'S'),
        replace(short_id(host_venue.id, 'V'), 'V', 'S')
    ) as source_id,
    coalesce(plain_text(primary_location.source.display_name), plain_text(host_venue.display_name)) as source_name,
    coalesce(nullif(trimmed(primary_location.source.type), ''), nullif(trimmed(host_venue.type), '')) as source_type,
    coalesce(
        plain_text(primary_location.source.host_organization_name),
        plain_text(primary_location.source.publisher),
        plain_text(host_venue.publisher)
    ) as publisher_name,
    possible_count(cited_by_count) as cited_by_count,
    possible_number(fwci, 0, 1e9) as fwci,
    possible_count(referenced_works_count) as referenced_works_count,
    utc(updated_date) as updated_at,
    utc(created_date) as created_at,
    -- an empty list is a field that is there
    case
        when grants is not null and (awards is not null or funders is not null) then 'grants+awards'
        when grants is not null then 'grants'
        when awards is not null or funders is not null then 'awards'
    end as api_generation,
    content_hash.content_hash
from record
left join content_hash on content_hash.id = short_id(record.id, 'W')
