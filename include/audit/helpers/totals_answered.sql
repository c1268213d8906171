-- All papers of the subject as the source answered last: kind of count x condition x country or group x year, chunks of
-- topics added. What an answer leaves out is 0; a question that was never answered, or not of this scope, has no row.
with

answers as (

    select
        totals.total_kind,
        coalesce(totals.condition_code, '') as condition_code,
        upper(totals.group_code) as group_code,
        totals.publication_year,
        totals.topic_chunk,
        totals.papers,
        totals.batch_id,
        -- countries are asked a year at a time, groups and the world for all years at once
        case
            when totals.total_kind in ('country', 'partner') then totals.publication_year::varchar
            else upper(totals.group_code)
        end as question
    from typed.totals as totals
    cross join scope
    where (totals.topic_chunk is null or totals.topic_chunk <= scope.topic_chunks)
        and (totals.publication_year is null or totals.publication_year between scope.year_from and scope.year_to)

),

last_answers as (

    select
        total_kind,
        condition_code,
        topic_chunk,
        question,
        max(batch_id) as batch_id
    from answers
    group by total_kind, condition_code, topic_chunk, question

)

select
    answers.total_kind,
    answers.condition_code,
    answers.group_code,
    answers.publication_year,
    sum(answers.papers)::bigint as papers
from answers
inner join last_answers
    on answers.total_kind = last_answers.total_kind
        and answers.condition_code = last_answers.condition_code
        and answers.topic_chunk is not distinct from last_answers.topic_chunk
        and answers.question = last_answers.question
        and answers.batch_id = last_answers.batch_id
where answers.group_code is not null and answers.publication_year is not null
group by answers.total_kind, answers.condition_code, answers.group_code, answers.publication_year
