-- Award numbers: made comparable, and recognised by the patterns of seeds/reference/award_patterns.csv.

-- A number as printed, made comparable: upper case, every dash one dash, no label before it ('Grant No.'), nothing but
-- letters, digits, '/', '.' and '-'. Null for what is no number. What stands in the field instead, with how often it does
-- in Crossref's dump of February 2024: N/A (22,585), NA (13,774), 001 (10,460), '-' (8,098), None, #, 0, years (2017: 788),
-- 'Finance Code 001' (1,993), names of schemes without a digit (PAPD).
{% macro award_number(text) -%}
    {%- set dashed = replaced('upper(' ~ text ~ ')', '[‐‑‒–—−]', '-') -%}
    {%- set bare = replaced(dashed, '[^A-Z0-9/.-]', '') -%}
    {%- set label = "^(NN?SFC[.-]*)?((GRANT|AWARD|PROJECT|CONTRACT)S?)?(AGREEMENT)?(NUMBERS?|NOS?)" -%}
    {%- set unlabelled = replaced(bare, label ~ '[.-]+', '') -%}
    {#- without a point after it, a label is one only before a digit or one letter and a digit: NOAA is no number -#}
    {%- set number = "trim(both '/.-' from " ~ replaced(unlabelled, label ~ '?([A-Z]?\\d.*)$', '\\6') ~ ")" -%}
    case
        when not {{ has_match(number, '\\d') }} then null
        -- up to three characters, a year, years, a code that stands for every grant of its funder, a programme as a whole
        when {{ is_match(
            number,
            '0*\\d{0,3}|(19|20)\\d{2}([-/](19|20)?\\d{2})?|(FINANCE)?CODE\\d+|[A-Z0-9]{1,3}|H(ORIZON)?2020'
        ) }} then null
        else {{ number }}
    end
{%- endmacro %}

-- The rows of a column that a pattern's regular expression matches as a whole: (value, pattern_id). The expressions are
-- written into the SQL, because an engine compiles a constant one once and a joined one for every row.
{% macro match_patterns(relation, column, regex) -%}
    {%- set patterns = run_query(
        "select pattern_id, " ~ regex ~ " from " ~ award_patterns() ~ " where " ~ regex ~ " is not null order by pattern_id"
    ).rows if execute else [] -%}
    {%- for pattern in patterns %}
    select
        {{ column }},
        {{ sql_text(pattern[0]) }} as pattern_id
    from {{ relation }}
    where {{ is_match(column, pattern[1] | replace("'", "''")) }}
    union all
    {%- endfor %}
    select
        {{ column }},
        cast(null as string) as pattern_id
    from {{ relation }}
    where false
{%- endmacro %}

-- The generations of fields that rows of a group come from, in alphabetical order: `joined` in a third of the time.
{% macro joined_fields(source_fields) -%}
    concat_ws('; '
    {%- for field in ['awards', 'funders', 'grants'] -%}
        , case when bool_or(contains({{ source_fields }}, '{{ field }}')) then '{{ field }}' end
    {%- endfor -%}
    )
{%- endmacro %}
