-- kind: share
-- table: mart_ops_coverage
-- sentence: As much as before could be placed: countries, institutions, funders, topics, bodies.
-- moved_by: military_*[about='military'], funder_*[about='funding'], award_patterns[about='funding'], countries,
--     coverage_measures[measure=measure], subject_topics
select
    measure,
    case
        when measure like '%military%' then 'military'
        when measure like '%fund%' or measure like '%award%' then 'funding'
        else 'works'
    end as about,
    share as value,
    of_items as base
from mart_ops_coverage
where share is not null
