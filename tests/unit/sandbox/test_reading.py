"""Every form in which people have records is read, and every file is accounted for."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import json
import lzma
import os
import zlib
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.reading import FileReport, Read, Reader

Records = list[dict[str, Any]]


def work(number: int, **fields: Any) -> dict[str, Any]:
    title = f'Über Arbeit {number} 论文, {{["NaN, 1"]}} \\ 😀'
    return {
        "id": f"https://openalex.org/W{number}",
        "title": title,
        "authorships": [],
        "publication_year": 2021,
        **fields,
    }


WORKS = [work(number, abstract_inverted_index={"a": [number]}) for number in range(1, 6)]


def read(source: Path) -> tuple[list[Read], list[FileReport]]:
    reader = Reader(source, source.parent)
    return list(reader.records()), reader.reports


def lines(records: Records) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def response(records: Records | None) -> str:
    return json.dumps({"meta": {"count": 5}, "results": records, "group_by": []})


def raw_lines(records: Records) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


FORMS = {
    "lines": lines(WORKS),
    "lines in their own characters": raw_lines(WORKS),
    "lines without a last end": lines(WORKS).rstrip("\n"),
    "lines with blank ones between": "\n" + lines(WORKS).replace("\n", "\n \n"),
    "lines of files put together, each with its mark": "".join(
        f"\ufeff{line}" for line in lines(WORKS).splitlines(True)
    ),
    "a JSON sequence": "".join(f"\x1e{line}" for line in lines(WORKS).splitlines(True)),
    "lines with CRLF": lines(WORKS).replace("\n", "\r\n"),
    "an array": json.dumps(WORKS),
    "an array over many lines": json.dumps(WORKS, indent=2),
    "an array, a record a line": "[\n" + ",\n".join(json.dumps(one) for one in WORKS) + "\n]\n",
    "an answer": response(WORKS),
    "an answer over many lines": json.dumps({"results": WORKS, "meta": None}, indent=4),
    "answers, one a line": response(WORKS[:2]) + "\n" + response(None) + "\n" + response(WORKS[2:]) + "\n",
    "answers one after the other": "\n\n".join(
        json.dumps(json.loads(one), indent=1) for one in (response(WORKS[:2]), response([]), response(WORKS[2:]))
    ),
    "an array of answers": json.dumps([json.loads(response(WORKS[:3])), json.loads(response(WORKS[3:]))]),
    "records one after the other": "".join(json.dumps(one, indent=2) for one in WORKS),
    "records in one line": " ".join(json.dumps(one) for one in WORKS),
    "arrays, one a line": json.dumps(WORKS[:2]) + "\n" + json.dumps(WORKS[2:]) + "\n",
}
PACKINGS = {"plain": bytes, "gzip": gzip.compress, "gzip twice": lambda content: gzip.compress(gzip.compress(content)),
            "bzip2": bz2.compress, "xz": lzma.compress,
            "lzma": lambda content: lzma.compress(content, lzma.FORMAT_ALONE)}  # fmt: skip
ENCODINGS = {
    "utf-8": b"", "utf-8 with a mark": codecs.BOM_UTF8, "utf-16": b"", "utf-16-le": b"", "utf-16-be": b"",
    "utf-32": b"",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_form_in_every_encoding_is_read_whole(tmp_path: Path, form: str, encoding: str) -> None:
    content = ENCODINGS[encoding] + FORMS[form].lstrip("\n").encode(encoding.removesuffix(" with a mark"))
    (tmp_path / "any name").write_bytes(content)
    found, reports = read(tmp_path / "any name")
    assert [one.record for one in found] == WORKS
    assert reports[0].is_read


@pytest.mark.parametrize("form", ["lines", "an array", "an answer over many lines"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_files_are_unpacked_whatever_their_name_says(tmp_path: Path, form: str, packing: str) -> None:
    (tmp_path / "works.json").write_bytes(PACKINGS[packing](FORMS[form].encode()))
    assert [one.record for one in read(tmp_path / "works.json")[0]] == WORKS


def test_parquet_gives_the_records_as_the_api_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "updated_date=2020-01-01" / "a [1] 'b'.parquet"
    file.parent.mkdir()
    quoted = str(file).replace("'", "''")
    duckdb.execute(
        f"""
        copy (
            select
                'https://openalex.org/W' || i as id, date '2021-05-05' as publication_date, 2021::bigint as
                publication_year, timestamp '2026-02-16 07:36:33.8' as updated_date, map {{'word': [1, 2]}} as
                abstract_inverted_index, '[{{"author": {{"id": "A1"}}, "countries": ["CN"]}}]' as authorships,
                [null, {{'id': 'F1'}}] as funders, '1702' as title, null::varchar as awards
            from range(1, 1002) t(i)
        ) to '{quoted}' (format parquet)
        """
    )
    found, reports = read(tmp_path)
    assert len(found) == 1001
    assert found[0].record == {
        "id": "https://openalex.org/W1",
        "publication_date": "2021-05-05",
        "publication_year": 2021,
        "updated_date": "2026-02-16T07:36:33.800000",
        "abstract_inverted_index": {"word": [1, 2]},
        "authorships": [{"author": {"id": "A1"}, "countries": ["CN"]}],
        "funders": [None, {"id": "F1"}],
        "title": "1702",
        "awards": None,
    }
    assert reports[0].form == "Parquet"


@pytest.mark.parametrize("form", ["line", "array", "answer"])
def test_what_lax_writers_write_is_mended_and_counted(tmp_path: Path, form: str) -> None:
    lax = (
        '{"id": "https://openalex.org/W2", "doi": NaN, "fwci": -Infinity, "title": "a\x01\\ud800b", "authorships": []}'
    )
    whole = [json.dumps(WORKS[0]), lax, json.dumps(WORKS[2])]
    text = {"line": "\n".join(whole), "array": f"[{','.join(whole)}]", "answer": f'{{"results": [{", ".join(whole)}]}}'}
    (tmp_path / "works").write_text(text[form])
    found, reports = read(tmp_path / "works")
    assert [one.record.get("id", "")[-2:] for one in found] == ["W1", "W2", "W3"]
    assert found[1].record["doi"] is None
    assert found[1].record["fwci"] is None
    assert found[0].record == WORKS[0]
    assert reports[0].mended >= 1


def test_bytes_that_are_no_utf8_become_marks(tmp_path: Path) -> None:
    (tmp_path / "works").write_bytes(b'{"id": "https://openalex.org/W1", "title": "caf\xe9", "authorships": []}\n')
    found, reports = read(tmp_path / "works")
    assert found[0].record["title"] == "caf\ufffd"
    assert reports[0].mended == 1


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (lines(WORKS[:2]) + '{"id": "https://openalex.org/W9", "ti\n' + lines(WORKS[2:]), "line 3"),
        ('{"id": "https://openalex.org/W9", "ti\n' + lines(WORKS), "record 1"),
        ('le": 3}\n' + lines(WORKS), "line 1"),
        (lines(WORKS) + '{"id": "https://openalex.org/W9", "ti', "line 6"),
        (lines(WORKS) + "null\n", "line 6"),
        (lines(WORKS) + '"text"\n', "line 6"),
        (lines(WORKS) + '{"other": 1}\n', "line 6"),
        (json.dumps([*WORKS, None]), "record 6"),
        (json.dumps([*WORKS, {"x": 1}], indent=1), "record 6"),
        (json.dumps(WORKS)[:-1] + ', {"id": "https://openalex.org/W9", "ti', "record 6"),
        (response(WORKS).split('], "group_by"')[0] + ', {"id": "ht', "record 6"),
        (json.dumps(WORKS, indent=2).replace('"authorships": []', '"authorships": [', 1), "record 1"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_put_aside_and_the_others_are_read(
    tmp_path: Path, content: str, where: str
) -> None:
    (tmp_path / "works.jsonl").write_text(content)
    found, reports = read(tmp_path / "works.jsonl")
    readable = [one.record for one in found if one.kind == "works"]
    assert all(one in WORKS for one in readable)
    assert len(readable) >= 4
    unreadable = [one.text for one in found if one.kind == "unreadable"]
    assert len(unreadable) == 1
    assert unreadable[0].startswith(f"works.jsonl, {where}")
    assert reports[0].records == {"works": len(readable), "unreadable": 1}


def test_a_file_that_breaks_off_gives_what_it_holds(tmp_path: Path) -> None:
    content = gzip.compress(lines([work(n, title=os.urandom(500).hex()) for n in range(100)]).encode())
    (tmp_path / "works.jsonl.gz").write_bytes(content[: len(content) // 2])
    found, _ = read(tmp_path / "works.jsonl.gz")
    assert sum(one.kind == "works" for one in found) > 10
    assert "breaks off" in found[-1].text


def test_every_file_of_a_folder_is_read_or_named_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    (folder / "sub" / ".hidden").mkdir(parents=True)
    files: dict[str, bytes] = {
        "works.jsonl": lines(WORKS[:2]).encode(),
        "sub/more.ndjson": lines(WORKS[2:]).encode(),
        "empty.jsonl": b"",
        "blank.jsonl": b"  \n\n",
        "._works.jsonl": b"\0\5\x16\7\0\2\0\0Mac OS X",
        ".DS_Store": b"\0\0\0\1Bud1",
        "error.html": b"<!DOCTYPE html><title>502 Bad Gateway</title>",
        "error.json": b'{"error": "Rate limit exceeded", "message": "slow down"}',
        "table.csv": b"id,doi\nW1,10.1/a\n",
        "authors.jsonl": b'{"id": "https://openalex.org/A1"}\n{"id": "https://openalex.org/A2"}\n',
        "fields.json": b'{"id": "https://openalex.org/fields/17", "display_name": "x"}',
        "groups.json": b'{"meta": {"count": 3}, "results": [], "group_by": [{"key": "x", "count": 3}]}',
        "nothing.json": b'{"meta": {}, "results": null}',
        "packed.zip": b"PK\x03\x04\x14\0",
        "packed.z": zlib.compress(lines(WORKS).encode()),
        "works.tar": b"works.jsonl".ljust(257, b"\0") + b"ustar" + b"\0" * 250 + lines(WORKS).encode(),
        "works.parquet.gz": gzip.compress(b"PAR1 and more"),
        "image.png": b"\x89PNG\r\n\x1a\n\0\0",
        "torn.parquet": b"PAR1 and nothing more",
        "torn.gz": b"\x1f\x8b\x08",
        "list.yml": b"a:\n  - string: '{\"id\": \"https://openalex.org/W7\", \"authorships\": []}'\n",
        "sub/.hidden/works.jsonl": lines(WORKS).encode(),
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "nowhere").symlink_to(tmp_path / "gone")
    (folder / "sub" / "around").symlink_to(folder)
    found, reports = read(folder)
    assert sorted(one.record["id"] for one in found) == [one["id"] for one in WORKS]
    told = {report.name: report for report in reports}
    assert told.keys() == {
        *(name for name in files if not name.startswith("sub/.hidden/")), "sub/.hidden/", "sub/around/", "nowhere",
    }  # fmt: skip
    assert {name for name, report in told.items() if report.is_read} == {"works.jsonl", "sub/more.ndjson"}
    for name, reason in {
        "empty.jsonl": "empty", "blank.jsonl": "blanks", "._works.jsonl": "macOS", "error.html": "HTML",
        "error.json": "Rate limit exceeded", "table.csv": "no JSON: 'id,doi'", "authors.jsonl": "2 authors",
        "fields.json": "1 field,", "groups.json": "no records", "nothing.json": "no records", "packed.zip": "ZIP",
        "packed.z": "zlib", "works.tar": "tar archive", "works.parquet.gz": "a Parquet file that is packed",
        "image.png": "no text", "torn.parquet": "Parquet", "torn.gz": "breaks off", "list.yml": "no JSON",
        "sub/.hidden/": "hidden", "sub/around/": "read already", "nowhere": "leads nowhere",
    }.items():  # fmt: skip
        assert reason in told[name].line()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_addresses_is_a_work_an_address(tmp_path: Path, delimiter: str) -> None:
    rows = [["kind", " Address"], ["a", f'Hospital "x"{delimiter} Wuhan'], ["b", ""], ["c", "大学, 长沙"], ["d"]]
    with (tmp_path / "list.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    found, reports = read(tmp_path / "list.csv")
    assert [one.record["id"] for one in found] == [f"https://openalex.org/W9800000000{n}" for n in (1, 2)]
    addresses = [one.record["authorships"][0]["raw_affiliation_strings"] for one in found]
    assert addresses == [[rows[1][1]], [rows[3][1]]]
    assert reports[0].form == "a table of addresses"


def test_a_record_behind_any_number_of_other_texts_is_found_and_they_are_put_aside(tmp_path: Path) -> None:
    (tmp_path / "works.jsonl").write_text("id,doi\n" * 5_000 + lines(WORKS))
    found, [report] = read(tmp_path / "works.jsonl")
    assert [one.record for one in found if one.kind == "works"] == WORKS
    assert report.line() == "works.jsonl: 5,000 unreadable, 5 works (JSON lines)"
    (tmp_path / "table.csv").write_text("id,doi\n" * 5_000)
    found, [report] = read(tmp_path / "table.csv")
    assert found == []
    assert report.line() == "table.csv: not read: line 1: no JSON: 'id,doi'"


WITH_THE_WORD = [
    work(1, title="a;address;b"),
    work(2, authorships=[{"raw_affiliation_strings": ["Dept A; address; China", "Dept A\taddress\tChina"]}]),
    work(3, title="Mail, address, phone"),
    work(4, address="x"),
]


@pytest.mark.parametrize("form", [lines, json.dumps, response], ids=["lines", "an array", "an answer"])
@pytest.mark.parametrize("first", range(4))
def test_a_record_is_no_table_whatever_words_it_holds(tmp_path: Path, form: Any, first: int) -> None:
    records = [*WITH_THE_WORD[first:], *WITH_THE_WORD[:first]]
    (tmp_path / "works").write_text(form(records))
    found, _ = read(tmp_path / "works")
    assert [one.record for one in found] == records


@pytest.mark.parametrize(
    "torn", ['{"id": "W1", "title": "a;address;b', 'tle": "a;address;b", "id": "W1"}', 'a, "title": "b", address, c']
)
def test_a_torn_record_is_no_header_of_a_table(tmp_path: Path, torn: str) -> None:
    (tmp_path / "works").write_text(torn + "\n" + lines(WORKS))
    found, _ = read(tmp_path / "works")
    assert [one.record for one in found if one.kind == "works"] == WORKS


def test_a_compact_answer_of_any_length_is_read(tmp_path: Path) -> None:
    works = [work(number, abstract_inverted_index={"x" * 40_000: [1]}) for number in range(1, 11)]
    (tmp_path / "works.json").write_text(response(works))
    found, _ = read(tmp_path / "works.json")
    assert [one.record for one in found] == works


MIXED_FORMS = {
    "a compact answer, then an indented one": response(WORKS[:2]) + "\n" + json.dumps({"results": WORKS[2:]}, indent=1),
    "a compact record, an indented one, a compact one": "\n".join(
        [json.dumps(WORKS[0]), json.dumps(WORKS[1], indent=1), lines(WORKS[2:])]
    ),
    "a compact record, then an array without indents": json.dumps(WORKS[0]) + "\n" + json.dumps(WORKS[1:], indent=0),
    "a compact record, then an array, a record a line": json.dumps(WORKS[0])
    + "\n[\n"
    + ",\n".join(json.dumps(one) for one in WORKS[1:])
    + "\n]\n",
    "a compact record, then an answer, a record a line": json.dumps(WORKS[0])
    + '\n{"meta": {}, "results": [\n'
    + ",\n".join(json.dumps(one) for one in WORKS[1:])
    + "\n]}\n",
}


@pytest.mark.parametrize("form", MIXED_FORMS)
def test_compact_and_indented_documents_stand_in_one_file(tmp_path: Path, form: str) -> None:
    (tmp_path / "works").write_text(MIXED_FORMS[form])
    found, _ = read(tmp_path / "works")
    assert [one.record for one in found] == WORKS


def test_a_number_of_any_length_costs_no_more_than_itself(tmp_path: Path) -> None:
    text = lines(WORKS).replace('"publication_year": 2021', '"cited_by_count": ' + "9" * 5_000, 1)
    (tmp_path / "works").write_text(text)
    found, _ = read(tmp_path / "works")
    assert [one.record.get("cited_by_count") for one in found] == [None] * 5
    assert [one.record["id"] for one in found] == [one["id"] for one in WORKS]


def test_records_are_told_by_their_ids_and_works_also_by_their_fields(tmp_path: Path) -> None:
    records = [
        {"id": "https://openalex.org/F1"}, {"id": "I2"}, {"id": "https://api.openalex.org/topics/t3"},
        {"id": None, "authorships": []}, {"id": 17, "publication_year": 2020}, {"host_venue": {}},
        {"id": "https://doi.org/10.1/x", "primary_topic": None},
    ]  # fmt: skip
    (tmp_path / "mixed").write_text(lines(records))
    kinds = [one.kind for one in read(tmp_path / "mixed")[0]]
    assert kinds == ["funders", "institutions", "topics", "works", "works", "works", "works"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(
    before=st.lists(json_values, max_size=3),
    after=st.binary(max_size=60),
    is_array=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_whatever_stands_beside_a_work_it_is_read(
    tmp_path_factory: pytest.TempPathFactory, before: list[Any], after: bytes, is_array: bool, indent: int | None
) -> None:
    file = tmp_path_factory.mktemp("any") / "works"
    values = [*before, WORKS[0]]
    text = json.dumps(values, indent=indent) if is_array else "".join(json.dumps(one) + "\n" for one in values)
    file.write_bytes(text.encode() + b"\n" + after)
    found, reports = read(file)
    assert WORKS[0] in [one.record for one in found]
    assert sum(reports[0].records.values()) >= len(found)
