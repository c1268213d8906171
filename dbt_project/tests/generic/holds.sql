-- Every row of a model satisfies an expression; one whose value is null fails too.
{% test holds(model, expression) %}
    select *
    from {{ model }}
    where not coalesce({{ expression }}, false)
{% endtest %}
