-- What marts that are dense over years start from.

-- Reporter, one row each.
{% macro reporter_names() -%}
    select distinct
        reporter_code,
        reporter_name
    from {{ ref('int_reporters') }}
{%- endmacro %}

-- Year of the scope, one row each.
{% macro scope_years() -%}
    select {{ each_of(numbers_between('year_from', 'year_to'), 'smallint') }} as publication_year
    from {{ ref('stg_scope__scope') }}
{%- endmacro %}
