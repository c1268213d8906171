"""Who paid for the works of a generated corpus, with which award numbers, and how that is written in a record."""

from __future__ import annotations

import duckdb

from include.sandbox import targets

_SITE = "https://openalex.org/"
# figures as wide as Chinese characters
_WIDE = "translate(array_to_string({}, '{}'), '0123456789', '０１２３４５６７８９')"


def make_funding(db: duckdb.DuckDBPyConnection) -> None:
    """Tables `work_funders`: the funders of each work, in an order, what each is known by (its id, ROR, name or award
    number, or nothing that anybody knows) and where it is written; and `work_awards`: their award numbers.
    """
    without_id = targets.FUNDER_BY_NAME_SHARE + targets.FUNDER_BY_NUMBER_SHARE
    db.execute(
        f"""
        create table funder_choices as
        select funder_group, list(funder_id order by funder_id) as choices from funders group by funder_group;

        create table work_funders as
        with wanted as (
            select
                n,
                case
                    when funding = 'other' and u(n, 'unrecognised') < {targets.UNRECOGNISED_SHARE_OF_OTHER}
                    then 'unrecognised'
                    else funding
                end as funder_group,
                'first' as purpose
            from works where funding <> 'none'
            union all
            select n, 'cn_government', 'further' from works where funding = 'cn_government' and u(n, 'f1') < 0.25
            union all
            select n, 'cn_university', 'further' from works where funding = 'cn_government' and u(n, 'f2') < 0.12
            union all
            select n, 'eu', 'further' from works
            where funding in ('cn_government', 'cn_university') and u(n, 'f3') < 0.15
            union all
            select n, 'uk', 'further' from works where funding <> 'none' and c1 = 'GB' and u(n, 'f4') < 0.2
            union all
            select n, 'unrecognised', 'further' from works
            where funding <> 'none' and u(n, 'f5') < {targets.UNRECOGNISED_BESIDE_SHARE}
        ),
        drawn as (
            select distinct n, pick(choices, u(n, funder_group || purpose)) as funder_id
            from wanted join funder_choices using (funder_group)
        ),
        known as (
            select
                n, funder_id, name, ror, funder_group, number_start, has_record,
                -- one that has no id to stand with is drawn among the other ways
                u(n, 'known by ' || funder_id) * case when has_record then 1 else {without_id} end as draw,
                ror in (select ror from funders where has_record group by ror having count(*) = 1) as has_own_ror
            from drawn join funders using (funder_id)
        ),
        ways as (
            select
                known.*,
                case
                    when funder_group = 'unrecognised' then 'none'
                    when has_own_ror and draw >= {without_id} and draw < {without_id + targets.FUNDER_BY_ROR_SHARE}
                    then 'funder_ror'
                    when draw >= {without_id} then 'funder_id'
                    when draw >= {targets.FUNDER_BY_NUMBER_SHARE} then 'funder_name'
                    -- of the others no number alone can tell who they are
                    else if(number_start <> '', 'award_pattern', 'funder_id')
                end as known_by,
                (row_number() over (partition by n order by h(n, funder_id)) - 1)::int as place
            from known
        ),
        written as (
            select
                *,
                known_by = 'award_pattern' or (name is null and ror is null) as is_number_only,
                u(n * 10 + place, 'written') as written
            from ways
        )
        -- in `awards` only for some, in `funders` only for most
        select
            n, funder_id, known_by, place, is_number_only,
            is_number_only or written > 0.6 as is_in_awards,
            not is_number_only and written <= 0.9 as is_in_funders
        from written order by n, place;

        create table work_awards as
        with counted as (
            select
                n, place, funder_id, number_start,
                case
                    when not is_in_awards or (not is_number_only and u(n * 10 + place, 'junk') < 0.04) then 0
                    when u(n * 10 + place, 'awards') < 0.72 then 1
                    when u(n * 10 + place, 'awards') < 0.92 then 2
                    else 3
                end as numbers
            from work_funders join funders using (funder_id)
        )
        select
            n, place, funder_id, award::int as award,
            number_start || (2000000 + h(n * 100 + place * 10 + award, 'award') % 7000000) as number
        from counted, range(numbers) as copies(award)
        order by n, place, award
        """
    )


# how several numbers stand in one field, seen in Crossref's records
_LISTS = (
    "array_to_string(numbers, ', ')",
    "array_to_string(numbers, ';')",
    "array_to_string(numbers, ' and ')",
    "array_to_string(numbers[:-2], ', ') || ' and ' || numbers[-1]",
    "array_to_string(numbers, ' & ')",
    "array_to_string(numbers, ' &amp; ')",
    "array_to_string(numbers, '、')",
    f"{_WIDE.format('numbers', '，')}",
    "array_to_string(numbers, ' ')",
    "array_to_string(numbers, ', ') || ','",
    "'under Grant ' || array_to_string(numbers, ' and ')",
    "'Grant Nos. ' || array_to_string(numbers, ', ')",
    "array_to_string(list_transform(numbers, lambda one: one || ' (A.B.)'), '; ')",
    # a slash stands within some numbers
    "if(contains(numbers[1], '/'), array_to_string(numbers, '; '), array_to_string(numbers, '/'))",
    "array_to_string(numbers, '&#44; ')",
)
# and one
_ALONE = (
    "'No. ' || numbers[1]",
    "'Grant No. ' || numbers[1]",
    "numbers[1] || ','",
    "numbers[1] || ' (A.B.)'",
    "'under Grant ' || numbers[1]",
    f"{_WIDE.format('numbers', '')}",
    "'&#x23;' || numbers[1]",
)


def _one_of(forms: tuple[str, ...], draw: str) -> str:
    cases = " ".join(f"when {place} then {form}" for place, form in enumerate(forms))
    return f"case {draw} % {len(forms)} {cases} end"


def write_money(db: duckdb.DuckDBPyConnection) -> None:
    """Table `slice.money`: each work's `grants`, `awards` and `funders`."""
    db.execute(
        f"""
        create table slice.money as
        with numbered as (
            select n, place, list(number order by award) as numbers from slice.work_awards group by n, place
        ),
        known as (
            select
                w.*, n * 10 + place as key, f.name, f.ror, f.programme, coalesce(numbers, []) as numbers
            from slice.work_funders as w
            join funders as f using (funder_id)
            left join numbered using (n, place)
        ),
        told as (
            select
                n, place, is_in_awards, is_in_funders, funder_id as funder_key,
                case when known_by = 'funder_id' then '{_SITE}' || funder_id end as funder,
                case when known_by in ('funder_id', 'funder_ror') or name is null then 'https://ror.org/' || ror end
                    as ror,
                case
                    when is_number_only or known_by = 'funder_ror' then null
                    when known_by = 'funder_id' then name
                    -- names without an id are as people and programs type them
                    when u(key, 'capitals') < 0.2 and not contains(name, '&') then upper(name)
                    when known_by = 'funder_name' and u(key, 'capitals') < 0.25 and programme <> ''
                    then 'Key Program of the ' || name
                    when u(key, 'capitals') < 0.35 then replace(replace(name, '(', '&#40;'), ')', '&#x29;')
                    else name
                end as name,
                case
                    when not is_in_awards then [null]
                    when numbers = [] then [['N/A', 'NA', '001', '-', '#', '2019'][1 + (h(n, 'junk') % 6)::int]]
                    when len(numbers) = 1 and u(key, 'form') < 0.8 or u(key, 'form') < 0.4 then numbers
                    when len(numbers) = 1 then [{_one_of(_ALONE, "h(key, 'alone')")}]
                    else [{_one_of(_LISTS, "h(key, 'list')")}]
                end as texts
            from known
        )
        select
            n,
            to_json(flatten(list(list_transform(texts, lambda text: struct_pack(
                funder := coalesce(funder, ror), funder_display_name := name, award_id := text
            )) order by place)))::varchar as grants,
            to_json(coalesce(flatten(list(list_transform(texts, lambda text: struct_pack(
                id := '{_SITE}G99' || lpad((h(funder_key, text) % 100000000)::varchar, 8, '0'),
                display_name := null::varchar, funder_award_id := text, funder_id := coalesce(funder, ror),
                funder_display_name := name, doi := null::varchar
            )) order by place) filter (is_in_awards)), []))::varchar as awards,
            to_json(list_concat(
                coalesce(list(struct_pack(
                    id := funder, display_name := name, ror := ror
                ) order by place) filter (is_in_funders), []),
                -- and one that stands twice
                coalesce(list(struct_pack(
                    id := funder, display_name := name, ror := ror
                ) order by place) filter (is_in_funders and u(n * 10 + place, 'funder twice') < 0.02), []),
                -- or is null
                if(u(n, 'null funder') < 0.003, [null], [])
            ))::varchar as funders
        from told group by n
        """
    )
