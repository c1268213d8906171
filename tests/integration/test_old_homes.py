"""A home and a release of the commit before three versions were kept (29da9a1) go on with the code of today.

`tests/data/home_29da9a1.tar.xz` is such a home; `tests/data/README.md` says how it was made.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import duckdb
import pytest

from include import audit, flatten, openalex, release, report, warehouse
from include.contracts.batch import BatchManifest
from include.contracts.candidate import Verdict
from include.contracts.scope import ResolvedScope
from include.contracts.typed import TypedManifest
from include.openalex.models import Plan
from include.pipeline.waiting import due_because
from include.raw_zone.sweeps import last_sweeps
from include.settings import REPOSITORY, Settings
from include.warehouse.errors import StaleBatches
from tests.shared import leave_unit_tests_out

OLD_HOME = REPOSITORY / "tests" / "data" / "home_29da9a1.tar.xz"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with tarfile.open(OLD_HOME) as packed:
        packed.extractall(tmp_path, filter="data")
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        ENTANGLED_HOME=tmp_path / "home",
        ENTANGLED_SCOPE=str(tmp_path / "scope.yaml"),
        ENTANGLED_EXTRA_LISTS=tmp_path / "lists",
        ENTANGLED_THREADS=2,
    )


def test_every_document_of_an_old_home_is_read(settings: Settings) -> None:
    read = {
        "raw": [BatchManifest.load(file) for file in settings.raw_zone.glob("*/batch=*/_manifest.json")],
        "typed": [TypedManifest.load(file) for file in settings.typed_zone.glob("batch=*/_typed.json")],
        "sweeps": list(last_sweeps(settings, "works").values()),
        "plan": [Plan.load(settings.raw_zone / "_plan.json")],
        "scope": [ResolvedScope.load(settings.resolved_scope_file)],
        "releases": release.list_releases(settings),
    }
    assert all(read.values())
    assert {one.fetch_version for one in read["raw"]} == {one.fetch_version for one in read["releases"]}
    assert {one.flatten_version for one in [*read["typed"], *read["releases"]]} == {""}


def test_a_running_year_of_an_old_home_is_the_scope_of_today(settings: Settings) -> None:
    (old,) = release.list_releases(settings)
    now = openalex.resolve_scope(settings)
    assert now.fetch_version != old.fetch_version
    assert now.is_version(old.fetch_version)
    assert "which works are fetched" not in due_because(settings)


@pytest.mark.verify
def test_an_old_home_goes_on(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    (old,) = release.list_releases(settings)
    settings.warehouse_file.parent.mkdir(exist_ok=True)
    with duckdb.connect(str(settings.warehouse_file)) as db:
        db.execute("create schema intermediate; create table intermediate.int_works as select 'W0' as work_id")
    leave_unit_tests_out(settings)
    settings.warehouse_file.with_name("built_with.json").unlink()
    openalex.resolve_scope(settings)
    with pytest.raises(StaleBatches, match="made by another version of flatten"):
        warehouse.build(settings)

    with caplog.at_level("INFO", logger="entangled"):
        made = flatten.flatten_new(settings)
        warehouse.build(settings)
    assert {one.batch_id for one in made} == {*old.batches}
    assert "they are flattened again from raw" in caplog.text
    assert "the warehouse does not say what it was built with: it is built anew" in caplog.text

    assert flatten.flatten_new(settings) == []
    warehouse.export_candidate(settings, "run")
    audit.audit(settings, "run")
    report.write_report(settings, "run")
    new = release.publish(settings, "run")
    assert Verdict.load(settings.build_dir / "run" / "verdict.json").compared_with == old.release_id
    assert (new.works_loaded, new.batches) == (old.works_loaded, old.batches)
    assert (new.flatten_version, new.count_version) == (flatten.flatten_version(), warehouse.count_version(settings))
    assert due_because(settings) == ""
    assert [one.release_id for one in release.list_releases(settings)] == [new.release_id, old.release_id]
