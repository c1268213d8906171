-- severity: fail
-- kind: integrity
-- group: completeness
-- table: mart_headline_figures
-- sentence: Every figure of the study has its row.
-- applies: always
select seed.figure_id
from reference.headline_figures as seed
anti join mart_headline_figures as figures on seed.figure_id = figures.figure_id
where not contains(seed.figure_id, '{')
