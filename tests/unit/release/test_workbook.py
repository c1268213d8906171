"""marts.xlsx as a stranger reads it: the tables that fit, what they mean, what is left out, and nothing that runs."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.escape import unescape

from include import release
from include.common.errors import StorageError
from include.common.sql import quoted
from include.contracts.candidate import CandidateColumn, CandidateTable
from include.contracts.release import Release
from include.release import workbook
from include.release.verifying import verify_folder
from include.release.workbook import ABOUT, DEFINITIONS, DICTIONARY, WORKBOOK, choose, sheet_names, write_workbook
from include.settings import Settings
from tests.unit.candidates import pass_audit, test_settings
from tests.unit.release.conftest import FIRST


@dataclass(frozen=True)
class Published:
    """A release that all tests here look at, and what a stranger's program reads of its workbook."""

    settings: Settings
    release: Release
    folder: Path
    packed: bytes
    book: Workbook


@pytest.fixture(scope="module")
def published(home_of_two: Path) -> Published:
    settings = test_settings(home_of_two, ENTANGLED_WORKBOOK_CELLS=500_000)
    made = release.list_releases(settings)[0]
    folder = settings.releases_dir / made.release_id
    with TemporaryDirectory() as aside:
        file = written_anew(settings, folder, made, Path(aside))
        return Published(settings, made, folder, file.read_bytes(), load_workbook(file))


def written_anew(settings: Settings, folder: Path, made: Release, target: Path) -> Path:
    """The workbook of the release in `folder`, written into `target`."""
    (target / "parquet").symlink_to(folder / "parquet")
    write_workbook(settings, target, made)
    return target / WORKBOOK


def values(book: Workbook, sheet: str) -> list[tuple[Any, ...]]:
    return list(book[sheet].iter_rows(values_only=True))


def texts(book: Workbook, sheet: str) -> str:
    return "\n".join(str(value) for row in values(book, sheet) for value in row if value is not None)


def alike(found: Any, value: Any) -> bool:
    """Whether a cell holds a value: numbers have sixteen digits there, and days are moments."""
    if isinstance(value, float):
        return found == pytest.approx(value, rel=1e-14)
    if isinstance(value, datetime):
        return abs(found - value) < timedelta(milliseconds=1)
    if isinstance(value, date):
        return found == datetime(value.year, value.month, value.day)
    return found == (None if value == "" else value)


def test_the_workbook_is_a_file_of_the_release_with_the_tables_that_fit(published: Published) -> None:
    assert WORKBOOK in published.release.files_sha256
    assert f'href="{WORKBOOK}"' in (published.folder / "dictionary.html").read_text()
    chosen, _ = choose(published.release.tables, 500_000)
    sheets = sheet_names(table.name for table in chosen)
    assert published.book.sheetnames == [ABOUT, DICTIONARY, DEFINITIONS, *sheets.values()]


def test_a_changed_one_is_found_and_a_release_of_earlier_code_without_one_is_whole(settings: Settings) -> None:
    made = release.publish(settings, FIRST)
    folder = settings.releases_dir / "current"
    (folder / WORKBOOK).write_bytes((folder / WORKBOOK).read_bytes() + b" ")
    assert verify_folder(settings, made).problems == (f"{WORKBOOK} was changed",)
    (folder / WORKBOOK).unlink()
    others = {name: sha256 for name, sha256 in made.files_sha256.items() if name != WORKBOOK}
    earlier = made.model_copy(update={"files_sha256": others})
    earlier.save(folder / "release.json")
    assert verify_folder(settings, earlier).problems == ()
    assert release.verify(settings).is_whole


def test_every_sheet_holds_its_table_row_by_row(published: Published) -> None:
    chosen, left_out = choose(published.release.tables, 500_000)
    assert len(chosen) > 30
    assert {table.name for table in chosen} | {one.table.name for one in left_out} == {
        table.name for table in published.release.tables if table.name.startswith(("bi_", "mart_"))
    }
    sheets = sheet_names(table.name for table in chosen)
    with duckdb.connect() as db:
        for table in chosen:
            head, *rows = values(published.book, sheets[table.name])
            parquet = published.folder / "parquet" / f"{table.name}.parquet"
            expected = db.execute(f"from read_parquet({quoted(parquet)})").fetchall()
            assert list(head) == [column.name for column in table.columns]
            assert len(rows) == len(expected) == table.rows
            unlike = [
                (line, name, found, value)
                for line, (row, other) in enumerate(zip(rows, expected, strict=True), start=2)
                for name, found, value in zip(head, row, other, strict=True)
                if not alike(found, value)
            ]
            assert unlike[:5] == [], table.name
            sheet = published.book[sheets[table.name]]
            assert sheet.freeze_panes == "A2"
            assert sheet.auto_filter.ref is not None


def looks_of(book: Workbook, sheet: str) -> dict[str, str]:
    """Column -> number format of its values, for those that have any."""
    return {
        str(head.value): cell.number_format
        for head, *cells in book[sheet].iter_cols()
        for cell in cells
        if cell.value is not None
    }


def test_numbers_look_as_their_units_say(published: Published) -> None:
    looks = looks_of(published.book, "bi_reporter_year")
    assert looks["publication_year"] == "0"
    assert looks["year_start"] == "yyyy-mm-dd"
    assert looks["joint_papers"] == "#,##0"
    assert looks["reporter_name"] == "General"
    looks = looks_of(published.book, "mart_headline_figures")
    assert (looks["published_value"], looks["relative_difference"]) == ("General", "+0.0%;-0.0%;0.0%")
    looks = looks_of(published.book, "mart_funding_sources")
    assert {look for name, look in looks.items() if "share" in name} == {"0.0%"}


def test_the_first_sheet_says_what_it_is_and_that_it_is_invented(published: Published) -> None:
    made, opened = published.release, published.book
    told = texts(opened, ABOUT)
    assert made.release_id in told
    assert made.scope_title in told
    marks = [cell for row in opened[ABOUT].iter_rows() for cell in row if "SYNTHETIC" in str(cell.value)]
    assert [cell.font.bold for cell in marks] == [True]
    assert marks[0].row == 2
    assert {sheet.sheet_properties.tabColor.rgb for sheet in opened.worksheets} == {"FFB3261E"}
    assert all("SYNTHETIC" in str(sheet.oddHeader.center.text) for sheet in opened.worksheets)
    links = {cell.hyperlink.location for row in opened[ABOUT].iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in opened.sheetnames[3:]}


def test_real_data_is_not_marked(settings: Settings) -> None:
    lineage = settings.build_dir / FIRST / "lineage.json"
    text = lineage.read_text().replace('"synthetic"', '"openalex"')
    lineage.write_text(text.replace("SYNTHETIC (invented data, says nothing about the world): ", ""))
    pass_audit(settings, FIRST)
    release.publish(settings, FIRST)
    book = load_workbook(settings.releases_dir / "current" / WORKBOOK)
    assert not any("SYNTHETIC" in texts(book, sheet) for sheet in book.sheetnames)
    assert book.properties.title == Release.load(settings.releases_dir / "current" / "release.json").scope_title


def test_the_dictionary_has_every_column_and_the_definitions_every_code(published: Published) -> None:
    made, opened = published.release, published.book
    described = {(row[0], row[2]): row for row in values(opened, DICTIONARY)[1:]}
    assert list(described) == [(table.name, column.name) for table in made.tables for column in table.columns]
    assert all(row[5] for row in described.values())
    assert described["mart_funding_sources", "disclosed_share"][4] == "share, 0 to 1"
    codes = {row[1] for row in values(opened, DEFINITIONS)[1:]}
    with duckdb.connect(str(published.folder / "marts.duckdb"), read_only=True) as db:
        for table, code in (
            ("dim_military_definition", "definition_code"),
            ("dim_listing_basis", "listing_basis"),
            ("dim_counting_method", "counting_method"),
            ("dim_work_selection", "work_selection"),
        ):
            of_table = {value for (value,) in db.execute(f"select {code} from {table}").fetchall()}
            assert of_table
            assert of_table <= codes


# a text and what a cell shows of it, where that differs
HOSTILE = {
    "=HYPERLINK(1)": None,
    "+cmd|' /C calc'!A0": None,
    "@SUM(A1)": None,
    "{=1+1}": None,
    "https://example.org/" + "x" * 3000: None,
    "mailto:a@b.example": None,
    "0012": None,
    " blanks ": None,
    "two\nlines\tand a tab": None,
    "_x0041_ is no A": None,
    "bell \x07 rings": None,
    "<b>&amp;</b> \"quoted\" 'twice'": None,
    "<r><t>not rich</t></r>": " <r><t>not rich</t></r>",
    "清华大学 \U0001f9ea": None,
    "no \ufffe character \uffff": "no  character ",
}


@pytest.fixture
def hostile(published: Published, tmp_path: Path) -> list[tuple[Any, ...]]:
    """Rows of a sheet with such texts and numbers."""
    with duckdb.connect() as db:
        db.execute("create table t (place bigint, name varchar, size double, day date, moment timestamp, large bigint)")
        for place, text in enumerate(HOSTILE):
            db.execute("insert into t values (?, ?, 0.5, '2020-02-29', '2020-02-29 12:00:00', 1)", [place, text])
        db.execute("insert into t values (90, repeat('é', 40000), 'nan', '1850-01-01', '1850-01-01', 9007199254740993)")
        db.execute("insert into t values (91, repeat('🧪', 20000), 'inf', null, null, null)")
        db.execute("insert into t values (92, repeat('é', 32767), '-inf', null, null, null)")
        (tmp_path / "parquet").mkdir()
        db.execute(f"copy t to {quoted(tmp_path / 'parquet' / 'bi_t.parquet')}")
        columns = tuple(
            CandidateColumn(name=name, type=kind, description="")
            for name, kind, *_ in db.execute("describe t").fetchall()
        )
        (rows,) = db.execute("select count(*) from t").fetchall()[0]
    table = CandidateTable(name="bi_t", description="", grain="place", rows=rows, sha256="", columns=columns)
    write_workbook(published.settings, tmp_path, published.release.model_copy(update={"tables": (table,)}))
    book = load_workbook(tmp_path / WORKBOOK)
    cells = [cell for row in book["bi_t"].iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    return values(book, "bi_t")[1:]


def test_texts_stay_as_they_are_and_nothing_runs(hostile: list[tuple[Any, ...]]) -> None:
    # Excel reads _x0007_ as the character; openpyxl leaves that to whoever asks
    found = [unescape(row[1]) for row in hostile[: len(HOSTILE)]]
    assert found == [shown or text for text, shown in HOSTILE.items()]
    assert hostile[0][2:] == (0.5, datetime(2020, 2, 29), datetime(2020, 2, 29, 12), 1)


def test_what_excel_cannot_hold_is_cut_with_a_mark_or_stands_as_text(hostile: list[tuple[Any, ...]]) -> None:
    long, wide, just_right = hostile[len(HOSTILE) :]
    assert long[1].endswith("é [cut, of 40,000 characters]")
    assert wide[1].endswith("🧪 [cut, of 20,000 characters]")
    assert [len(str(row[1]).encode("utf-16-le")) // 2 for row in (long, wide)] == [32_767, 32_766]
    assert just_right[1] == "é" * 32_767
    assert long[2:] == ("nan", "1850-01-01", "1850-01-01 00:00:00", "9007199254740993")
    assert (wide[2:], just_right[2]) == (("inf", None, None, None), "-inf")


def test_the_same_release_gives_the_same_bytes_and_leaves_nothing_behind(published: Published, tmp_path: Path) -> None:
    again = written_anew(published.settings, published.folder, published.release, tmp_path)
    assert again.read_bytes() == published.packed
    with zipfile.ZipFile(again) as packed:
        assert f"{published.release.published_at:%Y-%m-%dT%H:%M:%S}Z" in packed.read("docProps/core.xml").decode()
    assert sorted(file.name for file in tmp_path.iterdir()) == [WORKBOOK, "parquet"]


def test_what_is_too_large_is_left_out_and_named(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 100)
    chosen, left_out = choose(published.release.tables, 8_000)
    assert all(table.rows <= 100 for table in chosen)
    assert sum(table.rows * len(table.columns) for table in chosen) <= 8_000
    reasons = {one.table.name: one.reason for one in left_out}
    assert reasons["bi_month"] == "more than 100 rows"
    assert any(reason.startswith("no room: ") for reason in reasons.values())
    few = published.settings.model_copy(update={"workbook_cells": 8_000})
    told = texts(load_workbook(written_anew(few, published.folder, published.release, tmp_path)), ABOUT)
    assert [name for name in reasons if name not in told] == []


def test_whoever_wants_none_gets_none(published: Published, tmp_path: Path) -> None:
    without = published.settings.model_copy(update={"workbook_cells": 0})
    assert not written_anew(without, published.folder, published.release, tmp_path).exists()


def test_the_bi_layer_comes_before_the_marts_and_small_tables_before_large() -> None:
    def table(name: str, rows: int) -> CandidateTable:
        column = CandidateColumn(name="c", type="BIGINT", description="")
        return CandidateTable(name=name, description="", grain="c", rows=rows, sha256="", columns=(column,) * 50)

    tables = [table("mart_a", 2_000), table("bi_b", 8_000), table("bi_a", 1_500), table("fct_a", 1), table("mart_b", 9)]
    chosen, left_out = choose(tables, 500_000)
    assert [one.name for one in chosen] == ["bi_a", "bi_b", "mart_b"]
    assert [one.table.name for one in left_out] == ["mart_a"]


def test_names_of_sheets_are_short_and_differ() -> None:
    long = "mart_" + "x" * 40
    names = sheet_names([long, f"{long}y", f"{long}z".upper(), "about", "bi_a"])
    assert all(len(sheet) <= 31 for sheet in names.values())
    assert len({sheet.lower() for sheet in names.values()}) == 5
    assert names["about"] == "about~2"
    assert names["bi_a"] == "bi_a"


def test_a_disk_that_cannot_be_written_is_told(published: Published, tmp_path: Path) -> None:
    (tmp_path / WORKBOOK).mkdir()
    with pytest.raises(StorageError, match="a folder stands where a file is needed"):
        write_workbook(published.settings, tmp_path, published.release.model_copy(update={"tables": ()}))
