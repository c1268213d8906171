"""In a whole Airflow: gate 2 refuses a source that answers 0 to everything, a task asks, and the answer is done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from include.contracts.acceptance import refusals_in
from include.local.airflow import USER
from include.settings import REPOSITORY
from tests.e2e.airflow_home import BUILD, AirflowHome, answer, ask_again, notes, question, wait_until

ASKS = "accept_build"


@pytest.fixture(scope="module")
def home(small_sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowHome]:
    """Of a scope with years of which the source has nothing."""
    folder = tmp_path_factory.mktemp("asking-build")
    scope = yaml.safe_load((REPOSITORY / "config" / "scopes" / "demo.yaml").read_text())
    file = folder / "nothing.yaml"
    file.write_text(yaml.safe_dump({**scope, "scope": "nothing", "years": {"from": 1960, "to": 1961}}))
    home = AirflowHome(folder, ENTANGLED_SCOPE=str(file), OPENALEX_BASE_URL=small_sandbox, OPENALEX_API_KEY="sandbox")
    with home.running():
        yield home


@pytest.mark.verify
def test_a_person_is_asked_about_a_build_and_what_is_answered_is_done(home: AirflowHome) -> None:
    api = home.connect()
    home.ask(hours=1)
    ingest = api.trigger("ingest_openalex")
    wait_until(api, ingest, {"success"}, dag="ingest_openalex")
    run = api.runs(BUILD)[0]["dag_run_id"] if api.runs(BUILD) else api.trigger(BUILD)
    asked = question(api, run, ASKS)
    (refusal,) = refusals_in(home.settings.home)
    assert [check.check_id for check in refusal.checks] == ["something_arrived"]
    assert f"**{refusal.checks[0].name}**: " in asked["body"]
    until = asked["params"]["until"]["value"]

    answer(api, run, ASKS, "Reject", reason="", until=until)
    states = wait_until(api, run, {"failed"})
    assert (states["check"], states[ASKS], states["export"]) == ("success", "failed", "upstream_failed")
    assert USER in notes(api, run)[ASKS]

    ask_again(api, run, ASKS)
    question(api, run, ASKS)
    answer(api, run, ASKS, "Approve", reason="nothing was published then", until=until)
    states = wait_until(api, run, {"success", "failed", "upstream_failed"}, "export")
    assert (states[ASKS], states["export"]) == ("success", "success")
    assert [refusal.gate for refusal in refusals_in(home.settings.home) if refusal.gate == "gate_2"] == []
