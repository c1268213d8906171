"""A sample of `make alerts`: a run is broken, and a mail server and a webhook get one message each, and its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.common.clock import utc_now
from include.health import Facts
from include.health.drill.breaks import breaks, make, staged
from include.health.drill.receivers import mail_server, webhook
from include.health.rules import alerts_of
from include.settings import Settings

# those that take a run; what a task of Airflow ends in is in tests/e2e/test_dag_runs.py
SAMPLE = {"task.command.extract", "gate.gate_1", "gate.gate_2", "late.release", "credits.source", "service.scheduler"}


def test_every_kind_of_alert_has_a_break() -> None:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    kinds = set(alerts_of(Facts(now=utc_now(), began_at=None, services=()), settings))
    assert {one.cause.partition(".")[0] for one in breaks()} == kinds
    assert {one.cause for one in breaks()} >= SAMPLE


@pytest.mark.verify
def test_each_break_is_told_once_by_every_way_and_so_is_its_end(tmp_path: Path) -> None:
    found = {}
    with mail_server() as mail, webhook() as hook, staged(tmp_path / "drill", [hook, mail]) as stage:
        for one in breaks():
            if one.cause in SAMPLE:
                _, found[one.cause] = make(stage, one)
    assert found == {cause: [] for cause in SAMPLE}
