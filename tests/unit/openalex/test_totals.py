"""Totals ask the same questions on every run, keep whole answers, and are written only when a count changed."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest

from include.contracts.scope import ResolvedScope
from include.openalex import extract, sync_totals
from include.openalex.errors import MalformedPage
from include.openalex.scope import resolve_scope
from include.openalex.totals import most_questions
from include.raw_zone import list_batches
from include.settings import Settings

pytestmark = pytest.mark.usefixtures("no_pause")

# the scope has 2 years, 1 chunk, and 3 groups (EUROPE, CHINA, EU27)
QUESTIONS = {"world": 1, "group": 3, "group_partner": 3, "country": 2, "partner": 2}


@pytest.fixture(autouse=True)
def counts(source: Any) -> dict[str, dict[str, int]]:
    source.groups = {"publication_year": {"2019": 70, "2020": 80}, "authorships.countries": {"CN": 9, "DE": 5}}
    counts: dict[str, dict[str, int]] = source.groups
    return counts


def answers(settings: Settings) -> list[dict[str, Any]]:
    manifest = list_batches(settings, "totals")[-1]
    folder = settings.raw_zone / "totals" / f"batch={manifest.batch_id}"
    pages = [gzip.decompress((folder / page.file).read_bytes()) for page in manifest.pages]
    return [orjson.loads(line) for page in pages for line in page.splitlines()]


def test_every_question_of_the_scope_is_answered_once(settings: Settings, source: Any) -> None:
    (summary,) = sync_totals(settings)
    assert summary.received == summary.stored == sum(QUESTIONS.values())
    kinds = [record["query"]["kind"] for record in answers(settings)]
    assert {kind: kinds.count(kind) for kind in QUESTIONS} == QUESTIONS
    partner = next(record for record in answers(settings) if record["query"]["kind"] == "partner")
    query = partner["query"]
    assert (query["condition_code"], query["group_code"], query["year"], query["topic_chunk"]) == (
        "CHINA",
        None,
        2019,
        1,
    )
    assert query["filter"].startswith("authorships.countries:cn,primary_topic.id:T10028|T10036,publication_year:2019")
    assert partner["group_by"][0] == {"key": "CN", "key_display_name": "CN", "count": 9}
    groups = {record["query"]["group_code"] for record in answers(settings) if record["query"]["kind"] == "group"}
    assert groups == {"EUROPE", "CHINA", "EU27"}


def test_a_scope_that_loads_every_work_asks_for_no_totals(
    settings: Settings, source: Any, make_settings: Any, tmp_path: Any, scope_text: str
) -> None:
    (tmp_path / "scope.yaml").write_text(f"admit: everything\n{scope_text}")
    resolved = resolve_scope(make_settings())
    assert resolved.admit == "everything"
    assert sync_totals(make_settings(), full=True) == []
    assert most_questions(resolved) == 0
    assert source.requests == []


def test_years_without_papers_are_not_asked_for(settings: Settings, source: Any, counts: Any) -> None:
    del counts["publication_year"]["2019"]
    (summary,) = sync_totals(settings)
    assert summary.received == sum(QUESTIONS.values()) - 2


def test_totals_are_asked_again_after_works_and_stored_when_they_changed(
    settings: Settings, source: Any, counts: Any, make_work: Any
) -> None:
    sync_totals(settings)
    assert sync_totals(settings) == []
    source.works = [make_work(1)]
    extract(settings, "works-2019")
    (same,) = sync_totals(settings)
    assert (same.batch_id, same.stored) == (None, 0)
    counts["authorships.countries"]["DE"] = 6
    (changed,) = sync_totals(settings, full=True)
    assert changed.stored == QUESTIONS["country"] + QUESTIONS["partner"]


def test_totals_are_asked_again_when_a_group_has_other_members_though_nothing_was_swept(
    settings: Settings, source: Any
) -> None:
    sync_totals(settings)
    scope = ResolvedScope.load(settings.resolved_scope_file)
    (group,) = scope.groups
    smaller = group.model_copy(update={"countries": group.countries[1:]})
    scope.model_copy(update={"groups": (smaller,)}).save(settings.resolved_scope_file)
    (asked,) = sync_totals(settings)
    assert asked.stored == QUESTIONS["group"] // 3 + QUESTIONS["group_partner"] // 3, "the group's own answers alone"
    assert sync_totals(settings) == []


def test_the_order_of_equal_counts_is_no_change(settings: Settings, source: Any, counts: Any) -> None:
    sync_totals(settings)
    counts["authorships.countries"] = {"DE": 5, "CN": 9}
    (again,) = sync_totals(settings, full=True)
    assert again.stored == 0


def test_an_answer_of_several_pages_is_kept_whole(settings: Settings, source: Any, answer: Any) -> None:
    def page(path: str, parameters: dict[str, str]) -> Any:
        if parameters.get("group_by") != "authorships.countries":
            return None
        codes = {"*": (["AA", "AB"], "next"), "next": (["AC"], None)}[parameters["cursor"]]
        groups = [{"key": code, "count": 1} for code in codes[0]]
        return answer(body={"meta": {"count": 3, "per_page": 2, "next_cursor": codes[1]}, "group_by": groups})

    source.intercept = page
    sync_totals(settings)
    country = next(record for record in answers(settings) if record["query"]["kind"] == "country")
    assert [group["key"] for group in country["group_by"]] == ["AA", "AB", "AC"]


def test_an_answer_without_groups_is_refused(settings: Settings, source: Any, answer: Any) -> None:
    source.intercept = lambda path, parameters: answer(body={"meta": {"count": 3}, "results": []})
    with pytest.raises(MalformedPage):
        sync_totals(settings)
    assert list_batches(settings, "totals") == []
