"""The harness of the cases: how a case file is read, what is refused, and what makes a case wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.pipeline import cases
from include.pipeline.cases import Case, CaseError, Change, read_cases

ABOUT = "about: a case\n"


def _case(folder: Path, text: str, name: str = "one") -> Case:
    (folder / f"{name}.yaml").write_text(ABOUT + text)
    return read_cases(folder, [name])[0]


def test_every_case_file_can_be_read_and_no_two_in_one_home_share_a_work(tmp_path: Path) -> None:
    found = read_cases()
    together = [case for case in found if not case.stands_alone and case.is_here]
    cases._refuse_common_works({case.name: cases._write_files(tmp_path / case.name, case) for case in together})
    assert len({case.about for case in found}) == len(found)


def test_a_record_is_a_base_record_with_changes() -> None:
    change = Change(
        like="joint", id="W5", drop=["is_paratext"], set={"authorships.1.countries": [], "awards.1": None, "fwci": 2}
    )
    record = change.record()
    assert record["id"] == "https://openalex.org/W5"
    assert "is_paratext" not in record
    assert record["authorships"][1]["countries"] == []
    assert record["awards"][1] is None
    assert record["fwci"] == 2
    assert Change(like="joint").record()["fwci"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("records: [{like: nothing}]\nright: [{sql: select 1, is: 1}]\n", "there is no base record nothing"),
        ("records: [{like: joint}]\n", "something right"),
        ("records: [{like: joint}]\nrigth: []\n", "rigth"),
        ("records: [{like: joint, set: {a.b: 1}}]\nright: [{sql: select 1, is: 1}]\n", "a"),
        ("records: [\n", "cannot be used"),
    ],
)
def test_a_case_file_with_a_mistake_is_told_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CaseError) as error:
        _case(tmp_path, text)
    assert said in str(error.value)
    assert "one.yaml" in str(error.value)


def test_two_cases_in_one_home_may_not_hold_the_same_work() -> None:
    with pytest.raises(CaseError, match="W1"):
        cases._refuse_common_works({"one": ["W1"], "other": ["W2", "W1"]})


def test_a_case_without_its_files_is_not_here(tmp_path: Path) -> None:
    assert not _case(tmp_path, "files: {a: {path: nowhere}}\nright: [{sql: select 1, is: 1}]\n").is_here


def test_files_are_written_in_the_form_that_they_say(tmp_path: Path) -> None:
    text = (
        "files:\n"
        "  a.json: {records: [{like: joint, id: W1}], as: response, encoding: utf-16}\n"
        "  b.jsonl: {records: [{like: joint, id: W2}, {like: joint, id: W3}], newline: crlf, gzip: true}\n"
        "right: [{sql: select 1, is: 1}]\n"
    )
    assert cases._write_files(tmp_path, _case(tmp_path, text)) == ["W1", "W2", "W3"]
    assert (tmp_path / "a.json").read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert '"results": [{' in (tmp_path / "a.json").read_text("utf-16")
    assert (tmp_path / "b.jsonl").read_bytes()[:2] == b"\x1f\x8b"


@pytest.mark.parametrize(
    ("rows", "right", "is_equal"),
    [
        ([(1,)], 1, True),
        ([(1,)], 2, False),
        ([(1, "a")], [1, "a"], True),
        ([(1, "a"), (2, "b")], [[1, "a"], [2, "b"]], True),
        ([(1, "a")], [[1, "a"], [2, "b"]], False),
        ([(2 / 3,)], 0.66666666667, True),
        ([(0.67,)], 0.66666666667, False),
        ([], [], True),
        ([(None,)], None, True),
    ],
)
def test_an_answer_is_right_when_its_rows_are(rows: list[tuple[object, ...]], right: object, is_equal: bool) -> None:
    assert cases._equal(rows, cases._rows(right)) == is_equal
