-- The award numbers that each text of an award field holds: award_text(award_numbers, numbers). Looked at once a text, since
-- many works name the same award. The rules, with examples, are in docs/METHOD.md; tests/unit/flatten/award_texts.csv
-- holds them to labelled texts.
--   1. Brackets without a figure go: initials, (AEI/FEDER, UE). What is left of brackets separates.
--   2. Commas, semicolons and the like separate whatever stands around them, and so do `and`, `und`, `et`, `及`.
--   3. A slash, a plus or a space also stands within numbers: it separates where every part is a whole number by itself.
--   4. Words around a number go: `under Grant No.`, `supported by`, `X.L.`.
create or replace temp table award_text as
with

texts as (
    select
        award_numbers,
        plain_text(award_numbers) as printed
    from (select distinct award_numbers from funding where award_numbers is not null)
),

-- Most texts hold nothing that could separate: one word, not two long figures beside a slash. A comma between every three
-- figures does not separate either.
plain as (
    select
        award_numbers,
        [printed] as numbers
    from texts
    where printed is null
        or regexp_full_match(printed, '[0-9A-Za-z._/-]*|\d{1,3}(,\d{3})+') and not regexp_matches(printed, '\d{5}.*/.*\d{5}')
),

narrow as (
    select
        award_numbers,
        printed,
        translate(
            -- every space one, and none of no width
            regexp_replace(regexp_replace(printed, '[\p{Zs}\t\r]+', ' ', 'g'), '[\p{Cf}]+', '', 'g'),
            'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ'
            || '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹（）［］｛｝【】〔〕〖〗「」『』《》〈〉＜＞／．＃＋：＝‐‑‒–—−－﹣',
            'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
            || '012345678901234567890123456789()[]{}()()()()()()()()/.#+:=--------'
        ) as text
    from texts
    anti join plain using (award_numbers)
),

-- Not of the number: the DOI of a funder in the registry (MCIN/AEI/10.13039/501100011033), and the year of a programme.
named as (
    select
        * replace (
            regexp_replace(
                regexp_replace(
                    regexp_replace(text, '(?i)(/?\bMCIN)?(/?\bAEI)?[/ ]?\b(https?://)?(dx\.)?(doi\.org/)?10\.13039/\d+', ' ', 'g'),
                    '(?i)\bHorizon[ -]?2020\b', ' H2020 ', 'g'
                ),
                '(?i)№|\bn[°º]|(19|20)\d\d年度?', ' ', 'g'
            ) as text
        )
    from narrow
),

-- [2019]1064 is a number with its year
unbracketed as (
    select
        * replace (
            translate(
                regexp_replace(
                    regexp_replace(text, '[(\[{<][^0-9()\[\]{}<>]*[)\]}>]', ' ', 'g'),
                    '[\[(]((?:19|20)\d\d)[\])](\d)', '\1\2', 'g'
                ),
                '()[]{}<>', ';;;;;;;;'
            ) as text
        )
    from named
),

-- a line is an entry of a list where every line holds four characters with a figure; else it is broken for its length
lines as (
    select
        * replace (
            case
                when contains(text, chr(10)) and len(list_filter(
                    string_split(text, chr(10)),
                    lambda line: not regexp_matches(line, '\d')
                        or len(regexp_replace(line, '[^A-Za-z0-9]', '', 'g')) < 4
                )) = 0
                    then replace(text, chr(10), ';')
                else text
            end as text
        )
    from unbracketed
),

-- an ampersand or a plus between letters is of a name: R&D, I+D
separated as (
    select
        award_numbers,
        printed,
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(text, '(\pL)[&+](\pL)', '\1\2', 'g'),
                    '[,&+|•、，､﹐﹑،՝፣᠂᠈；﹔؛;፤⁏⸵꛶︔︐︑‚„"]|以及|および|ならびに|[及和与與並并暨]', ';', 'g'
                ),
                '(?i)[\s;]+(and|und|et|och|og|oraz|sowie|plus|or|bzw\.?|as well as)\s+', ';', 'g'
            ),
            -- letters of other scripts are words; what is left is in the order of the pattern
            '[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Cyrillic}\p{Greek}\p{Arabic}\p{Hebrew}\p{Thai}:=#*''’`]+', ' ', 'g'
        ) as text
    from lines
),

pieces as (
    select
        award_numbers,
        unnest(parts) as piece,
        generate_subscripts(parts, 1) as piece_index
    from (select award_numbers, string_split(text, ';') as parts from separated)
),

-- What stands on both sides of a slash, without the words before it, and whether that is a whole number by itself: seven
-- characters with five figures in a row (C23134/A11537 is one number), or figures of one length; where the slash has
-- spaces around it, what makes a whole number between spaces.
slashed as (
    select
        award_numbers,
        piece_index,
        case
            when not contains(piece, '/') then [piece]
            when len(list_filter(
                string_split(piece, '/'), lambda part: not is_whole_beside_slash(last_word(part))
            )) = 0 or is_figures_of_one_length(string_split(piece, '/'))
                then string_split(piece, '/')
            when len(list_filter(
                regexp_split_to_array(piece, '\s/\s'), lambda part: not is_whole_number(last_word(part))
            )) = 0
                then regexp_split_to_array(piece, '\s/\s')
            else [piece]
        end as parts
    from pieces
    where regexp_matches(piece, '\d')
),

tokens as (
    select
        award_numbers,
        piece_index * 1000 + part_index as part_index,
        unnest(words) as token,
        generate_subscripts(words, 1) as token_index
    from (
        select
            award_numbers,
            piece_index,
            regexp_split_to_array(trim(unnest(parts), ' ' || chr(9) || chr(10) || chr(13)), '\s+') as words,
            generate_subscripts(parts, 1) as part_index
        from slashed
    )
),

-- a number ends with each whole number, if there are several of them between the spaces
judged as (
    select
        *,
        regexp_matches(token, '\d') as has_figure,
        is_word(token) as is_word,
        is_label(token) as is_label,
        count(*) filter (is_whole_number(token)) over part as whole_numbers,
        count(*) filter (is_whole_number(token)) over (part order by token_index) - is_whole_number(token)::int as number_index
    from tokens
    window part as (partition by award_numbers, part_index)
),

placed as (
    select
        * replace (
            case when whole_numbers < 2 then 0 else least(number_index, whole_numbers - 1) end as number_index
        )
    from judged
),

numbers as (
    select
        *,
        max(token_index) filter (has_figure) over one as last_figure
    from placed
    window one as (partition by award_numbers, part_index, number_index)
),

-- what stands before the last label before a number is not of it
labelled as (
    select *
    from numbers
    window one as (partition by award_numbers, part_index, number_index)
    qualify token_index > coalesce(max(token_index) filter (is_label and token_index < last_figure) over one, 0)
),

-- three words are a sentence, whatever they are
counted as (
    select
        *,
        count(*) filter (has_figure) over one as figures,
        count(*) filter (not has_figure) over one as words
    from labelled
    window one as (partition by award_numbers, part_index, number_index)
),

found as (
    select
        award_numbers,
        part_index,
        number_index,
        string_agg(token, ' ' order by token_index) as number
    from counted
    where case
            when has_figure then figures = 1 or not regexp_full_match(token, '(?i)H2020|FP[67]')
            else not (is_word or is_label or words >= 3)
        end
    group by award_numbers, part_index, number_index
    having bool_or(has_figure)
),

listed as (
    select
        award_numbers,
        list(number order by part_index, number_index) as numbers
    from found
    group by award_numbers
)

select * from plain
union all
select
    separated.award_numbers,
    coalesce(listed.numbers, [separated.printed])
from separated
left join listed using (award_numbers);
