-- Listed bodies found in addresses by their names, in set-wise SQL: names are prepared once, addresses are screened by the
-- rarest word of each name, and only what passes is made comparable and looked at. Plain Jinja, as text.sql is.

-- Words of printed addresses that several words, or another one, stand for once comparable.
{% macro more_spellings() -%}
    ('airforce', 'air'), ('airforce', 'force'), ('spectral', 'multispectral'), ('liberation', 'pla'), ('armed', 'pap'),
    ('cas', 'academy'), ('cas', 'chinese'), ('cas', 'science')
{%- endmacro %}

-- Words that come and go: University of Science & Technology of China, Univ Sci Technol China.
{% macro without_little_words(text) -%}
    replace(replace(replace({{ text }}, ' of ', ' '), ' and ', ' '), ' the ', ' ')
{%- endmacro %}

-- Short forms of Chinese names, too short to be looked for themselves.
{% macro chinese_spellings(text) -%}
    replace({{ text }}, '中电科', '中国电科')
{%- endmacro %}

-- What a university is of, where the `of` is left out.
{% macro subject_words() -%}
    technology|science|engineering|electronic|information|chemical|aeronautic|astronautic|post|telecommunication|medicine|
    {{- 'agriculture|forestry|economic|finance|business|education|mining|petroleum|geoscience|transportation|architecture|and' }}
{%- endmacro %}

-- Words that most addresses have: no anchors while a name has others.
{% macro common_words() -%}
    'department', 'school', 'college', 'university', 'institute', 'faculty', 'research', 'center', 'laboratory', 'key', 'state',
    'national', 'academy', 'science', 'technology', 'engineering', 'medical', 'medicine', 'general', 'design', 'development',
    'system', 'information', 'group', 'corporation', 'industry', 'hospital', 'china', 'chinese', 'beijing', 'hong', 'kong', 'in',
    'north', 'south', 'east', 'west', 'first', 'physics', 'applied', 'computer', 'electronic', 'electrical', 'material'
{%- endmacro %}

-- 1 to 99 in English ordinals and in both ways of Chinese figures are read; larger numbers are written in figures anyway.
{% macro number_words() -%}
    {%- set ones = ['', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth'] -%}
    {%- set teens = ['tenth', 'eleventh', 'twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth', 'seventeenth',
                     'eighteenth', 'nineteenth'] -%}
    {%- set tens = ['twent', 'thirt', 'fort', 'fift', 'sixt', 'sevent', 'eight', 'ninet'] -%}
    {%- for n in range(1, 10) %}('{{ ones[n] }}', '{{ n }}'), {% endfor -%}
    {%- for n in range(10) %}('{{ teens[n] }}', '{{ n + 10 }}'), {% endfor -%}
    {%- for t in range(8) -%}
        ('{{ tens[t] }}ieth', '{{ t + 2 }}0')
        {%- for n in range(1, 10) %}, ('{{ tens[t] }}y {{ ones[n] }}', '{{ t + 2 }}{{ n }}'){% endfor -%}
        {{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro chinese_number(figures) -%}
    replace(
        regexp_replace(
            regexp_replace(translate({{ figures }}, '一二三四五六七八九零〇○', '123456789000'), '^十', '1十'), '十$', '0'
        ),
        '十',
        ''
    )
{%- endmacro %}

-- The number of a numbered institute (54 research institute, institute 54, 第五十四研究所) or unit (unit 63820, 63820部队)
-- in a comparable address; null when there is none.
{% macro institute_number(plain) -%}
    nullif(coalesce(
        nullif(regexp_extract({{ plain }}, ' ([0-9]{1,4}) (?:[a-z]+ )?(?:research )?institute ', 1), ''),
        nullif(regexp_extract({{ plain }}, ' institute ([0-9]{1,4}) ', 1), ''),
        nullif(regexp_extract(
            {{ plain }}, ' ((?:[a-z]+ty )?(?:first|second|third|[a-z]+th)) (?:research )?institute ', 1
        ), ''),
        nullif(
            {{ chinese_number("regexp_extract(" ~ plain ~ ", '第? ?([一二三四五六七八九十零〇○]{1,4}|[0-9]{1,4}) ?(?:研究)?所', 1)") }},
            ''
        ),
        nullif(regexp_extract({{ plain }}, ' (?:unit|units|troop|troops) ([0-9]{5}) ', 1), ''),
        nullif(regexp_extract({{ plain }}, ' ([0-9]{5}) (?:unit|units|troop|troops|army) ', 1), ''),
        nullif(regexp_extract({{ plain }}, '([0-9]{5}) ?部队', 1), '')
    ), '')
{%- endmacro %}

-- Every name that is looked for, of every body with or without a ROR. Left out: names on `unsafe_names`, single words and
-- short names (unless an acronym together with the body's city), and names that two bodies share.
{% macro affiliation_names(bodies, unsafe_names, countries) -%}
    with

    -- 'A – B', 'A, B' and 'B at A': an address names B, and A somewhere else; so do the other names of such a body
    body_parts as (

        select
            *,
            regexp_extract(
                body_name, '^(.*(?:Academy|University|Sciences)[^,–]*)(?: [–-] |, )(.+)$', ['whole', 'part']
            ) as parted,
            regexp_extract(body_name, '^(.+) at ([A-Z].+)$', ['part', 'whole']) as placed,
            regexp_extract(body_name, '^(Chinese Academy of Sciences) ([A-Z].+)$', ['whole', 'part']) as prefixed
        from {{ bodies }}

    ),

    bodies_of_a_whole as (

        select
            *,
            nullif(greatest(parted.whole, placed.whole, prefixed.whole), '') as whole,
            nullif(greatest(parted.part, placed.part, prefixed.part), '') as part
        from body_parts

    ),

    printed as (

        select
            *,
            trim(unnest(list_concat([body_name, part], string_split(coalesce(aliases, ''), ';')))) as printed_name
        from bodies_of_a_whole

    ),

    -- Chinese names stand with and without the army before them, whole or in part; groups of companies without `Group`
    said as (

        select
            *,
            printed_name as said_name
        from printed
        union all
        select
            printed.*,
            regexp_replace(printed.printed_name, '^中国人民解放军' || forms.force, forms.prefix) as said_name
        from printed
        cross join (
            values ('', '解放军'), ('', ''), ('战略支援部队', '解放军'), ('战略支援部队', '')
        ) as forms (force, prefix)
        where regexp_matches(printed_name, '^中国人民解放军' || forms.force || '.{4,}')
        union all
        select
            *,
            regexp_replace(printed_name, ' Group Corporation\b', ' Corporation') as said_name
        from printed
        where category = 'defence_industry' and regexp_matches(printed_name, '^China .* Group Corporation\b')

    ),

    named as (

        select distinct
            body_id,
            country_code,
            category,
            ror,
            printed_name,
            printed_name = body_name as is_own_name,
            regexp_matches(said_name, '\p{Han}') as is_chinese,
            -- what is left without the army is the end of other names too (南京信息工程大学)
            regexp_matches(printed_name, '^中国人民解放军') and not regexp_matches(said_name, '解放军|战略支援部队')
                as is_shortened,
            -- a company's name is the beginning of others'
            category = 'us1260h_company' or (category = 'defence_industry' and not regexp_matches(aliases, '\p{Han}'))
                as is_company,
            -- an acronym in brackets is said or not
            {{ comparable_address("regexp_replace(said_name, ' ?\\([A-Z0-9&]{2,8}\\)', '', 'g')") }} as needle,
            {{ comparable_address('whole') }} as whole,
            nullif(trim({{ comparable_address('city') }}), '') as city
        from said
        where said_name != ''
            and (body_id, printed_name) not in (select (body_id, unsafe_name) from {{ unsafe_names }})

    ),

    kinds as (

        select
            body_id,
            country_code,
            ror,
            city,
            'chinese_name' as match_kind,
            case when is_shortened or length({{ comparable_chinese('needle') }}) = 4 then ' ' else '' end
            || {{ comparable_chinese('needle') }} as needle,
            null as also_needle,
            is_own_name,
            false as is_company
        from named
        -- the army as such stands in the name of every part of it
        where is_chinese
            and (length({{ comparable_chinese('needle') }}) >= 5 or regexp_matches(needle, '^ ..大学 $'))
            and needle != ' 中国人民解放军 '
        union all
        select
            body_id,
            country_code,
            ror,
            city,
            case when whole is null or contains(needle, whole) then 'name' else 'part_and_whole' end,
            needle,
            case when not contains(needle, whole) then whole end,
            is_own_name,
            is_company
        from named
        where not is_chinese
            and contains(trim(needle), ' ')
            and not contains(needle, ' | ')
            and (length(needle) >= 14 or regexp_matches(needle, '^ unit [0-9]{5} $'))
        union all
        -- the army stands before the name or after it
        select
            body_id,
            country_code,
            ror,
            city,
            'name',
            needle[5:],
            needle[:5],
            false,
            false
        from named
        where regexp_matches(needle, '^ (pla|pap) ([a-z]+ ){2,}(university|academy|college|institute) $')
        union all
        select
            body_id,
            country_code,
            ror,
            city,
            'acronym_and_city',
            needle,
            ' ' || city || ' ',
            is_own_name,
            false
        from named
        where regexp_matches(printed_name, '^[A-Z]{4,}$') and city is not null
        union all
        -- institutes are numbered within a conglomerate, units within the army: with the number even a short name is safe.
        -- A conglomerate has a Chinese name, its companies here have none.
        select
            body_id,
            country_code,
            ror,
            city,
            'numbered_institute',
            case when is_chinese then {{ comparable_chinese('needle') }} else needle end,
            null,
            is_own_name,
            false
        from named
        where needle in (' pla ', ' 中国人民解放军 ')
            or (
                category = 'defence_industry'
                and body_id in (select body_id from named where is_chinese)
                and case
                    when is_chinese then length({{ comparable_chinese('needle') }}) >= 4
                    else regexp_matches(printed_name, '^[A-Z]{3,5}$') or regexp_matches(needle, ' china .*(corporation|group) $')
                end
            )

    ),

    names_of_bodies as (

        select
            body_id,
            country_code,
            ror,
            city,
            match_kind,
            needle,
            also_needle,
            bool_or(is_own_name) as is_own_name,
            bool_or(is_company) as is_company
        from kinds
        group by body_id, country_code, ror, city, match_kind, needle, also_needle

    ),

    -- one name, one body: the one whose own name it is; nobody's when it is another name of two
    own_names as (

        select *
        from names_of_bodies
        window same_name as (partition by match_kind, needle, also_needle)
        qualify count(*) over same_name = 1 or (is_own_name and sum(is_own_name::integer) over same_name = 1)

    ),

    word_lists as (

        select distinct
            match_kind,
            needle,
            case
                when regexp_matches(needle, '\p{Han}')
                    then [trim(needle)[i:i + 3] for i in range(1, length(trim(needle)) - 2)]
                else string_split(trim({{ without_little_words('needle') }}), ' ')
            end as needle_words
        from own_names

    ),

    words as (

        select
            match_kind,
            needle,
            unnest(needle_words) as word,
            generate_subscripts(needle_words, 1) as place
        from word_lists

    ),

    spellings as (

        select
            split_part(pair, '=', 1) as spelling,
            split_part(pair, '=', 2) as word
        from (select unnest(string_split('{{ word_spellings() }}', ';')) as pair)
        union all
        -- CAS stands for a whole name, within which nothing is looked for
        select * from (values {{ more_spellings() }}) as more (spelling, word)
        where spelling != 'cas'

    ),

    -- what every spelling of a word begins with, so that a printed address that lacks it lacks the word
    beginnings as (

        select
            word,
            shortest[:len(list_filter(range(1, length(shortest) + 1), lambda n: first_form[:n] = last_form[:n]))] as beginning
        from (
            select
                word,
                min(form) as first_form,
                max(form) as last_form,
                arg_min(form, length(form)) as shortest
            from (
                select distinct
                    word,
                    word as form
                from words
                union all
                select
                    word,
                    spelling
                from spellings
            )
            group by word
        )

    ),

    -- the rarest word of a name (the longest among equals; the first where all are common), and how the word behind it
    -- begins, or else the one before it
    anchors as (

        select
            ranked.match_kind,
            ranked.needle,
            ranked.word as anchor,
            coalesce(beginnings.beginning, '') as next_beginning,
            case when beginnings.beginning is null then coalesce(previous.beginning, '') else '' end as other_beginning
        from (
            select
                words.*,
                row_number() over (
                    partition by words.match_kind, words.needle
                    order by
                        case when words.word in ({{ common_words() }}) then words.place else 0 end,
                        frequencies.names_with_word,
                        length(words.word) desc,
                        words.word,
                        words.place
                ) as rarity
            from words
            inner join (
                select
                    word,
                    count(distinct needle) as names_with_word
                from words
                group by word
            ) as frequencies on words.word = frequencies.word
        ) as ranked
        left join words as next_words
            on ranked.match_kind = next_words.match_kind
                and ranked.needle = next_words.needle
                and ranked.place + 1 = next_words.place
                and not regexp_matches(next_words.word, '\p{Han}')
        left join beginnings on next_words.word = beginnings.word
        left join words as previous_words
            on ranked.match_kind = previous_words.match_kind
                and ranked.needle = previous_words.needle
                and ranked.place - 1 = previous_words.place
                and not regexp_matches(previous_words.word, '\p{Han}')
        left join beginnings as previous on previous_words.word = previous.word
        where ranked.rarity = 1

    )

    select
        own_names.body_id,
        own_names.country_code,
        own_names.ror,
        own_names.match_kind,
        own_names.needle,
        own_names.also_needle,
        anchors.anchor,
        anchors.next_beginning,
        anchors.other_beginning,
        -- followed by `of`, it is the beginning of another name: Nanjing University of ...
        regexp_matches(own_names.needle, ' (university|institute|academy|college|school) $') as is_open_ended,
        own_names.is_company,
        -- as a citation index prints it: Natl Univ Def Technol
        {{ without_little_words('own_names.needle') }} as short_needle,
        own_names.city,
        {{ comparable_address('countries.country_name') }} as country_name
    from own_names
    inner join anchors on own_names.match_kind = anchors.match_kind and own_names.needle = anchors.needle
    left join {{ countries }} as countries on own_names.country_code = countries.country_code
{%- endmacro %}

-- What stands between commas and is nothing but a place: countries in their spellings, the cities of listed bodies, and the
-- provinces and large cities of `places`, each also with the province that it is part of and with the country behind it.
{% macro address_places(names, countries, places) -%}
    with

    countries as (

        select
            country_code,
            trim({{ comparable_address('country_name') }}) as place
        from {{ countries }}
        -- an address there is printed with `China` behind it
        where country_code not in ('HK', 'MO', 'ZZ')
        union
        select
            country_code,
            trim({{ comparable_address('place_name') }})
        from {{ places }}
        where kind = 'country'

    ),

    towns as (

        select
            country_code,
            trim({{ comparable_address('place_name') }}) as place,
            trim({{ comparable_address('part_of') }}) as part_of
        from {{ places }}
        where kind != 'country'
        union
        select
            country_code,
            city,
            null
        from {{ names }}
        where city is not null

    ),

    towns_as_printed as (

        select
            country_code,
            place
        from towns
        union
        select
            country_code,
            unnest([place || ' ' || part_of, part_of || ' ' || place])
        from towns
        where part_of is not null

    ),

    printed as (

        select
            country_code,
            place,
            true as is_country
        from countries
        union all
        select
            towns.country_code,
            towns.place || ' ' || countries.place,
            true
        from towns_as_printed as towns
        inner join countries on towns.country_code = countries.country_code
        union all
        select
            country_code,
            place,
            false
        from towns_as_printed

    )

    -- a place that two countries have says nothing
    select
        place,
        max(country_code) as country_code,
        bool_or(is_country) as is_country
    from printed
    group by place
    having count(distinct country_code) = 1
{%- endmacro %}

-- A place without its postcode, and without what it is.
{% macro bare_place(part) -%}
    trim(regexp_replace({{ part }}, '( ([a-z]*[0-9]+[a-z0-9]*|province|prov|city))+ ', ' ', 'g'))
{%- endmacro %}

-- Address x body found in it, of all names of `names`. `addresses` has a column affiliation_text, as printed, distinct. Several
-- addresses in one are looked at one by one. `names_country` is false where nothing but the body and its units is printed: a
-- match only for who knows the country from elsewhere.
{% macro affiliation_matches(addresses, names, countries, places) -%}
    with

    names as (

        select * from {{ names }}

    ),

    -- the words of printed addresses that stand for an anchor, with what the next word begins with: itself and its other
    -- spellings; or part of what stands for it, so that the next word of the name is not behind it
    anchor_words as (

        select distinct
            anchor,
            next_beginning,
            unnest([anchor, anchor || 's']) as word,
            next_beginning as printed_beginning
        from names
        union
        select
            names.anchor,
            names.next_beginning,
            split_part(spellings.pair, '=', 1),
            names.next_beginning
        from names
        inner join (select unnest(string_split('{{ word_spellings() }}', ';')) as pair) as spellings
            on names.anchor = split_part(spellings.pair, '=', 2)
        union
        select
            names.anchor,
            names.next_beginning,
            more.spelling,
            ''
        from names
        inner join (values {{ more_spellings() }}) as more (spelling, word) on names.anchor = more.word

    ),

    numbered as materialized (

        select
            affiliation_text,
            {{ without_little_words("' ' || regexp_replace(lower(strip_accents(" ~ half_width('affiliation_text')
                ~ ")), '[^a-z0-9]+', ' ', 'g') || ' '") }} as simple_text,
            row_number() over () as address_id
        from {{ addresses }}

    ),

    words as (

        select
            address_id,
            unnest(address_words) as word,
            unnest(list_concat(address_words[2:], [''])) as next_word
        from (
            select
                address_id,
                string_split(trim(simple_text), ' ') as address_words
            from numbered
        )
        union all
        select
            address_id,
            unnest([chinese_text[i:i + 3] for i in range(1, length(chinese_text) - 2)]) as word,
            '' as next_word
        from (
            select
                address_id,
                {{ chinese_spellings('affiliation_text') }} as chinese_text
            from numbered
            where regexp_matches(affiliation_text, '\p{Han}')
        )

    ),

    -- address x name whose rarest word it has, with something like the word behind it
    screened as materialized (

        select distinct
            hits.address_id,
            names.match_kind,
            names.needle,
            names.also_needle,
            names.body_id
        from (
            select distinct
                words.address_id,
                anchor_words.anchor,
                anchor_words.next_beginning
            from words
            inner join anchor_words
                on words.word = anchor_words.word and starts_with(words.next_word, anchor_words.printed_beginning)
        ) as hits
        inner join names on hits.anchor = names.anchor and hits.next_beginning = names.next_beginning
        inner join numbered on hits.address_id = numbered.address_id
        where contains(numbered.simple_text, names.other_beginning)

    ),

    places as materialized (

        {{ address_places(names, countries, places) | indent(8) }}

    ),

    between_commas as (

        select
            address_id,
            unnest(printed_parts) as printed_part,
            generate_subscripts(printed_parts, 1) as comma_no
        from (
            select
                address_id,
                regexp_extract_all(
                    {{ comparable_address(chinese_spellings('affiliation_text')) }}, '[^|;]+[|;]?'
                ) as printed_parts
            from numbered
            where address_id in (select address_id from screened)
        )

    ),

    -- `China and University of ...`, `China 2 University of ...`: the next address begins behind the country
    parts as (

        select
            cut.address_id,
            unnest(
                case
                    when places.is_country then [' ' || cut.halves.head || ' ', ' ' || cut.halves.rest]
                    else [cut.printed_part]
                end
            ) as printed_part,
            unnest(range(2 * cut.comma_no, 2 * cut.comma_no + case when places.is_country then 2 else 1 end)) as part_no
        from (
            select
                *,
                regexp_extract(printed_part, '^ (.+?) (?:and|[0-9]{1,2}) ([^ |;].*)$', ['head', 'rest']) as halves
            from between_commas
        ) as cut
        left join places on cut.halves.head != '' and {{ bare_place("' ' || cut.halves.head || ' '") }} = places.place

    ),

    placed_parts as (

        select
            parts.address_id,
            parts.part_no,
            rtrim(parts.printed_part, '|;') as part,
            ends_with(parts.printed_part, ';') as is_before_semicolon,
            places.country_code,
            coalesce(places.is_country, false) as is_country
        from parts
        left join places
            on {{ bare_place("rtrim(parts.printed_part, '|;')") }} = places.place

    ),

    -- an address ends behind its country, and at a semicolon: unless what follows is only a place, or what stands before is
    -- only a unit (School of Computer; National University of ...; Changsha; China)
    parts_and_ends as (

        select
            *,
            (is_country and lag(part) over of_address is not null)
            or (
                is_before_semicolon
                and lead(country_code) over of_address is null
                and not (
                    lag(is_before_semicolon, 1, true) over of_address
                    and regexp_matches(part, ' (department|school|faculty|college|laboratory|center|division|institute) of ')
                    and not regexp_matches(part, ' (university|academy|hospital) ')
                )
            ) as is_end
        from placed_parts
        window of_address as (partition by address_id order by part_no)

    ),

    single_addresses as (

        select
            address_id,
            single_no,
            string_agg(part, '|' order by part_no) as plain,
            list(part) as parts,
            count(*) over (partition by address_id) as singles,
            max(country_code) filter (is_country) as country_named,
            max(country_code) as country_of_places
        from (
            select
                *,
                coalesce(
                    sum(is_end::integer) over (
                        partition by address_id order by part_no rows between unbounded preceding and 1 preceding
                    ),
                    0
                ) as single_no
            from parts_and_ends
        )
        group by address_id, single_no

    ),

    plain_addresses as (

        select
            singles.*,
            numbered.affiliation_text,
            {{ without_little_words('singles.plain') }} || '| ' as short,
            contains(lower(numbered.affiliation_text), 'peoples r china') as is_short,
            {{ comparable_chinese('singles.plain') }} as chinese,
            -- Beijing University Technology is not Beijing University
            regexp_replace(
                singles.plain, ' university ((?:(?:{{ subject_words() }}) )+(?:\||$))', ' university# \1', 'g'
            ) as plain_of,
            {{ institute_number('singles.plain') }} as number_found
        from single_addresses as singles
        inner join numbered on singles.address_id = numbered.address_id

    ),

    numbered_addresses as (

        select
            plain_addresses.* exclude (number_found),
            coalesce(number_words.figures, plain_addresses.number_found) as institute_number
        from plain_addresses
        left join (values {{ number_words() }}) as number_words (words, figures)
            on plain_addresses.number_found = number_words.words

    ),

    candidates as (

        select
            addresses.* exclude (institute_number),
            names.*,
            regexp_matches(names.needle, '\p{Han}') as is_chinese,
            -- CETC-54
            coalesce(addresses.institute_number, case
                when names.match_kind = 'numbered_institute' and regexp_matches(names.needle, '^ [a-z]+ $')
                    then nullif(regexp_extract(split_part(addresses.plain, names.needle, 2), '^([0-9]{1,3}) (?:\||$)', 1), '')
            end) as institute_number
        from screened
        inner join names
            on screened.body_id = names.body_id and screened.match_kind = names.match_kind
                and screened.needle = names.needle and screened.also_needle is not distinct from names.also_needle
        inner join numbered_addresses as addresses on screened.address_id = addresses.address_id

    ),

    named as (

        select
            *,
            coalesce(contains(plain, ' ' || city || ' '), false)
            or coalesce(country_of_places = country_code, false)
            or case
                when country_code = 'CN' then regexp_matches(plain || needle, ' (china|chinese|prc|p r c|pla|pap) |\p{Han}')
                else country_name is null or contains(plain || needle, country_name)
            end as names_country
        from candidates
        where
            case
                -- behind `university` stands the name of one of its schools
                when is_chinese and needle[1] != ' ' then contains(replace(chinese, '大学' || needle, '#'), needle)
                when is_short then contains(short, short_needle || '| ')
                when is_company
                    then contains(plain || '| ', needle || '| ') or contains(plain, needle || 'of ')
                when is_open_ended then contains(replace(plain_of, needle || 'of ', ' # '), needle)
                else contains(plain, needle)
            end
            and contains(plain, coalesce(also_needle, ''))
            and (match_kind != 'numbered_institute' or institute_number is not null)
            -- units of five figures are the army's, institutes the industry's
            and (match_kind != 'numbered_institute' or (needle in (' pla ', '中国人民解放军')) = (length(institute_number) = 5))
            -- an address in another country is not the body's
            and coalesce(country_named = country_code, true)
            and (
                country_code is distinct from 'CN'
                or not regexp_matches(
                    replace(plain, ' of china ', ' '), ' (taiwan|taipei|taoyuan|kaohsiung|roc|r o c) |republic of china|台湾|臺灣'
                )
            )

    ),

    -- the address names the body's country or a place there; or nothing at all but the body and its units, so that a foreign
    -- homonym with its town, or with its country in its name (US Army Research Institute), is none
    found as (

        select *
        from named
        where names_country
            or (
                match_kind = 'name'
                and singles = 1
                and list_contains(parts, needle)
                and len(list_filter(
                    parts,
                    lambda part: part != needle and not regexp_matches(
                        part, ' (department|school|college|faculty|laboratory|institute|center|division) |^[0-9 ]+$'
                    )
                )) = 0
            )

    ),

    -- of names that overlap the longer one counts: NUAA is not Nanjing University, its laboratory is not the university
    not_covered as (

        select *
        from found as short
        where not exists (
            select 1
            from found as long
            where long.address_id = short.address_id
                and long.single_no = short.single_no
                and long.body_id != short.body_id
                and long.match_kind != 'numbered_institute'
                and length(long.needle) > length(short.needle)
                and contains(long.needle, case when short.is_chinese then trim(short.needle) else short.needle end)
                and not contains(
                    replace(case when short.is_chinese then short.chinese else short.plain end, long.needle, ' # '),
                    case when short.is_chinese then trim(short.needle) else short.needle end
                )
        )
        and not exists (
            select 1
            from found as part
            where part.address_id = short.address_id
                and part.single_no = short.single_no
                and part.body_id != short.body_id
                and part.match_kind = 'part_and_whole'
                and part.also_needle = short.needle
        )

    ),

    -- an institute that is listed itself, by its number and its conglomerate
    numbered_bodies as (

        select
            bodies.body_id,
            bodies.ror,
            bodies.number,
            conglomerates.body_id as conglomerate_id
        from (
            select
                body_id,
                ror,
                needle,
                {{ institute_number('needle') }} as number
            from names
            where match_kind = 'name'
        ) as bodies
        inner join names as conglomerates
            on conglomerates.match_kind = 'numbered_institute' and contains(bodies.needle, conglomerates.needle)
                and bodies.body_id != conglomerates.body_id
        where bodies.number is not null

    ),

    resolved as (

        select
            not_covered.affiliation_text,
            not_covered.single_no,
            coalesce(numbered_bodies.body_id, not_covered.body_id) as body_id,
            case when numbered_bodies.body_id is null then not_covered.ror else numbered_bodies.ror end as ror,
            not_covered.country_code,
            not_covered.names_country,
            not_covered.match_kind,
            case not_covered.match_kind
                when 'numbered_institute' then trim(not_covered.needle) || ' ' || not_covered.institute_number
                else trim(not_covered.needle)
            end as evidence,
            numbered_bodies.body_id is not null as is_listed_institute,
            not_covered.body_id as named_body_id,
            not_covered.match_kind = 'numbered_institute' and length(not_covered.institute_number) = 5 as is_unit
        from not_covered
        left join numbered_bodies
            on not_covered.match_kind = 'numbered_institute'
                and not_covered.body_id = numbered_bodies.conglomerate_id
                and not_covered.institute_number = numbered_bodies.number

    )

    -- once each; a listed institute rather than its conglomerate, a body rather than the army that its unit is of
    select
        affiliation_text,
        body_id,
        country_code,
        names_country,
        ror,
        match_kind,
        evidence
    from resolved
    where is_listed_institute
        or (
            (affiliation_text, single_no, body_id) not in (
                select (affiliation_text, single_no, named_body_id) from resolved where is_listed_institute
            )
            and not (
                is_unit
                and (affiliation_text, single_no) in (select (affiliation_text, single_no) from resolved where not is_unit)
            )
        )
    qualify row_number() over (
        partition by affiliation_text, body_id
        order by
            names_country desc,
            case match_kind when 'numbered_institute' then 0 when 'acronym_and_city' then 2 else 1 end,
            length(evidence) desc,
            evidence
    ) = 1
{%- endmacro %}
