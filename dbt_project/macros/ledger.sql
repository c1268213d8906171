-- How the windows of the plan and the ledger of sweeps are held together: by what was asked, and by the days it was asked for.

-- The version of what decides which works are fetched, from a JSON document. It had another name until November 2026.
{% macro fetch_version(document) -%}
    coalesce({{ document }} ->> 'fetch_version', {{ document }} ->> 'scope_version')
{%- endmacro %}

-- What was asked for, without the days: windows of one question differ in their dates only.
{% macro question_of(query) -%}
    concat_ws(
        ' ',
        regexp_replace({{ query }} ->> '$.filter', ',(from|to)_publication_date:[0-9-]+', '', 'g'),
        {{ query }} ->> '$.select'
    )
{%- endmacro %}

-- The first or last day (`from`, `to`) of publication that a query asks for; one day for all when it asks for every date.
{% macro day_asked_for(query, end) -%}
    coalesce(
        try_cast(regexp_extract({{ query }} ->> '$.filter', '{{ end }}_publication_date:([0-9-]+)', 1) as date),
        date '0001-01-01'
    )
{%- endmacro %}
