-- Reporter x joint paper, from the facts alone: what the marts count by. A group takes part once, however many of its
-- members do, with the credit of all of them.
with

of_reporter as (

    select
        reporters.reporter_code,
        countries.work_id,
        sum(countries.credit) as credit,
        sum(countries.credit_by_affiliation) as credit_by_affiliation,
        sum(countries.credit_by_country) as credit_by_country,
        bool_or(countries.is_of_first_author) as has_first_author,
        bool_or(countries.is_of_corresponding_author) as has_corresponding_author
    from fct_work_countries as countries
    inner join reporters on countries.country_code = reporters.country_code
    group by reporters.reporter_code, countries.work_id

),

of_partner as (

    select
        countries.work_id,
        bool_or(countries.is_of_first_author) as has_first_author,
        bool_or(countries.is_of_corresponding_author) as has_corresponding_author
    from fct_work_countries as countries
    inner join sides on sides.role = 'side_b' and countries.country_code = sides.country_code
    group by countries.work_id

)

select
    of_reporter.reporter_code,
    works.work_id,
    works.publication_year,
    works.publication_date,
    works.primary_topic_id,
    works.publisher_name,
    works.source_type,
    of_reporter.credit,
    of_reporter.credit_by_affiliation,
    of_reporter.credit_by_country,
    works.is_hyperauthored,
    works.is_retracted,
    works.is_preprint,
    works.is_english,
    works.is_joint_without_dual,
    of_reporter.has_first_author,
    of_reporter.has_corresponding_author,
    coalesce(of_partner.has_first_author, false) as has_first_author_of_partner,
    coalesce(of_partner.has_corresponding_author, false) as has_corresponding_author_of_partner
from fct_works as works
inner join of_reporter on works.work_id = of_reporter.work_id
left join of_partner on works.work_id = of_partner.work_id
where works.is_joint
