-- question: With which countries does side B write most in the last year?
-- trap: groups stood among their members, and shared ranks with them
select
    country_code,
    joint_papers,
    partner_rank_of_countries
from bi_partner_year
where publication_year = getvariable('last_year') and partner_rank_of_countries <= 10
order by partner_rank_of_countries, country_code;

-- held against the facts
select
    code as country_code,
    papers as joint_papers,
    rank() over (order by papers desc) as partner_rank_of_countries
from all_papers
where with_side_b and not is_group and papers > 0 and publication_year = getvariable('last_year')
    and code not in (
        select country_code from dim_country
        where side = 'side_b'
    )
qualify partner_rank_of_countries <= 10
order by partner_rank_of_countries, country_code;
