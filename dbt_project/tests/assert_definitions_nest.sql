-- A wider definition never counts fewer papers than a narrower one.
select
    narrow.reporter_code,
    narrow.publication_year,
    narrow.listing_basis,
    narrow.definition_code,
    narrow.military_linked_papers,
    wide.definition_code as wider_definition_code,
    wide.military_linked_papers as wider_military_linked_papers
from {{ ref('mart_military_links') }} as narrow
left join {{ ref('mart_military_links') }} as wide
    on narrow.reporter_code = wide.reporter_code
        and narrow.publication_year = wide.publication_year
        and narrow.listing_basis = wide.listing_basis
        and wide.dimension = 'all'
        and wide.definition_order = narrow.definition_order + 1
where narrow.dimension = 'all'
    and narrow.definition_order < (select max(definition_order) from {{ ref('stg_reference__military_definitions') }})
    and not coalesce(narrow.military_linked_papers <= wide.military_linked_papers, false)
