"""Each sentence says what its numbers are: rise, fall, no change, small cells, years that are not complete, nothing."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from include.report import sentences, words
from include.report.reading import QUERIES, Reading


def reading(
    papers: Sequence[int],
    *,
    all_papers: int | None = 1000,
    partner_papers: Sequence[int | None] | None = None,
    funded: int = 0,
    of_partner: int = 0,
    linked: int = 0,
    is_complete: bool = True,
    bodies: int = 1,
) -> Reading:
    """Joint papers of Europe and China in the years from 2017 on, with what a sentence may need."""
    years = [
        {
            "reporter_code": "EUROPE",
            "publication_year": 2017 + number,
            "joint_papers": count,
            "joint_paper_credit": count / 2,
            "all_papers": all_papers,
            "partner_papers": partner_papers[number] if partner_papers else all_papers,
            "papers_with_funding": funded,
            "papers_with_side_b_funder": of_partner,
            "papers_with_side_a_funder": 0,
            "papers_with_both_funders": 0,
            "is_complete_year": is_complete,
        }
        for number, count in enumerate(papers)
    ]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in QUERIES}
    rows["reporters"] = [
        {"reporter_code": "EUROPE", "reporter_name": "Europe (EU27)", "reporter_kind": "group", "is_side_a": True}
    ]
    rows["years"] = years
    rows["period"] = [
        {"publication_year": row["publication_year"], "is_complete_year": is_complete} for row in years if any(papers)
    ]
    rows["side_b"] = [{"side_name": "China (mainland)"}]
    rows["listed_bodies"] = [{"bodies": bodies}]
    rows["links"] = [
        {
            "reporter_code": "EUROPE",
            "definition_code": code,
            "definition_name": code,
            "definition_order": order,
            "listing_basis": basis,
            "linked_papers": linked if code == "any_list" else 0,
        }
        for order, code in enumerate(("strict_pla", "any_list"))
        for basis in ("today", "at_publication")
    ]
    return Reading(cast(Any, SimpleNamespace(data_origin="openalex")), cast(Any, None), rows)


def said(sentence: Any) -> str:
    """A sentence without its markup."""
    return "" if sentence is None else str(sentence.striptags())


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ([100, 150, 260], "wrote 260 papers together in 2019, 2.6 times as many as in 2017 (100)."),
        ([100, 120], "wrote 120 papers together in 2018, +20 % on 2017 (100)."),
        ([200, 150], "wrote 150 papers together in 2018, fewer than in 2017 (200; −25 %)."),
        ([1000, 1001], "wrote 1,001 papers together in 2018, about as many as in 2017 (1,000)."),
        ([24, 260], "wrote 260 papers together in 2018 and 24 in 2017: too few to speak of growth."),
        ([1, 0, 30], "wrote 30 papers together in 2019 and 1 in 2017: too few to speak of growth."),
        ([40], "wrote 40 papers together in 2017."),
        ([1], "wrote 1 paper together in 2017."),
    ],
)
def test_volume(papers: list[int], expected: str) -> None:
    assert said(sentences.volume(reading(papers))) == f"Europe and China {expected}"


def test_volume_of_years_that_are_not_complete() -> None:
    assert "in 2018 (no year is complete yet)" in said(sentences.volume(reading([100, 120], is_complete=False)))


def test_nothing_to_say_of_no_papers() -> None:
    nothing = reading([0, 0])
    assert all(sentence(nothing) is None for sentence in sentences.FINDINGS.values())


def test_shares_of_output() -> None:
    text = said(sentences.shares_of_output(reading([50, 100], partner_papers=[500, 1000])))
    assert (
        text == "That is 10.0 % of all papers of Europe on the subject in 2018 (5.0 % in 2017), "
        "and 10.0 % of those of China."
    )


def test_a_share_of_a_small_cell_is_not_stated_of_the_first_year_either() -> None:
    text = said(sentences.shares_of_output(reading([24, 100], partner_papers=[200, 2000])))
    assert text == "That is 10.0 % of all papers of Europe on the subject in 2018, and 5.0 % of those of China."


def test_a_fall_of_the_partners_share_is_added() -> None:
    text = said(sentences.shares_of_output(reading([50, 50], partner_papers=[500, 1000])))
    assert text.endswith("The share of the papers of China fell, from 10.0 % in 2017.")


def test_without_denominators_the_share_is_not_known() -> None:
    assert "is not known" in said(sentences.shares_of_output(reading([50, 100], all_papers=None)))


def test_a_share_of_a_small_cell_is_not_stated() -> None:
    assert sentences.shares_of_output(reading([50, 24])) is None


@pytest.mark.parametrize(
    ("funded", "of_partner", "expected"),
    [
        (0, 0, "Who pays is not known: none of the 200 joint papers of 2017–2018 names a funder."),
        (10, 10, "20 of the 200 joint papers of 2017–2018 disclose funding: too few to say who pays."),
        (
            50,
            40,
            "50.0 % of the 200 joint papers of 2017–2018 disclose funding. 80.0 % of these 100 have a funder of China, "
            "that is 40.0 % of all joint papers; 0.0 % of them have funders of both sides.",
        ),
        (
            50,
            0,
            "50.0 % of the 200 joint papers of 2017–2018 disclose funding. Of which side the funders are is not known "
            "for any of these 100.",
        ),
    ],
)
def test_funding(funded: int, of_partner: int, expected: str) -> None:
    assert said(sentences.funding(reading([100, 100], funded=funded, of_partner=of_partner))) == expected


def test_links_say_what_a_listing_is_not() -> None:
    text = said(sentences.links(reading([100, 100], linked=50)))
    assert text.startswith("25.0 % of the 200 joint papers of 2017–2018 have an institution that is on a military")
    assert text.endswith("A listing is not a finding about a paper, a person or a collaboration.")


def test_links_of_few_papers_are_counts() -> None:
    text = said(sentences.links(reading([10, 10], linked=5)))
    assert text.startswith("5 of the 20 joint papers of 2017–2018 have an institution")
    assert "%" not in text


def test_one_paper_is_one_paper() -> None:
    one = reading([1], linked=1, funded=1)
    assert said(sentences.linked_papers(one)).startswith("1 of the 1 joint paper of 2017 has an institution")
    assert said(sentences.funding(one)).startswith("1 of the 1 joint paper of 2017 discloses funding")


def test_links_without_a_listed_body() -> None:
    assert said(sentences.linked_papers(reading([100], bodies=0))).startswith(
        "No body on the lists is of Europe or of China"
    )


def with_countries(papers: dict[str, tuple[int, int]]) -> Reading:
    """Europe with these countries, each with its joint papers of two years."""
    europe = reading([sum(first for first, _ in papers.values()), sum(last for _, last in papers.values())])
    for code, (first, last) in papers.items():
        europe.rows["reporters"].append(
            {"reporter_code": code, "reporter_name": code, "reporter_kind": "country", "is_side_a": False}
        )
        for row, count in zip(europe.rows["years"][:2], (first, last), strict=True):
            europe.rows["years"].append({**row, "reporter_code": code, "joint_papers": count})
    return europe


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ({"AT": (50, 100), "DE": (50, 75)}, "Joint papers grew in all 2 countries"),
        ({"AT": (50, 100), "DE": (50, 25)}, "Joint papers grew in 1 of the 2 countries"),
        ({"AT": (50, 40), "DE": (50, 30)}, "Joint papers grew in none of the 2 countries that have enough of them to "),
        ({"AT": (50, 40), "DE": (50, 1)}, "Only AT has enough joint papers to speak of growth: −20 %"),
        ({"AT": (1, 40), "DE": (50, 1)}, "No country has enough joint papers"),
    ],
)
def test_growth_of_countries(papers: dict[str, tuple[int, int]], expected: str) -> None:
    assert said(sentences.growth(with_countries(papers))).startswith(expected)


def test_the_rank_of_side_a_is_among_all_countries() -> None:
    europe = with_countries({"AT": (50, 40), "DE": (50, 40)})
    europe.rows["partners"].append(
        {
            "publication_year": 2018,
            "joint_papers": 500,
            "country_code": "US",
            "country_name": "United States",
            "is_side_a_country": False,
        }
    )
    europe.rows["ahead_of_side"] = [{"countries": 14}]
    text = said(sentences.first_partner(europe))
    assert "is the United States: 500 in 2018. Europe as one would be number 15." in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [("United Kingdom", "the United Kingdom"), ("Germany", "Germany"), ("Netherlands", "the Netherlands")],
)
def test_names_with_an_article(name: str, expected: str) -> None:
    assert words.in_a_sentence(name) == expected


def test_published_figures_are_no_more_exact_than_given() -> None:
    assert words.published(0.05, "share", "about") == "about 5 %"
