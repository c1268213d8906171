"""The rules beside the names of the lists, one by one."""

from __future__ import annotations

import pytest

from include.affiliations import Matcher
from include.affiliations.misprints import Misprints
from include.affiliations.numbers import institute_number, unit_number
from include.affiliations.text import chinese_number, comparable, comparable_chinese, decoded
from include.contracts.reference import tables_in_use
from include.settings import get_settings

OTHER_HOSPITALS = "hospitals-of-the-peoples-liberation-army"
FUZHOU = "fuzhou-general-hospital-of-nanjing-military-command"
ARMY = "chinese-peoples-liberation-army"
NUDT = "national-university-of-defense-technology"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(tables_in_use(get_settings().seeds, None, None))


def found(matcher: Matcher, address: str) -> dict[str, str]:
    return {match.body_id: match.method for match in matcher.match(address)}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Natl. Univ. of Defence Technology, Changsha", " national university of defense technology | changsha "),
        ("The 54th Institutes; R&D Labs", " 54 institute ; r and d laboratory "),
        ("People's Liberation Army Navy", " pla navy "),
        ("Ｎａｖａｌ　Ｕｎｉｖ，Wuhan", " navy university | wuhan "),
        ("SMIC Holdings Co., Ltd.", " smic holding "),
    ],
)
def test_text_is_made_comparable(text: str, plain: str) -> None:
    assert comparable(text) == plain


def test_chinese_names_lose_spaces_and_what_companies_put_behind_them() -> None:
    assert comparable_chinese(" 中国电子 | 科技集团公司 ") == "中国电子科技集团"


@pytest.mark.parametrize(
    ("figures", "number"),
    [
        ("五十四", "54"),
        ("五四", "54"),
        ("十", "10"),
        ("十四", "14"),
        ("二十", "20"),
        ("一百零五", "105"),
        ("四五八", "458"),
        ("三〇二", "302"),
    ],
)
def test_chinese_figures_are_read(figures: str, number: str) -> None:
    assert chinese_number(figures) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("54th Research Institute of CETC", "54"),
        ("Fifty-fourth Research Institute", "54"),
        ("第五十四研究所", "54"),
        ("Unit 63820", "63820"),
        ("91550部队", "91550"),
        ("Institute of Physics", None),
    ],
)
def test_institutes_and_units_have_numbers(text: str, number: str | None) -> None:
    assert institute_number(comparable(text)) == number


def test_a_room_is_no_unit() -> None:
    assert unit_number(comparable("Room 12345")) is None


def test_entities_are_decoded_however_often_they_were_encoded() -> None:
    assert decoded("People&amp;#8217;s R&amp;amp;D") == "People’s R&D"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("univeristy", "university"),
        ("insitute", "institute"),
        ("miltary", "military"),
        ("university", None),
        ("nanchong", None),
        ("diversity", None),
    ],
)
def test_only_general_words_of_names_are_mended_and_by_one_letter(
    matcher: Matcher, word: str, meant: str | None
) -> None:
    assert Misprints(matcher.names, matcher.places.names()).mended(word) == meant


def test_a_misprinted_name_is_found_and_says_so(matcher: Matcher) -> None:
    assert found(matcher, "National Univeristy of Defense Technology, Changsha, China") == {NUDT: "misprinted_name"}


def test_a_name_is_found_across_a_comma_only_if_nothing_else_stands_there(matcher: Matcher) -> None:
    assert found(matcher, "National University of Defense, Technology Changsha") == {NUDT: "name_across_commas"}
    assert found(matcher, "School of Information, Engineering University, Zhengzhou, China") == {}
    assert found(matcher, "Department of Space Engineering, University of Beijing Road, China") == {}


def test_the_company_of_that_city_is_found_and_not_another_of_its_group(matcher: Matcher) -> None:
    assert set(found(matcher, "SMIC, Shanghai 201203, China")) == {"smic-semiconductor-manufacturing-shanghai-co-ltd"}
    assert found(matcher, "SMIC, Guangzhou, China") == {}


def test_an_acronym_away_from_its_city_needs_its_country_and_an_institution(matcher: Matcher) -> None:
    assert found(matcher, "Shanghai Institute of Laser Plasma, CAEP, Shanghai, China") == {
        "chinese-academy-of-engineering-physics": "acronym_in_country"
    }
    assert found(matcher, "CAEP Software Center, Berlin, Germany") == {}
    assert found(matcher, "CAEP Plaza, Hangzhou, China") == {}
    assert found(matcher, "Instituto de Física, CSIC, Madrid, Spain") == {}


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("The 302nd Hospital of PLA, Beijing, China", OTHER_HOSPITALS),
        ("解放军第四六六医院, 北京", OTHER_HOSPITALS),
        ("General Hospital of Northern Theater Command, Shenyang, China", OTHER_HOSPITALS),
        ("沈阳军区总医院, 沈阳", OTHER_HOSPITALS),
        ("307 Hospital of PLA, Beijing, China", "307th-hospital-of-chinese-peoples-liberation-army"),
        ("The 900th Hospital of the Joint Logistics Team, Fuzhou, China", FUZHOU),
        ("General Hospital of PLA, Beijing, China", "chinese-pla-general-hospital"),
        ("Chinese People's Liberation Army, Beijing, China", ARMY),
        ("Unit 91388, Zhanjiang, China", ARMY),
    ],
)
def test_hospitals_go_to_their_row_or_the_umbrella_and_never_to_the_army(
    matcher: Matcher, address: str, body: str
) -> None:
    assert set(found(matcher, address)) == {body}


@pytest.mark.parametrize(
    "address",
    [
        "108 Military Central Hospital, Hanoi, Vietnam",
        "北京市第六医院, 北京",
        "No. 3 Hospital, Chengdu, China",
        "Unit 12345, Shenzhen, China",
    ],
)
def test_hospitals_of_cities_and_of_other_armies_are_none(matcher: Matcher, address: str) -> None:
    assert found(matcher, address) == {}


def test_a_former_name_says_until_when_and_needs_its_city(matcher: Matcher) -> None:
    (match,) = matcher.match("Ordnance Engineering College, Shijiazhuang 050003, China")
    assert (match.body_id, match.method) == ("army-engineering-university", "former_name")
    assert match.evidence.endswith("2017")
    assert found(matcher, "Ordnance Engineering College, Pune, India") == {}
    assert found(matcher, "Ordnance Engineering College, Harbin, China") == {}


def test_an_institute_that_contains_the_name_of_a_listed_one_is_another(matcher: Matcher) -> None:
    assert found(matcher, "Wuhan Institute of Physics and Mathematics, CAS, Wuhan, China") == {}
    assert set(found(matcher, "Institute of Physics, CAS, Beijing, China")) == {
        "chinese-academy-of-sciences-institute-of-physics"
    }


@pytest.mark.parametrize("mark", ["a", "1", "¹", "*", "(a)", "†", "2)"])
def test_a_mark_that_is_glued_to_a_name_is_no_part_of_it(matcher: Matcher, mark: str) -> None:
    assert set(found(matcher, f"{mark}National University of Defense Technology, Changsha, China")) == {NUDT}


def test_traditional_characters_are_those_of_the_lists_unless_the_place_is_taiwan(matcher: Matcher) -> None:
    assert set(found(matcher, "國防科技大學, 長沙")) == {NUDT}
    assert found(matcher, "國防大學, 桃園, 臺灣") == {}
