"""In a whole Airflow: gate 3 refuses, a task asks, and what a person answers by the REST API is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import quote

import psutil
import pytest
import requests

from include.common.clock import utc_now
from include.contracts.acceptance import refusals_in
from include.local.airflow import USER, url
from include.local.processes import read_register
from include.pages import PAGES
from include.release.catalogue import kept_releases
from tests.e2e.airflow_home import BUILD, AirflowHome, answer, ask_again, log_in, notes, question, wait_until
from tests.unit.audit.test_drift import TRENDS, rewrite_release

ASKS = "accept_candidate"
# the release had three times as many joint papers of Britain's
MORE_BEFORE = """
    select * replace (case reporter_code when 'GB' then 3 * joint_papers else joint_papers end as joint_papers) from it
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowHome]:
    home = AirflowHome(tmp_path_factory.mktemp("asking"))
    home.command("demo", "--scale", "0.01")
    rewrite_release(home.settings, TRENDS, MORE_BEFORE)
    with home.running("--scale", "0.01"):
        yield home


@pytest.mark.verify
def test_a_person_is_asked_in_airflow_and_what_is_answered_is_done(home: AirflowHome) -> None:
    api = home.connect()
    before = home.release()
    home.ask(hours=1)
    run = api.trigger(BUILD, {"force": True})
    asked = question(api, run, ASKS)
    names = [check.name for check in refusals_in(home.settings.home)[0].checks]
    assert asked["options"] == ["Approve", "Reject"]
    assert all(f"**{name}**: " in asked["body"] for name in names)
    until = asked["params"]["until"]["value"]
    assert date.fromisoformat(until) > utc_now().date()

    # not accepted
    answer(api, run, ASKS, "Reject", reason="", until=until)
    states = wait_until(api, run, {"failed"})
    assert (states["audit"], states[ASKS], states["report"]) == ("success", "failed", "upstream_failed")
    said = notes(api, run)
    assert said[ASKS] == f"{USER} does not accept it: the run stays refused, readers keep the last release"
    assert said["audit"] == "refused; a person is asked whether it is right"
    assert home.release() == before

    # nobody answers in time
    home.ask(hours=0.01)
    ask_again(api, run, ASKS)
    wait_until(api, run, {"running", "queued"})
    states = wait_until(api, run, {"failed"})
    assert (states[ASKS], states["publish"]) == ("failed", "upstream_failed")
    assert home.release() == before

    # accepted
    home.ask(hours=1)
    ask_again(api, run, ASKS)
    question(api, run, ASKS)
    answer(api, run, ASKS, "Approve", reason="a publisher left", until=until)
    states = wait_until(api, run, {"success", "failed"})
    assert {task for task, state in states.items() if state != "success"} == {"accept_build"}
    made = home.release()
    assert made.previous == before.release_id
    assert [check.name for check in made.accepted] == names
    assert {str(check.accepted) for check in made.accepted} == {f"a publisher left, {USER}, until {until}"}
    assert refusals_in(home.settings.home) == []
    assert notes(api, run)["publish"] == f"release {made.release_id}: {made.works_loaded:,} works"


@pytest.mark.verify
def test_pages_inside_airflow_are_of_the_runs_release_and_behind_the_log_in(home: AirflowHome) -> None:
    api = home.connect()
    # of the demo, which made the first release
    run = api.runs(BUILD)[-1]["dag_run_id"]
    (first,) = [one for one in kept_releases(home.settings) if one.previous is None]
    pages = f"{url(home.settings)}/entangled"
    addresses = [*PAGES, *(f"runs/{BUILD}/{quote(run, safe='')}/{page}" for page in PAGES)]
    for address in addresses:
        assert requests.get(f"{pages}/{address}", timeout=60).status_code == 401
        assert requests.get(f"{pages}/{address}", timeout=60, cookies={"_token": "made up"}).status_code == 403
    answers = {one: requests.get(f"{pages}/{one}", timeout=60, cookies={"_token": log_in(home)}) for one in addresses}
    assert {address: answer.status_code for address, answer in answers.items()} == dict.fromkeys(addresses, 200)
    of_run = answers[addresses[len(PAGES)]]
    assert of_run.url == f"{pages}/releases/{first.release_id}/report/index.html"
    assert "SYNTHETIC" in of_run.text
    assert f"release {first.release_id}" in notes(api, run)["publish"]


@pytest.mark.verify
def test_airflow_offers_the_pages_in_its_menu_and_on_dags_and_runs(home: AirflowHome) -> None:
    plugins = home.connect().call("GET", "plugins")["plugins"]
    (ours,) = [plugin for plugin in plugins if plugin["name"] == "entangled_pages"]
    offered = {(view["destination"], view["name"]) for view in ours["external_views"]}
    titles = {"Report", "Quality checks", "dbt documentation", "Health"}
    assert offered == {(place, title) for place in ("nav", "dag", "dag_run") for title in titles}


@pytest.mark.verify
def test_many_who_write_at_once_are_all_served(home: AirflowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    # none is asked again: the database refuses nobody
    monkeypatch.setattr("include.local.airflow.LOCKED_SECONDS", 0)
    api = home.connect()
    with ThreadPoolExecutor(20) as people:
        asked = [people.submit(api.pause, BUILD, paused=False) for _ in range(60)]
        assert [one.result() for one in asked] == [None] * 60


@pytest.mark.verify
def test_a_killed_scheduler_is_dead_on_the_page_of_health_and_up_starts_it_again(home: AirflowHome) -> None:
    address = f"http://127.0.0.1:{home.settings.health_port}/health"
    before = requests.get(address, timeout=60)
    assert before.status_code == 200
    assert all(service["is_alive"] for service in before.json()["services"])
    entries, _ = read_register(home.settings)
    (scheduler,) = [entry.pid for entry in entries if entry.name == "scheduler"]
    # with the workers, which -9 would leave behind
    for process in [*psutil.Process(scheduler).children(recursive=True), psutil.Process(scheduler)]:
        process.kill()
    deadline = time.monotonic() + 120
    while (killed := requests.get(address, timeout=60)).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(1)
    assert killed.json()["status"] == "dead"
    assert [service["name"] for service in killed.json()["services"] if not service["is_alive"]] == ["scheduler"]

    home.command("up", "--scale", "0.01")
    home.connect()
    assert requests.get(address, timeout=60).status_code == 200
