"""A user's own lists: sound ones pass, and each fault names the file, the line and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.contracts.affiliations import TABLES as TABLES_FOR_ADDRESSES
from include.sandbox.names import invent, write_overlay
from include.settings import REPOSITORY, get_settings
from include.warehouse.errors import ListBroken
from include.warehouse.lists import TABLES, check_lists

BODIES = "body_id,body_name,aliases,country_code,category,source,as_of\n"
BODY = "ours,Our Academy,,IR,pla,a gazette,2026-01-01\n"
IDS = BODIES.replace("category", "category,ror,openalex_id")
MEMBERS = "body_id,list_id,valid_from,valid_to,as_of\n"
MEMBER = "ours,ca_nro,2026-01-01,,2026-01-01\n"
FUNDERS = "funder_id,crossref_id,funder_name,country_code,funder_class,source\n"
PATTERNS = "pattern_id,programme_code,programme_name,funder_class,number_regex,name_regex,is_name_needed,source\n"


def ids(ror: str = "", openalex_id: str = "", body_id: str = "ours") -> str:
    """A row below `IDS`."""
    return BODY.replace("pla", f"pla,{ror},{openalex_id}").replace("ours", body_id)


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_the_sandboxes_lists_are_sound(tmp_path: Path) -> None:
    write_overlay(invent(), tmp_path)
    rows = check_lists(get_settings(), tmp_path)
    assert set(rows) == set(TABLES) - {"military_unsafe_names", "funder_names"}
    assert all(count > 0 for count in rows.values())


def test_the_files_that_are_checked_are_those_that_a_build_reads() -> None:
    texts = [
        file.read_text(encoding="utf-8") for file in sorted((REPOSITORY / "dbt_project" / "models").rglob("*.sql"))
    ]
    read = [name for text in texts for name in re.findall(r"with_extra_lists\(source\('reference', '(\w+)'\)\)", text)]
    assert len(read) == sum(text.count("with_extra_lists(") for text in texts)
    # the names that are not looked for are no concern of dbt's
    assert {*read, "military_unsafe_names"} == set(TABLES)
    assert "military_unsafe_names" in TABLES_FOR_ADDRESSES


def test_a_list_in_every_file_passes_and_its_rows_are_counted(tmp_path: Path) -> None:
    write(
        tmp_path,
        military_bodies=IDS + ids("0aaaaaa11", "I12") + ids(body_id="ours_2"),
        military_lists="list_id,list_name,publisher,kind,as_of\nour_list,Ours,a ministry,designation,2026-01-01\n",
        military_list_membership=MEMBERS + MEMBER + MEMBER.replace("ours,ca_nro", "ours_2,our_list"),
        military_unsafe_names="body_id,unsafe_name,reason,as_of\nours,Academy,a common name,2026-01-01\n",
        funder_classes=FUNDERS + "F1,,Our Fund,EU,other,a gazette\n,,Our Other Fund,,uk,a gazette\n",
        award_patterns=PATTERNS + "ours,ours,Our Programme,other,OUR\\d{4},,,a gazette\n",
    )
    (tmp_path / "notes.txt").write_text("not a list")
    assert check_lists(get_settings(), tmp_path) == {
        "military_bodies": 2,
        "military_lists": 1,
        "military_list_membership": 2,
        "military_unsafe_names": 1,
        "funder_classes": 2,
        "award_patterns": 1,
    }


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
        ("military_bodies", BODIES + BODY.replace("2026-01-01", "20260101"), "as_of `20260101` is no date", 2),
        ("military_bodies", BODIES + BODY.replace("ours", "My Body!"), "body_id `My Body!` is not in its form", 2),
        ("military_bodies", BODIES + BODY.replace("IR", "China"), "country_code `China` is not known", 2),
        ("military_bodies", BODIES + BODY.replace("IR", "EU"), "country_code `EU` is not known", 2),
        ("military_bodies", IDS + ids("https://ror.org/zzz"), "ror `https://ror.org/zzz` is not in its form", 2),
        ("military_bodies", IDS + ids("", "https://openalex.org/I12"), "openalex_id `https.*` is not in its form", 2),
        ("military_bodies", IDS + ids("00wk2mp56"), "ror `00wk2mp56` is there already: it is that of `beihang-", 2),
        ("military_bodies", IDS + ids("", "I204983213"), "`I204983213` is there already: it is that of `harbin-", 2),
        ("military_bodies", IDS + ids("0aaaaaa11") + ids("0aaaaaa11", body_id="b"), "already: it is that of `ours`", 3),
        ("military_bodies", BODIES + "\n" + BODY, "body `ours` is on no list", 3),
        ("military_list_membership", MEMBERS + "nobody,ca_nro,,,2026-01-01\n", "`nobody` is not in military_bodies", 2),
        ("military_list_membership", MEMBERS + "xidian-university,x,,,2026-01-01\n", "`x` is not in military_lists", 2),
        (
            "military_list_membership",
            MEMBERS + "xidian-university,ca_nro,2024-02-01,2024-01-01,2026-01-01\n",
            "valid_to is not after valid_from",
            2,
        ),
        (
            "military_list_membership",
            MEMBERS + "xidian-university,ca_nro,2020-1-1,,2026-01-01\n",
            "2020-1-1` is no d",
            2,
        ),
        (
            "funder_classes",
            FUNDERS + ",,Our Fund,CN,cn_goverment_programme,a gazette\n",
            "`cn_goverment_programme` is",
            2,
        ),
        (
            "funder_classes",
            FUNDERS + ",10.13039/5,Our Fund,CN,other,a gazette\n",
            "crossref_id `10.13039/5` is not in",
            2,
        ),
        ("funder_classes", FUNDERS + "F4320321001,,Ours,CN,other,a gazette\n", "`F4320321001` is there already", 2),
        (
            "award_patterns",
            PATTERNS + "ours,ours,Ours,other,y(,,,a gazette\n",
            r"number_regex `y\(` is no .*missing \)",
            2,
        ),
        ("award_patterns", PATTERNS + "ours,ours,Ours,other,,(?=x),,a gazette\n", "name_regex .* is no regular", 2),
        ("award_patterns", PATTERNS + "ours,ours,Ours,other,,,,a gazette\n", "number_regex and name_regex are both", 2),
        ("award_patterns", PATTERNS + "ours,,Ours,other,y,,,a gazette\n", "programme_code and funder_id are both", 2),
        ("award_patterns", PATTERNS + "ours,ours,Ours,others,y,,,a gazette\n", "funder_class `others` is not known", 2),
        ("award_patterns", PATTERNS + "ours,ours,Ours,other,y,,no,a gazette\n", "is_name_needed `no` is not known", 2),
        ("award_patterns", PATTERNS + "nsfc,ours,Ours,other,y,,,a gazette\n", "pattern_id `nsfc` is there already", 2),
        ("award_patterns", PATTERNS.replace("number_regex", "regex"), "unknown column regex", 1),
    ],
)
def test_a_fault_names_the_file_the_line_and_what_to_do(
    tmp_path: Path, name: str, text: str, what: str, line: int
) -> None:
    write(tmp_path, **{name: text})
    with pytest.raises(ListBroken, match=what) as caught:
        check_lists(get_settings(), tmp_path)
    assert caught.value.where == f"{tmp_path / name}.csv, line {line}"
    assert caught.value.fix


def test_an_empty_folder_says_how_the_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ListBroken, match="no list") as caught:
        check_lists(get_settings(), tmp_path)
    assert "military_bodies.csv" in caught.value.fix


@pytest.mark.parametrize(
    ("name", "what", "fix"),
    [
        ("country_groups", "cannot be extended", "seeds/reference/country_groups.csv"),
        ("military_list_memberships", "no build reads", "did you mean military_list_membership.csv?"),
        ("Military_Bodies", "no build reads", "did you mean military_bodies.csv?"),
        ("notes", "no build reads", "the files are military_bodies.csv, "),
    ],
)
def test_a_file_that_no_build_reads_is_refused(tmp_path: Path, name: str, what: str, fix: str) -> None:
    write(tmp_path, military_list_membership=MEMBERS, **{name: "anything\n"})
    with pytest.raises(ListBroken, match=what) as caught:
        check_lists(get_settings(), tmp_path)
    assert caught.value.where == f"{tmp_path / name}.csv"
    assert fix in caught.value.fix
