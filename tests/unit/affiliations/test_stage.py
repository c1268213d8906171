"""The stage: each address is looked at once, until lists or rules change; a part appears whole."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.affiliations import match_new, stage
from include.common.errors import EntangledError
from include.contracts import affiliations as contract
from include.contracts.affiliations import MANIFEST, MATCHES, MatchesManifest, affiliations_version
from include.contracts.reference import Tables, tables_in_use
from include.settings import Settings, get_settings
from tests.unit.candidates import test_settings as settings_of

NUDT = "National University of Defense Technology, Changsha, China"
OXFORD = "University of Oxford, Oxford, UK"
TSINGHUA = "Tsinghua University, Beijing, China"


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_in_use(get_settings().seeds, None, None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def a_batch(settings: Settings, batch_id: str, *addresses: str, told: str = "{}") -> None:
    folder = settings.typed_zone / f"batch={batch_id}"
    folder.mkdir(parents=True, exist_ok=True)
    rows = ", ".join(f"($a${address}$a$)" for address in addresses) or "(null)"
    duckdb.execute(
        f"copy (select * from (values {rows}) as t (raw_affiliation_string)) "
        f"to '{folder / 'affiliation_strings.parquet'}' (format parquet)"
    )
    (folder / "_typed.json").write_text(told)


def matched(settings: Settings) -> list[tuple[str, str]]:
    return duckdb.sql(
        f"select affiliation_text, body_id from '{settings.affiliations}/part=*/{MATCHES}' order by all"
    ).fetchall()


def parts(settings: Settings) -> list[MatchesManifest]:
    return [MatchesManifest.load(folder / MANIFEST) for folder in sorted(settings.affiliations.glob("part=*"))]


def test_an_address_is_looked_at_once_whichever_batches_print_it(settings: Settings, tables: Tables) -> None:
    a_batch(settings, "01", NUDT, NUDT, OXFORD)
    first = match_new(settings, tables)
    assert first is not None
    assert (first.addresses, first.addresses_matched, first.rows) == (2, 1, 1)
    assert match_new(settings, tables) is None
    a_batch(settings, "02", NUDT, TSINGHUA)
    second = match_new(settings, tables)
    assert second is not None
    assert (second.addresses, list(second.batches)) == (1, ["02"])
    assert matched(settings) == [
        (NUDT, "national-university-of-defense-technology"),
        (TSINGHUA, "tsinghua-university"),
    ]


def test_matches_of_an_older_list_are_made_anew_by_themselves(settings: Settings, tables: Tables) -> None:
    a_batch(settings, "01", NUDT)
    match_new(settings, tables)
    bodies = [row for row in tables["military_bodies"] if row["body_id"] != "national-university-of-defense-technology"]
    former = [
        row for row in tables["military_former_names"] if row["body_id"] != "national-university-of-defense-technology"
    ]
    corrected = {**tables, "military_bodies": bodies, "military_former_names": former}
    assert affiliations_version(corrected) != affiliations_version(tables)
    made = match_new(settings, corrected)
    assert made is not None and made.addresses == 1
    assert matched(settings) == []
    assert len(parts(settings)) == 1


def test_matches_of_older_rules_are_made_anew(
    settings: Settings, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_batch(settings, "01", NUDT)
    match_new(settings, tables)
    before = parts(settings)[0].affiliations_version
    monkeypatch.setattr(contract, "rules_version", lambda: "another")
    assert match_new(settings, tables) is not None
    assert [part.affiliations_version != before for part in parts(settings)] == [True]


def test_a_batch_that_flatten_made_again_is_looked_at_again(settings: Settings, tables: Tables) -> None:
    a_batch(settings, "01", OXFORD)
    match_new(settings, tables)
    a_batch(settings, "01", NUDT, told='{"again": 1}')
    made = match_new(settings, tables)
    assert made is not None and made.addresses == 1
    assert [body for _, body in matched(settings)] == ["national-university-of-defense-technology"]
    assert len(parts(settings)) == 1, "the part of the batch as it was before is gone"


def test_a_torn_part_is_made_again_and_a_half_one_is_never_seen(settings: Settings, tables: Tables) -> None:
    a_batch(settings, "01", NUDT)
    match_new(settings, tables)
    (folder,) = settings.affiliations.glob("part=*")
    (folder / MANIFEST).write_text("{")
    (settings.affiliations / ".new-left").mkdir()
    assert match_new(settings, tables) is not None
    assert len(matched(settings)) == 1
    assert [entry.name.split("=")[0] for entry in settings.affiliations.iterdir()] == ["part"]


def test_batches_without_addresses_give_a_part_without_rows(settings: Settings, tables: Tables) -> None:
    a_batch(settings, "01")
    made = match_new(settings, tables)
    assert made is not None and (made.addresses, made.rows) == (0, 0)
    assert matched(settings) == []


def test_several_processes_find_what_one_finds(
    settings: Settings, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_ADDRESSES_A_PROCESS", 2)
    a_batch(settings, "01", NUDT, OXFORD, TSINGHUA, "Beihang University, Beijing, China")
    made = match_new(settings.model_copy(update={"threads": 2}), tables)
    assert made is not None and (made.addresses, made.addresses_matched) == (4, 3)
    assert len(matched(settings)) == 3


def test_a_process_that_ends_early_is_an_error_and_leaves_no_part(
    settings: Settings, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_ADDRESSES_A_PROCESS", 1)
    monkeypatch.setattr(stage.sys, "executable", "/bin/false")
    a_batch(settings, "01", NUDT, OXFORD)
    with pytest.raises(EntangledError, match="ended early"):
        match_new(settings.model_copy(update={"threads": 2}), tables)
    assert list(settings.affiliations.iterdir()) == []


def test_many_parts_become_one_with_the_same_rows(
    settings: Settings, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_MOST_PARTS", 2)
    for batch_id, address in (("01", NUDT), ("02", TSINGHUA), ("03", OXFORD), ("04", NUDT)):
        a_batch(settings, batch_id, address)
        match_new(settings, tables)
    assert [list(part.batches) for part in parts(settings)] == [["01", "02", "03"], ["04"]]
    assert parts(settings)[0].rows == 2
    assert [text for text, _ in matched(settings)] == [NUDT, TSINGHUA]
    assert match_new(settings, tables) is None
