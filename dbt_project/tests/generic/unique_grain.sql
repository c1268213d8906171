-- No two rows of a model agree in the columns of its stated grain (config.meta.grain).
{% test unique_grain(model) -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') if execute else [] -%}
    {%- set node = models | selectattr('name', 'equalto', model.identifier) | first if execute -%}
    {%- set grain = node.config.meta.grain if execute else '1' %}
    select
        {{ grain }},
        count(*) as copies
    from {{ model }}
    group by {{ grain }}
    having count(*) > 1
{%- endtest %}
