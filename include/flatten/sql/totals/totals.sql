-- One row a count: of a country (`country`, `partner`: one query a year, the groups are countries) or of countries
-- together (`group`, `group_partner`, `world`: one query, the groups are years). Works without a country are no country's.
select
    total_kind,
    condition_code,
    group_code,
    publication_year,
    topic_chunk,
    sum(papers) as papers
from (
    select
        query.kind as total_kind,
        coalesce(query.condition_code, '') as condition_code,
        case when query.kind in ('country', 'partner') then country(last_part(answer.key)) else query.group_code end
            as group_code,
        case when query.kind in ('country', 'partner') then query.year else try_cast(answer.key as integer) end
            as publication_year,
        query.topic_chunk as topic_chunk,
        answer.count as papers
    from (select query, unnest(group_by) as answer from record)
)
where group_code is not null and publication_year between 0 and 9999 and papers is not null
group by all
