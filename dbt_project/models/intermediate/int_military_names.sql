-- Names that listed bodies are looked for by in addresses, made comparable (macros/affiliations.sql).
{{ affiliation_names(
    ref('stg_reference__military_bodies'),
    with_extra_lists(source('reference', 'military_unsafe_names')),
    source('reference', 'countries')
) }}
