"""The reference data hold together, each rule finds the row that breaks it, and the audit says what the data say."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from include.common.errors import ContractError
from include.contracts.reference import read_rows
from include.settings import REPOSITORY, Settings, get_settings
from include.warehouse.errors import ListBroken, ReferenceBroken
from include.warehouse.figures import require_countable
from include.warehouse.reference import Reference, is_ror, load_reference, reference_faults
from include.warehouse.reference_audit import (
    OUTCOMES,
    PAGE,
    SECTIONS,
    audit_page,
    audit_reference,
    contradictions,
    read_audit,
)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return get_settings()


@pytest.fixture(scope="module")
def reference(settings: Settings) -> Reference:
    return load_reference(settings)


def test_no_row_of_the_reference_data_breaks_a_rule(settings: Settings, reference: Reference) -> None:
    assert [str(fault) for fault in reference_faults(settings, reference)] == []


Change = Callable[[Reference], Reference]


def set_value(table: str, key: tuple[str, str], column: str, value: str) -> Change:
    """The reference data in which the first row with this key says something else."""

    def change(reference: Reference) -> Reference:
        rows = [dict(row) for row in reference.tables[table]]
        next(row for row in rows if row[key[0]] == key[1])[column] = value
        return Reference({**reference.tables, table: rows}, reference.subjects)

    return change


def repeat(table: str, key: tuple[str, str], **values: str) -> Change:
    """The reference data in which a row is there again, with other values."""

    def change(reference: Reference) -> Reference:
        row = next(row for row in reference.tables[table] if row[key[0]] == key[1])
        return Reference({**reference.tables, table: [*reference.tables[table], {**row, **values}]}, reference.subjects)

    return change


def figure(figure_id: str, column: str, value: str) -> Change:
    return set_value("headline_figures", ("figure_id", figure_id), column, value)


MEMBERS = "military_list_membership"
BEIHANG = ("body_id", "beihang-university")
NSFC = ("crossref_id", "501100001809")
IN_ONE_LIST = ("body_id", "peking-university")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_value("military_bodies", BEIHANG, "source", ""), "source is empty"),
        (set_value("funder_classes", NSFC, "as_of", ""), "as_of is empty"),
        (set_value("headline_figures", ("figure_id", "joint_papers"), "published_source", ""), "source is empty"),
        (repeat("military_bodies", BEIHANG), "2 rows have the same body_id"),
        (repeat("military_bodies", BEIHANG, body_id="beihang"), "2 rows have the same ror"),
        (repeat("countries", ("country_code", "FR")), "2 rows have the same country_code"),
        (repeat("headline_figures", ("figure_id", "joint_papers"), figure_id="x"), "same figure_order"),
        (set_value("military_bodies", BEIHANG, "ror", "00wk2mp57"), "wrong checksum"),
        (set_value("military_bodies", BEIHANG, "openalex_id", "82880672"), "is not I and digits"),
        (set_value("military_bodies", BEIHANG, "category", "army"), "category `army`"),
        (set_value("military_bodies", BEIHANG, "country_code", "XX"), "country_code `XX` is in no other table"),
        (set_value("military_bodies", BEIHANG, "as_of", "2026-02-30"), "is no date"),
        (set_value("military_bodies", BEIHANG, "as_of", "2999-01-01"), "has yet to come"),
        (set_value("country_groups", ("country_code", "HR"), "valid_to", "1999-01-01"), "valid_to is not after"),
        (set_value(MEMBERS, BEIHANG, "valid_from", "2019-11-01"), "known to the month"),
        (set_value(MEMBERS, BEIHANG, "valid_from_known_to", ""), "is none of day, month, edition"),
        (set_value(MEMBERS, IN_ONE_LIST, "valid_to", "2025-01-01"), "valid_to is the first of a month"),
        (set_value(MEMBERS, BEIHANG, "body_id", "nobody"), "body_id `nobody` is in no other table"),
        (set_value(MEMBERS, BEIHANG, "list_id", "no_list"), "list_id `no_list` is in no other table"),
        (set_value("military_bodies", IN_ONE_LIST, "source", "aspi_cdut; us_1286"), "source names aspi_cdut; us_1286"),
        (set_value("funder_classes", NSFC, "funder_class", "cn"), "funder_class `cn` is in no other table"),
        (set_value("military_bodies", BEIHANG, "aliases", "ＢＩＴ"), "shares the name `bit`"),
        (set_value("military_unsafe_names", ("unsafe_name", "Army University"), "unsafe_name", "Army"), "is no name"),
        (
            set_value("military_bodies", ("body_id", "southwest-computing-center"), "category", "gov_list_only"),
            "is gov_list_only, and what it is part of, chinese-academy-of-engineering-physics, is pla",
        ),
        (
            set_value("funder_classes", ("funder_name", "Institute of Automation"), "funder_class", "cn_university"),
            "other institutes of Chinese Academy of Sciences are other",
        ),
        (
            set_value("funder_classes", ("funder_name", "Hebei Academy of Sciences"), "funder_class", "cn_university"),
            "other academies are cn_government_programme",
        ),
        (
            set_value("funder_classes", ("funder_name", "Research Executive Agency"), "funder_class", "eu_national"),
            "an institution of the Union is eu_institution",
        ),
        (
            set_value("funder_classes", ("funder_name", "Changhai Hospital"), "funder_class", "other"),
            "in military_bodies one of pla",
        ),
        (set_value("sensitive_topics", ("label", "target_tracking"), "topic_id", "T1"), "no subject decides this"),
        (set_value("sensitive_topics", ("label", "target_tracking"), "topic_name", "Targets"), "is `Targets` here"),
        (set_value("military_definitions", ("category", "pla"), "category", "navy"), "pla is in no definition"),
        (set_value("award_patterns", ("pattern_id", "cpsf"), "name_regex", "(china"), "is no regular expression"),
        (set_value("code_names", ("code", "pla"), "code", "navy"), "uses this code, and it has no name"),
        (set_value("code_names", ("code", "any_list"), "code", "any"), "military_definitions uses this code"),
        (repeat("code_names", ("code", "pla"), code="navy"), "2 rows have the same code_kind, code_order"),
        (set_value("country_places", ("country_code", "FR"), "country_code", "FX"), "a country without its ISO codes"),
        (repeat("country_places", ("country_code", "FR"), country_code="GF"), "same iso3_code"),
        (figure("joint_papers", "figure_id", ""), "figure_id is empty"),
        (figure("joint_papers", "period", "2022-2017"), "period `2022-2017` ends before it begins"),
        (figure("joint_papers", "period", "2017\u20132022"), "is neither a year nor two"),
        (figure("joint_papers", "period", "2017-22"), "is neither a year nor two"),
        (figure("rise_of_joint_papers", "period", "2019"), "a growth needs a first and a last year"),
        (figure("joint_papers", "figure_order", "10.5"), "figure_order `10.5` is no number from 1"),
        (figure("joint_papers", "published_value", "37,000"), "published_value `37,000` is no number"),
        (figure("joint_papers", "published_value", "nan"), "published_value `nan` is no number"),
        (figure("military_linked_share", "published_value", "44"), "published_value `44` is no share"),
        (figure("growth_{code}", "published_value", "2"), "published_value: a row for many has none"),
        (figure("joint_papers", "geography", "side_b"), "joint_papers are counted of side A"),
        (figure("growth_{code}", "geography", "DE"), "every country would have the same figure"),
        (figure("growth_{code}", "figure", "Growth of {country}"), "figure: {country} is not filled in"),
        (figure("growth_{code}", "no_difference_because", "{name}"), "no_difference_because: {name} is not filled in"),
        (figure("countries_growing", "geography", "DE"), "countries_growing counts the countries of side_a"),
        (figure("partner_rank_us", "base_geography", "side_b"), "is no group that stands among the partners"),
        (figure("cn_university_share_of_rest", "counted_of", "cn_government_programme"), "nothing is left"),
        (
            repeat("headline_figures", ("figure_id", "military_body_{code}"), figure_id="military_body_{lower_code}"),
            "of its figures are made by military_body_{code} as well",
        ),
        (set_value("studies", ("study_id", "merics_2023"), "question", ""), "question is empty"),
        (set_value("studies", ("study_id", "merics_2023"), "side_b_code", ""), "side_b_code is empty"),
        (set_value("figure_measures", ("measure", "linked_papers"), "counted_of", "definition"), "is no kind of code"),
        (set_value("figure_measures", ("measure", "linked_papers"), "why_no_value", ""), "why_no_value is empty"),
        (repeat("figure_measures", ("measure", "linked_papers"), measure="cited_papers"), "no model counts it"),
        (figure("joint_papers", "statistic", "total"), "statistic `total` is none of sum, share, growth"),
        (figure("joint_papers", "unit", "rate"), "unit `rate` is not that of a sum: papers"),
        (figure("joint_papers", "measure", "papers"), "measure `papers` is not in figure_measures"),
        (figure("joint_papers", "measure", "partner_papers"), "a sum is not made of partner_papers"),
        (figure("partner_rank_us", "measure", "joint_papers"), "a rank is not made of joint_papers"),
        (figure("joint_papers", "geography", "UK"), "geography `UK` is no country, group or side"),
        (figure("joint_papers", "geography", "{code}"), "geography `{code}` is no country, group or side"),
        (figure("joint_papers", "counted_of", "pla"), "counted_of `pla` is no part of joint_papers"),
        (figure("joint_papers", "base_measure", "all_papers"), "a sum has a base_measure"),
        (figure("joint_papers", "base_geography", "GB"), "base_geography and base_of say nothing without base_measure"),
        (figure("joint_papers", "leaving_out", "uk"), "only papers_funded_otherwise leaves out"),
        (figure("joint_papers", "figure", "Papers of {name}"), "placeholders are filled in where for_each says"),
        (figure("joint_papers", "study_id", "another"), "study_id `another` is not in studies"),
        (figure("uk_share_of_joint_papers", "base_measure", ""), "a share has no base_measure"),
        (figure("cn_university_share", "counted_of", "cn_schools"), "counted_of `cn_schools` is no funder_class"),
        (figure("cn_university_share_of_rest", "leaving_out", "cn"), "leaving_out `cn` is no funder_class"),
        (figure("cn_funded_share", "counted_of", "CHINA"), "counted_of `CHINA` is no side of papers_funded_by_side"),
        (figure("strict_pla_papers", "counted_of", "pla"), "counted_of `pla` is no definition_code"),
        (figure("seven_sons_papers", "counted_of", "sons"), "counted_of `sons` is no category"),
        (figure("top_links_leader_de", "counted_of", "ten"), "counted_of `ten` is no number"),
        (figure("growth_{code}", "for_each", "group"), "for_each `group` is none of country, body"),
        (figure("growth_{code}", "each_of", "GB"), "each_of `GB` names nothing"),
        (figure("growth_{code}", "figure_id", "growth"), "need ids of their own"),
        (figure("military_body_{code}", "each_of", "nobody"), "each_of `nobody` names nothing"),
        (figure("military_body_{code}", "counted_of", "nobody"), "counted_of `nobody` is no body_id"),
    ],
)  # fmt: skip
def test_a_row_that_breaks_a_rule_is_named(
    settings: Settings, reference: Reference, change: Change, message: str
) -> None:
    assert any(message in fault.what for fault in reference_faults(settings, change(reference)))


def test_a_ror_with_two_letters_exchanged_has_another_checksum() -> None:
    assert is_ror("00wk2mp56")
    assert not is_ror("00wk2pm56")
    assert not is_ror("00wk2mp5")


def test_every_line_of_the_audit_is_in_the_data_as_said(reference: Reference) -> None:
    assert [str(each) for each in contradictions(read_audit(), reference)] == []


def test_the_audit_speaks_of_every_section_and_has_all_three_outcomes() -> None:
    lines = read_audit()
    assert {line.section for line in lines} == set(SECTIONS)
    assert {line.outcome for line in lines} == set(OUTCOMES)


def test_data_that_lost_a_correction_contradict_the_audit(reference: Reference) -> None:
    dalian = ("body_id", "dalian-university-of-technology")
    broken = set_value("military_bodies", dalian, "openalex_id", "I1")(reference)
    (found,) = contradictions(read_audit(), broken)
    assert "the audit says `I27357992`, the data say `I1`" in str(found)


def test_the_page_of_the_audit_is_written_from_its_file() -> None:
    assert PAGE.read_text(encoding="utf-8") == audit_page(read_audit())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("corrected", "mended", "is no section and outcome"),
        ("2026-11-28\n", "\n", "a source, a day or a reason is missing"),
        ("I1335922745,I4210090176", "I4210090176,I4210090176", "what is corrected changed"),
    ],
)
def test_a_line_of_the_audit_without_its_reason_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (REPOSITORY / "docs" / "audit.csv").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "audit.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ListBroken, match=message):
        read_audit(tmp_path / "audit.csv")


def test_the_command_counts_the_rows_and_ends_with_how_many_are_consistent(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit_reference(settings)
    lines = capsys.readouterr().out.splitlines()
    rows, consistent = re.fullmatch(r"rows: (\d+), consistent: (\d+)", lines[-1]).groups()  # type: ignore[union-attr]
    assert rows == consistent
    (in_all,) = [line.split() for line in lines if line.startswith("in all")]
    assert sum(int(count) for count in in_all[2:5]) == len(read_audit()) == int(in_all[5])


def test_every_topic_whose_name_speaks_of_ai_has_a_decision(reference: Reference) -> None:
    topics = REPOSITORY.parent / "shared" / "data" / "openalex" / "topics.csv"
    if not topics.is_file():
        pytest.skip("the list of OpenAlex's topics is not there")
    # of machines: not how people learn, nor brains and eyes
    speaks_of_ai = re.compile(
        r"\b(AI|Artificial Intelligence|(Machine|Deep|Reinforcement|Iterative) Learning|Neural (Networks?|Computing)"
        r"|(Computer|Industrial) Vision|Speech|Robot\w*|Fuzzy)\b"
    )
    with topics.open(encoding="utf-8", newline="") as handle:
        candidates = {row["id"] for row in csv.DictReader(handle) if speaks_of_ai.search(row["display_name"])}
    assert len(candidates) > 50
    assert candidates - set(reference.subjects["ai-v2"]) == set()


def test_a_build_refuses_a_figure_that_it_cannot_count_before_it_begins(reference: Reference) -> None:
    require_countable(Path("seeds"), reference.tables)
    broken = figure("strict_pla_papers", "counted_of", "strict_pl")(figure("joint_papers", "period", "all")(reference))
    with pytest.raises(ReferenceBroken) as caught:
        require_countable(Path("seeds"), broken.tables)
    assert caught.value.what.startswith("headline_figures, row joint_papers: period `all` is neither a year")
    assert "1 more" in caught.value.what
    assert caught.value.where == "seeds/headline_figures.csv"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2,3\n", "line 2"),
        (b"a,b\n1,2\n3\n", "line 3"),
        ("a,b\nü,2\n".encode("latin-1"), "UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-8"),
    ],
)
def test_a_table_that_is_no_table_is_named_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "studies.csv"
    file.write_bytes(content)
    with pytest.raises(ContractError) as caught:
        read_rows(file)
    assert message in f"{caught.value.what} {caught.value.where}"
