-- The code that a figure means by `side_a` or `side_b`, from the scope in one row; any other code stands for itself.
{% macro code_of_side(column) -%}
    case {{ column }}
        when 'side_a' then scope.side_a_code
        when 'side_b' then scope.side_b_code
        else {{ column }}
    end
{%- endmacro %}

-- A text of a row that stands for countries or bodies, with what the one at hand is called in place of its placeholders.
{% macro filled_in(column, one) -%}
    replace(replace(replace(replace(
        {{ column }},
        '{code}', {{ one }}.code),
        '{lower_code}', lower({{ one }}.code)),
        '{name}', {{ one }}.code_name),
        '{category}', {{ one }}.category)
{%- endmacro %}
