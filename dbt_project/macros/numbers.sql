-- A share or rate: null instead of infinity where there is nothing to divide by.
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

-- A sum of credits whose last digits do not depend on the order of adding, so that a rebuild gives the same bytes.
{% macro credit_sum(credit) -%}
    round(sum({{ credit }}), 12)
{%- endmacro %}
