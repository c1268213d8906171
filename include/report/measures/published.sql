-- unit: of the figure
-- parts: figure
-- What the study published.
select
    published_value,
    unit
from mart_headline_figures
where figure_id = getvariable('figure')
