"""The traps that lists and funders set in dbt_project/seeds/reference; what holds of every row: test_reference.py."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache

import pytest

from include.settings import REPOSITORY

FOLDER = REPOSITORY / "dbt_project" / "seeds" / "reference"
SEVEN_SONS = {
    "beihang-university",
    "beijing-institute-of-technology",
    "harbin-engineering-university",
    "harbin-institute-of-technology",
    "nanjing-university-of-aeronautics-and-astronautics",
    "nanjing-university-of-science-and-technology",
    "northwestern-polytechnical-university",
}


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_seven_sons_are_seven_and_xidian_is_none_of_them() -> None:
    category = {row["body_id"]: row["category"] for row in rows("military_bodies")}
    assert {body for body, kind in category.items() if kind == "seven_sons"} == SEVEN_SONS
    assert category["xidian-university"] == "sastind_cosupervised"
    assert category["national-university-of-defense-technology"] == "pla"


def test_a_city_is_in_a_province_and_no_place_is_there_twice() -> None:
    table = rows("address_places")
    provinces = {row["place_name"] for row in table if row["kind"] == "province"}
    assert [row for row in table if row["kind"] == "city" and row["part_of"] not in provinces] == []
    counts = Counter((row["place_name"], row["part_of"]) for row in table)
    assert [place for place, count in counts.items() if count > 1] == []


def test_every_category_but_mere_companies_is_in_a_definition() -> None:
    defined = {row["category"] for row in rows("military_definitions")}
    used = {row["category"] for row in rows("military_bodies")}
    assert used - defined == {"us1260h_company"}


def test_funders_are_classed_by_their_own_ids_and_ror_is_not_even_there() -> None:
    table = rows("funder_classes")
    assert "ror" not in table[0]
    for column in ("funder_id", "crossref_id"):
        counts = Counter(row[column] for row in table if row[column])
        assert [value for value, count in counts.items() if count > 1] == []
    assert {row["funder_class"] for row in table} == {row["funder_class"] for row in rows("funder_class_labels")}


def test_a_funder_without_any_id_is_named_once() -> None:
    names = Counter(
        row["funder_name"].lower() for row in rows("funder_classes") if not row["funder_id"] and not row["crossref_id"]
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_the_defence_programme_that_the_study_counts_can_be_found() -> None:
    programmes = [row for row in rows("funder_classes") if row["programme_code"] == "national_defence_basic_research"]
    assert programmes
    assert {row["funder_class"] for row in programmes} == {"cn_defence_programme"}


def test_hong_kong_macao_and_taiwan_are_countries_of_their_own_and_unknown_has_a_row() -> None:
    codes = {row["country_code"] for row in rows("countries")}
    assert {"CN", "HK", "MO", "TW", "XK", "ZZ"} <= codes
    assert all(re.fullmatch(r"[A-Z]{2}", code) for code in codes)
    assert {row["country_code"] for row in rows("country_groups")} <= codes
    assert {row["country_code"] for row in rows("address_places")} <= codes


def test_a_further_name_is_that_of_one_funder_whose_class_is_known() -> None:
    classes = rows("funder_classes")
    funders = {row["funder_id"] for row in classes} | {row["crossref_id"] for row in classes}
    for row in rows("funder_names"):
        assert bool(row["funder_id"]) != bool(row["crossref_id"]), row
        assert row["funder_id"] + row["crossref_id"] in funders, row
    names = Counter(re.sub(r"\W+", " ", row["funder_name"]).strip().casefold() for row in rows("funder_names"))
    assert [name for name, count in names.items() if count > 1] == []


def test_a_funder_of_the_registry_has_one_ror() -> None:
    table = rows("funder_rors")
    assert len({row["crossref_id"] for row in table}) == len(table) > 4000
    assert all(re.fullmatch(r"0[a-z0-9]{8}", row["ror"]) for row in table)
    # the foundation's ROR is that of its provincial funds too: it says nothing by itself
    assert sum(row["ror"] == "01h0zpd94" for row in table) > 50


def members(group: str, day: str = "") -> set[str]:
    """The countries of a group, on a day or ever."""
    return {
        row["country_code"]
        for row in rows("country_groups")
        if row["group_code"] == group
        and (not day or (row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"])))
    }


def test_the_union_has_twenty_seven_members_and_had_the_united_kingdom_to_the_end_of_january_2020() -> None:
    assert len(members("EU27")) == 27
    assert members("EU", "2020-01-31") - members("EU27") == {"GB"}
    assert members("EU", "2020-02-01") == members("EU27")
    assert members("EU", "2013-07-01") - members("EU", "2013-06-30") == {"HR"}
    assert len(members("EU", "2004-05-01")) == 25


def test_groups_are_those_that_the_study_and_its_readers_speak_of() -> None:
    assert members("EUROPE") == members("EU27") | {"GB", "NO", "CH"}
    assert members("CHINA") == {"CN"}
    assert members("CHINA_HK_MO") == {"CN", "HK", "MO"}
    assert members("FIVE_EYES") == {"AU", "CA", "GB", "NZ", "US"}
    assert members("G7") == {"CA", "DE", "FR", "GB", "IT", "JP", "US"}
    assert "CA" not in members("G7", "1975-11-15")


def test_regions_of_the_world_hold_the_countries_that_say_so() -> None:
    for region in ("Africa", "Americas", "Asia", "Europe", "Oceania"):
        stated = {row["country_code"] for row in rows("countries") if row["region"] == region}
        assert members(f"REGION_{region.upper()}") == stated


# The traps: what a careless match of names or ids would get wrong (most were met while the lists were put together).


def names_of(body_id: str) -> set[str]:
    (row,) = [row for row in rows("military_bodies") if row["body_id"] == body_id]
    return {row["body_name"], *row["aliases"].split("; ")}


def body(body_id: str) -> dict[str, str]:
    (row,) = [row for row in rows("military_bodies") if row["body_id"] == body_id]
    return row


def lists_of(body_id: str) -> set[str]:
    return {row["list_id"] for row in rows("military_list_membership") if row["body_id"] == body_id}


def test_the_kurchatov_institute_of_high_energy_physics_is_not_taken_for_the_chinese_one() -> None:
    assert "03v8tnc06" not in {row["ror"] for row in rows("military_bodies")}
    text = " ".join(row["body_name"] + row["aliases"] for row in rows("military_bodies")).lower()
    assert "high energy physics" not in text
    assert "kurchatov" not in text


def test_heilongjiang_institute_has_no_ror_because_another_university_carries_its_chinese_name_there() -> None:
    assert body("heilongjiang-institute-of-technology")["ror"] == ""
    assert "030xwyx96" not in {row["ror"] for row in rows("military_bodies")}


def test_nanjing_university_is_a_body_of_its_own_and_of_another_category_than_the_seven_sons_of_nanjing() -> None:
    nanjing = body("nanjing-university")
    assert nanjing["category"] == "sastind_cosupervised"
    for son in ("nanjing-university-of-aeronautics-and-astronautics", "nanjing-university-of-science-and-technology"):
        assert body(son)["ror"] not in ("", nanjing["ror"])
        assert names_of(son).isdisjoint(names_of("nanjing-university"))


def test_southern_medical_university_is_no_body_though_it_was_the_first_military_medical_university() -> None:
    names = {name.lower() for row in rows("military_bodies") for name in names_of(row["body_id"])}
    assert names.isdisjoint({"southern medical university", "first military medical university", "南方医科大学"})
    assert "01vjw4z39" not in {row["ror"] for row in rows("military_bodies")}


def test_harbin_institute_of_technology_and_tsinghua_have_their_own_openalex_ids() -> None:
    assert body("harbin-institute-of-technology")["openalex_id"] == "I204983213"
    assert body("tsinghua-university")["openalex_id"] == "I99065089"


def test_xidian_is_on_the_us_list_and_not_on_canadas_and_two_others_are_on_both() -> None:
    assert lists_of("xidian-university") == {"aspi_cdut", "us_1286"}
    for both in ("university-of-electronic-science-and-technology-of-china", "north-university-of-china"):
        assert {"aspi_cdut", "ca_nro", "us_1286"} <= lists_of(both)
        assert body(both)["category"] == "sastind_cosupervised"


@pytest.mark.parametrize(
    ("body_id", "variant"),
    [
        ("air-force-engineering-university", "Airforce Engineering University"),
        ("xian-jiaotong-university", "Xi’an Jiatong University"),
        ("hangzhou-dianzi-university", "Hangzhao Dianzi University"),
        ("changchun-university-of-science-and-technology", "Changchung University of Science and Technology"),
        ("tianjin-polytechnic-university", "Tiangong University"),
        ("aviation-industry-corporation-of-china", "Aviation Industry Corporation of China Ltd."),
        ("china-aerospace-science-and-industry-corporation", "CASIC"),
    ],
)
def test_a_misspelling_or_second_name_on_a_list_is_an_alias_and_no_second_body(body_id: str, variant: str) -> None:
    assert variant in names_of(body_id)
    assert variant not in {row["body_name"] for row in rows("military_bodies")}


def test_institutes_of_the_academy_of_engineering_physics_are_bodies_under_it() -> None:
    under = [row for row in rows("military_bodies") if "(CAEP)" in row["supervising_agency"]]
    assert len(under) >= 20
    assert {row["category"] for row in under} == {"pla"}
    assert "chinese-academy-of-engineering-physics" not in {row["body_id"] for row in under}


def funder(column: str, value: str) -> dict[str, str]:
    (row,) = [row for row in rows("funder_classes") if row[column] == value]
    return row


def test_provincial_funds_are_no_part_of_the_national_foundation_that_shares_their_ror() -> None:
    names = [
        funder("crossref_id", number)["funder_name"] for number in ("501100003392", "501100003453", "501100001809")
    ]
    assert ["Fujian" in names[0], "Guangdong" in names[1], "National" in names[2]] == [True, True, True]


def test_the_academy_of_medical_sciences_is_no_university_though_its_ror_is_tsinghuas() -> None:
    assert funder("crossref_id", "501100005150")["funder_class"] == "cn_government_programme"


def test_an_intergovernmental_organisation_or_a_company_is_no_institution_of_the_european_union() -> None:
    classes = {row["crossref_id"]: row["funder_class"] for row in rows("funder_classes") if row["crossref_id"]}
    # CERN, EMBL, ESA, Horizon Therapeutics twice
    others = ("100012470", "100013060", "501100000844", "100014480", "100019637")
    assert {classes[one] for one in others} == {"other"}


def test_universities_of_the_armed_forces_are_one_class_of_funders() -> None:
    classes = {row["funder_name"]: row["funder_class"] for row in rows("funder_classes") if row["country_code"] == "CN"}
    names = (
        "National University of Defense Technology",
        "Army Medical University",
        "PLA Information Engineering University",
    )
    assert {classes[name] for name in names} == {"cn_defence_programme"}


def test_the_armed_forces_and_their_hospitals_are_listed_from_the_day_of_the_first_list() -> None:
    first = min(row["valid_from"] for row in rows("military_list_membership") if row["list_id"] == "aspi_cdut")
    derived = {
        row["body_id"]: row["valid_from"]
        for row in rows("military_list_membership")
        if row["list_id"] == "ror_relationship"
    }
    # a university that was founded since
    assert derived.pop("information-support-force-engineering-university") == "2025-05-15"
    assert set(derived.values()) == {first}


def test_a_korean_ministry_is_not_taken_for_the_fund_of_jiangsu() -> None:
    assert "Jiangsu" in funder("funder_id", "F4320322769")["funder_name"]
    assert "F4320322005" not in {row["funder_id"] for row in rows("funder_classes") if row["country_code"] == "CN"}
