-- JSON documents as each engine reads them. A path begins with `$`.

-- The value at a path as text: of a text what it says, of an object or list its JSON.
{% macro json_text(document, path) -%}
    {{ return(adapter.dispatch('json_text', 'entangled')(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_text(document, path) -%}
    ({{ document }} ->> '{{ path }}')
{%- endmacro %}

{% macro spark__json_text(document, path) -%}
    get_json_object({{ document }}, '{{ path }}')
{%- endmacro %}

-- The list at a path: its items as texts, or as JSON where they are objects.
{% macro json_list(document, path) -%}
    {{ return(adapter.dispatch('json_list', 'entangled')(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_list(document, path) -%}
    cast({{ document }} ->> '{{ path }}[*]' as varchar[])
{%- endmacro %}

{% macro spark__json_list(document, path) -%}
    from_json(get_json_object({{ document }}, '{{ path }}'), 'array<string>')
{%- endmacro %}

-- How many items the list at a path has.
{% macro json_length(document, path) -%}
    {{ return(adapter.dispatch('json_length', 'entangled')(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_length(document, path) -%}
    json_array_length({{ document }}, '{{ path }}')
{%- endmacro %}

{% macro spark__json_length(document, path) -%}
    json_array_length(get_json_object({{ document }}, '{{ path }}'))
{%- endmacro %}

-- The names of the object at a path, as a list.
{% macro json_names(document, path) -%}
    {{ return(adapter.dispatch('json_names', 'entangled')(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_names(document, path) -%}
    json_keys({{ document }}, '{{ path }}')
{%- endmacro %}

{% macro spark__json_names(document, path) -%}
    json_object_keys(get_json_object({{ document }}, '{{ path }}'))
{%- endmacro %}

-- The object at a path as a map of name to whole number; an empty one where there is none.
{% macro json_counts(document, path) -%}
    {{ return(adapter.dispatch('json_counts', 'entangled')(document, path)) }}
{%- endmacro %}

{% macro duckdb__json_counts(document, path) -%}
    cast(coalesce(json_extract({{ document }}, '{{ path }}'), '{}'::json) as map (varchar, bigint))
{%- endmacro %}

{% macro spark__json_counts(document, path) -%}
    from_json(coalesce(get_json_object({{ document }}, '{{ path }}'), '{}'), 'map<string, bigint>')
{%- endmacro %}

-- A text read as JSON, once.
{% macro json_document(text) -%}
    {{ return(adapter.dispatch('json_document', 'entangled')(text)) }}
{%- endmacro %}

{% macro duckdb__json_document(text) -%}
    cast({{ text }} as json)
{%- endmacro %}

-- Spark reads the text anew for each value
{% macro spark__json_document(text) -%}
    {{ text }}
{%- endmacro %}
