"""What tests share: corpora and homes that are made once a run, by whichever worker comes first.

A test that changes one changes a copy. tests/conftest.py gives them out as fixtures; its docstring says which.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import filelock
import pytest

from include.common.clock import utc_now
from include.contracts.acceptance import refusals_in
from include.pipeline.accepting import accept
from include.pipeline.truth import command, pipeline_environment, serving
from include.sandbox.generator import generate
from include.settings import Settings
from include.warehouse import take_unit_tests_for_passed

# as small as every table still has rows in
SEED, SCALE = 11, 0.01
# as small as every fact that the truth states has cases
RELEASED_SEED, RELEASED_SCALE = 23, 0.02


def accept_newest(settings: Settings, reason: str) -> None:
    """Accept all that the newest refusal in this home names, as a person would."""
    refusal = refusals_in(settings.home)[0]
    names = [check.name for check in refusal.checks]
    accept(settings, refusal, names, reason=reason, who="a test", until=utc_now().date() + timedelta(days=1))


@dataclass(frozen=True)
class Shelf:
    """A folder that all workers of one run share; it is empty when the run begins."""

    folder: Path

    @classmethod
    def of_this_run(cls, factory: pytest.TempPathFactory) -> Shelf:
        base = factory.getbasetemp()
        # each worker of xdist has a folder of its own in that of the run
        folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
        folder.mkdir(exist_ok=True)
        return cls(folder)

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """The folder `name`. Who asks first lets `make` fill it (it has to create it); the others wait for that.

        What decides the content belongs into the name. Nobody changes what lies here: copy it.
        """
        folder, made = self.folder / name, self.folder / f"{name}.made"
        with filelock.FileLock(self.folder / f"{name}.lock"):
            if not made.exists():
                # a worker that failed half way leaves a half
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                made.touch()
        return folder

    def corpus(self, seed: int = SEED, scale: float = SCALE) -> Path:
        """The generated corpus of this seed and size."""
        settings = Settings(_env_file=None, ENTANGLED_HOME=self.folder / "no-home", ENTANGLED_THREADS=2)  # type: ignore[call-arg]
        return self.once(f"corpus-{seed}-{scale:g}", lambda folder: _generate(settings, folder, seed, scale))

    def released_home(self, seed: int = RELEASED_SEED, scale: float = RELEASED_SCALE) -> Path:
        """A home that a run filled from the corpus of this seed and size, up to its release (scope `demo`)."""
        corpus = self.corpus(seed, scale)
        return self.once(f"home-{seed}-{scale:g}", lambda home: _release(home, corpus))


def free_port() -> int:
    """A port on loopback that is free now, for what cannot choose one itself (a service of Airflow)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def home_settings(home: Path, corpus: Path, **changes: object) -> Settings:
    """Settings of a home of the scope `demo` with the lists of its corpus, whatever the environment says."""
    overlay = corpus / "overlay"
    given = {
        "ENTANGLED_HOME": home,
        "ENTANGLED_SCOPE": "demo",
        "ENTANGLED_EXTRA_LISTS": overlay if overlay.is_dir() else None,
        "ENTANGLED_THREADS": 2,
        "OPENALEX_API_KEY": "sandbox",
    }
    return Settings(_env_file=None, **{**given, **changes})  # type: ignore[arg-type]


def leave_unit_tests_out(settings: Settings) -> Settings:
    """Let builds in this home take dbt's unit tests for passed, as they do after a build of the same project.

    They ask about the models alone and take a quarter of a small build; one build of the suite runs them (the fixture
    `built` of tests/integration/test_dbt_warehouse.py). When a test changes the project or the home's own lists
    afterwards, the next build runs them.
    """
    take_unit_tests_for_passed(settings)
    return settings


def _generate(settings: Settings, folder: Path, seed: int, scale: float) -> None:
    generate(settings, folder, seed=seed, scale=scale)


def _release(home: Path, corpus: Path) -> None:
    leave_unit_tests_out(home_settings(home, corpus))
    logs = home.with_name(f"{home.name}.logs")
    with serving(corpus, log_file=logs / "sandbox.log") as url:
        command(["include.pipeline", "run"], pipeline_environment(home, url, corpus, "demo"), logs / "run.log")
