-- severity: fail
-- kind: integrity
-- group: recounts
-- table: mart_copublication_trends
-- sentence: Joint papers and credits, by reporter, year, method and selection, are those counted from the facts anew.
--     Who has other authors than those of both sides is counted for side A as a whole.
-- applies: always
with

selected as (

    select
        works.reporter_code,
        works.publication_year,
        works.credit,
        works.credit_by_affiliation,
        works.credit_by_country,
        unnest([
            'all',
            case when not works.is_hyperauthored then 'without_hyperauthored' end,
            case when not works.is_retracted then 'without_retracted' end,
            case when not works.is_preprint then 'without_preprints' end,
            case when works.is_joint_without_dual then 'without_dual_affiliations' end,
            case when works.is_english then 'english_only' end,
            case when works.has_first_author then 'first_author_reporter' end,
            case when works.has_first_author_of_partner then 'first_author_partner' end,
            case when works.has_corresponding_author then 'corresponding_author_reporter' end,
            case when works.has_corresponding_author_of_partner then 'corresponding_author_partner' end
        ]) as work_selection
    from reporter_works as works

),

sums as (

    select
        reporter_code,
        publication_year,
        work_selection,
        count(*)::double as papers,
        sum(credit) as credit,
        sum(credit_by_affiliation) as credit_by_affiliation,
        sum(credit_by_country) as credit_by_country
    from selected
    where work_selection is not null
    group by reporter_code, publication_year, work_selection

),

recounted as (

    select
        reporter_code,
        publication_year,
        work_selection,
        unnest(['full', 'fractional', 'fractional_by_affiliation', 'fractional_by_country']) as counting_method,
        unnest([papers, credit, credit_by_affiliation, credit_by_country]) as joint_papers
    from sums

),

wholes as (

    select
        sums.publication_year,
        sums.work_selection,
        sums.papers
    from sums
    where sums.reporter_code in (
            select reporter_code from reporters
            where is_side_a
        )

),

compared as (

    select
        coalesce(trends.reporter_code, recounted.reporter_code) as reporter_code,
        coalesce(trends.publication_year, recounted.publication_year) as publication_year,
        coalesce(trends.counting_method, recounted.counting_method) as counting_method,
        coalesce(trends.work_selection, recounted.work_selection) as work_selection,
        trends.joint_papers,
        coalesce(recounted.joint_papers, 0) as joint_papers_recounted,
        trends.all_joint_papers,
        trends.is_side_a
    from mart_copublication_trends as trends
    full join recounted
        on trends.reporter_code = recounted.reporter_code
            and trends.publication_year = recounted.publication_year
            and trends.counting_method = recounted.counting_method
            and trends.work_selection = recounted.work_selection

)

select
    compared.reporter_code,
    compared.publication_year,
    compared.counting_method,
    compared.work_selection,
    compared.joint_papers,
    compared.joint_papers_recounted,
    compared.all_joint_papers,
    coalesce(wholes.papers, 0) as all_joint_papers_recounted
from compared
left join wholes
    on compared.publication_year = wholes.publication_year and compared.work_selection = wholes.work_selection
where compared.all_joint_papers is distinct from coalesce(wholes.papers, 0)
    or (
        (compared.work_selection != 'without_dual_affiliations' or compared.is_side_a)
        and not coalesce(
            abs(compared.joint_papers - compared.joint_papers_recounted)
            <= getvariable('tolerance') * greatest(1, compared.joint_papers_recounted),
            false
        )
    )
