-- How single values of the source become values of the typed tables.

-- Ids are matched whole and then cut: extracting a group from the match takes RE2 several times as long, and there are
-- some fifty ids in a work.

-- 'https://openalex.org/W123' or 'w123' -> 'W123'; null for anything that is no id of this kind
create or replace temp macro short_id(value, letter) as
    case when regexp_full_match(
        trim(value), '(?i)(https?://(api\.)?openalex\.org/([a-z]+/)?)?' || letter || '\d+'
    ) then upper(split_part(trim(value), '/', -1)) end;

-- 'https://openalex.org/subfields/1702' -> '1702'
create or replace temp macro last_part(value) as
    nullif(split_part(rtrim(trim(value), '/'), '/', -1), '');

-- 'https://ror.org/03vek6s52' -> '03vek6s52'
create or replace temp macro bare_ror(value) as
    case when regexp_full_match(trim(value), '(?i)(.*/)?0[a-z0-9]{8}/?')
        then lower(split_part(rtrim(trim(value), '/'), '/', -1)) end;

create or replace temp macro bare_doi(value) as
    nullif(regexp_replace(lower(trim(value)), '^(https?://(www\.|dx\.)?doi\.org/|doi:\s*)', ''), '');

-- two letters or nothing: the source also holds full names, 'XX1' and blanks
create or replace temp macro country(value) as
    case when regexp_full_match(trim(value), '[A-Za-z]{2}') then upper(trim(value)) end;

-- names come with HTML entities ('National Key R&amp;D Program'); &amp; goes last, so that '&amp;lt;' loses one level only
create or replace temp macro plain_text(value) as
    nullif(trim(
        case when contains(value, '&') then
            replace(replace(replace(replace(replace(replace(replace(replace(value,
                '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&apos;', ''''), '&#39;', ''''), '&#x27;', ''''),
                '&nbsp;', ' '), '&amp;', '&')
        else value end,
        ' ' || chr(9) || chr(10) || chr(13)
    ), '');

-- '2026-02-16T07:36:33.822630', '2026-02-16', '...Z' or '...+02:00' -> UTC; the session's time zone is UTC
create or replace temp macro utc(value) as
    cast(try_cast(value as timestamptz) as timestamp);

create or replace temp macro calendar_date(value) as
    try_cast(left(trim(value), 10) as date);
