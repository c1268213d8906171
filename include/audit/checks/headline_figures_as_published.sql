-- severity: fail
-- kind: integrity
-- group: labels
-- table: mart_headline_figures
-- sentence: What was published, its period, unit and words are those of the reference table, and so is where a difference
--     says something.
-- applies: always
select
    figures.figure_id,
    figures.published_value,
    seed.published_value as published_value_of_reference,
    figures.period,
    figures.unit,
    figures.difference
from mart_headline_figures as figures
left join reference.headline_figures as seed on figures.figure_id = seed.figure_id
where figures.published_value is distinct from seed.published_value::double
    or (
        seed.figure_id is not null
        and (
            figures.section is distinct from seed.section
            or figures.unit is distinct from seed.unit
            or figures.period is distinct from seed.period
            or figures.published_qualifier is distinct from coalesce(seed.published_qualifier, '')
            or figures.published_source is distinct from coalesce(seed.published_source, '')
        )
    )
    -- a row that takes the name of a country or body is filled in, and numbered on from its number
    or (
        seed.figure_id is not null
        and coalesce(seed.for_each, '') = ''
        and (
            figures.figure_order is distinct from seed.figure_order::integer
            or figures.figure is distinct from seed.figure
            or figures.definition is distinct from seed.definition
        )
    )
    or (figures.difference is null) != (
        figures.computed_value is null
        or seed.published_value is null
        or coalesce(seed.no_difference_because, '') != ''
    )
