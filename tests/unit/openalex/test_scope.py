"""A scope resolves to codes the marts know, and every mistake in its file is told with file, key and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.contracts.scope import ResolvedScope
from include.openalex.scope import ScopeError, chunks, read_scope, resolve_scope
from include.settings import REPOSITORY, Settings

Make = Callable[..., Settings]


@pytest.mark.parametrize("name", ["ai_europe_china", "demo", "recorded"])
def test_every_scope_of_the_repository_resolves(make_settings: Make, name: str) -> None:
    scope = read_scope(make_settings(ENTANGLED_SCOPE=name))
    assert scope.scope_id == name
    assert len(scope.side_a.countries) == 30
    assert {"GB", "NO", "CH"} <= set(scope.side_a.countries)
    assert scope.side_b.countries == ("CN",)


@pytest.mark.parametrize("file", sorted((REPOSITORY / "config" / "scopes").glob("*.yaml")), ids=lambda file: file.stem)
def test_groups_of_every_scope_of_the_repository_lie_within_side_a(make_settings: Make, file: Path) -> None:
    scope = read_scope(make_settings(ENTANGLED_SCOPE=file.stem))
    assert [group.code for group in scope.groups if not set(group.countries) <= set(scope.side_a.countries)] == []


def test_the_resolved_scope_is_written_for_later_stages(settings: Settings) -> None:
    scope = resolve_scope(settings)
    assert ResolvedScope.load(settings.resolved_scope_file) == scope
    assert [topic.topic_id for topic in scope.topics] == ["T10028", "T10036"]


def test_topics_are_cut_evenly_and_in_order() -> None:
    ids = [f"T{number}" for number in range(105)]
    cut = chunks(ids)
    assert [len(piece) for piece in cut] == [53, 52]
    assert [each for piece in cut for each in piece] == ids
    assert chunks([]) == ((),)
    assert [len(piece) for piece in chunks(ids[:100])] == [100]


def test_the_version_follows_what_decides_the_works_and_nothing_else(
    tmp_path: Path, make_settings: Make, scope_text: str
) -> None:
    def version(text: str) -> str:
        (tmp_path / "scope.yaml").write_text(text)
        return read_scope(make_settings()).fetch_version

    first = version(scope_text)
    assert version(scope_text.replace("A test scope", "Renamed")) == first
    assert version(scope_text.replace("max_records: 1000", "max_records: 10")) == first
    assert version(scope_text.replace("to: 2020", "to: 2021")) != first
    assert version(scope_text.replace("[T10028, T10036]", "[T10028]")) != first
    assert version(scope_text.replace("side_b: CHINA", "side_b: US")) != first


def test_a_running_year_is_one_scope_in_every_year_and_knows_its_former_names(
    tmp_path: Path, make_settings: Make, scope_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_year(year: int, last: str) -> ResolvedScope:
        monkeypatch.setattr("include.openalex.scope.utc_now", lambda: datetime(year, 1, 1, tzinfo=UTC))
        (tmp_path / "scope.yaml").write_text(scope_text.replace("to: 2020", f"to: {last}"))
        return read_scope(make_settings())

    before, after = in_year(2026, "today"), in_year(2027, "today")
    assert (before.year_to, after.year_to) == (2026, 2027)
    assert before.fetch_version == after.fetch_version
    # homes of 2026 named the year: what they fetched is still what is asked for
    named = in_year(2026, "2026").fetch_version
    assert after.is_version(named)
    assert named != after.fetch_version
    fixed = in_year(2027, "2026")
    assert (fixed.fetch_version, fixed.is_version(after.fetch_version)) == (named, False)


@pytest.mark.parametrize(
    ("old", "new", "what", "key", "fix"),
    [
        ("side_b: CHINA", "side_b: UK", "unknown country `UK`", "key side_b", "did you mean GB?"),
        ("side_b: CHINA", "side_b: XQ", "unknown country `XQ`", "key side_b", "countries.csv"),
        ("side_b: CHINA", "side_b: ZZ", "`ZZ` stands for works without a known country", "key side_b", "take it out"),
        ("side_b: CHINA", "side_b: [CN, ZZ]", "`ZZ` stands for works", "key side_b.1", "take it out"),
        ("side_b: CHINA", "side_b: NO", "side_b is NO, which YAML reads as false", "key side_b", 'quote it: "NO"'),
        ("side_b: CHINA", "side_b: [CN, no]", "side_b.1 is no, which YAML reads as false", "key side_b.1", '"no"'),
        ("side_b: CHINA", "side_b: On", "side_b is On, which YAML reads as true", "key side_b", 'quote it: "On"'),
        ("side_b: CHINA", "side_b: 0x1F", "side_b is 0x1F, which YAML reads as int", "key side_b", '"0x1F"'),
        ("side_b: CHINA", "side_b: [1.5]", "side_b.0 is 1.5, which YAML reads as float", "key side_b.0", "quote it"),
        ("side_b: CHINA", "side_b: 2020-01-01", "which YAML reads as date", "key side_b", 'quote it: "2020-01-01"'),
        ("side_b: CHINA", "side_b: [CN, QQ]", "unknown country `QQ`", "key side_b.1", "countries.csv"),
        ("side_a: EUROPE", "side_a: EUROPA", "unknown group `EUROPA`", "key side_a", "did you mean EUROPE"),
        ("groups: [EU27]", "groups: [EU28]", "unknown group `EU28`", "key groups.0", "did you mean EU27"),
        ("T10036]", "T10037]", "unknown topic `T10037`", "key topics.1", "did you mean T1"),
        ("T10036]", "Topic Modelling]", "unknown topic `Topic Modelling`", "key topics.1", "Topic Modeling"),
        ("subject: ai-v1", "subject: ai-v9", "unknown subject `ai-v9`", "key subject", "did you mean ai-v"),
        ("from: 2019", "from: 3019", "first year 3019", "key years.from", "correct it"),
        ("to: 2020", "to: 2018", "last year 2018", "key years.to", "today"),
        ("to: 2020", "to: now", "now is neither a year nor `today`", "years.to", "example"),
        ("to: 2020", "to: Today", "Today is neither a year nor `today`", "years.to", "example"),
        ("to: 2020", "to: 2022-13-45", "month must be in 1..12", "scope.yaml", "correct it"),
        ("from: 2019", "from: yes", "True is no year", "years.from", "example"),
        ("side_b: CHINA", "side_b: " + 5000 * "[", "too many brackets", "scope.yaml", "correct it"),
        ("side_b: CHINA", "side_b: TW\nside_b: CN", "the key `side_b` stands twice", "line 8", "correct it"),
        ("[EU27]", "[EU27, EU27]", "`EU27` stands twice", "key groups.1", "take it out"),
        ("[EU27]", "[EUROPE]", "`EUROPE` is a side", "key groups.0", "take it out"),
        ("[EU27]", "[EU27, GB]", "`GB` is a country of side_a", "key groups.1", "take it out"),
        ("title:", "titel:", "title", "title", "example"),
        ("groups:", "grups:", "grups", "key grups", "did you mean groups"),
        ("side_b: CHINA", "side_b: [DE]", "DE stands on both sides", "side_a and side_b", "take it out"),
        ("[EU27]", "[EU27, FIVE_EYES]", "(AU, CA, NZ, US), whose papers", "key groups.1", "a scope of its own"),
        ("[EU27]", "[REGION_ASIA]", "`REGION_ASIA` holds countries that", "key groups.0", "without CN"),
        ("[EU27]", "[US]", "`US` holds countries that side_a does not (US)", "key groups.0", "take it out"),
        ("side_a: EUROPE", "side_a: [DE, FR]", "AT, BE, BG, CY, CZ and 20 more", "key groups.0", "take it out"),
        ("scope: test", "scope: [test", "not valid YAML", "line", "correct it"),
        ("side_b: CHINA", "side_b: []", "a side has no countries", "key side_b", "country codes"),
        ("side_b: CHINA", 'side_b: CHINA\nside_b_title: ""', "side_b_title", "key side_b_title", "example"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_key_and_remedy(
    tmp_path: Path, make_settings: Make, scope_text: str, old: str, new: str, what: str, key: str, fix: str
) -> None:
    assert old in scope_text
    (tmp_path / "scope.yaml").write_text(scope_text.replace(old, new))
    with pytest.raises(ScopeError) as caught:
        read_scope(make_settings())
    assert what in caught.value.what
    assert str(tmp_path / "scope.yaml") in caught.value.where
    assert key in caught.value.where
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("side", "code", "name"),
    [
        ("side_a: CH", "CH", "Switzerland"),
        ("side_a: [CH]", "CH", "Switzerland"),
        ('side_a: ["NO", SE]', "SIDE_A", "Norway and Sweden"),
        ('side_a: [SE, "NO", SE]', "SIDE_A", "Sweden and Norway"),
        ("side_a: [GB, CH, IS, SE, DK]", "SIDE_A", "United Kingdom, Switzerland and 3 more countries"),
        ('side_a: ["NO", SE]\nside_a_title: Nordic countries', "SIDE_A", "Nordic countries"),
        ("side_a: EUROPE\nside_a_title: The Europe of the study", "EUROPE", "The Europe of the study"),
        ("side_a: GB\nside_a_title: Great Britain", "GB", "Great Britain"),
    ],
)
def test_a_side_has_the_name_that_the_scope_gives_it(
    tmp_path: Path, make_settings: Make, scope_text: str, side: str, code: str, name: str
) -> None:
    text = scope_text.replace("side_a: EUROPE", side).replace("groups: [EU27]", "groups: []")
    (tmp_path / "scope.yaml").write_text(text)
    resolved = read_scope(make_settings())
    assert (resolved.side_a.code, resolved.side_a.name) == (code, name)
    assert resolved.side_b.name == "China (mainland)"


def test_an_unknown_scope_is_told_with_near_names(make_settings: Make) -> None:
    with pytest.raises(ScopeError) as caught:
        read_scope(make_settings(ENTANGLED_SCOPE="dmo"))
    assert "no scope `dmo`" in caught.value.what
    assert "did you mean demo?" in caught.value.fix


def test_a_name_that_is_too_long_for_a_file_is_no_scope(make_settings: Make) -> None:
    with pytest.raises(ScopeError, match="there is no scope `aaa"):
        read_scope(make_settings(ENTANGLED_SCOPE=5000 * "a"))


def test_lists_that_are_not_there_are_told_before_anything_is_asked(make_settings: Make, tmp_path: Path) -> None:
    with pytest.raises(ScopeError, match="is no folder"):
        read_scope(make_settings(ENTANGLED_EXTRA_LISTS=tmp_path / "nowhere"))


def test_a_refused_scope_leaves_the_one_before(settings: Settings, tmp_path: Path, scope_text: str) -> None:
    before = resolve_scope(settings)
    (tmp_path / "scope.yaml").write_text(scope_text.replace("CHINA", "CHIMA"))
    with pytest.raises(ScopeError):
        resolve_scope(settings)
    assert ResolvedScope.load(settings.resolved_scope_file) == before
