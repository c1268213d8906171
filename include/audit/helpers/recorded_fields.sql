-- Field x in how many joint papers' records it is, by the typed batches that the papers count from: what a corpus holds.
-- A field that no record has is no fault of the pipeline; one that the marts lack although records have it is.
with

papers as (

    select
        work_id,
        batch_id
    from fct_works
    where is_joint

),

with_field as (

    select
        'funding' as field,
        batch_id,
        work_id
    from typed.work_funders
    where coalesce(funder_id, funder_ror, funder_crossref_id, funder_name) is not null
    union
    select
        'funding' as field,
        batch_id,
        work_id
    from typed.work_awards
    where coalesce(funder_id, funder_ror, funder_crossref_id, funder_name) is not null
    union
    select
        'topics' as field,
        batch_id,
        work_id
    from typed.works
    where primary_topic_id is not null
    union
    select
        'institutions' as field,
        batch_id,
        work_id
    from typed.authorship_institutions
    where institution_id is not null

)

select
    fields.field,
    count(with_field.work_id) as papers,
    count(*) as of_papers
from (values ('funding'), ('topics'), ('institutions')) as fields (field)
cross join papers
left join with_field
    on fields.field = with_field.field
        and papers.batch_id = with_field.batch_id
        and papers.work_id = with_field.work_id
group by fields.field
