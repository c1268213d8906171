-- What each engine does with texts. Regular expressions are written as both RE2 and Java read them; `\p{Han}` is put right.

-- Without accents: é is e.
{% macro without_accents(text) -%}
    {{ return(adapter.dispatch('without_accents', 'entangled')(text)) }}
{%- endmacro %}

{% macro duckdb__without_accents(text) -%}
    strip_accents({{ text }})
{%- endmacro %}

-- Spark has no function for it: include/spark/session.py adds one
{% macro spark__without_accents(text) -%}
    without_accents({{ text }})
{%- endmacro %}

-- Whether the expression matches somewhere in the text.
{% macro has_match(text, regex) -%}
    {{ return(adapter.dispatch('has_match', 'entangled')(text, regex)) }}
{%- endmacro %}

{% macro duckdb__has_match(text, regex) -%}
    regexp_matches({{ text }}, '{{ regex }}')
{%- endmacro %}

{% macro spark__has_match(text, regex) -%}
    regexp_like({{ text }}, '{{ as_java(regex) }}')
{%- endmacro %}

-- Whether the expression matches the whole text.
{% macro is_match(text, regex) -%}
    {{ return(adapter.dispatch('is_match', 'entangled')(text, regex)) }}
{%- endmacro %}

{% macro duckdb__is_match(text, regex) -%}
    regexp_full_match({{ text }}, '{{ regex }}')
{%- endmacro %}

{% macro spark__is_match(text, regex) -%}
    regexp_like({{ text }}, '\\A(?:{{ as_java(regex) }})\\z')
{%- endmacro %}

-- The text with every match replaced; `\1` in the replacement is the first group.
{% macro replaced(text, regex, replacement) -%}
    {{ return(adapter.dispatch('replaced', 'entangled')(text, regex, replacement)) }}
{%- endmacro %}

{% macro duckdb__replaced(text, regex, replacement) -%}
    regexp_replace({{ text }}, '{{ regex }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replaced(text, regex, replacement) -%}
    regexp_replace({{ text }}, '{{ as_java(regex) }}', '{{ replacement | replace("\\", "$") }}')
{%- endmacro %}

-- What the first group of the expression matches; an empty text or null where nothing does.
{% macro matched(text, regex) -%}
    regexp_extract({{ text }}, '{{ regex }}', 1)
{%- endmacro %}

-- In a text of Spark's SQL, a backslash is written twice.
{% macro as_java(regex) -%}
    {{- regex | replace('\\p{Han}', '\\p{IsHan}') | replace('\\', '\\\\') -}}
{%- endmacro %}

-- A number as people read it: with so many digits behind the point (`sign`: with + or -), or whole with commas.
{% macro shown(number, digits, sign=false) -%}
    {{ return(adapter.dispatch('shown', 'entangled')(number, digits, sign)) }}
{%- endmacro %}

{% macro duckdb__shown(number, digits, sign) -%}
    printf('%{{ "+" if sign }}.{{ digits }}f', {{ number }})
{%- endmacro %}

{% macro spark__shown(number, digits, sign) -%}
    format_string('%{{ "+" if sign }}.{{ digits }}f', {{ number }})
{%- endmacro %}

{% macro shown_whole(number) -%}
    {{ return(adapter.dispatch('shown_whole', 'entangled')(number)) }}
{%- endmacro %}

{% macro duckdb__shown_whole(number) -%}
    format('{:,}', cast(round({{ number }}) as bigint))
{%- endmacro %}

{% macro spark__shown_whole(number) -%}
    format_number(cast(round({{ number }}) as bigint), 0)
{%- endmacro %}
