-- unit: of the figure
-- parts: figure
-- A headline figure.
select
    computed_value,
    unit
from mart_headline_figures
where figure_id = getvariable('figure')
