-- How the windows of the plan and the ledger of sweeps are held together: by what was asked, and by the days it was asked for.

-- The version of what decides which works are fetched, from a JSON document. It had another name until November 2026.
{% macro fetch_version(document) -%}
    coalesce({{ json_text(document, '$.fetch_version') }}, {{ json_text(document, '$.scope_version') }})
{%- endmacro %}

-- What the query at this path of a JSON document asks for, without the days: windows of one question differ in their dates
-- only.
{% macro question_of(document, query) -%}
    concat_ws(
        ' ',
        {{ replaced(json_text(document, query ~ '.filter'), ',(from|to)_publication_date:[0-9-]+', '') }},
        {{ json_text(document, query ~ '.select') }}
    )
{%- endmacro %}

-- The first or last day (`from`, `to`) of publication that the query asks for; one day for all when it asks for every date.
{% macro day_asked_for(document, query, end) -%}
    coalesce(
        try_cast({{ matched(json_text(document, query ~ '.filter'), end ~ '_publication_date:([0-9-]+)') }} as date),
        date '0001-01-01'
    )
{%- endmacro %}
