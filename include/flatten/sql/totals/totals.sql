-- One row a count: of a country (`country`, `partner`: one query a year, the groups are countries) or of countries
-- together (`group`, `group_partner`, `world`: one query, the groups are years). Works without a country are no country's.
-- An answer leaves out what it counts 0 of, so each has one more row, of 0 papers without a country or without a year:
-- the question was asked, and whatever is not there is 0.
with

answers as (
    select
        query,
        query.kind in ('country', 'partner') as is_by_country,
        group_by
    from record
),

counts as (
    select
        query,
        is_by_country,
        unnest(group_by) as answer
    from answers
),

places as (
    select
        query,
        case when is_by_country then country(last_part(answer.key)) else query.group_code end as group_code,
        case when is_by_country then query.year else try_cast(answer.key as integer) end as publication_year,
        answer.count as papers
    from counts
)

select
    query.kind as total_kind,
    coalesce(query.condition_code, '') as condition_code,
    group_code,
    publication_year,
    query.topic_chunk as topic_chunk,
    sum(papers) as papers
from places
where group_code is not null and publication_year between 0 and 9999 and papers is not null
group by all
union all
select
    query.kind,
    coalesce(query.condition_code, ''),
    case when not is_by_country then query.group_code end,
    case when is_by_country then query.year end,
    query.topic_chunk,
    0
from answers
