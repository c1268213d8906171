-- How single values of the source become values of the typed tables.

-- Ids are matched whole and then cut: extracting a group from the match takes RE2 several times as long, and there are
-- some fifty ids in a work.

-- DuckDB's trim takes blanks alone
create or replace temp macro trimmed(value) as
    trim(value, ' ' || chr(9) || chr(10) || chr(13));

-- 'https://openalex.org/W123', 'w123' or 'www.openalex.org/works/W123/?select=id' -> 'W123'; null for anything that is no id of
-- this kind. Nearly all ids have the first form. include/common/ids.py reads the same.
create or replace temp macro short_id(value, letter) as
    case
        when regexp_full_match(value, '(https://openalex\.org/)?' || letter || '\d+') then split_part(value, '/', -1)
        when regexp_full_match(
            value,
            '(?i)\s*((https?://)?((www|api)\.)?openalex\.org/([a-z]+/)?)?' || letter || '\d+/?([?#]\S*)?\s*'
        ) then upper(regexp_extract(value, '(?i)(' || letter || '\d+)/?(?:[?#]\S*)?\s*$', 1))
    end;

-- the id of what a record names, which may be its number alone: 10036 in the place of a topic is T10036
create or replace temp macro named_id(value, letter) as
    coalesce(
        short_id(value, letter),
        case when regexp_full_match(value, '\s*[1-9]\d{0,17}\s*') then letter || trimmed(value) end
    );

-- a funder's DOI, or its number in Crossref's registry: the source's own numbers have ten digits
create or replace temp macro crossref_funder_id(value) as
    case when regexp_full_match(
        value,
        '(?i)\s*(((https?://)?((www|dx)\.)?doi\.org/|doi:\s*)?10\.13039/\d+|100\d{6}|501100\d{6})/?\s*'
    ) then regexp_extract(value, '(\d+)/?\s*$', 1) end;

create or replace temp macro funder_id(value) as
    coalesce(short_id(value, 'F'), case when crossref_funder_id(value) is null then named_id(value, 'F') end);

-- 'https://openalex.org/subfields/1702' -> '1702'
create or replace temp macro last_part(value) as
    nullif(split_part(rtrim(trimmed(value), '/'), '/', -1), '');

-- 'https://ror.org/03vek6s52' -> '03vek6s52'
create or replace temp macro bare_ror(value) as
    case when regexp_full_match(trimmed(value), '(?i)(.*/)?0[a-z0-9]{8}/?')
        then lower(split_part(rtrim(trimmed(value), '/'), '/', -1)) end;

-- '2021', '2021.0' or '2.021e3' -> 2021; a year is written as a text or with a point by what passed it on
create or replace temp macro whole_number(value) as
    case when try_cast(value as double) = trunc(try_cast(value as double)) then try_cast(try_cast(value as double) as bigint) end;

-- Of a number that cannot be nothing is kept, and the record stays: a count below 0, a score that is infinite or no number.
-- Counts of papers are what shares are taken of: an answer with one below 0 is quarantined (totals/_faults.sql).
create or replace temp macro possible_count(value) as
    case when value >= 0 then value end;

create or replace temp macro possible_number(value, lowest, highest) as
    case when isfinite(value) and value between lowest and highest then value end;

create or replace temp macro bare_doi(value) as
    nullif(regexp_replace(lower(trimmed(value)), '^(https?://(www\.|dx\.)?doi\.org/|doi:\s*)', ''), '');

-- `country_codes` is a map that flatten sets: three letters -> two, and UK and EL
create or replace temp macro country_of_code(code) as
    coalesce(getvariable('country_codes')[code], case when len(code) = 2 then code end);

-- 'GB', 'gb', 'GBR', 'UK' or 'https://openalex.org/countries/GB' -> 'GB'; null for what is no code: the source also holds full
-- names, 'XX1' and blanks. include/common/countries.py reads the same.
create or replace temp macro country(value) as
    case
        when regexp_full_match(value, '[A-Z]{2}') and value not in ('UK', 'EL') then value
        when regexp_full_match(
            value, '(?i)\s*((https?://)?((www|api)\.)?openalex\.org/)?(countries/)?[a-z]{2,3}/?\s*'
        ) then country_of_code(upper(regexp_extract(value, '([A-Za-z]+)/?\s*$', 1)))
    end;

-- whether something stands there that a macro above makes nothing of
create or replace temp macro is_emptied(value, result) as
    result is null and trimmed(value::varchar) != '';

-- `html_decoded` is of include/common/entities.sql
create or replace temp macro plain_text(value) as
    nullif(trim(
        case when contains(value, '&') then html_decoded(value) else value end,
        ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288)
    ), '');

-- What stands in the field of an award number, between spaces (works/_award_numbers.sql).

-- letters and figures alone
create or replace temp macro bare_number(token) as
    regexp_replace(token, '[^A-Za-z0-9]', '', 'g');

-- A number that needs nothing beside it: six characters, four figures in a row. A year with letters is the beginning of one
-- (2018YFB 1003800), and so are the schemes of the Swiss foundation (31003A 152614). Years stand alone.
create or replace temp macro is_whole_number(token) as
    len(bare_number(token)) >= 6
    and regexp_matches(token, '\d{4}')
    and not regexp_matches(token, '^-|-$')
    and not regexp_full_match(bare_number(token), '[A-Z]*(19|20)\d\d[A-Z]*|\d{5}[A-Z]')
    or regexp_full_match(token, '(19|20)\d\d[.,]?');

-- Numbers that end where their shape ends, so that whatever stands beside them is not of them: China's national programmes
-- (2018YFB1003800, 2018AAA0101400, 2013CB329605, 2015AA016401), NASA's grants (80NSSC20K1234, NNX17AB01G).
create or replace temp macro closed_award_shapes() as
    '(?:20[012]\d(?:YF[A-Z]\d{7}|YFGH\d{6}|AAA\d{7}|CB(?:\d{6}|A\d{5})|AA(?:\d{6}|\d{2}[A-Z]\d{3}))|80NSSC\d{2}[A-Z]\d{4}|NN[A-Z]\d{2}[A-Z]{2}\d{2}[A-Z])';

-- beside a slash more is asked, since slashes mostly stand within numbers
create or replace temp macro is_whole_beside_slash(token) as
    len(bare_number(token)) >= 7 and regexp_matches(token, '\d{5}') and is_whole_number(token);

create or replace temp macro last_word(text) as
    regexp_extract(trim(text), '\S*$');

create or replace temp macro is_figures_of_one_length(parts) as
    len(list_filter(parts, lambda part: not regexp_full_match(last_word(part), '\d{6,}'))) = 0
    and len(list_distinct(list_transform(parts, lambda part: len(last_word(part))))) = 1;

-- a word that says that a number follows; what stands before it is not of the number
create or replace temp macro is_label(token) as
    regexp_full_match(
        token,
        '(?i)(under|grant|award|project|contract|agreement|number|numero|número|no|nos|nr|nrs|num|id|code|cod|fkz|'
        || 'projet|projeto|proyecto|progetto|projekt|convention|contrat|contrato|subvention|ref|reference|kakenhi)s?'
        || '[.,:/-]*'
    );

-- A word that is not of the number beside it: it has a small letter and four letters, or is one of the short ones; initials
-- with points; funders whose numbers never have their name in them.
create or replace temp macro is_word(token) as
    regexp_full_match(token, '[^\pL]*[\pL''.-]*\p{Ll}[\pL''.-]*[^\pL]*') and len(regexp_replace(token, '\PL', '', 'g')) >= 4
    or regexp_full_match(
        token,
        '[^\pL]*(the|of|for|by|to|in|on|at|as|via|per|de|del|la|le|les|du|des|da|do|dos|das|der|die|den|dem|für|von|zu|im|an|'
        || 'y|e|i|a|en|ve|ja|is|its|was|all|our|el|os)[^\pL]*'
    )
    or regexp_full_match(token, '[^\pL]*(\p{Lu}\.-?)+\p{Lu}?[^\pL]*')
    or regexp_full_match(
        token,
        '[^\pL]*(TBA|TBC|TBD|NONE|NULL|NIL|PENDING|UNKNOWN|VARIOUS|NKRDPC?|THE|OF|BY|AND|FUND|FUNDED|SUPPORTED|FOUNDATION|PROGRAM|PROGRAMME|NN?SFC|NSF|NIH|ERC|EU|EC|EPSRC|BBSRC|DFG|'
        || 'BMBF|JSPS|FWF|SNSF|NWO|CNPQ|CNPq|CAPES|FAPESP|NHMRC|NSERC|CIHR|UKRI)[^\pL]*'
    );

-- '2026-02-16T07:36:33.822630', '2026-02-16', '...Z' or '...+02:00' -> UTC; the session's time zone is UTC
create or replace temp macro utc(value) as
    cast(try_cast(value as timestamptz) as timestamp);

create or replace temp macro calendar_date(value) as
    try_cast(left(trimmed(value), 10) as date);
