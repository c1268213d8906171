"""Award numbers and funder names: what counts as a number, and which programme it tells, by macro and seed alone.

The macros are rendered here as dbt renders them and run by DuckDB; the recorded values are Crossref's thousand most
frequent ones (../shared/data/openalex/crossref_funder_names), absent outside of the development machine.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.common.sql import quoted
from include.settings import REPOSITORY
from tests.unit.dbt_models import jinja, macro_text

PATTERNS = REPOSITORY / "dbt_project" / "seeds" / "reference" / "award_patterns.csv"
RECORDED = next(
    (one for up in REPOSITORY.parents if (one := up / "shared/data/openalex/crossref_funder_names").is_dir()), None
)
needs_records = pytest.mark.skipif(RECORDED is None, reason="the recorded names are not on this machine")


def _macro(file: str, name: str, argument: str) -> str:
    template = jinja().from_string(macro_text(file, "engines/texts"))
    return str(getattr(template.module, name)(argument))


NUMBER, NAME = _macro("awards", "award_number", "value"), _macro("text", "comparable", "value")


def _number(value: str) -> str | None:
    return duckdb.execute(f"select {NUMBER} from (select ? as value)", [value]).fetchall()[0][0]  # type: ignore[no-any-return]


def _matches(column: str, regex: str, source: str, parameter: str) -> dict[str, set[str]]:
    rows = duckdb.execute(
        f"""
        select pattern_id, list(value)
        from (select value, {column} as found from {source}), read_csv({quoted(PATTERNS)}, all_varchar = true)
        where regexp_full_match(found, {regex}) group by pattern_id
        """,
        [parameter],
    ).fetchall()
    return {pattern: set(values) for pattern, values in rows}


@pytest.mark.parametrize("junk", ["N/A", "NA", "001", "-", "#", "0", "2017", "2017-2019", "no number", "PAPD", "NOAA",
                                  "Finance Code 001", "Not applicable", "–", "000000", ""])  # fmt: skip
def test_what_is_no_number_is_none(junk: str) -> None:
    assert _number(junk) is None


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("no. 12 345", "12345"),
        ("Grant No. 61872365", "61872365"),
        ("No.81872063", "81872063"),
        ("Grant # 2020 HTH 062", "2020HTH062"),
        ("DE‐AC02‐06CH11357", "DE-AC02-06CH11357"),
        ("2018yfb1402500,", "2018YFB1402500"),
        ("NORTE-01-0145", "NORTE-01-0145"),
        ("P30 CA008748", "P30CA008748"),
    ],
)
def test_a_number_loses_its_label_and_its_marks_and_nothing_else(printed: str, number: str) -> None:
    assert _number(printed) == number


@pytest.mark.parametrize(
    ("number", "pattern"),
    [
        ("2018YFB1402500", "national_key_rd"),
        ("2021AAA0105600", "national_key_rd"),
        ("2015CB856600", "973"),
        ("2015CBA00300", "973"),
        ("2013AA01A607", "863"),
        ("2006AA01Z119", "863"),
        ("2021ZD0112100", "sti2030"),
        ("2017ZD048", None),  # a number of somebody else's that is recorded
        ("2017YFGH001234", "national_key_rd"),
        ("2013AA014602", "863"),
        ("JCKY2019206B031", "defence_basic_research"),
        ("XDB20000000", "cas_priority"),
        ("2019M650004", "cpsf"),
        ("2019TQ0123", "cpsf"),
        ("BX20180123", "cpsf"),
        ("GZB20230123", "cpsf"),
        ("BK20160506", "jiangsu_nsf"),
        ("BK2012336", "jiangsu_nsf"),
        ("ZR2019MF001", "shandong_nsf"),
        ("ZR2022LZH010", "shandong_nsf"),
        ("ZR2020YQ48", "shandong_nsf"),
        ("61872365", "nsfc"),
        ("U20A20185", "nsfc"),
        ("T2225006", "nsfc"),
        ("L1924061", "nsfc"),
        ("20T2225006", None),
        ("R01CA142081", None),
        ("EP/T013796/1", None),
        ("2018YFB14025", None),
        ("A2018YFB1402500", None),
        ("KQTD20180411143338837", None),
    ],
)
def test_a_pattern_matches_a_whole_number_or_nothing(number: str, pattern: str | None) -> None:
    found = _matches(NUMBER, "number_regex", "(select ? as value)", number)
    assert set(found) == ({pattern} if pattern else set())


def test_numbers_that_look_like_everybody_s_need_the_funder_beside() -> None:
    rows = duckdb.execute(
        f"select pattern_id, number_regex, is_name_needed from read_csv({quoted(PATTERNS)}, all_varchar = true)"
    ).fetchall()
    everybodys = ["61872365", "24510281", "733050813", "12345678"]
    for pattern, regex, needs_name in rows:
        hit = any(duckdb.execute("select regexp_full_match(?, ?)", [one, regex]).fetchall()[0][0] for one in everybodys)
        assert hit == (needs_name == "yes"), pattern


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("the Fundamental Research Funds for the Central Universities", "central_universities"),
        ("Fundamental Research Funds for the Central Universities of China", "central_universities"),
        ("China Scholarship Council", "csc"),
        ("Ministry of Science and Technology of the People’s Republic of China", "most"),
        ("Ministry of Science and Technology of China", "most"),
        ("Ministry of Science and Technology", None),  # of Taiwan, Vietnam, Israel too
        ("Ministry of Science and Technology, Taiwan", None),
        ("Natural Science Foundation of Guangdong Province, China", "guangdong_nsf"),
        ("Guangdong Basic and Applied Basic Research Foundation", "guangdong_basic"),
        ("Zhejiang Provincial Natural Science Foundation of China", "zhejiang_nsf"),
        ("National Science and Technology Major Project of China", "national_major_project"),
        ("STI 2030—Major Projects", "sti2030"),
        ("Horizon 2020", "h2020"),
        ("European Union's Horizon 2020 research and innovation programme", "h2020"),
        ("Horizon Therapeutics", None),
        ("国家自然科学基金", "nsfc"),
        ("国家自然科学基金委员会", "nsfc"),
        ("国家自然科学基金（面上项目）", "nsfc"),
        ("国家自然科学基金青年科学基金项目", "nsfc"),
        ("國家自然科學基金委員會", "nsfc"),
        ("ＮＳＦＣ", "nsfc"),
        ("国家重点研发计划", "national_key_rd"),
        ("国家重点研发计划项目", "national_key_rd"),
        ("国家重点基础研究发展计划(973计划)", "973"),
        ("863计划", "863"),
        ("国防基础科研计划", "defence_basic_research"),
        ("中国博士后科学基金", "cpsf"),
        ("中央高校基本科研业务费专项资金", "central_universities"),
        ("国家留学基金管理委员会", "csc"),
        ("中华人民共和国科学技术部", "most"),
        ("教育部", None),  # of Taiwan too
        ("江苏省自然科学基金", "jiangsu_nsf"),
        ("Hebei Provincial Natural Science Foundation", "hebei_nsf"),
        ("Shenzhen Science and Technology Program", "provincial_programmes"),
        ("Science and Technology Program of Exampleland", None),
        ("Northeastern University", None),
    ],
)
def test_a_name_tells_a_funder_as_a_whole_or_not(name: str, pattern: str | None) -> None:
    found = _matches(f"trim({NAME})", "name_regex", "(select ? as value)", name)
    assert set(found) == ({pattern} if pattern else set())


@needs_records
def test_recorded_numbers_tell_a_programme_only_in_its_own_form() -> None:
    assert isinstance(RECORDED, Path)
    values = "(select value from read_csv(?, all_varchar = true))"
    found = _matches(NUMBER, "number_regex", values, str(RECORDED / "top1000_award_values.csv"))
    found.pop("nsfc")  # digits only: of anybody, so it needs the name
    assert {pattern: len(numbers) for pattern, numbers in found.items()} == {
        "national_key_rd": 12, "cas_priority": 5, "973": 2, "jiangsu_nsf": 2, "fp7": 2, "national_key_technology": 1,
    }  # fmt: skip


@needs_records
def test_recorded_names_tell_a_programme_only_when_they_are_its_own() -> None:
    assert isinstance(RECORDED, Path)
    names = "(select value from read_csv(?, all_varchar = true))"
    found = _matches(f"trim({NAME})", "name_regex", names, str(RECORDED / "top1000_funder_names.csv"))
    assert {pattern: len(values) for pattern, values in found.items()} == {
        "nsfc": 23, "national_key_rd": 11, "973": 8, "fp7": 6, "shandong_nsf": 4, "jiangsu_nsf": 2, "863": 2,
        "cas_priority": 2, "cpsf": 2, "csc": 3, "most": 3, "moe": 2, "guangdong_nsf": 4, "guangdong_basic": 2,
        "zhejiang_nsf": 4, "central_universities": 7, "national_major_project": 3, "h2020": 6, "erc": 2, "ec": 1,
        "provincial_programmes": 30, "jiangsu_universities": 6, "doctoral_program": 4, "discipline_111": 3,
        "shaanxi_nsf": 3, "youth_innovation_cas": 2, "papd": 2, "guangxi_nsf": 2, "anhui_nsf": 2, "tianjin_nsf": 2,
        "henan_nsf": 1, "hebei_nsf": 1, "hubei_nsf": 1, "ncet": 1, "changjiang": 1, "national_key_technology": 2,
    }  # fmt: skip
    others = {
        "National Science Foundation",
        "National Science Council of the Republic of China",
        "Ministry of Science and Technology",
        "Ministry of Education",
        "National Social Science Fund of China",
    }
    assert not others & set().union(*found.values())
