"""Which services of a home live: its processes by the register, Airflow's also by their hearts.

A process can outlive its work: a scheduler that met a full disk has failed, and may wait for its workers for ever.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import requests

from include.contracts.health import began_at
from include.local import airflow
from include.local.processes import read_register
from include.settings import Settings

# as Airflow's page of health names them -> as `make up` and docker-compose.yaml do
PARTS = {"scheduler": "scheduler", "dag_processor": "dag-processor", "triggerer": "triggerer"}
ANSWER_SECONDS = 5
# a busy Airflow may miss an answer or a beat
_LOOKS, _BETWEEN_LOOKS_SECONDS = 3, 3
_ENDED = "its process ended"


@dataclass(frozen=True)
class Service:
    """One service that should run, and what is known of it."""

    name: str
    is_alive: bool
    said: str


def services(settings: Settings, airflow_url: str | None = None) -> list[Service] | None:
    """What should run: what `make up` has started and nobody stopped, or the Airflow at `airflow_url`.

    None when somebody watches this home and neither is known: then its Airflow runs where this process does not see it.
    """
    entries, mode = read_register(settings)
    if not entries and airflow_url is None:
        return None if began_at(settings.home) else []
    started = {
        entry.name: Service(entry.name, *((True, "runs") if entry.process() else (False, _ENDED)))
        for entry in entries
        if mode == "detached"
    }
    address = airflow_url or (airflow.url(settings) if "api-server" in started else None)
    if address is None:
        return list(started.values())
    parts = _parts_of_airflow(address)
    if parts is None:
        said = f"{address} does not answer"
        answers = started.get("api-server")
        if answers is None or answers.is_alive:
            started["api-server"] = Service("api-server", False, said)
        return list(started.values())
    started.setdefault("api-server", Service("api-server", True, "answers"))
    for part, name in PARTS.items():
        told = parts.get(part) or {}
        process = started.get(name)
        if told.get("status") in (None, "healthy") or (process is not None and not process.is_alive):
            if told.get("status") == "healthy":
                started.setdefault(name, Service(name, True, "its heart beats"))
            continue
        beat = told.get(f"latest_{part}_heartbeat") or "it started"
        started[name] = Service(name, False, f"its heart has not beaten since {str(beat)[:19]}")
    return list(started.values())


def _parts_of_airflow(address: str) -> dict[str, Any] | None:
    session = requests.Session()
    # a proxy has no business between two services of one machine
    session.trust_env = False
    try:
        answer = session.get(f"{address.rstrip('/')}/api/v2/monitor/health", timeout=ANSWER_SECONDS)
        told = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, ValueError):
        return None
    return told if isinstance(told, dict) else None


def dead(settings: Settings) -> list[Service]:
    """What should run in this home and does not.

    A heart that does not beat is listened to three times, unless a process has ended: then all is started again anyway.
    """
    found: list[Service] = []
    for look in range(_LOOKS):
        if look:
            time.sleep(_BETWEEN_LOOKS_SECONDS)
        found = [one for one in services(settings) or () if not one.is_alive]
        if not found or any(one.said == _ENDED for one in found):
            break
    return found
