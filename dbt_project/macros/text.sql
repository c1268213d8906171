-- Text made comparable. Both sides of a comparison go through the same macro, so what it does to one it does to the other.
-- Plain Jinja without dbt's own functions: include/warehouse/affiliations.py renders it too.

-- Text of names: lower case, unaccented, half-width, every run of other characters one space, a space at both ends, so that
-- ' name ' found in it is a match at word boundaries.
{% macro comparable(text) -%}
    ' ' || trim(
        regexp_replace(lower(strip_accents({{ narrow(text) }})), '[^\p{L}\p{N}]+', ' ', 'g')
    ) || ' '
{%- endmacro %}

-- Full-width letters and figures as half-width ones.
{% macro narrow(text) -%}
    {%- set wide = 'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９＆，；' -%}
    {%- set half = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&,;' -%}
    {#- few have any, and looking is ten times cheaper than translating -#}
    case when regexp_matches({{ text }}, '[Ａ-Ｚａ-ｚ０-９＆，；]') then translate({{ text }}, '{{ wide }}', '{{ half }}') else {{ text }} end
{%- endmacro %}

-- Abbreviations and spellings, a word each, with the word they stand for.
{% macro word_spellings() -%}
    {%- for word, spellings in [
        ('university', 'univ'), ('institute', 'inst|institution'), ('research', 'res'),
        ('laboratory', 'lab|labs|laboratories'), ('academy', 'acad'), ('college', 'coll'), ('national', 'natl|nat'),
        ('defense', 'def|defence'), ('center', 'centre|ctr'), ('science', 'sci'),
        ('technology', 'tech|technol|technologies'), ('engineering', 'eng|engn|engin'), ('military', 'mil'),
        ('medical', 'med'), ('corporation', 'corp'), ('group', 'grp'), ('armored', 'armoured'), ('electronic', 'elect'),
        ('polytechnical', 'polytech'), ('aeronautic', 'aeronaut'), ('astronautic', 'astronaut'), ('navy', 'naval'),
        ('pap', 'capf|papf')
    ] -%}
        {%- for spelling in spellings.split('|') -%}
            {{ spelling }}={{ word }}{{ ';' if not loop.last }}
        {%- endfor -%}
        {{ ';' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

-- Half-width, and no apostrophes.
{% macro half_width(text) -%}
    regexp_replace({{ narrow(text) }}, '[''’‘`´]', '', 'g')
{%- endmacro %}

-- Text of addresses, and of names looked for in them: lower case, unaccented, half-width; `&` is `and`, `S&T` written out; apostrophes, articles and company forms go;
-- abbreviations are written out, ordinals are figures, plurals singular, the army is `pla`. A comma is ` | ` and a semicolon ` ; `, so
-- that no name is found across them (Aerospace Engineering, University of ...); every other run of characters is one space. A space at
-- both ends makes ` name ` a match at word boundaries.
{% macro comparable_address(text) -%}
    {%- set ns = namespace(sql="lower(strip_accents(" ~ half_width(text) ~ "))") -%}
    {%- for pattern, replacement in [
        ('&amp;|&', ' and '),
        ('[ ,]*\\b((co|company)[ .,]+)?(ltd|limited|inc)\\b\\.?', ' '),
        ('[,、|]+', ' | '),
        ('[ |]*;[ |;]*', ' ; '),
        ('[^\\p{L}\\p{N}|;]+', ' '),
        ('\\bthe ', '')
    ] -%}
        {%- set ns.sql = "regexp_replace(" ~ ns.sql ~ ", '" ~ pattern ~ "', '" ~ replacement ~ "', 'g')" -%}
    {%- endfor -%}
    {%- set ns.sql = "' ' || trim(" ~ ns.sql ~ ") || ' '" -%}
    {%- for pair in word_spellings().split(';') -%}
        {%- set spelling, word = pair.split('=') -%}
        {%- set ns.sql = "replace(" ~ ns.sql ~ ", ' " ~ spelling ~ " ', ' " ~ word ~ " ')" -%}
    {%- endfor -%}
    {%- for words, word in [
        ('airforce', 'air force'), ('s and t', 'science and technology'), ('cas', 'chinese academy of science'),
        ('multi spectral', 'multispectral'), ('laboratory for', 'laboratory of'), ('laboratory on', 'laboratory of'),
        ('center for', 'center of'), ('peoples republic of china', 'prc'), ('peoples r china', 'prc'),
        ('liberation army', 'pla'), ('armed police force', 'pap'), ('armed police', 'pap'),
        ('peoples pla', 'pla'), ('people pla', 'pla'), ('chinese pla', 'pla'), ('china pla', 'pla'), ('of pla', 'pla'),
        ('peoples pap', 'pap'), ('people pap', 'pap'), ('chinese pap', 'pap'), ('china pap', 'pap'), ('of pap', 'pap')
    ] -%}
        {%- set ns.sql = "replace(" ~ ns.sql ~ ", ' " ~ words ~ " ', ' " ~ word ~ " ')" -%}
    {%- endfor -%}
    {%- for pattern, replacement in [
        ('\\b(no|number|nr) ?([0-9]+)\\b', '\\2'), ('\\b([0-9]+)(st|nd|rd|th)\\b', '\\1'),
        ('\\b([a-z]{3,}[^s ])s\\b', '\\1')
    ] -%}
        {%- set ns.sql = "regexp_replace(" ~ ns.sql ~ ", '" ~ pattern ~ "', '" ~ replacement ~ "', 'g')" -%}
    {%- endfor -%}
    {{ ns.sql }}
{%- endmacro %}

-- Chinese is written without spaces: comparable text without any, and without what companies put behind their names.
{% macro comparable_chinese(comparable_text) -%}
    regexp_replace(
        regexp_replace({{ comparable_text }}, '[ |;]+', '', 'g'), '(股份)?有限责任公司|(股份)?有限公司|(集团)公司', '\3', 'g'
    )
{%- endmacro %}

-- The different texts of a group in their order, as one text; null where there are none. An ordered string_agg(distinct)
-- says the same and takes five times as long.
{% macro joined(text, where='true', separator='; ') -%}
    array_to_string(
        list_sort(list_distinct(list({{ text }}) filter (where {{ text }} is not null and ({{ where }})))), '{{ separator }}'
    )
{%- endmacro %}
