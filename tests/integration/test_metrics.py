"""Metrics: what arrives at a receiver of OpenTelemetry is what the home holds, and what the dashboard asks for."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest

from include import metrics
from include.common.clock import utc_now
from include.contracts.health import Failure, note_failure, note_run, note_stage
from include.contracts.release import Release
from include.contracts.typed import TypedManifest
from include.health import look
from include.metrics import INSTRUMENTS
from include.settings import Settings
from tests.otlp import DASHBOARD, Point, names_in_the_dashboard, points
from tests.receiver import Receiver, receiving


def of(found: list[Point], name: str, **attributes: str) -> float:
    (point,) = [one for one in found if one.name == name and one.attributes == attributes]
    return point.value


def sent_to(settings: Settings, receiver: Receiver) -> Settings:
    return settings.model_copy(update={"metrics": receiver.address})


def test_what_arrives_is_what_the_home_holds(released: Settings) -> None:
    note_stage(released.home, "command line", "build", 12.5)
    with receiving() as receiver:
        assert metrics.push(sent_to(released, receiver))
        found = points(receiver)
    release = Release.load(released.releases_dir / "current" / "release.json")
    for table in release.tables:
        assert of(found, "entangled.release.rows", table=table.name) == table.rows
    assert of(found, "entangled.release.works", state="loaded") == release.works_loaded > 300
    assert of(found, "entangled.release.works", state="quarantined") == release.works_quarantined
    checks = [check for gate in release.gates.values() for check in gate]
    assert sum(one.value for one in found if one.name == "entangled.gate.checks") == len(checks)
    age = of(found, "entangled.release.age")
    assert abs(age - (utc_now() - release.published_at).total_seconds()) < 60
    batches = [TypedManifest.load(file) for file in released.typed_zone.glob("batch=*/_typed.json")]
    works = sum(batch.records_in for batch in batches if batch.entity == "works")
    assert of(found, "entangled.sweep.received", entity="works") == works
    assert 0 < of(found, "entangled.sweep.credits", entity="works") < of(found, "entangled.credits.limit")
    assert of(found, "entangled.batches.waiting") == 0
    assert of(found, "entangled.stage.duration", flow="command line", stage="build") == 12.5
    assert of(found, "entangled.disk.free") < of(found, "entangled.disk.total")
    assert {one.service for one in found} == {"entangled"}


def test_every_metric_of_ours_exists_and_the_dashboard_asks_for_each(released: Settings) -> None:
    note_stage(released.home, "command line", "build", 12.5)
    with receiving() as receiver:
        metrics.push(sent_to(released, receiver))
        found = points(receiver)
    assert {one.name for one in found} == set(INSTRUMENTS)
    assert {(one.name, one.unit) for one in found} == {(name, one.unit) for name, one in INSTRUMENTS.items()}
    asked = {name for name in names_in_the_dashboard() if name.startswith("entangled_")}
    assert asked == {one.prometheus for one in found}


def test_failures_and_stages_are_told_and_a_run_that_ends_well_takes_them_back(released: Settings) -> None:
    failure = Failure(flow="build_warehouse", task="check", run_id="r", failed_at=utc_now(), what="it failed")
    with receiving() as receiver:
        listening = sent_to(released, receiver)
        note_failure(released.home, failure)
        note_run(released.home, "build_warehouse", "r", "failed")
        metrics.push(listening)
        assert of(points(receiver), "entangled.tasks.failed", flow="build_warehouse") == 1
        assert of(points(receiver), "entangled.run.failed", flow="build_warehouse") == 1
        receiver.sent.clear()
        note_run(released.home, "build_warehouse", "s", "success")
        metrics.push(listening)
        assert of(points(receiver), "entangled.tasks.failed", flow="build_warehouse") == 0
        assert of(points(receiver), "entangled.run.failed", flow="build_warehouse") == 0


def test_the_watch_sends_them_at_each_look(released: Settings) -> None:
    with receiving() as receiver:
        look(sent_to(released, receiver), now=utc_now() + timedelta(minutes=1))
        assert {one.name for one in points(receiver)} >= {"entangled.release.age", "entangled.disk.free"}


def test_an_empty_home_is_measured_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings.model_validate({"ENTANGLED_HOME": tmp_path_factory.mktemp("home")})
    with receiving() as receiver:
        assert metrics.push(sent_to(settings, receiver))
        names = {one.name for one in points(receiver)}
    assert names == {"entangled.gate.refusals", "entangled.disk.free", "entangled.disk.total"}


def test_a_receiver_that_is_away_is_said_in_one_line(released: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with receiving() as receiver:
        nowhere = sent_to(released, receiver)
        assert metrics.push(nowhere)
        receiver.is_away = True
        assert not metrics.push(nowhere)
    assert not metrics.push(nowhere)
    said = [one for one in caplog.records if one.name != "entangled"]
    assert [one.levelname for one in said] == ["WARNING", "INFO"]
    assert said[0].getMessage() == f"{nowhere.metrics} did not take metrics: answered with an error or not at all"


def test_without_the_setting_nothing_is_sent(released: Settings) -> None:
    assert released.metrics == ""
    assert not metrics.push(released)


def test_the_dashboard_is_whole() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 15
    taken = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken), "panels lie on each other"
    assert max(x for x, _ in taken) < 24
