-- A share or rate: null instead of infinity where there is nothing to divide by.
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

-- A sum of credits in one order, whatever the threads did, so that a rebuild gives the same bytes.
{% macro credit_sum(credit) -%}
    sum({{ credit }} order by {{ credit }})
{%- endmacro %}

-- What a way of counting (dim_counting_method) takes of a row that holds papers and all credits.
{% macro counted_as(counting_method, counts) -%}
    case {{ counting_method }}
        when 'full' then {{ counts }}.papers
        when 'fractional' then {{ counts }}.credit
        when 'fractional_by_affiliation' then {{ counts }}.credit_by_affiliation
        when 'fractional_by_country' then {{ counts }}.credit_by_country
    end
{%- endmacro %}

-- Below so many papers a share says little; ETO's cross-border metrics leave such cells out, here they are marked.
{% macro small_cell() -%}
    25
{%- endmacro %}
