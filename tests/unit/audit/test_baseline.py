"""Drift is measured against the newest whole release of the same source and scope that nobody rolled back from."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest

from include import release
from include.audit import audit
from include.audit.baseline import find_baseline
from include.common.errors import ContractError
from include.contracts.candidate import Lineage
from include.contracts.release import Release
from include.settings import Settings
from tests.unit.audit.conftest import NEXT
from tests.unit.candidates import make_candidate


def published_id(settings: Settings) -> str:
    current = release.current(settings)
    assert current is not None
    return current.release_id


def found(settings: Settings, **changes: object) -> str:
    """The release that a candidate with these changes is compared with, or why there is none."""
    lineage = Lineage.load(settings.build_dir / NEXT / "lineage.json")
    baseline = find_baseline(settings, lineage.model_copy(update=changes))
    return baseline.release.release_id if baseline.release else baseline.reason


def another_release(settings: Settings, release_id: str, *, days: int = 1, **changes: object) -> str:
    """A copy of the published release, so many days younger, with these changes of its record."""
    first = settings.releases_dir / published_id(settings)
    copy = settings.releases_dir / release_id
    shutil.copytree(first, copy)
    record = Release.load(first / "release.json")
    changed = {"release_id": release_id, "published_at": record.published_at + timedelta(days=days), **changes}
    record.model_copy(update=changed).save(copy / "release.json")
    return release_id


def test_the_newest_release_of_the_same_source_is_the_baseline_whichever_is_current(following: Settings) -> None:
    first = published_id(following)
    other = another_release(following, "20990101T000000Z-other1", source="small corpus")
    (following.releases_dir / "current").unlink()
    (following.releases_dir / "current").symlink_to(other)

    assert found(following, source="large corpus") == first
    assert found(following, source="small corpus") == other
    reason = found(following, scope_id="another")
    assert reason.startswith(
        "none of the 2 releases that are kept is of source synthetic and scope another; the newest"
    )


def test_a_release_that_names_no_source_is_known_by_its_batches(following: Settings) -> None:
    first = published_id(following)
    assert found(following, source="large corpus") == first
    assert found(following, source="large corpus", batches=("01OTHER",)).startswith("none of the 1 releases")


def test_a_release_of_another_origin_is_no_baseline(published: Settings) -> None:
    make_candidate(published, run_id=NEXT, works=40, origin="recorded")
    verdict = audit(published, NEXT)
    assert verdict.compared_with is None
    (check,) = (check for check in verdict.checks if check.check_id == "joint_papers_stable_fail")
    assert check.observed.startswith("not checked: none of the 1 releases that are kept is of source ")


def test_a_release_that_was_rolled_back_from_is_no_baseline(following: Settings) -> None:
    first, later = published_id(following), another_release(following, "20990101T000000Z-later1")
    assert found(following) == later
    (following.releases_dir / "hold.json").write_text(
        json.dumps(
            {
                "schema_version": 1,
                "release_id": first,
                "since": "2026-11-29T00:00:00Z",
                "who": "a person",
                "reason": "half of a list was missing",
                "rolled_back_from": [later],
            }
        )
    )
    assert found(following) == first


def test_a_note_of_a_rollback_that_cannot_be_read_is_one_sentence(following: Settings) -> None:
    (following.releases_dir / "hold.json").write_text("{")
    with pytest.raises(ContractError, match="rollback"):
        found(following)


@pytest.mark.parametrize("fault", ["record", "missing table", "changed table"])
def test_a_torn_release_is_no_baseline_and_hides_no_other(following: Settings, fault: str) -> None:
    first, later = published_id(following), another_release(following, "20990101T000000Z-later1")
    folder = following.releases_dir / later
    if fault == "record":
        (folder / "release.json").write_text('{"schema_version": 1, "rel')
    elif fault == "missing table":
        (folder / "parquet" / "fct_works.parquet").unlink()
    else:
        (folder / "parquet" / "fct_works.parquet").write_bytes(b"PAR1")
    assert found(following) == first


def test_when_no_release_is_whole_each_says_why(following: Settings) -> None:
    (following.releases_dir / published_id(following) / "parquet" / "fct_works.parquet").unlink()
    assert found(following).endswith("is torn: fct_works.parquet is missing")
