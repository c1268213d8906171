"""What becomes of a work's fields, in every generation of the source."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from include.contracts.content import content_hash
from include.flatten import flatten_batch
from include.settings import Settings
from tests.unit.flatten.conftest import Flat
from tests.unit.flatten.raw_batches import authorship, institution, topic, work, write_batch

NSFC = "https://openalex.org/F4320321001"


def test_a_work_has_short_ids_bare_doi_and_typed_dates(flat: Flat) -> None:
    record = work(1)
    [row] = flat(record)["works"]
    assert row["work_id"] == "W1"
    assert row["doi"] == "10.5555/example.1"
    assert row["publication_year"] == 2020
    assert row["publication_date"] == date(2020, 5, 17)
    assert row["updated_at"] == datetime(2026, 2, 16, 7, 36, 33, 822630)
    assert row["created_at"] == datetime(2025, 10, 10)
    assert row["primary_topic_id"] == "T10"
    assert row["authors_count"] == 1
    assert row["is_authors_truncated"] is False
    assert row["content_hash"] == content_hash(record)


def test_years_are_numbers_however_they_are_written(flat: Flat) -> None:
    written = [2021, "2021", " 2021 ", "2021.0", 2021.0]
    works = flat(*[work(n, publication_year=year) for n, year in enumerate(written)])["works"]
    assert [row["publication_year"] for row in works] == [2021] * len(written)


def test_of_numbers_that_cannot_be_nothing_is_kept_and_the_work_stays(flat: Flat) -> None:
    counts = {"cited_by_count": -1, "referenced_works_count": -2, "authors_count": -3}
    odd = work(1, **counts, fwci=-0.5, primary_topic={**topic(10), "score": -1})
    endless = work(2, fwci="Infinity")
    no_number = work(3, fwci="NaN", primary_topic={**topic(10), "score": "Infinity"})
    works = flat(odd, endless, no_number, work(4, cited_by_count=0, fwci=0.0))["works"]
    assert [row["work_id"] for row in works] == ["W1", "W2", "W3", "W4"]
    assert [row["fwci"] for row in works] == [None, None, None, 0.0]
    assert [row["primary_topic_score"] for row in works][::2] == [None, None]
    assert (works[0]["cited_by_count"], works[0]["referenced_works_count"]) == (None, None)
    # their list says how many authors there are
    assert (works[0]["authors_count"], works[0]["is_authors_truncated"]) == (1, False)
    assert works[3]["cited_by_count"] == 0


def test_a_host_venue_stands_in_for_the_primary_location(flat: Flat) -> None:
    venue = {"id": "https://openalex.org/V7", "display_name": "Invented Journal", "publisher": "Invented Press",
             "type": "journal"}  # fmt: skip
    source = {"id": "https://openalex.org/S9", "display_name": "Newer Journal", "host_organization_name": "Newer Press"}
    old, both, nothing = flat(
        work(1, host_venue=venue),
        work(2, host_venue=venue, primary_location={"source": source}),
        work(3, host_venue={"id": None, "display_name": None, "publisher": None}, primary_location={"source": None}),
    )["works"]
    named = ("source_id", "source_name", "source_type", "publisher_name")
    assert [old[name] for name in named] == ["S7", "Invented Journal", "journal", "Invented Press"]
    assert [both[name] for name in named] == ["S9", "Newer Journal", "journal", "Newer Press"]
    assert [nothing[name] for name in named] == [None] * 4


def test_a_null_in_a_list_of_funding_names_no_funder(flat: Flat) -> None:
    grant = {"funder": NSFC, "funder_display_name": "NSFC", "award_id": "1"}
    tables = flat(work(1, funders=[None], awards=[None], grants=[None, grant]))
    assert [row["funder_id"] for row in tables["work_funders"]] == ["F4320321001"]
    assert [row["funder_award_id"] for row in tables["work_awards"]] == ["1"]


def test_times_are_read_as_utc_however_they_are_written(flat: Flat) -> None:
    cases = {
        "2026-02-16": datetime(2026, 2, 16),
        "2026-02-16T07:36:33Z": datetime(2026, 2, 16, 7, 36, 33),
        "2026-02-16T07:36:33.5+02:00": datetime(2026, 2, 16, 5, 36, 33, 500000),
        "some day": None,
        None: None,
    }
    works = flat(*[work(n, updated_date=written) for n, written in enumerate(cases)])["works"]
    assert [row["updated_at"] for row in works] == list(cases.values())


def test_html_entities_are_characters_and_markup_that_is_escaped_twice_stays_text(flat: Flat) -> None:
    cases = {
        "R&amp;D &lt;i&gt;of&lt;/i&gt; &quot;all&quot; people&apos;s": 'R&D <i>of</i> "all" people\'s',
        "man&#39;s": "man's",
        "AT&T": "AT&T",
        "the People&#8217;s and the People&#x2019;s": "the People’s and the People’s",
        "the People&#8217s and the People&#x2019s": "the People’s and the People’s",
        "&Eacute;tude &ndash; caf&eacute;": "Étude – café",
        "twice &amp;amp; thrice &amp;amp;amp; escaped &amp;#8217;": "twice & thrice & escaped ’",
        "of Windows&#146; making": "of Windows’ making",
        "&bogus; &#0; &#99999999;": "&bogus; &#0; &#99999999;",
        "&amp;lt;": "&lt;",
        "   ": None,
        "שלום \u202b مرحبا \u0007\u0000 end": "שלום \u202b مرحبا \u0007\u0000 end",
    }
    works = flat(*[work(n, display_name=written) for n, written in enumerate(cases)])["works"]
    assert {row["work_id"]: row["title"] for row in works} == {f"W{n}": text for n, text in enumerate(cases.values())}


def test_older_records_have_their_title_under_another_name(flat: Flat) -> None:
    [row] = flat(work(1, display_name=..., title="An old title"))["works"]
    assert row["title"] == "An old title"


def test_an_author_who_stands_twice_in_the_list_stays_twice(flat: Flat) -> None:
    tables = flat(work(1, authorships=[authorship(5), authorship(6), authorship(5)]))
    assert [(row["author_index"], row["author_id"]) for row in tables["authorships"]] == [
        (1, "A5"),
        (2, "A6"),
        (3, "A5"),
    ]
    assert len(tables["authorship_institutions"]) == 3


def test_an_authorship_without_author_or_content_keeps_its_place(flat: Flat) -> None:
    nobody = {"author": {"id": None}, "institutions": [], "countries": []}
    tables = flat(work(1, authorships=[nobody, None, authorship(6)]))
    assert [(row["author_index"], row["author_id"]) for row in tables["authorships"]] == [
        (1, None),
        (2, None),
        (3, "A6"),
    ]


def test_an_institution_repeated_within_an_authorship_counts_once(flat: Flat) -> None:
    tables = flat(work(1, authorships=[authorship(5, institutions=[institution(1), institution(1), institution(2)])]))
    found = [(row["institution_index"], row["institution_id"]) for row in tables["authorship_institutions"]]
    assert found == [(1, "I1"), (3, "I2")]


def test_the_institutions_of_works_tell_their_lineage(flat: Flat) -> None:
    tables = flat(work(1, authorships=[authorship(5), authorship(5)]))
    assert [tuple(row.values()) for row in tables["institution_lineage"]] == [("I5", "I5"), ("I5", "I900")]


def test_countries_of_an_authorship_say_where_they_come_from(flat: Flat) -> None:
    cases: list[tuple[Any, list[str | None], list[tuple[str, str]]]] = [
        (["FR"], ["FR"], [("FR", "institution")]),
        (["CN", "fr"], ["FR"], [("CN", "parsed"), ("FR", "institution")]),
        (["CN"], [], [("CN", "parsed")]),
        ([], ["DE"], [("DE", "institution")]),
        (["CN", "CN", None, "", "China", "C1"], [None], [("CN", "parsed")]),
        (None, ["HK"], [("HK", "institution")]),
    ]
    authorships = [
        authorship(
            1,
            countries=countries,
            institutions=[institution(n, country_code=code) for n, code in enumerate(of_institutions)],
        )
        for countries, of_institutions, _ in cases
    ]
    found = flat(work(1, authorships=authorships))["authorship_countries"]
    assert [(row["author_index"], row["country_code"], row["country_basis"]) for row in found] == [
        (index, *country) for index, (_, _, expected) in enumerate(cases, start=1) for country in expected
    ]


def test_each_country_says_whether_the_sources_filter_shows_it(flat: Flat) -> None:
    """The filter reads `countries` of the first 100 authors, or the institutions where there is no such field."""
    french = [institution(1, country_code="FR")]
    seen = {
        1: (["FR", "CN"], french, "countries", [("CN", True), ("FR", True)]),
        2: (["CN"], french, "countries", [("CN", True), ("FR", False)]),
        3: ([], french, "countries", [("FR", False)]),
        4: (None, french, "institutions", [("FR", True)]),
        100: (["LU"], [], "countries", [("LU", True)]),
        101: (["LU"], french, "nothing", [("FR", False), ("LU", False)]),
        102: (None, french, "nothing", [("FR", False)]),
    }
    authorships = [authorship(index, countries=[], institutions=[]) for index in range(1, 103)]
    for index, (countries, institutions, _, _) in seen.items():
        authorships[index - 1] = authorship(index, countries=countries, institutions=institutions)
    del authorships[3]["countries"]

    tables = flat(work(1, authorships=authorships))

    reads = {row["author_index"]: row["filter_reads"] for row in tables["authorships"]}
    assert {index: reads[index] for index in seen} == {index: reads_of for index, (_, _, reads_of, _) in seen.items()}
    assert [
        (row["author_index"], row["country_code"], row["is_shown_by_filter"]) for row in tables["authorship_countries"]
    ] == [(index, *country) for index, (_, _, _, expected) in seen.items() for country in expected]


def test_addresses_come_with_the_number_of_institutions_found_in_them(flat: Flat) -> None:
    affiliations = [
        {"raw_affiliation_string": "Somewhere &amp; Co", "institution_ids": ["https://openalex.org/I1", None]},
        {"raw_affiliation_string": "Nowhere", "institution_ids": []},
    ]
    tables = flat(
        work(
            1, authorships=[authorship(1, affiliations=affiliations, raw_affiliation_strings=["Nowhere", "Elsewhere"])]
        )
    )
    found = [
        (row["affiliation_index"], row["raw_affiliation_string"], row["institutions_count"])
        for row in tables["affiliation_strings"]
    ]
    assert found == [(1, "Somewhere & Co", 1), (2, "Nowhere", 0), (4, "Elsewhere", None)]


def test_addresses_of_older_generations_are_found(flat: Flat) -> None:
    nobody: dict[str, Any] = {"author": {"id": None}, "institutions": []}
    older = [{**nobody, "raw_affiliation_strings": ["Old place"]}, {**nobody, "raw_affiliation_string": "Older place"}]
    found = flat(work(1, authorships=older))["affiliation_strings"]
    assert [(row["raw_affiliation_string"], row["institutions_count"]) for row in found] == [
        ("Old place", None),
        ("Older place", None),
    ]


def test_topics_are_unique_and_hold_the_primary_one(flat: Flat) -> None:
    tables = flat(
        work(1, topics=[topic(11), topic(11)], primary_topic=topic(10)), work(2, topics=..., primary_topic=None)
    )
    found = [(row["work_id"], row["topic_id"], row["is_primary"], row["subfield_id"]) for row in tables["work_topics"]]
    assert found == [("W1", "T11", False, "1702"), ("W1", "T10", True, "1702")]


def test_the_three_generations_of_funding_fields_become_one(flat: Flat) -> None:
    grants = [{"funder": NSFC, "funder_display_name": "NSFC", "award_id": "61773139"}]
    awards = [
        {
            "id": "https://openalex.org/G7",
            "funder_award_id": "61773139",
            "funder_id": NSFC,
            "funder_display_name": "NSFC",
        }
    ]
    funders = [{"id": NSFC, "display_name": "National R&amp;D", "ror": "https://ror.org/01h0zpd94"}]
    tables = flat(
        work(1, grants=grants, funders=..., awards=...),
        work(2, grants=grants, funders=funders, awards=awards),
        work(3, funders=[*funders, *funders], awards=awards),
        work(4, funders=..., awards=...),
    )
    assert [row["api_generation"] for row in tables["works"]] == ["grants", "grants+awards", "awards", None]
    found = [(row["work_id"], row["funder_id"], row["source_field"]) for row in tables["work_funders"]]
    assert sorted(found) == [
        ("W1", "F4320321001", "grants"),
        ("W2", "F4320321001", "awards"),
        ("W2", "F4320321001", "funders"),
        ("W2", "F4320321001", "grants"),
        ("W3", "F4320321001", "awards"),
        ("W3", "F4320321001", "funders"),
    ]
    by_field = {row["source_field"]: row for row in tables["work_funders"] if row["work_id"] == "W2"}
    assert (by_field["funders"]["funder_name"], by_field["funders"]["funder_ror"]) == ("National R&D", "01h0zpd94")
    awards_found = [
        (row["work_id"], row["award_index"], row["award_id"], row["funder_award_id"], row["source_field"])
        for row in tables["work_awards"]
    ]
    assert awards_found == [
        ("W1", 1, None, "61773139", "grants"),
        ("W2", 1, "G7", "61773139", "awards"),
        ("W2", 2, None, "61773139", "grants"),
        ("W3", 1, "G7", "61773139", "awards"),
    ]


def test_several_award_numbers_in_one_text_are_taken_apart_with_care(flat: Flat) -> None:
    cases = {
        "18K13235, 20K20132": ["18K13235", "20K20132"],
        "2019YFB1310000;61773139 ; 61773139": ["2019YFB1310000", "61773139"],
        "61876176 and 62006203": ["61876176", "62006203"],
        "29551/UN38.9/LK.04.00/2019": ["29551/UN38.9/LK.04.00/2019"],
        "1,234,567": ["1,234,567"],
        "Contract 77, Ministry of Examples": ["77"],
        "Fellowship": ["Fellowship"],
        None: [],
        "  ": [],
    }
    tables = flat(
        *[
            work(n, grants=[{"funder": NSFC, "funder_display_name": "NSFC", "award_id": text}])
            for n, text in enumerate(cases)
        ]
    )
    found = [(row["work_id"], row["award_index"], row["funder_award_id"]) for row in tables["work_awards"]]
    assert found == [
        (f"W{n}", index, number)
        for n, numbers in enumerate(cases.values())
        for index, number in enumerate(numbers, start=1)
    ]
    assert [row["funder_id"] for row in tables["work_funders"]] == ["F4320321001"] * len(cases)


def test_several_numbers_in_one_award_are_taken_apart_as_in_grants(flat: Flat) -> None:
    award = {"id": "https://openalex.org/G7", "funder_id": NSFC, "funder_display_name": "NSFC"}
    tables = flat(work(1, awards=[{**award, "funder_award_id": "81970045, 82000045"}]))
    assert [row["funder_award_id"] for row in tables["work_awards"]] == ["81970045", "82000045"]


def test_a_list_of_authors_shorter_than_their_number_is_truncated(flat: Flat) -> None:
    tables = flat(work(1, authors_count=150), work(2, is_authors_truncated=True), work(3))
    assert [row["is_authors_truncated"] for row in tables["works"]] == [True, True, False]
    assert tables["works"][0]["authors_count"] == 150


def test_no_author_name_reaches_the_typed_zone(flat: Flat) -> None:
    tables = flat(
        work(1),
        work(1, display_name="Another version"),
        work(2, publication_year=None),
        b'{"raw_author_name": "I. Person", "author": {"display_name": "Invented Person',
    )
    assert len(tables["quarantine"]) == 3
    text = json.dumps(tables, default=str)
    assert "I. Person" not in text
    assert "Invented Person" not in text
    assert "Invented Institute 1" in text


def test_a_country_counts_where_its_institution_has_no_id_and_no_name(flat: Flat) -> None:
    nobody = {"id": None, "display_name": None, "ror": None, "country_code": "CN", "lineage": None}
    authorships = [authorship(1, institutions=[nobody, {**nobody, "country_code": "GB"}]), authorship(2, countries=[])]
    authorships[1]["institutions"] = [{"ror": "https://ror.org/052gg0110", "country_code": "GB"}]
    del authorships[0]["countries"]
    tables = flat(work(1, authorships=authorships))
    found = [
        (row["author_index"], row["country_code"], row["is_shown_by_filter"]) for row in tables["authorship_countries"]
    ]
    assert found == [(1, "CN", True), (1, "GB", True), (2, "GB", False)]
    assert [row["ror"] for row in tables["authorship_institutions"]] == [None, None, "052gg0110"]


def test_ids_of_what_a_work_names_may_be_numbers_alone(flat: Flat) -> None:
    record = work(
        1,
        primary_topic={**topic(10), "id": 10036},
        topics=[{**topic(10), "id": "10036"}, {**topic(11), "id": "https://openalex.org/T11?select=id"}],
        primary_location={"source": {"id": 137773608, "display_name": "Invented Journal"}},
        authorships=[authorship(1, institutions=[institution(7, id=40120149, lineage=[40120149, "900"])])],
        funders=[{"id": 4320321001, "display_name": "Invented Fund"}],
        awards=[],
    )
    tables = flat(record)
    [row] = tables["works"]
    assert (row["primary_topic_id"], row["source_id"]) == ("T10036", "S137773608")
    assert [(row["topic_id"], row["is_primary"]) for row in tables["work_topics"]] == [("T10036", True), ("T11", False)]
    assert [row["institution_id"] for row in tables["authorship_institutions"]] == ["I40120149"]
    assert {row["ancestor_id"] for row in tables["institution_lineage"]} == {"I40120149", "I900"}
    assert [row["funder_id"] for row in tables["work_funders"]] == ["F4320321001"]


def test_countries_are_read_in_every_form_of_their_codes(flat: Flat) -> None:
    forms = ["GBR", "UK", "EL", "https://openalex.org/countries/CN", "United Kingdom", {"code": "FR"}, "\nde "]
    tables = flat(work(1, authorships=[authorship(1, countries=forms, institutions=[])]))
    assert [row["country_code"] for row in tables["authorship_countries"]] == ["CN", "DE", "GB", "GR"]


def test_countries_that_cannot_be_read_are_counted(settings: Settings) -> None:
    records = [
        work(1, authorships=[authorship(1, countries=["United Kingdom", {"code": "GB"}, "", None])]),
        work(2, authorships=[authorship(1, institutions=[institution(1, country_code="China")])]),
        work(3, authorships=[authorship(1, countries=["GBR"])]),
    ]
    typed = flatten_batch(settings, write_batch(settings, "works", records))
    assert typed.emptied_fields == {"authorships[].countries": 1, "authorships[].institutions[].country_code": 1}


def test_the_funder_of_an_award_may_stand_in_an_object_of_its_own(flat: Flat) -> None:
    award = {"funder_award_id": "7", "funder": {"id": NSFC, "display_name": "NSFC"}}
    [row] = flat(work(1, funders=[], awards=[award]))["work_awards"]
    assert (row["funder_id"], row["funder_name"], row["funder_award_id"]) == ("F4320321001", "NSFC", "7")


def test_a_funder_may_stand_with_its_number_in_crossrefs_registry(flat: Flat) -> None:
    numbers = ["https://doi.org/10.13039/501100001809", "501100000266"]
    record = work(
        1,
        funders=[{"id": number, "display_name": None} for number in numbers],
        awards=[{"funder_id": "10.13039/100000001", "funder_award_id": "7"}],
    )
    tables = flat(record)
    # an award's funder is a funder of the work
    assert [(row["funder_id"], row["funder_crossref_id"]) for row in tables["work_funders"]] == [
        (None, "100000001"),
        (None, "501100000266"),
        (None, "501100001809"),
    ]
    [award] = tables["work_awards"]
    assert (award["funder_id"], award["funder_crossref_id"]) == (None, "100000001")
