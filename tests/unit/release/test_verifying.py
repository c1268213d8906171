"""`make verify-release` reads everything; a torn release is named, and stops nothing that concerns the others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from include import release
from include.common.files import sha256_file
from include.contracts.release import RECORD, Release
from include.release import __main__ as command
from include.release.catalogue import ReleaseError
from include.release.show import releases_table
from include.release.verifying import ReleasesTorn
from include.settings import Settings

MakeRun = Callable[[int], str]


def said_by(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, list[str]]:
    """Exit code and lines of the command."""
    monkeypatch.setattr(command, "get_settings", lambda: settings)
    monkeypatch.setattr("sys.argv", ["include.release", "verify", *more])
    with pytest.raises(SystemExit) as ended:
        command.main()
    told = capsys.readouterr()
    return int(str(ended.value.code)), (told.out + told.err).splitlines()


def change_record(folder: Path, **changes: object) -> None:
    """Change `release.json` and its own digest with it."""
    Release.load(folder / RECORD).model_copy(update=changes).save(folder / RECORD)


def _drop(folder: Path, name: str) -> None:
    (folder / name).unlink()


def _append(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b" ")


def _other_database(folder: Path) -> None:
    """One with a row less, and the checksum put right."""
    with duckdb.connect(str(folder / "marts.duckdb")) as db:
        db.execute("delete from dim_country where country_code = 'AT'")
    files = Release.load(folder / RECORD).files_sha256
    change_record(folder, files_sha256=files | {"marts.duckdb": sha256_file(folder / "marts.duckdb")})


def _no_database(folder: Path) -> None:
    (folder / "marts.duckdb").write_bytes(b"no database")
    files = Release.load(folder / RECORD).files_sha256
    change_record(folder, files_sha256=files | {"marts.duckdb": sha256_file(folder / "marts.duckdb")})


def _another_table(folder: Path) -> None:
    tables = Release.load(folder / RECORD).tables
    change_record(folder, tables=(*tables[:-1], tables[-1].model_copy(update={"sha256": "0" * 64})))


def _edit_record(folder: Path) -> None:
    told = json.loads((folder / RECORD).read_text())
    (folder / RECORD).write_text(json.dumps(told | {"works_loaded": 1_000_000}))


TEARS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a table is gone": (
        lambda folder: _drop(folder, "parquet/dim_country.parquet"),
        "parquet/dim_country.parquet is missing",
    ),
    "a page is gone": (lambda folder: _drop(folder, "report/index.html"), "report/index.html is missing"),
    "a table was changed": (
        lambda folder: _append(folder, "parquet/dim_country.parquet"),
        "parquet/dim_country.parquet was changed",
    ),
    "a download was changed": (lambda folder: _append(folder, "dictionary.csv"), "dictionary.csv was changed"),
    "the database was changed": (lambda folder: _append(folder, "marts.duckdb"), "marts.duckdb was changed"),
    "a file was added": (lambda folder: (folder / "csv" / "more.csv").touch(), "csv/more.csv does not belong to it"),
    "the record is torn": (
        lambda folder: (folder / RECORD).write_text('{"release_id": "'),
        "release record cannot be read",
    ),
    "the record is gone": (lambda folder: _drop(folder, RECORD), "release record is missing"),
    "the record was edited": (_edit_record, "release record was changed after it was written"),
    "the record is another's": (
        lambda folder: change_record(folder, release_id="other"),
        "its record is that of release other",
    ),
    "the database has other rows": (_other_database, "rows of dim_country, and release.json says"),
    "the database is none": (_no_database, "marts.duckdb cannot be read"),
    "the record contradicts itself": (_another_table, "release.json does not agree with itself about parquet/"),
}


def test_whole_releases_are_whole(
    settings: Settings,
    two: tuple[Release, Release],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, lines = said_by(settings, monkeypatch, capsys)
    assert (code, lines[-1]) == (0, "releases: 2, whole: 2")
    assert [line.split()[0] for line in lines[:2]] == [two[1].release_id, two[0].release_id]
    code, lines = said_by(settings, monkeypatch, capsys, "--release", two[0].release_id)
    assert (code, lines[-1]) == (0, "releases: 1, whole: 1")


@pytest.mark.parametrize("tear", TEARS)
def test_a_torn_release_is_named_and_the_others_go_on(
    settings: Settings,
    two: tuple[Release, Release],
    next_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tear: str,
) -> None:
    first, second = two
    break_it, problem = TEARS[tear]
    break_it(settings.releases_dir / first.release_id)
    code, lines = said_by(settings, monkeypatch, capsys)
    assert (code, lines[-1]) == (1, "releases: 2, whole: 1")
    assert any(problem in line for line in lines), lines
    assert any(line.startswith("what to do: ") for line in lines)
    with pytest.raises(ReleasesTorn, match=r"releases: 2, whole: 1"):
        release.verify(settings).require_whole()
    assert release.verify(settings, second.release_id).is_whole
    assert not release.verify(settings, first.release_id).is_whole

    assert second.release_id in releases_table(settings)
    third = release.publish(settings, next_run(2))
    assert release.rollback(settings) == second
    assert release.rollforward(settings) == third


def test_what_is_no_release_among_them_is_named(settings: Settings, two: tuple[Release, Release]) -> None:
    (settings.releases_dir / "notes").mkdir()
    (settings.releases_dir / "notes.txt").write_text("a file is in nobody's way")
    (state,) = [state for state in release.verify(settings).releases if state.problems]
    assert (state.release_id, state.problems) == ("notes", ("the release record is missing",))
    assert "notes  TORN: " in releases_table(settings)


def test_an_unknown_release_says_which_there_are(settings: Settings, two: tuple[Release, Release]) -> None:
    with pytest.raises(ReleaseError, match="there is no release nobody") as caught:
        release.verify(settings, "nobody")
    assert two[0].release_id in caught.value.fix


def test_without_releases_nothing_is_torn(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said_by(settings, monkeypatch, capsys) == (0, ["releases: 0, whole: 0"])


LINKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "gone": (lambda link: None, "current  is gone"),
    "to nothing": (lambda link: link.symlink_to("20000101T000000Z-nobody"), "points at 20000101T000000Z-nobody, which"),
    "no link": (lambda link: link.mkdir(), "current  is no link"),
    "elsewhere": (lambda link: link.symlink_to(f"../build/{next(link.parent.glob('2*')).name}"), "points out of"),
}


@pytest.mark.parametrize("kind", LINKS)
def test_a_wrong_link_is_told(settings: Settings, two: tuple[Release, Release], kind: str) -> None:
    link = settings.releases_dir / "current"
    link.unlink()
    make, problem = LINKS[kind]
    make(link)
    found = release.verify(settings)
    assert found.last_line == ("releases: 2, whole: 2" if kind != "no link" else "releases: 3, whole: 2")
    assert any(problem in line for line in found.problems), found
    assert not found.is_whole


def test_a_file_that_cannot_be_read_is_a_sentence(settings: Settings, two: tuple[Release, Release]) -> None:
    page = settings.releases_dir / two[0].release_id / "report" / "index.html"
    page.unlink()
    page.symlink_to(page)
    (state,) = [state for state in release.verify(settings).releases if state.problems]
    assert state.problems[0].startswith("report/index.html cannot be read: ")


def test_a_release_of_before_can_still_be_read(settings: Settings, two: tuple[Release, Release]) -> None:
    """Without the digest of its record and without the moment of its candidate."""
    record = settings.releases_dir / two[0].release_id / RECORD
    told = json.loads(record.read_text())
    del told["own_sha256"], told["built_at"]
    record.write_text(json.dumps(told))
    assert release.verify(settings).is_whole
    assert release.rollback(settings).built_at is None


def test_a_library_s_folder_is_read_by_the_same_rule(settings: Settings, two: tuple[Release, Release]) -> None:
    """Where readers go: below the folder itself, whatever `current` does meanwhile."""
    folder = release.current_folder(settings)
    assert folder == settings.releases_dir / two[1].release_id
    release.rollback(settings)
    assert release.current_folder(settings) != folder
    assert (folder / "parquet" / "dim_country.parquet").is_file()


def test_a_connection_stays_with_its_release(settings: Settings, two: tuple[Release, Release]) -> None:
    with release.open_current(settings) as db:
        before = db.execute("select max(run_id) from mart_ops_quality_results").fetchall()
        release.rollback(settings)
        assert db.execute("select arg_max(run_id, published_at) from mart_ops_releases").fetchall() == before
        with pytest.raises(duckdb.Error, match="read-only"):
            db.execute("create table t as select 1")
    with release.open_current(settings) as db:
        assert db.execute("select max(run_id) from mart_ops_quality_results").fetchall() != before


def test_without_a_release_a_reader_is_told(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match="there is no release yet"):
        release.open_current(settings)


def test_a_release_that_goes_between_link_and_open_is_followed(
    settings: Settings, two: tuple[Release, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.release import opening

    real, gone = opening.current_folder, settings.releases_dir / two[0].release_id
    shutil.rmtree(gone)
    answers = iter([gone])
    monkeypatch.setattr(opening, "current_folder", lambda given: next(answers, None) or real(given))
    with release.open_current(settings) as db:
        assert db.execute("select count(*) from mart_ops_releases").fetchall() == [(2,)]
