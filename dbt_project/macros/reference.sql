-- What models ask of the reference tables.

-- Whether a listing holds on a day: from valid_from up to the day before valid_to. `unknown_start` is what a listing
-- without a known first day counts as.
{% macro is_listed_on(day, valid_from, valid_to, unknown_start) -%}
    coalesce({{ valid_from }} <= {{ day }}, {{ unknown_start }})
        and coalesce({{ day }} < {{ valid_to }}, true)
{%- endmacro %}
