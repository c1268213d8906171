-- Reporter x joint paper x selection of works that holds it (seed work_selections). The words of each selection are there;
-- this is where they become conditions.
with

joint_papers as (

    select * from {{ ref('int_joint_papers') }}

),

works as (

    select * from {{ ref('fct_works') }}

),

work_countries as (

    select
        sides.work_id,
        sides.country_code,
        sides.is_side_b,
        sides.has_other_author,
        countries.is_of_first_author,
        countries.is_of_corresponding_author
    from {{ ref('int_work_sides') }} as sides
    inner join {{ ref('int_work_countries') }} as countries
        on sides.work_id = countries.work_id and sides.country_code = countries.country_code

),

reporters as (

    select * from {{ ref('int_reporters') }}

),

of_reporter as (

    select
        reporters.reporter_code,
        work_countries.work_id,
        bool_or(work_countries.is_of_first_author) as has_first_author,
        bool_or(work_countries.is_of_corresponding_author) as has_corresponding_author,
        bool_or(work_countries.has_other_author) as has_other_author
    from work_countries
    inner join reporters on work_countries.country_code = reporters.country_code
    group by reporters.reporter_code, work_countries.work_id

),

of_partner as (

    select
        work_id,
        bool_or(is_of_first_author) as has_first_author,
        bool_or(is_of_corresponding_author) as has_corresponding_author,
        bool_or(has_other_author) as has_other_author
    from work_countries
    where is_side_b
    group by work_id

),

conditions as (

    select
        joint_papers.*,
        [
            'all',
            case when not works.is_hyperauthored then 'without_hyperauthored' end,
            case when not works.is_retracted then 'without_retracted' end,
            case when not works.is_preprint then 'without_preprints' end,
            case
                when of_reporter.has_other_author and of_partner.has_other_author then 'without_dual_affiliations'
            end,
            case when works.is_english then 'english_only' end,
            case when of_reporter.has_first_author then 'first_author_reporter' end,
            case when of_partner.has_first_author then 'first_author_partner' end,
            case when of_reporter.has_corresponding_author then 'corresponding_author_reporter' end,
            case when of_partner.has_corresponding_author then 'corresponding_author_partner' end
        ] as selections
    from joint_papers
    inner join works on joint_papers.work_id = works.work_id
    inner join of_reporter
        on joint_papers.work_id = of_reporter.work_id and joint_papers.reporter_code = of_reporter.reporter_code
    inner join of_partner on joint_papers.work_id = of_partner.work_id

),

selected as (

    select
        * exclude (selections),
        unnest(selections) as work_selection
    from conditions

),

int_selected_papers as (

    select *
    from selected
    where work_selection is not null

)

select * from int_selected_papers
