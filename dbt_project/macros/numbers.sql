-- A share or rate: null instead of infinity where there is nothing to divide by.
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

-- A share of all papers, or null where the two counts contradict each other: a part is never more than the whole.
{% macro share_of_all(papers, all_papers) -%}
    case when {{ papers }} <= {{ all_papers }} then {{ ratio(papers, all_papers) }} end
{%- endmacro %}

-- What such a share rests on (docs/METHOD.md): how the whole was counted (int_totals), or what is wrong with it.
{% macro share_basis(papers, papers_of_source, all_papers, count_basis) -%}
    case
        when {{ papers }} > {{ all_papers }} then 'contradicted'
        when {{ all_papers }} is null then null
        when abs({{ papers }} - {{ papers_of_source }}) > 0.01 * {{ papers_of_source }} then 'inexact'
        else {{ count_basis }}
    end
{%- endmacro %}

-- A sum of credits that does not depend on the order of the rows, so that a rebuild gives the same bytes whatever the
-- threads did: added up as whole 1e-15ths.
{% macro credit_sum(credit) -%}
    sum(cast(round({{ credit }} * 1e15) as decimal(38, 0))) / 1e15
{%- endmacro %}

-- What a way of counting (dim_counting_method) takes of a row that holds papers and all credits, to the twelfth digit: 75
-- thirds are 25 papers, and no small cell.
{% macro counted_as(counting_method, counts) -%}
    round(
        case {{ counting_method }}
            when 'full' then {{ counts }}.papers
            when 'fractional' then {{ counts }}.credit
            when 'fractional_by_affiliation' then {{ counts }}.credit_by_affiliation
            when 'fractional_by_country' then {{ counts }}.credit_by_country
        end,
        12
    )
{%- endmacro %}

-- Below so many papers a share says little; ETO's cross-border metrics leave such cells out, here they are marked.
{% macro small_cell() -%}
    25
{%- endmacro %}
