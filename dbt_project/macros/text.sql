-- Text made comparable: lower case, unaccented, every run of other characters one space, a space at both ends, so that
-- ' name ' found in it is a match at word boundaries.
{% macro comparable(text) -%}
    ' ' || trim(regexp_replace(lower(strip_accents({{ text }})), '[^\p{L}\p{N}]+', ' ', 'g')) || ' '
{%- endmacro %}
