-- severity: fail
-- kind: integrity
-- group: sums
-- table: mart_copublication_trends
-- sentence: A share of all papers is empty where joint papers are more than these, and says so.
-- applies: always
with

full_counts as (

    select * from mart_copublication_trends
    where counting_method = 'full' and work_selection = 'all'

),

shares as (

    select
        reporter_code,
        publication_year,
        joint_papers,
        reporter_papers as all_papers,
        share_of_reporter_papers as share,
        reporter_share_basis as basis
    from full_counts
    union all
    select
        reporter_code,
        publication_year,
        joint_papers,
        partner_papers as all_papers,
        share_of_partner_papers as share,
        partner_share_basis as basis
    from full_counts

)

select
    reporter_code,
    publication_year,
    joint_papers,
    all_papers,
    share,
    basis
from shares
where all_papers is not null
    and (
        (basis is not distinct from 'contradicted') != (joint_papers > all_papers)
        or (share is null) != (joint_papers > all_papers or all_papers = 0)
    )
