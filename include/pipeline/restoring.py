"""A timed drill: what was lost comes back, and the marts are those of before.

Each loss is made in a home that held a release, the commands of docs/operating/restore.md are run, and the published
tables are compared with those of before, by the digests of their files.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from include.common.files import ensure_dir
from include.pipeline.content import published_content
from include.pipeline.truth import command, pipeline_environment, serving
from include.settings import Settings, child_environment

SEED = 29
RUN = ("include.pipeline", "run")
PULL = ("include.store", "pull")


@dataclass(frozen=True)
class Loss:
    """What is lost of a home, and the commands that bring it back."""

    name: str
    lose: Callable[[Path], None]
    commands: tuple[tuple[str, ...], ...]


def _all_but(*kept: str) -> Callable[[Path], None]:
    def lose(home: Path) -> None:
        for entry in home.iterdir():
            if entry.name in kept:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    return lose


LOSSES = (
    Loss("the releases", lambda home: shutil.rmtree(home / "releases"), (RUN,)),
    Loss("all but the raw zone", _all_but("raw"), (RUN,)),
    Loss("all; the store has it", _all_but(), (PULL, RUN)),
    # the store gives back raw batches; the release is built from them
    Loss("all, and the releases of the store", _all_but(), (PULL, RUN)),
)


def check_restoring(settings: Settings, scale: float, *, with_airflow: bool) -> bool:
    """Lose and restore; prints a table. True when the marts were equal each time."""
    folder = settings.home / "restore"
    if folder.exists():
        shutil.rmtree(folder)
    logs, home, corpus, store = (ensure_dir(folder / name) for name in ("logs", "home", "corpus", "store"))
    generate = ["include.sandbox", "generate", "--out", str(corpus), "--seed", str(SEED), "--scale", f"{scale:g}"]
    command(generate, child_environment(), logs / "generate.log")
    print(f"{'lost':<36} {'back after':>10}  marts")
    restored = []
    with serving(corpus, log_file=logs / "sandbox.log") as url:
        environment = {**pipeline_environment(home, url, corpus, "demo"), "ENTANGLED_STORE_URL": f"file://{store}"}
        command(list(RUN), environment, logs / "first.log")
        before = published_content(Settings.model_validate({"ENTANGLED_HOME": home}))
        for number, loss in enumerate(LOSSES):
            if number == len(LOSSES) - 1:
                shutil.rmtree(store / "releases")
            loss.lose(home)
            restored.append(_restore(loss, home, environment, before, logs / f"loss-{number}.log"))
    if with_airflow:
        restored.append(_airflow(folder / "airflow-home", scale, logs / "airflow.log"))
    print(f"losses: {len(restored)}, restored: {sum(restored)}")
    return all(restored)


def _restore(loss: Loss, home: Path, environment: dict[str, str], before: dict[str, str], log_file: Path) -> bool:
    started = time.monotonic()
    for arguments in loss.commands:
        command(list(arguments), environment, log_file)
    after = published_content(Settings.model_validate({"ENTANGLED_HOME": home}))
    return _tell(loss.name, time.monotonic() - started, before, after)


def _airflow(home: Path, scale: float, log_file: Path) -> bool:
    """Airflow's metadata is lost: what it knows of runs that have ended, nothing that a next run needs."""
    demo = ["include.local", "demo", "--scale", f"{scale:g}"]
    settings = Settings.model_validate({"ENTANGLED_HOME": home})
    environment = child_environment(ENTANGLED_HOME=str(home))
    command(demo, environment, log_file)
    before = published_content(settings)
    shutil.rmtree(home / "airflow")
    started = time.monotonic()
    command(demo, environment, log_file)
    return _tell("Airflow's metadata", time.monotonic() - started, before, published_content(settings))


def _tell(name: str, seconds: float, before: dict[str, str], after: dict[str, str]) -> bool:
    differing = sorted(table for table in {*before, *after} if before.get(table) != after.get(table))
    verdict = "NOT: " + ", ".join(differing[:5]) if differing else "equal"
    print(f"{name:<36} {seconds:>8.1f} s  {verdict}", flush=True)
    return not differing
