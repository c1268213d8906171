-- severity: fail
-- kind: integrity
-- group: nesting
-- table: mart_military_links
-- sentence: Each definition holds at least the papers of the narrower one, for every reporter, year and basis.
-- applies: always
with

definitions as (

    select distinct
        definition_code,
        definition_order
    from mart_military_links

),

wholes as (

    select * from mart_military_links
    where dimension = 'all'

),

-- a cell without linked papers has no row, so the cells are laid out first
cells as (

    select distinct
        wholes.reporter_code,
        wholes.publication_year,
        wholes.listing_basis,
        definitions.definition_code,
        definitions.definition_order
    from wholes
    cross join definitions

),

papers as (

    select
        cells.reporter_code,
        cells.publication_year,
        cells.listing_basis,
        cells.definition_code,
        coalesce(wholes.military_linked_papers, 0) as papers,
        lag(coalesce(wholes.military_linked_papers, 0)) over (
            partition by cells.reporter_code, cells.publication_year, cells.listing_basis
            order by cells.definition_order
        ) as narrower_papers
    from cells
    left join wholes
        on cells.reporter_code = wholes.reporter_code
            and cells.publication_year = wholes.publication_year
            and cells.listing_basis = wholes.listing_basis
            and cells.definition_code = wholes.definition_code

)

select
    reporter_code,
    publication_year,
    listing_basis,
    definition_code,
    papers,
    narrower_papers
from papers
where papers < narrower_papers
