-- A share or rate: null instead of infinity where there is nothing to divide by.
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

-- A sum of credits in one order, whatever the threads did, so that a rebuild gives the same bytes.
{% macro credit_sum(credit) -%}
    sum({{ credit }} order by {{ credit }})
{%- endmacro %}
