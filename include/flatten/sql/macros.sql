-- How single values of the source become values of the typed tables.

-- 'https://openalex.org/W123' or 'w123' -> 'W123'; null for anything that is no id of this kind
create or replace temp macro short_id(value, letter) as
    nullif(upper(regexp_extract(
        trim(value), '^(?:https?://(?:api\.)?openalex\.org/(?:[a-z]+/)?)?(' || letter || '\d+)$', 1, 'i'
    )), '');

-- 'https://openalex.org/subfields/1702' -> '1702'
create or replace temp macro last_part(value) as
    nullif(regexp_extract(trim(value), '([^/]+)/?$', 1), '');

create or replace temp macro bare_ror(value) as
    nullif(lower(regexp_extract(trim(value), '(?:^|/)(0[a-z0-9]{8})/?$', 1, 'i')), '');

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
