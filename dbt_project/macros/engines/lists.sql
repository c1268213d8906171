-- Lists, and the texts made of them, as each engine writes them. Models call the macro without the engine's name.

-- A row for each item of a list, as the type `kind` where one is named; once in a select, and not within an expression.
{% macro each_of(list, kind=none) -%}
    {{ return(adapter.dispatch('each_of', 'entangled')(list, kind)) }}
{%- endmacro %}

{% macro duckdb__each_of(list, kind) -%}
    {% if kind %}cast(unnest({{ list }}) as {{ kind }}){% else %}unnest({{ list }}){% endif %}
{%- endmacro %}

{% macro spark__each_of(list, kind) -%}
    {% if kind %}explode(cast({{ list }} as array<{{ kind }}>)){% else %}explode({{ list }}){% endif %}
{%- endmacro %}

-- A list of these items, each an expression.
{% macro list_of(items) -%}
    {{ return(adapter.dispatch('list_of', 'entangled')(items)) }}
{%- endmacro %}

{% macro duckdb__list_of(items) -%}
    [{{ items | join(', ') }}]
{%- endmacro %}

{% macro spark__list_of(items) -%}
    array({{ items | join(', ') }})
{%- endmacro %}

-- The whole numbers from the first to the last.
{% macro numbers_between(first, last) -%}
    {{ return(adapter.dispatch('numbers_between', 'entangled')(first, last)) }}
{%- endmacro %}

{% macro duckdb__numbers_between(first, last) -%}
    generate_series({{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__numbers_between(first, last) -%}
    case when {{ first }} <= {{ last }} then sequence(cast({{ first }} as int), cast({{ last }} as int)) else array() end
{%- endmacro %}

-- The days from the first to the last, each a `unit` (day, month) after the one before.
{% macro days_between(first, last, unit='day') -%}
    {{ return(adapter.dispatch('days_between', 'entangled')(first, last, unit)) }}
{%- endmacro %}

{% macro duckdb__days_between(first, last, unit) -%}
    generate_series({{ first }}, {{ last }}, interval 1 {{ unit }})
{%- endmacro %}

{% macro spark__days_between(first, last, unit) -%}
    case when {{ first }} <= {{ last }} then sequence({{ first }}, {{ last }}, interval 1 {{ unit }}) else array() end
{%- endmacro %}

-- The different texts of a group in their order, as one text; null where there are none.
{% macro joined(text, where='true', separator='; ') -%}
    {{ return(adapter.dispatch('joined', 'entangled')(text, where, separator)) }}
{%- endmacro %}

-- An ordered string_agg(distinct) says the same and takes five times as long.
{% macro duckdb__joined(text, where, separator) -%}
    array_to_string(
        list_sort(list_distinct(list({{ text }}) filter (where {{ text }} is not null and ({{ where }})))), '{{ separator }}'
    )
{%- endmacro %}

-- listagg(distinct) with a filter fails within Spark 4.3
{% macro spark__joined(text, where, separator) -%}
    case
        when count({{ text }}) filter (where {{ where }}) > 0
            then array_join(array_sort(collect_set({{ text }}) filter (where {{ where }})), '{{ separator }}')
    end
{%- endmacro %}

-- The first few texts of a group in their order, as a list.
{% macro first_texts(text, few) -%}
    {{ return(adapter.dispatch('first_texts', 'entangled')(text, few)) }}
{%- endmacro %}

{% macro duckdb__first_texts(text, few) -%}
    list_sort(list_distinct(min({{ text }}, {{ few }})))
{%- endmacro %}

{% macro spark__first_texts(text, few) -%}
    array_distinct(slice(array_sort(collect_list({{ text }})), 1, {{ few }}))
{%- endmacro %}

-- A list of texts as one text.
{% macro list_as_text(list, separator='; ') -%}
    {{ return(adapter.dispatch('list_as_text', 'entangled')(list, separator)) }}
{%- endmacro %}

{% macro duckdb__list_as_text(list, separator) -%}
    array_to_string({{ list }}, '{{ separator }}')
{%- endmacro %}

{% macro spark__list_as_text(list, separator) -%}
    array_join({{ list }}, '{{ separator }}')
{%- endmacro %}
