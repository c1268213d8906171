-- No two rows of a model agree in the columns of its stated grain (config.meta.grain).
{% test unique_grain(model) %}
    {%- set grain = ['1'] -%}
    {%- if execute -%}
        {%- set node = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
            | selectattr('name', 'equalto', model.identifier) | first -%}
        {%- set grain = node.config.meta.grain.split(',') | map('trim') | list -%}
    {%- endif %}
    select
        {{ grain | join(', ') }},
        count(*) as copies
    from {{ model }}
    group by {{ grain | join(', ') }}
    having count(*) > 1
{% endtest %}
