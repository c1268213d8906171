-- No two rows agree in `columns`, by default in those of the model's stated grain (config.meta.grain).
{% test unique_grain(model, columns=none) -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') if execute else [] -%}
    {%- set node = models | selectattr('name', 'equalto', model.identifier) | first if execute -%}
    {%- set grain = columns or (node.config.meta.grain if execute else '1') %}
    select
        {{ grain }},
        count(*) as copies
    from {{ model }}
    group by {{ grain }}
    having count(*) > 1
{%- endtest %}
