-- Reporter x year x set of funders x how they were recognised: joint papers, those without funders among them.
with

alike as (

    {{ papers_alike(['funder_set_key', 'has_funder_by_id', 'has_recognised_funder']) }}

),

int_disclosed_papers as (

    select
        reporter_code,
        publication_year,
        funder_set_key,
        has_funder_by_id,
        has_recognised_funder,
        papers
    from alike

)

select * from int_disclosed_papers
