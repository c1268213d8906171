"""The files between two stages: whole or refused, with a sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.common.errors import ContractError
from include.contracts.batch import BatchManifest, Check
from include.contracts.candidate import Lineage, Verdict
from include.contracts.hold import Hold
from include.contracts.release import Release
from include.contracts.scope import ResolvedScope
from include.contracts.typed import TypedManifest
from tests.unit.flatten.raw_batches import settings_in, write_batch

KINDS = [BatchManifest, TypedManifest, Lineage, Verdict, Release, ResolvedScope, Hold]
SEALED = Verdict(
    run_id="run",
    audited_at=datetime(2026, 11, 29, tzinfo=UTC),
    compared_with=None,
    passed=True,
    checks=(Check(check_id="a", severity="fail", passed=True, observed="Ünïcödé", expected="0.30000000000000004"),),
    files_sha256={"lineage.json": "0"},
)


@pytest.fixture
def manifest_file(tmp_path: Path) -> Path:
    settings = settings_in(tmp_path)
    batch_id = write_batch(settings, "works", [])
    return settings.raw_zone / "works" / f"batch={batch_id}" / "_manifest.json"


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_file_names_the_stage_before(kind: type[BatchManifest], tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=f"the {kind.what_it_is} is missing") as caught:
        kind.load(tmp_path / "file.json")
    assert str(tmp_path / "file.json") in str(caught.value)
    assert "stage before" in caught.value.fix


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"hello": 1}', b"\xff\xfe"])
def test_a_torn_or_foreign_file_is_refused(kind: type[BatchManifest], content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file.json").write_bytes(content)
    with pytest.raises(ContractError, match=f"the {kind.what_it_is} cannot be read"):
        kind.load(tmp_path / "file.json")


def test_what_is_saved_is_what_is_loaded(manifest_file: Path) -> None:
    manifest = BatchManifest.load(manifest_file)
    manifest.save(manifest_file)
    assert BatchManifest.load(manifest_file) == manifest
    assert manifest_file.read_text().endswith("}\n")


@pytest.mark.parametrize("change", [{"schema_version": 2}, {"a_field_of_tomorrow": 1}, {"stored": "many"}])
def test_a_file_of_another_version_is_refused_and_the_field_named(
    manifest_file: Path, change: dict[str, object]
) -> None:
    document = {**json.loads(manifest_file.read_text()), **change}
    manifest_file.write_text(json.dumps(document))
    with pytest.raises(ContractError, match=next(iter(change))):
        BatchManifest.load(manifest_file)


def test_a_file_cut_at_any_place_is_refused(manifest_file: Path) -> None:
    # the last two bytes close the object and the line; without the line's end it is whole
    whole = manifest_file.read_bytes()
    for end in range(0, len(whole) - 2, 97):
        manifest_file.write_bytes(whole[:end])
        with pytest.raises(ContractError):
            BatchManifest.load(manifest_file)


def test_a_sealed_file_is_loaded_as_it_was_saved_however_it_is_laid_out(tmp_path: Path) -> None:
    file = tmp_path / "verdict.json"
    SEALED.save(file)
    assert Verdict.load(file) == SEALED
    told = json.loads(file.read_text())
    file.write_text(json.dumps(dict(reversed(told.items()))))
    assert Verdict.load(file) == SEALED


@pytest.mark.parametrize(
    "change", [{"passed": False}, {"accepted": {"a": "b"}}, {"own_sha256": "0"}, {"files_sha256": {}}]
)
def test_an_edited_sealed_file_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    file = tmp_path / "verdict.json"
    SEALED.save(file)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ContractError, match="was changed after it was written"):
        Verdict.load(file)


def test_a_file_that_may_not_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="cannot be read: Is a directory"):
        Hold.load(tmp_path)
