"""A user's own lists: sound ones pass, and each fault names the file, the line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.sandbox.names import invent, write_overlay
from include.settings import get_settings
from include.warehouse.errors import ListBroken
from include.warehouse.lists import check_lists

BODIES = "body_id,body_name,aliases,country_code,category,source,as_of\n"
BODY = "ours,Our Academy,,IR,pla,a gazette,2026-01-01\n"
MEMBERS = "body_id,list_id,valid_from,valid_to,as_of\n"


def test_the_sandboxes_lists_are_sound(tmp_path: Path) -> None:
    write_overlay(invent(), tmp_path)
    rows = check_lists(get_settings(), tmp_path)
    assert set(rows) == {"military_bodies", "military_lists", "military_list_membership", "funder_classes"}
    assert all(count > 0 for count in rows.values())


@pytest.mark.parametrize(
    ("name", "text", "what", "line"),
    [
        ("military_bodies", "body_id,body_name\nours,Ours\n", "no column country_code", 1),
        ("military_bodies", BODIES.replace("aliases", "alias") + BODY, "unknown column alias", 1),
        ("military_bodies", BODIES + BODY.replace("pla", "army"), "category `army` is not known", 2),
        ("military_bodies", BODIES + BODY.replace("2026-01-01", "January"), "as_of `January` is no date", 2),
        ("military_bodies", BODIES + BODY.replace("a gazette", ""), "source is empty", 2),
        ("military_bodies", BODIES + BODY + BODY, "body_id `ours` is there already", 3),
        ("military_bodies", BODIES + BODY.replace("ours", "xidian-university"), "is there already", 2),
        ("military_bodies", BODIES + BODY.replace("Our Academy", "Academy, Our"), "more or fewer values", 2),
        ("military_list_membership", MEMBERS + "nobody,ca_nro,,,2026-01-01\n", "`nobody` is not in military_bodies", 2),
        ("military_list_membership", MEMBERS + "xidian-university,x,,,2026-01-01\n", "`x` is not in military_lists", 2),
        (
            "military_list_membership",
            MEMBERS + "xidian-university,ca_nro,2024-02-01,2024-01-01,2026-01-01\n",
            "valid_to is not after valid_from",
            2,
        ),
    ],
)
def test_a_fault_names_the_file_the_line_and_what_to_do(
    tmp_path: Path, name: str, text: str, what: str, line: int
) -> None:
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ListBroken, match=what) as caught:
        check_lists(get_settings(), tmp_path)
    assert caught.value.where == f"{tmp_path / name}.csv, line {line}"
    assert caught.value.fix


def test_an_empty_folder_says_how_the_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ListBroken, match="no list") as caught:
        check_lists(get_settings(), tmp_path)
    assert "military_bodies.csv" in caught.value.fix
