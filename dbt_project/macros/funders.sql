-- Names of funders made comparable, beyond `comparable` (text.sql). Plain Jinja, as there.

-- A name of four words or more, or of six Chinese characters. A shorter one is nobody's by itself: Northeastern University
-- is in Boston and in Shenyang.
{% macro is_long_name(name_key) -%}
    (split_part({{ name_key }}, ' ', 4) != '' or {{ has_match(name_key, '\\p{Han}{6}') }})
{%- endmacro %}

-- Comparable text without the word `and`: `comparable` takes `&` away, so that Research & Development has none.
{% macro without_and(comparable_text) -%}
    trim(replace(' ' || {{ comparable_text }} || ' ', ' and ', ' '))
{%- endmacro %}

-- Without what stands in brackets: (NSFC), (General Program), (No. 61876176).
{% macro funder_without_brackets(name) -%}
    trim({{ comparable(replaced(name, '[(\\[（【][^)\\]）】]*[)\\]）】]', ' ')) }})
{%- endmacro %}

-- Of `RCUK | Medical Research Council` the part at this place from the end, -1 the last; null where there is no bar.
{% macro funder_part(name, place) -%}
    case when contains({{ name }}, '|') then split_part({{ name }}, '|', {{ place }}) end
{%- endmacro %}

-- Comparable text after one replacement after the other, each with a space around the text.
{% macro replaced_in_turn(comparable_text, replacements) -%}
    {%- set ns = namespace(sql="' ' || " ~ comparable_text ~ " || ' '") -%}
    {%- for pattern, replacement in replacements + [(' beijing( china)? $', ' '), ('( china)+ $', ' china ')] -%}
        {%- set ns.sql = replaced(ns.sql, pattern, replacement) -%}
    {%- endfor -%}
    trim({{ ns.sql }})
{%- endmacro %}

-- Without grant numbers and `supported by`, with one name for China; of text without brackets.
{% macro funder_core(comparable_text) -%}
    {{ replaced_in_turn(comparable_text, [
        (' (the )?(people s?|peoples) rep(ublic)? of china | p r( of)? china | pr china | prc ', ' china '),
        (' (under|through|via|by way of)( the)? (grants?|awards?|contracts?|projects?) .*$', ' '),
        (' (grants?|awards?|contracts?)( agreement)?( numbers?| nos?)?( [a-z]{0,4}\\d[a-z0-9]*)+ $', ' '),
        (' (numbers?|nos?)( [a-z]{0,4}\\d[a-z0-9]*)+ $', ' '),
        ('^ (this (work|study|research) (was|is) )?((funded|supported|financed|sponsored) (by|from) )', ' '),
        ('^ the ', ' ')
    ]) }}
{%- endmacro %}

-- Without what it stands under: ERC under the European Union's Horizon 2020.
{% macro funder_without_above(core) -%}
    {{ replaced_in_turn(core, [(' (under|within|through|in the framework of) .*$', ' ')]) }}
{%- endmacro %}

-- Without the scheme before or behind it (Key Program of the ..., ... General Program), so that what is left is the funder
-- that the scheme is of.
{% macro funder_of_scheme(core) -%}
    {{ replaced_in_turn(core, [
        (
            '^ (([a-z]+ ){0,10}(programs?|programmes?|projects?|funds?|plans?|schemes?|grants?|groups|scholars|scientists|'
            ~ 'exchanges?|initiatives?) (of|from|under|by|in) |earmarked funds? for )(the )?',
            ' '
        ),
        (
            ' (general|key|major|youth|young( scientists?| scholars?)?|joint|surface|special|regional|excellent|outstanding|'
            ~ 'innovative|international( cooperation)?|distinguished)( [a-z]+){0,3} (programs?|programmes?|projects?|funds?|'
            ~ 'scheme|grants?|scholars|scientists) $',
            ' '
        )
    ]) }}
{%- endmacro %}

-- Funder x country that decides whose side it is on, of the relations `funders` and `members` (of groups): the country that
-- its class belongs to, else its own. Institutions of the European Union have every member.
{% macro funder_countries(funders, members) -%}
    select
        funder_id,
        -- the classes of the EU's countries have the union as their area
        coalesce(nullif(funder_class_area_code, 'EU'), country_code) as country_code
    from {{ funders }}
    where funder_class != 'eu_institution'
    union all
    select
        funders.funder_id,
        members.country_code
    from {{ funders }} as funders
    inner join {{ members }} as members
        on funders.funder_class = 'eu_institution' and members.group_code = 'EU27'
{%- endmacro %}

-- Ways in which a funder is recognised (dim_funder_recognition), the surest first.
{% macro funder_ways() -%}
    {{ return(['funder_id', 'funder_ror', 'funder_name', 'award_pattern', 'none']) }}
{%- endmacro %}

-- How sure a way is, 1 the surest, so that the surest of several is their least; and the way of such a number.
{% macro way_number(way) -%}
    case {{ way }}{% for name in funder_ways() %} when '{{ name }}' then {{ loop.index }}{% endfor %} end
{%- endmacro %}

{% macro way_name(number) -%}
    case {{ number }}{% for name in funder_ways() %} when {{ loop.index }} then '{{ name }}'{% endfor %} end
{%- endmacro %}
