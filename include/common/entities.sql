-- HTML entities in texts as the characters that they stand for; entities.py sets what names stand for.

-- the entities in a text, those that stand for '&' last, so that '&amp;lt;' loses one level only
create or replace temp macro html_entities_in(value) as
    list_sort(list_distinct(regexp_extract_all(
        value, '&(?:amp;?|#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{1,31};)'
    )), 'desc');

-- what an entity stands for; itself where it stands for nothing. `html_characters` is a map: names, and
-- the numbers that browsers read as Windows' characters.
create or replace temp macro html_character(entity) as
    case
        when entity not like '&#%' then coalesce(
            getvariable('html_characters')[trim(entity, '&;')], getvariable('html_characters')[lower(trim(entity, '&;'))]
        )
        else list_transform(
            [try_cast(replace(lower(trim(entity, '&#;')), 'x', '0x') as integer)],
            lambda code: coalesce(
                getvariable('html_characters')['#' || code],
                case when code between 1 and 55295 or code between 57344 and 1114111 then chr(code) end
            )
        )[1]
    end;

-- Text comes with HTML entities ('National Key R&amp;D Program', 'People&#8217;s'), and some went through it twice or
-- three times ('&amp;amp;', '&amp;#39;'). Twice escaped markup is text that is about markup, so it stays escaped.
create or replace temp macro html_decoded(value) as
    list_reduce(
        ['first', 'again', 'again'],
        lambda text, level: list_reduce(
            html_entities_in(text),
            lambda decoded, entity: case
                when level = 'again' and entity in ('&lt;', '&gt;') then decoded
                else replace(decoded, entity, coalesce(html_character(entity), entity))
            end,
            text
        ),
        value
    );
