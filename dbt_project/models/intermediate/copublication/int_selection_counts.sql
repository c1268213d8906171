-- Reporter x year x selection of works: joint papers, and the reporter's credit in them by each way of counting.
with

joint_papers as (

    select * from {{ ref('int_joint_papers') }}

),

-- papers alike in all that selections ask are counted first; where a selection becomes a condition is below
counts_of_alike as (

    select
        reporter_code,
        publication_year,
        is_hyperauthored,
        is_retracted,
        is_preprint,
        is_english,
        is_without_dual_affiliations,
        has_first_author_of_reporter,
        has_first_author_of_partner,
        has_corresponding_author_of_reporter,
        has_corresponding_author_of_partner,
        count(*) as papers,
        {{ credit_sum('credit') }} as credit,
        {{ credit_sum('credit_by_affiliation') }} as credit_by_affiliation,
        {{ credit_sum('credit_by_country') }} as credit_by_country
    from joint_papers
    group by all

),

counts_of_selections as (

    select
        *,
        {{ each_of(list_of([
            "'all'",
            "case when not is_hyperauthored then 'without_hyperauthored' end",
            "case when not is_retracted then 'without_retracted' end",
            "case when not is_preprint then 'without_preprints' end",
            "case when is_without_dual_affiliations then 'without_dual_affiliations' end",
            "case when is_english then 'english_only' end",
            "case when has_first_author_of_reporter then 'first_author_reporter' end",
            "case when has_first_author_of_partner then 'first_author_partner' end",
            "case when has_corresponding_author_of_reporter then 'corresponding_author_reporter' end",
            "case when has_corresponding_author_of_partner then 'corresponding_author_partner' end"
        ])) }} as work_selection
    from counts_of_alike

),

int_selection_counts as (

    select
        reporter_code,
        publication_year,
        work_selection,
        sum(papers) as papers,
        {{ credit_sum('credit') }} as credit,
        {{ credit_sum('credit_by_affiliation') }} as credit_by_affiliation,
        {{ credit_sum('credit_by_country') }} as credit_by_country
    from counts_of_selections
    where work_selection is not null
    group by reporter_code, publication_year, work_selection

)

select * from int_selection_counts
