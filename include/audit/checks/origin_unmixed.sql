-- severity: fail
-- kind: integrity
-- group: completeness
-- table: mart_headline_figures
-- sentence: All data has one origin (OpenAlex, recorded or synthetic), never a mixture.
-- applies: always
select
    'batch ' || batches.batch_id as part,
    batches.data_origin
from batches
cross join run
where batches.data_origin != run.data_origin
union all
select
    'figure ' || figures.figure_id as part,
    figures.data_origin
from mart_headline_figures as figures
cross join run
where figures.data_origin is distinct from run.data_origin
