"""Rolling back, listing, asking and showing."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from include import release
from include.common.errors import StorageError
from include.release import __main__ as command
from include.release.catalogue import ReleaseError
from include.release.queries import QueryError, QueryResult
from include.release.show import releases_table, show
from include.settings import Settings
from tests.unit.release.conftest import FIRST

MakeRun = Callable[[int], str]


@pytest.fixture
def published(settings: Settings) -> Settings:
    release.publish(settings, FIRST)
    return settings


def run_command(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(command, "get_settings", lambda: settings)
    monkeypatch.setattr("sys.argv", ["include.release", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.main()
    return int(str(ended.value.code))


def test_the_list_marks_the_current_release(published: Settings, next_run: MakeRun) -> None:
    release.publish(published, next_run(1))
    back = release.rollback(published)
    marked = [line for line in releases_table(published).splitlines() if line.startswith("*")]
    assert len(marked) == 1
    assert back.release_id in marked[0]
    assert "synthetic" in marked[0]


def test_before_the_first_release_everything_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["query", "select 1"], ["show"], ["rollback"]):
        assert run_command(settings, monkeypatch, *arguments) == 1
        assert "there is no release yet" in capsys.readouterr().err
    assert run_command(settings, monkeypatch, "list") == 0
    assert "no releases" in capsys.readouterr().out


def test_a_torn_database_is_told_with_what_to_do(
    published: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    os.truncate(release.current_folder(published) / "marts.duckdb", 100_000)
    assert run_command(published, monkeypatch, "query", "select 1") == 1
    told = capsys.readouterr().err
    assert "cannot be opened" in told
    assert "make rollback" in told
    with pytest.raises(ReleaseError, match="cannot be opened"):
        release.open_current(published)


def test_a_query_prints_a_table(
    published: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "130")
    assert (
        run_command(published, monkeypatch, "query", "select * from mart_headline_figures order by figure_order") == 0
    )
    printed = capsys.readouterr().out
    assert "joint_papers_2017" in printed
    assert "37000" in printed
    assert all(len(line) <= 130 for line in printed.splitlines() if not line.startswith("too wide"))
    assert "too wide to show: " in printed


def test_csv_and_json_hold_every_column_and_row(published: Settings) -> None:
    found = release.query(published, "select * from mart_headline_figures order by figure_order")
    records = json.loads(found.as_text("json"))
    lines = list(csv.reader(io.StringIO(found.as_text("csv"))))
    assert len(records) == len(found.rows) == len(lines) - 1
    assert list(records[0]) == list(found.columns) == lines[0]
    assert records[0]["figure_id"] == "joint_papers"


@pytest.mark.parametrize(
    ("sql", "complaint", "fix"),
    [
        ("selec 1", "syntax error", "correct"),
        ("select nothing from mart_headline_figures", "nothing", "correct"),
        ("select * from mart_headline_figure", "there is no table mart_headline_figure", "mart_headline_figures"),
        ("select * from zzz", "there is no table zzz", "mart_headline_figures"),
        ("create table t as select 1", "read-only", "correct"),
        ("drop table mart_headline_figures", "read-only", "correct"),
        ("copy mart_headline_figures to '/tmp/leak.csv'", "disabled", "correct"),
        ("select * from read_csv('/etc/passwd')", "disabled", "correct"),
        # what would lift a limit, or write a file of its own
        ("set memory_limit = '100GB'", "the configuration has been locked", "correct"),
        ("set enable_external_access = true", "the configuration has been locked", "correct"),
        ("set temp_directory = '/tmp/elsewhere'", "the configuration has been locked", "correct"),
        ("pragma enable_profiling = 'json'", "the configuration has been locked", "correct"),
        ("set log_query_path = '/tmp/queries.log'", "the configuration has been locked", "correct"),
        ("call enable_logging(storage='file', storage_path='/tmp/log'); select 1", "not one", "one question"),
        ("", "not one", "one question"),
    ],
)
def test_a_query_that_cannot_be_run_says_why(published: Settings, sql: str, complaint: str, fix: str) -> None:
    with pytest.raises(QueryError) as caught:
        release.query(published, sql)
    assert complaint in caught.value.what
    assert fix in caught.value.fix
    assert "\n" not in caught.value.what


def test_a_query_cannot_have_itself_logged(published: Settings, tmp_path: Path) -> None:
    release.query(published, f"call enable_logging(storage='file', storage_config={{'path': '{tmp_path}/log'}})")
    assert not (tmp_path / "log").exists()


def test_a_query_takes_no_longer_than_the_settings_say(published: Settings) -> None:
    hurried = published.model_copy(update={"query_seconds": 0.2})
    with pytest.raises(QueryError, match=r"took longer than 0\.2 seconds"):
        release.query(hurried, "select sum(a.range * b.range) from range(10000000) a, range(100000) b")
    assert release.query(hurried, "select 1").rows == [(1,)]


def test_an_answer_has_no_more_rows_than_fit_into_memory(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.release.queries.MOST_ROWS", 20_000)
    assert len(release.query(published, "from range(20_000)").rows) == 20_000
    with pytest.raises(QueryError, match=r"more than 20,000 rows") as caught:
        release.query(published, "from range(1_000_000_000_000)")
    assert "add a limit" in caught.value.fix


def test_a_query_that_spills_too_much_says_so_and_leaves_the_release_alone(
    published: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.release.queries.MOST_SPILLED", "1MB")
    narrow = published.model_copy(update={"memory_limit": "60MB", "threads": 1})
    before = sorted(published.releases_dir.rglob("*"))
    with pytest.raises(StorageError):
        release.query(narrow, "select count(*) from (select distinct hash(range) || 'x' from range(5_000_000))")
    assert sorted(published.releases_dir.rglob("*")) == before


def test_wide_tables_leave_columns_out_and_say_which() -> None:
    found = QueryResult(
        ("id", "long_text", "longer_text", "number"), [("a", "b" * 50, "c" * 90, 7), ("b", None, "d", 12)]
    )
    narrow = found._table(60).splitlines()
    assert all(len(line) <= 60 for line in narrow[:-1])
    assert "7" in narrow[2 if "-" not in narrow[2] else 3]
    wide = found._table(200)
    assert "too wide" not in wide
    assert "b" * 50 in wide
    # a text longer than any column starts with has the room that is left
    assert "c" * 90 in wide


def test_show_says_what_a_person_asks(published: Settings) -> None:
    text = show(published)
    now = release.current(published)
    assert now is not None
    assert now.release_id in text
    assert "SYNTHETIC" in text
    assert "in: 62, loaded: 60, quarantined: 2" in text
    assert "gate 3" in text
    assert str(published.releases_dir / now.release_id / "report" / "index.html") in text
    assert "nearly 37,000" in text
    headline = text.splitlines()[text.splitlines().index("") + 1 :]
    figures = release.query(published, "select is_computable, published_value is not null from mart_headline_figures")
    shown = figures.rows.count((True, True))
    assert f"({shown} rows)" in headline
    unpublished, not_computable = figures.rows.count((True, False)), sum(not row[0] for row in figures.rows)
    left_out = f"({unpublished} more that the study puts no number to, {not_computable} that this data cannot answer:"
    assert left_out in headline
