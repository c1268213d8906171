-- Integer key of the set of a group's members: the same for the same members in any order, null where there are none. Each
-- member must be there once. Among a million sets, two share a key in one of forty million warehouses. Engines hash
-- differently, so a key means nothing outside its warehouse.
{% macro set_key(member) -%}
    {{ return(adapter.dispatch('set_key', 'entangled')(member)) }}
{%- endmacro %}

{% macro duckdb__set_key(member) -%}
    bit_xor(hash({{ member }}))
{%- endmacro %}

{% macro spark__set_key(member) -%}
    bit_xor(xxhash64({{ member }}))
{%- endmacro %}
