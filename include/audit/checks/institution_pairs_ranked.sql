-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_institution_pairs
-- sentence: A pair's papers over all years are the sum of its years, and its rank in the country follows from them.
-- applies: always
with

pairs as (

    select
        institution_a_id,
        institution_b_id,
        institution_a_country_code,
        sum(joint_papers) as papers,
        min(joint_papers_all_years) as least_all_years,
        max(joint_papers_all_years) as most_all_years,
        min(rank_in_country_a) as first_rank,
        max(rank_in_country_a) as last_rank
    from mart_institution_pairs
    group by institution_a_id, institution_b_id, institution_a_country_code

),

ranked as (

    select
        *,
        row_number() over (
            partition by institution_a_country_code
            order by papers desc, institution_a_id asc, institution_b_id asc
        ) as rank_recounted
    from pairs

)

select
    institution_a_id,
    institution_b_id,
    papers,
    least_all_years,
    most_all_years,
    first_rank,
    last_rank,
    rank_recounted
from ranked
where papers != least_all_years
    or papers != most_all_years
    or rank_recounted != first_rank
    or rank_recounted != last_rank
