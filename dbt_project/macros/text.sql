-- Text made comparable. Both sides of a comparison go through the same macro, so what it does to one it does to the other.

-- Text of names: lower case, unaccented, half-width, every run of other characters one space, a space at both ends, so that
-- ' name ' found in it is a match at word boundaries.
{% macro comparable(text) -%}
    ' ' || trim({{ replaced('lower(' ~ without_accents(narrow(text)) ~ ')', '[^\\p{L}\\p{N}]+', ' ') }}) || ' '
{%- endmacro %}

-- Full-width letters and figures as half-width ones.
{% macro narrow(text) -%}
    {%- set wide = 'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９＆，；' -%}
    {%- set half = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&,;' -%}
    {#- few have any, and looking is ten times cheaper than translating -#}
    case when {{ has_match(text, '[Ａ-Ｚａ-ｚ０-９＆，；]') }} then translate({{ text }}, '{{ wide }}', '{{ half }}') else {{ text }} end
{%- endmacro %}

-- A value of Jinja as a text of SQL.
{% macro sql_text(value) -%}
    {%- if value is none -%}null{%- else -%}'{{ value | string | replace("'", "''") }}'{%- endif -%}
{%- endmacro %}
