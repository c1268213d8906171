"""Lineage: a published table is followed back to the source by events alone; who listens gets all; nothing fails."""

from __future__ import annotations

import json
import logging
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import RunFacet
from openlineage.client.transport.transport import Config
from pydantic import SecretStr

from include import lineage
from include.common.errors import EntangledError
from include.contracts.batch import BatchManifest
from include.contracts.release import Release
from include.contracts.typed import TypedManifest
from include.lineage.columns import ColumnReader
from include.lineage.graph import Graph, current_graph, events_in
from include.lineage.names import NAMESPACE, Parent, run_uuid
from include.lineage.picture import write_picture
from include.lineage.transport import AsSettingsSay
from include.settings import REPOSITORY, Settings
from tests.receiver import Receiver, receiving

MART = "mart_military_links"
A_DAG_RUN = Parent("build_warehouse", run_uuid("build_warehouse", "scheduled__2026-11-30"))


def current(settings: Settings) -> Release:
    return Release.load(settings.releases_dir / "current" / "release.json")


def raw_manifests(settings: Settings) -> list[BatchManifest]:
    return [BatchManifest.load(file) for file in settings.raw_zone.glob("*/batch=*/_manifest.json")]


def ended(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["eventType"] != "START"]


def what_was_said(events: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Of each run what it read and wrote, without who it belongs to: that is another run each time."""
    return {
        event["run"]["runId"]: (
            event["job"]["name"],
            event["eventTime"],
            event.get("inputs", []),
            event.get("outputs", []),
        )
        for event in ended(events)
        # the run itself, which Airflow tells of its own
        if event["job"]["name"] != "run"
    }


def test_a_mart_is_followed_back_to_raw_batches_and_windows_of_the_source(released: Settings) -> None:
    release = current(released)
    way = Graph.of_home(released).back_from(MART, release.release_id)
    manifests = raw_manifests(released)
    works = {manifest.batch_id: manifest for manifest in manifests if manifest.entity == "works"}
    assert len(works) > 3
    assert way.names("raw/works/") == {f"raw/works/batch={batch}" for batch in works}
    assert {f"typed/batch={batch}" for batch in works} <= way.names("typed/batch=")
    windows = {(one.source, f"works/{one.window.window_id}") for one in works.values()}
    assert windows <= way.sources
    # nothing stands for something that is not there
    assert way.names("raw/") <= {f"raw/{one.entity}/batch={one.batch_id}" for one in manifests}
    assert way.sources <= {(one.source, f"{one.entity}/{one.window.window_id}") for one in manifests}
    # the tables on the way, and a list that decides
    tables = {"warehouse/intermediate.int_work_military_links", "warehouse/intermediate.int_works"}
    assert tables <= way.names("warehouse/")
    assert {"typed/works", "typed/affiliation_strings"} <= way.names("typed/")
    assert "reference/military_bodies" in way.names("reference/")


def test_a_column_is_followed_back_to_columns_of_the_typed_zone(released: Settings) -> None:
    behind = Graph.of_home(released).columns_behind(MART, "military_linked_papers")
    # a count of papers: which institution or address names a listed body, which list has it, when a work appeared
    assert {
        ("typed/authorship_institutions", "institution_id"),
        ("typed/institution_lineage", "ancestor_id"),
        ("affiliations/matches", "body_id"),
        ("reference/military_bodies", "category"),
        ("reference/military_list_membership", "valid_from"),
        ("typed/works", "publication_date"),
        ("warehouse/intermediate.int_work_military_links", "body_id"),
    } <= behind
    # what says nothing of it is not on the way
    assert not {column for _, column in behind} & {"title", "doi", "cited_by_count", "publisher_name"}
    with pytest.raises(EntangledError, match=r"what mart_military_links\.nothing is made of"):
        Graph.of_home(released).columns_behind(MART, "nothing")


def test_columns_of_a_model_that_cannot_be_read_are_left_out_and_others_are_read_once(released: Settings) -> None:
    target, notes = released.home / "dbt" / "target", released.home / "lineage" / "columns.json"
    manifest = json.loads((target / "manifest.json").read_text())
    whole = ColumnReader(manifest, notes).read()
    assert len(whole) > 100
    assert [name for name, made in whole.items() if "*" in made.columns] == []
    before = notes.read_bytes()
    manifest["nodes"]["model.entangled.bi_body"]["compiled_code"] = "select from where"
    assert whole.keys() - ColumnReader(manifest, notes).read().keys() == {"model.entangled.bi_body"}
    notes.write_text("torn")
    manifest = json.loads((target / "manifest.json").read_text())
    assert ColumnReader(manifest, notes).read() == whole
    assert notes.read_bytes() == before


def test_every_published_table_of_the_warehouse_has_a_way_back(released: Settings) -> None:
    release, graph = current_graph(released)
    without = [
        table.name
        for table in release.tables
        if not graph.back_from(table.name, release.release_id).names("warehouse/") and "ops" not in table.name
    ]
    assert without == []


def test_every_run_begins_once_and_ends_once_and_says_how_many_rows(released: Settings) -> None:
    events = list(events_in(released))
    kinds = Counter((event["run"]["runId"], event["eventType"]) for event in events)
    runs = {event["run"]["runId"] for event in events}
    assert set(kinds) == {(run, kind) for run in runs for kind in ("START", "COMPLETE")}
    assert set(kinds.values()) == {1}
    release, graph = current_graph(released)
    rows = {one: count for run in graph.runs for one, count in run.rows.items()}
    assert {table.name: rows[NAMESPACE, f"published/{table.name}"] for table in release.tables} == {
        table.name: table.rows for table in release.tables
    }
    typed = [TypedManifest.load(file) for file in released.typed_zone.glob("batch=*/_typed.json")]
    assert sum(rows[NAMESPACE, f"typed/batch={one.batch_id}"] for one in typed) == sum(t.records_typed for t in typed)


def test_all_belongs_to_the_run_that_made_it(released: Settings) -> None:
    events = ended(list(events_in(released)))
    (run,) = [event for event in events if event["job"]["name"] == "run"]
    (build,) = [event for event in events if event["job"]["name"] == "build"]
    parents = {
        event["run"]["runId"]: event["run"]["facets"]["parent"]["run"]["runId"] for event in events if event is not run
    }
    roots = {event["run"]["facets"]["parent"]["root"]["run"]["runId"] for event in events if event is not run}
    assert roots == {run["run"]["runId"]}
    assert set(parents.values()) == {run["run"]["runId"], build["run"]["runId"]}
    models = [event for event in events if event["job"]["name"].startswith("model.")]
    assert len(models) > 80
    assert {parents[event["run"]["runId"]] for event in models} == {build["run"]["runId"]}


def test_airflow_and_the_command_line_tell_the_same(released: Settings) -> None:
    by_command = what_was_said(list(events_in(released)))
    shutil.rmtree(released.home / "lineage")
    # as tasks of build_warehouse do
    lineage.tell(released, A_DAG_RUN)
    events = list(events_in(released))
    assert what_was_said(events) == by_command
    roots = {event["run"]["facets"]["parent"]["root"]["run"]["runId"] for event in ended(events)}
    assert roots == {A_DAG_RUN.run_id}


def test_what_was_told_is_not_told_again(released: Settings) -> None:
    before = len(list(events_in(released)))
    lineage.tell(released)
    assert len(list(events_in(released))) == before


def test_no_event_holds_a_path_of_this_machine_or_a_person(released: Settings) -> None:
    told = "".join(file.read_text() for file in (released.home / "lineage").glob("events-*.ndjson"))
    assert len(told) > 100_000
    for unwanted in (str(released.home), str(REPOSITORY), str(Path.home()) + "/", "author_id", "OPENALEX_API_KEY"):
        assert unwanted not in told, unwanted


def test_who_started_a_run_is_left_out_of_what_airflow_tells(
    released: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.lineage.transport.get_settings", lambda: released)
    of_run = {"triggering_user_name": "A Person", "run_id": "manual", "note": "ask A Person"}
    facet = RunFacet().with_additional_properties(dagRun=of_run, dag={"fileloc": "/home/person/dags/x.py"})
    event = RunEvent(
        eventType=RunState.START,
        eventTime="2026-11-30T00:00:00+00:00",
        run=Run(runId=A_DAG_RUN.run_id, facets={"airflow": facet}),
        job=Job(namespace=NAMESPACE, name="build_warehouse"),
        producer="airflow",
    )
    before = len(list(events_in(released)))
    AsSettingsSay(Config()).emit(event)
    *_, told = events_in(released)
    assert len(list(events_in(released))) == before + 1
    assert told["run"]["facets"]["airflow"]["dagRun"] == {"run_id": "manual"}
    assert "erson" not in json.dumps(told)


def test_a_server_gets_all_that_the_files_have_with_its_key(
    released: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving() as server:
        listening = sent_to(released, server)
        lineage.tell(listening)
        assert what_was_said(arrived(server)) == what_was_said(list(events_in(released)))
        assert {one.path for one in server.sent} == {"/prefix/api/v1/lineage"}
        assert {one.headers["authorization"] for one in server.sent} == {"Bearer a-hidden-word"}
        count = len(server.sent)
        lineage.tell(listening)
        assert len(server.sent) == count
    assert "a-hidden-word" not in caplog.text
    assert "a-hidden-word" not in "".join(
        file.read_text() for file in (released.home / "lineage").iterdir() if file.is_file()
    )


def test_a_server_that_is_away_is_said_once_and_gets_later_what_it_has_missed(
    released: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with receiving() as server:
        server.is_away = True
        listening = sent_to(released, server)
        for _ in range(3):
            lineage.tell(listening)
        said = [one for one in caplog.records if one.levelno >= logging.WARNING]
        assert [one.getMessage() for one in said] == [
            f"lineage waits: {server.address}/prefix did not take it (RetryError)"
        ]
        assert server.sent == []
        server.is_away = False
        lineage.tell(listening)
        assert what_was_said(arrived(server)) == what_was_said(list(events_in(released)))


def test_nothing_listens_and_the_run_goes_on(released: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with receiving() as server:
        nowhere = sent_to(released, server)
    lineage.tell(nowhere)
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == [
        f"lineage waits: {nowhere.lineage} did not take it (ConnectionError)"
    ]


def test_a_folder_that_cannot_be_written_fails_nothing(released: Settings, caplog: pytest.LogCaptureFixture) -> None:
    shutil.rmtree(released.home / "lineage")
    (released.home / "lineage").write_text("in the way")
    lineage.tell(released)
    assert "lineage is not told now" in caplog.text


def test_off_writes_nothing(released: Settings) -> None:
    shutil.rmtree(released.home / "lineage")
    lineage.tell(released.model_copy(update={"lineage": "off"}))
    assert not (released.home / "lineage").exists()


def test_a_torn_batch_keeps_nothing_else_from_being_told(released: Settings) -> None:
    shutil.rmtree(released.home / "lineage")
    torn = next(released.raw_zone.glob("topics/batch=*/_manifest.json"))
    torn.write_text("{")
    lineage.tell(released)
    assert Graph.of_home(released).back_from(MART, current(released).release_id).names("raw/works/")


def test_the_way_back_outlives_the_files_of_old_batches_and_a_line_cut_short(released: Settings) -> None:
    (file,) = (released.home / "lineage").glob("events-*.ndjson")
    kept = [
        line
        for line in file.read_text().splitlines()
        if json.loads(line)["job"]["name"][:6] not in ("sweep.", "flatte")
    ]
    file.write_text("\n".join(kept) + '\n{"eventType": "COMPL')
    release, graph = current_graph(released)
    way = graph.back_from(MART, release.release_id)
    assert len(way.names("raw/works/")) > 3
    assert len(way.sources) > 3


def test_the_picture_shows_every_table_and_one_table_alone(released: Settings) -> None:
    release, graph = current_graph(released)
    page, drawing = write_picture(released, release, graph)
    assert {f"published/{table.name}" for table in release.tables} <= set(drawing.boxes)
    text = page.read_text()
    assert text.count('class="box ') == len(drawing.boxes)
    assert "SYNTHETIC" in text
    columns = {box.x: box.kind for box in drawing.boxes.values()}
    assert [columns[x] for x in sorted(columns)][:4] == ["source", "raw", "typed", "read"]
    places = Counter((box.x, box.y) for box in drawing.boxes.values())
    assert max(places.values()) == 1, "boxes lie on each other"
    # every line leads on
    assert all(drawing.boxes[one].x < drawing.boxes[other].x for one, other in drawing.lines)
    alone, of_one = write_picture(released, release, graph, MART)
    assert alone != page
    assert {name for name in of_one.boxes if name.startswith("published/")} == {f"published/{MART}"}


def sent_to(settings: Settings, server: Receiver) -> Settings:
    return settings.model_copy(
        update={"lineage": f"{server.address}/prefix", "lineage_key": SecretStr("a-hidden-word")}
    )


def arrived(server: Receiver) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in server.sent]
