"""What `make bi` says when it cannot start, and what it keeps to itself. Superset: tests/e2e/test_superset.py."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from include.bi import checking, serving
from include.bi.checking import Number, Verdict, find_browser
from include.bi.pack import make_pack
from include.bi.serving import BiError, Secrets, papers_of, words_of
from include.bi.spec import read_pack
from include.settings import Settings
from tests.unit.releases import publish_record


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, ENTANGLED_HOME=tmp_path)  # type: ignore[call-arg]


def test_without_a_release_it_says_how_to_get_one(settings: Settings) -> None:
    with pytest.raises(BiError) as told:
        serving.up(settings)
    assert "there is no release yet" in told.value.what
    assert "make demo" in told.value.fix


def test_a_release_of_an_older_version_is_named_with_what_it_lacks(settings: Settings) -> None:
    publish_record(settings)
    with pytest.raises(BiError) as told:
        serving.up(settings)
    assert told.value.what.startswith("release 20261120T000000Z-abc123 is of an older version: it has no bi_")
    assert "publish a new one" in told.value.fix
    assert not settings.superset_home.exists(), "nothing is made for a release that cannot be shown"


def test_a_torn_release_is_not_taken_for_none(settings: Settings) -> None:
    (publish_record(settings) / "release.json").write_text("{")
    with pytest.raises(BiError) as told:
        serving.up(settings)
    assert "20261120T000000Z-abc123 is torn" in told.value.what
    assert "make rollback" in told.value.fix


def test_secrets_are_made_once_and_for_the_owner_alone(settings: Settings) -> None:
    made = Secrets.of(settings)
    assert Secrets.of(settings) == made
    assert len({made.admin, made.reader, made.secret_key}) == 3
    assert min(len(made.admin), len(made.reader)) >= 16 and len(made.secret_key) >= 64
    file = settings.superset_home / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.superset_home.stat().st_mode) == 0o700


def test_broken_secrets_are_told_with_what_to_do(settings: Settings) -> None:
    Secrets.of(settings)
    (settings.superset_home / "secrets.json").write_text(json.dumps({"admin": "a"}))
    with pytest.raises(BiError, match="secrets cannot be read"):
        Secrets.of(settings)


def test_what_does_not_run_is_not_stopped(settings: Settings) -> None:
    assert serving.down(settings) == []
    assert not serving.is_up(settings)


def test_without_chromium_the_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BiError) as told:
        find_browser()
    assert "apt-get install chromium" in told.value.fix


def test_the_verdict_is_the_last_line_and_good_only_when_all_is() -> None:
    good = Verdict(5, 65, (), 5)
    assert str(good) == "dashboards: 5, charts: 65, errors: 0, numbers equal: 5"
    assert good.is_good
    assert not Verdict(5, 65, ("a chart shows nothing",), 5).is_good
    assert not Verdict(5, 65, (), 4).is_good


def test_a_number_is_written_as_the_chart_writes_it() -> None:
    from include.bi.checking import NUMBERS

    assert NUMBERS["overview"].as_text(36950) == "36,950"
    assert NUMBERS["funding"].as_text(0.5) == "50.0%"
    assert all(isinstance(number, Number) for number in NUMBERS.values()) and len(NUMBERS) == 5


@pytest.mark.parametrize(("shown", "wrong"), [("1,234", []), ("0", ["shows 0, the mart has 1,234"])])
def test_numbers_are_compared_in_whatever_country_leads_in_the_scope(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, shown: str, wrong: list[str]
) -> None:
    db = duckdb.connect()
    db.execute(
        "create table mart_copublication_trends as select * from (values ('US', 'United States', false, 1234),"
        " ('AMERICAS', 'Americas', true, 2000), ('CA', 'Canada', false, 12)"
        ") as t(reporter_code, reporter_name, is_group, joint_papers),"
        " (values ('full', 'all')) as way(counting_method, work_selection)"
    )
    monkeypatch.setattr(checking, "open_current", lambda _: db)
    pack, words, errors = read_pack(), {"a": "US", "b": "China"}, list[str]()
    title = pack.charts[checking.NUMBERS["co-publication"].chart].title
    seen = {"slug": "co-publication", "charts": [{"title": title, "text": f"United States\t{shown}\nCanada\t12"}]}
    assert checking._is_equal(settings, pack, words, seen, errors) == (not wrong)
    assert [text.partition(f"{title}: ")[2] for text in errors] == wrong


@pytest.mark.parametrize(
    ("title", "papers"),
    [
        ("AI papers, Europe with China, 2017-2022", "AI papers"),
        ("Quantum computing papers, United States with China", "quantum computing papers"),
        ("3D printing papers, France with Japan", "3D printing papers"),
        ("Recorded works, Europe with China", "recorded works"),
        ("Fisheries of the north", "papers"),
        ("Papers, Europe with China", "papers"),
        (" , ", "papers"),
    ],
)
def test_titles_call_the_papers_as_the_scope_does(title: str, papers: str) -> None:
    assert papers_of(title) == papers


def test_nothing_in_the_files_is_left_without_its_words(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    db = duckdb.connect()
    db.execute("create table dim_country_group as select 'side_a' as scope_role, 'Americas (US, Canada)' as group_name")
    db.execute("create table mart_ops_releases as select 'synthetic' as data_origin, now() as published_at")
    monkeypatch.setattr(serving, "open_current", lambda _: db)
    release = SimpleNamespace(scope_title="Quantum computing papers, Americas with China")
    monkeypatch.setattr(serving, "must_have_current", lambda _: release)
    words = words_of(settings)
    assert set(re.findall(r"\[\[(\w+)\]\]", "".join(make_pack().values()))) == set(words)
    assert (words["a"], words["papers"], words["synthetic"]) == ("Americas", "quantum computing papers", "SYNTHETIC. ")


def test_what_superset_runs_in_holds_no_password_of_the_owner(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    secret = "a-password-that-must-not-leak-4712"  # noqa: S105
    for name in ("ENTANGLED_PUBLISH_POSTGRES", "OPENALEX_API_KEY", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"postgresql://me:{secret}@there/marts")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    environment = serving._environment(settings)
    assert secret not in str(environment)
    assert environment["LC_ALL"] == "C.UTF-8" and environment["PATH"]
    assert environment["BI_RELEASES"] == str(settings.releases_dir)
