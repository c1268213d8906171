-- Reporter x year x class of funders, every year of the scope and every class: joint papers that disclose the class.
with

counts as (

    {{ papers_by_funders(ref('int_funder_set_classes'), 'funder_class') }}

),

mart_funding_by_class as (

    select
        years.reporter_code,
        years.reporter_name,
        years.publication_year,
        classes.funder_class,
        classes.funder_class_name,
        {{ funding_shares('coalesce(counts.papers, 0)', 'years') }}
    from {{ ref('mart_funding_disclosure') }} as years
    cross join {{ ref('dim_funder_class') }} as classes
    left join counts
        on years.reporter_code = counts.reporter_code
            and years.publication_year = counts.publication_year
            and classes.funder_class = counts.funder_class

)

select * from mart_funding_by_class
