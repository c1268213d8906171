"""Names of the lists in addresses: the forms that they are printed in, and the traps that the rules are for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from include.affiliations import Matcher
from include.contracts.reference import tables_in_use
from include.settings import REPOSITORY, child_environment, get_settings

CETC = "china-electronics-technology-group-corporation"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(tables_in_use(get_settings().seeds, None, None))


def found(matcher: Matcher, *addresses: str) -> list[set[str]]:
    return [{match.body_id for match in matcher.match(address) if match.names_country} for address in addresses]


@pytest.mark.parametrize(
    "address",
    [
        "The 54th Research Institute of CETC, Shijiazhuang, China",
        "No. 54 Research Institute of CETC, Shijiazhuang, China",
        "No.54 Research Inst. of China Electronics Technology Group Corp., Shijiazhuang, China",
        "CETC 54th Research Institute, Shijiazhuang, China",
        "The Fifty-fourth Research Institute of CETC, China",
        "中国电子科技集团公司第五十四研究所, 石家庄",
        "中国电子科技集团公司第54研究所",
        "CETC-54, Shijiazhuang, China",
        "中电科54所",
        "China Electronics Technology Corporation 54th Research Institute, Shijiazhuang, China",
    ],
)
def test_a_numbered_institute_is_its_conglomerate_however_its_number_is_written(matcher: Matcher, address: str) -> None:
    matches = matcher.match(address)
    assert [(match.body_id, match.method) for match in matches] == [(CETC, "numbered_institute")]
    assert matches[0].evidence.endswith(" 54")


def test_an_institute_that_is_listed_itself_is_found_by_its_number_and_not_as_its_conglomerate(
    matcher: Matcher,
) -> None:
    english = "The Fourteenth Research Institute of China Electronics Technology Group Corporation, Nanjing, China"
    assert (
        found(matcher, "CETC No. 14 Research Institute, China", english, "中国电子科技集团公司第十四研究所")
        == [{"14th-research-institute-of-cetc"}] * 3
    )


def test_spelling_case_width_accents_and_abbreviations_do_not_matter(matcher: Matcher) -> None:
    forms = (
        "Navy Aviation University, Yantai, China",
        "NAVAL AVIATION UNIVERSITY, YANTAI, CHINA",
        "Nával Aviatión Univ., Yantai, P. R. China",
        "Ｎａｖａｌ　Ａｖｉａｔｉｏｎ　Ｕｎｉｖｅｒｓｉｔｙ，Yantai，China",
        "中国人民解放军海军航空大学，烟台",
        "Navy Aviation University&#44; Yantai&#x2C;&nbsp;China",
    )
    assert found(matcher, *forms) == [{"navy-aviation-university"}] * len(forms)


def test_names_are_found_at_word_boundaries_and_never_across_a_comma(matcher: Matcher) -> None:
    assert (
        found(
            matcher,
            "Department of Space Engineering, University of Beijing Road, China",
            "Counterspace Engineering Universityville, Beijing, China",
            "南京信息工程大学, 南京",
        )
        == [set()] * 3
    )


def test_the_longer_name_counts(matcher: Matcher) -> None:
    assert found(
        matcher,
        "Nanjing University of Aeronautics and Astronautics, Nanjing, China",
        "Nanjing University of Chinese Medicine, Nanjing, China",
        "Nanjing University, Nanjing, China",
        "Institute of Bioengineering, Academy of Military Medical Sciences, Beijing, China",
    ) == [
        {"nanjing-university-of-aeronautics-and-astronautics"},
        set(),
        {"nanjing-university"},
        {"academy-of-military-medical-sciences-institute-of-bioengineering"},
    ]


def test_a_homonym_in_another_country_is_not_found(matcher: Matcher) -> None:
    assert found(
        matcher,
        "Army Engineering University, Cairo, Egypt",
        "National Defense University, Islamabad, Pakistan",
        "National Defense University, Taoyuan, Taiwan, Republic of China",
        "Army Engineering University, Shijiazhuang, China",
        "National Defense University, Beijing, People's Republic of China",
    ) == [set(), set(), set(), {"army-engineering-university"}, {"national-defense-university"}]


def test_each_of_several_addresses_in_one_is_looked_at_by_itself(matcher: Matcher) -> None:
    assert found(
        matcher,
        "National Defense University, Islamabad, Pakistan; Beijing Institute of Technology, Beijing, China",
        "National Defence University, Helsinki, Finland, Tsinghua University, Beijing, China",
        "Tsinghua University, Beijing, China, National Defence University, Helsinki, Finland",
        "National Defence University, Helsinki, Finland and Tsinghua University, Beijing, China",
        "1. Academy of Military Sciences, Beijing, China 100071 2. University of Oxford, Oxford, UK",
        "Academy of Military Sciences, Moscow, Russia；Harbin Engineering University, Harbin, China",
        "Air Force Research Institute, Seoul; Beihang University, China",
        "Army Aviation School, Fort Rucker; Wuhan University, China",
        "Institute of Physics, University of Amsterdam; Chinese Academy of Sciences, Beijing",
        "U.S. Naval Academy, Annapolis, USA; Tsinghua University, Beijing, China",
        "CETC 14th Research Institute, Nanjing, China; CETC 54th Research Institute, Shijiazhuang, China",
    ) == [
        {"beijing-institute-of-technology"},
        {"tsinghua-university"},
        {"tsinghua-university"},
        {"tsinghua-university"},
        {"academy-of-military-science"},
        {"harbin-engineering-university"},
        {"beihang-university"},
        {"wuhan-university"},
        set(),
        {"tsinghua-university"},
        {"14th-research-institute-of-cetc", CETC},
    ]


def test_one_address_may_have_semicolons_before_its_places_and_behind_its_units(matcher: Matcher) -> None:
    assert found(
        matcher,
        "School of X; National University of Defense Technology; Changsha; China",
        "National University of Defense Technology；Changsha 410073；China",
        "Institute of Bioengineering; Academy of Military Medical Sciences; Beijing 100850; P.R. China",
        "School of X; National Defence University; Helsinki; Finland",
    ) == [
        {"national-university-of-defense-technology"},
        {"national-university-of-defense-technology"},
        {"academy-of-military-medical-sciences-institute-of-bioengineering"},
        set(),
    ]


def test_a_province_or_large_city_of_its_country_stands_for_the_country(matcher: Matcher) -> None:
    assert found(
        matcher,
        "Air Force Early Warning Academy, Hubei 430019",
        "Navy Aviation University, Qingdao City, Shandong Province",
        "College of Electronic Engineering, National University of Defense Technology, Hefei, 230037",
        "54th Research Institute, CETC, Shijiazhuang Hebei 050081",
        "Navy Aviation University, Shandong Road",
        "Navy Aviation University, Shandong University Street, Turkey",
    ) == [
        {"air-force-early-warning-academy"},
        {"navy-aviation-university"},
        {"national-university-of-defense-technology"},
        {CETC},
        set(),
        set(),
    ]


def test_an_address_without_any_place_names_no_country_and_is_found_only_if_it_names_nothing_else(
    matcher: Matcher,
) -> None:
    addresses = (
        "Academy of Military Sciences", "Department of Mathematics, Space Engineering University, 101416",
        "Academy of Military Sciences, Moscow", "US Army Research Institute", "Romanian Air Force Research Institute",
        "Air Force Research Institute; Beihang University", "Air Force Research Institute, Dakar, Senegal",
        "Army Special Operations Academy",
    )  # fmt: skip
    assert found(matcher, *addresses) == [set()] * len(addresses)
    bare = [(address, match.body_id) for address in addresses for match in matcher.match(address)]
    assert bare == [
        ("Academy of Military Sciences", "academy-of-military-science"),
        ("Department of Mathematics, Space Engineering University, 101416", "space-engineering-university"),
        ("Army Special Operations Academy", "army-special-operations-academy"),
    ]


def test_chinese_names_stand_without_the_army_or_the_force_or_either(matcher: Matcher) -> None:
    forms = (
        "中国人民解放军战略支援部队航天工程大学",
        "解放军战略支援部队航天工程大学",
        "战略支援部队航天工程大学, 北京",
        "解放军航天工程大学",
        "航天工程大学, 北京",
    )
    assert found(matcher, *forms) == [{"space-engineering-university"}] * len(forms)
    assert found(matcher, "战略支援部队信息工程大学地理空间信息学院") == [{"information-engineering-university"}]


def test_names_that_others_bear_too_are_not_looked_for(matcher: Matcher) -> None:
    assert (
        found(
            matcher,
            "Southern Medical University (formerly First Military Medical University), Guangzhou, China",
            "Institute of High Energy Physics, Chinese Academy of Sciences, Beijing, China",
            "Xi'an University of Technology, Xi'an, China",
            "Disease Control and Prevention Institute, Hangzhou, China",
            "北京工业大学国际关系学院, 北京",
            "High Power Laser Laboratory, Shanghai Institute of Optics and Fine Mechanics, CAS, Shanghai, China",
            "Tianjin Normal University, Tianjin, China",
            "Luoyang University, Luoyang, China",
            "Ninth Academy, Beijing, China",
            "Institute of International Relations, Beijing, China",
            "Naval Academy, Guangzhou, China",
        )
        == [set()] * 11
    )


def test_a_university_whose_of_is_left_out_is_not_another(matcher: Matcher) -> None:
    assert found(
        matcher,
        "School of Automation, Beijing University Technology, Beijing, China",
        "Nanjing University Posts and Telecommunications, Nanjing, China",
        "Beijing University, Beijing, China",
        "Peking University Science Park, Beijing, China",
    ) == [set(), set(), {"peking-university"}, {"peking-university"}]


def test_a_body_of_the_users_own_list_is_found_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "military_bodies.csv").write_text(
        "body_id,body_name,aliases,country_code,category\nours,Example Academy of Rockets,,IR,pla\n", encoding="utf-8"
    )
    matcher = Matcher(tables_in_use(get_settings().seeds, tmp_path, None))
    assert found(matcher, "Example Academy of Rockets, Tehran, Iran", "Example Academy of Rockets, Beijing, China") == [
        {"ours"},
        set(),
    ]


def test_the_command_prints_a_line_for_each_line_whatever_it_holds(tmp_path: Path) -> None:
    lines = [
        b"PLA Air Force Command College, Beijing, China",
        b"",
        b"Univ\xff of Nowhere\r",
        b"Tsinghua University, Beijing, China; Naval Command College, Nanjing, China",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "include.affiliations", "match"],
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        check=True,
        cwd=REPOSITORY,
        env=child_environment(ENTANGLED_HOME=str(tmp_path)),
    )
    assert done.stdout.decode().splitlines() == [
        "Air Force Command College\t-\tname\tPLA Air Force Command College, Beijing, China",
        "-\t-\t-\t",
        "-\t-\t-\tUniv\ufffd of Nowhere",
        "Naval Command College; Tsinghua University\t-; 03cve4549\tname; name\t" + lines[3].decode(),
    ]
