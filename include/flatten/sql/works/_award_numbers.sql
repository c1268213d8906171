-- The award numbers that each text of an award field holds: award_text(award_numbers, numbers). Looked at once a text, since
-- many works name the same award. The rules, with examples, are in docs/METHOD.md; tests/unit/flatten/award_texts.csv
-- holds them to labelled texts.
--   1. Brackets without a figure go: initials, (AEI/FEDER, UE). What is left of brackets separates.
--   2. Hyphen, slash, point and space stand within numbers, and so do a few other marks within known shapes (`12/RC/2289_P2`,
--      `DUT20RC(3)020`). Every other mark separates, known or not, and so do `and`, `und`, `et`, `及`.
--   3. A slash or a space separates where every part is a whole number by itself.
--   4. A number of a shape that ends where it ends (2018YFB1003800) is separate from whatever stands beside it.
--   5. Words around a number go: `under Grant No.`, `supported by`, `X.L.`; and so do DOIs, calls beside their grant
--      (`H2020-ICT-2018-20 871042`) and codes of a subject beside a number (`61772525/F020508`).
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
        or regexp_full_match(printed, '[0-9A-Za-z./-]*|\d{1,3}(,\d{3})+')
        and not regexp_matches(
            printed,
            '(?i)\d{5}.*/.*\d{5}|\d{8}/[A-H]\d|^10\.\d{4}|^\d+\.0+$|20[012]\d-(YF|AAA|CB|AA)|'
            || closed_award_shapes() || '.|.' || closed_award_shapes()
        )
),

narrow as (
    select
        award_numbers,
        printed,
        translate(
            -- every space one, a place where a line may break too; and no other character of no width
            regexp_replace(regexp_replace(printed, '[\p{Zs}\t\r\x{200b}\x{feff}]+', ' ', 'g'), '[\p{Cf}]+', '', 'g'),
            'ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ'
            || '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹（）［］｛｝【】〔〕〖〗「」『』《》〈〉＜＞／．＃＋：＝‐‑‒–—−－﹣',
            'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
            || '012345678901234567890123456789()[]{}()()()()()()()()/.#+:=--------'
        ) as text
    from texts
    anti join plain using (award_numbers)
),

-- Not of the number: DOIs, of a funder in the registry (MCIN/AEI/10.13039/501100011033) or of anything else, but for those
-- that end in the number of a grant (of FCT, Wellcome, FWF, CORDIS, JST, Moore); and the year of a programme.
named as (
    select
        * replace (
            (text)
            .regexp_replace('^(\d+)\.0+$', '\1', 'g')
            .regexp_replace(
                '(?i)(https?://)?(dx\.)?(doi\.org/|doi[: ]+)?10\.(54499|35802|55776|3030|52926|37807)/([A-Z0-9])', '\5', 'g'
            )
            .regexp_replace(
                '(?i)(/?\bMCIN)?(/?\bAEI)?[/ ]?(https?://)?(dx\.)?(doi\.org/|doi[: ]+)?\b10\.\d{4,9}/[^\s,;)\]}]+', ' ', 'g'
            )
            .regexp_replace('(?i)\bHorizon[ -]?2020\b', ' H2020 ', 'g')
            .regexp_replace('(?i)№|\bn[°º]|(19|20)\d\d年度?', ' ', 'g') as text
        )
    from narrow
),

-- Marks within known shapes go, and what is of a call or subject beside its grant.
shaped as (
    select
        * replace (
            (
                case
                    -- grants of the European Union are six figures, or nine from Horizon Europe on
                    when regexp_matches(text, '(^|[^A-Za-z0-9/.-])(\d{6}|10\d{7})([^A-Za-z0-9/-]|$)')
                        then regexp_replace(
                            text, '(?i)\b(H2020|HORIZON|FP7|ERC)-[A-Z0-9]+(-[A-Z0-9]+)*-20\d\d[A-Z0-9-]*|\bERC-20\d\d-[A-Z]{3}\b|'
                            || '\b(HORIZON|H2020|FP7)(-[A-Z0-9]+)+\b', ' ', 'g'
                        )
                    else text
                end
            )
            -- 2018 YFB 1003800, 2019YFB (1003800), 2018-YFB-1003800
            .regexp_replace('(?i)\b(20[012]\d)[ -]*(YF)[ -]*([A-Z])[ (-]*(\d{7})\b\)?', '\1\2\3\4', 'g')
            .regexp_replace('(?i)\b(20[012]\d)[ -]*(CB|AA|AAA)[ (-]*(\d{6,7})\b\)?', '\1\2\3', 'g')
            .regexp_replace('([A-Za-z0-9])[(](\d{1,2})[)](\d)', '\1\2\3', 'g')
            -- a line below stands in a number behind what is none: CZ.02.1.01/0.0/0.0/16_019/0000765, PON01_02418
            .regexp_replace('(^|[^A-Za-z0-9_])([A-Za-z0-9]{1,5})_([A-Za-z0-9])', '\1\2\3', 'g')
            .regexp_replace('(\d)_([Pp]\d)\b', '\1\2', 'g')
            .regexp_replace('\b(\d{8}|U\d{7})\s*[/(]\s*[A-H]\d{2}(\d{2}){0,2}\b[)]?', '\1 ', 'g')
            .regexp_replace('(?i)\bGA[ :.#-]*(no)?[ :.#-]*(\d{6}|10\d{7})\b', ' \2', 'g')
            .regexp_replace('(?i)(^|[^A-Za-z0-9])(' || closed_award_shapes() || ')', '\1;\2', 'g')
            .regexp_replace('(?i)(' || closed_award_shapes() || ')([^A-Za-z0-9]|$)', '\1;\2', 'g') as text
        )
    from named
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
    from shaped
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
        (text)
        .regexp_replace('(\pL)[&+](\pL)', '\1\2', 'g')
        .regexp_replace('以及|および|ならびに|[及和与與並并暨]', ';', 'g')
        -- marks around labels and words
        .regexp_replace('[:=#*''’`]+', ' ', 'g')
        -- whatever else is no letter, figure, space, hyphen, slash or point
        .regexp_replace('[^\pL\pM\pN\s/.-]+', ';', 'g')
        .regexp_replace('(?i)[\s;]+(and|und|et|och|og|oraz|sowie|plus|or|bzw\.?|as well as)\s+', ';', 'g')
        -- letters of other scripts are words
        .regexp_replace(
            '[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Cyrillic}\p{Greek}\p{Arabic}\p{Hebrew}\p{Thai}]+', ' ', 'g'
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
    -- a text may name a funder and no number: (MCIN/AEI/10.13039/501100011033/FEDER, UE)
    coalesce(listed.numbers, [null])
from separated
left join listed using (award_numbers);
