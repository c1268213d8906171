-- Shares lie between 0 and 1 or are unknown.
{% test shares_in_range(model, columns) %}
    select *
    from {{ model }}
    where
        {%- for column in columns %}
        {{ 'or ' if not loop.first }}not coalesce({{ column }} between 0 and 1, true)
        {%- endfor %}
{% endtest %}
