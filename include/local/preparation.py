"""What is made once before services start, each in a child process, side by side: corpus, dbt manifest, metadata.

Each is skipped when what it would make is there and up to date, so that a second start takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from include.common.files import ensure_dir, sha256_tree, write_atomic
from include.local.airflow import interpreter
from include.local.follow import RunningSteps
from include.local.processes import Job, Services
from include.local.sources import Source
from include.settings import Settings
from include.warehouse import manifest_file


class Preparation:
    """The jobs that a start needs. As a context manager it ends those still running when the start fails."""

    def __init__(self, settings: Settings, source: Source, services: Services, environment: dict[str, str]) -> None:
        self._settings, self._source, self._services, self._environment = settings, source, services, environment
        self._jobs: dict[str, Job] = {}
        self.makes_corpus = False

    def __enter__(self) -> Preparation:
        """Start what is needed."""
        corpus = self._source.corpus
        if self._source.seed is not None and corpus is not None:
            # asked for every time: the generator keeps a corpus that it would make the same, and remakes an older one
            self.makes_corpus = not (corpus / "corpus.json").exists()
            ensure_dir(self._settings.sandbox_dir)
            size = ["--seed", str(self._source.seed), "--scale", f"{self._source.scale:g}"]
            self._start("corpus", ["include.sandbox", "generate", "--out", str(corpus), *size])
        # Airflow's own migration check takes as long as a migration (8 s)
        if not self._migrated.exists():
            self._start("metadata", ["airflow", "db", "migrate"])
        if self._manifest_sources() != self._manifest_made_from():
            self._start("manifest", ["include.warehouse", "manifest"])
        return self

    def __exit__(self, *_: object) -> None:
        for job in self._jobs.values():
            job.stop()

    def wait_for_airflow(self) -> None:
        """Wait for what Airflow needs to start: its database, and the manifest that the DAGs are parsed from."""
        if job := self._jobs.get("metadata"):
            job.wait()
            self._migrated.touch()
        if job := self._jobs.get("manifest"):
            job.wait()
            write_atomic(self._settings.home / "dbt" / "sources.sha256", self._manifest_sources())

    def wait_for_corpus(self, say: Callable[[str], None]) -> None:
        """Wait for what the sandbox serves, and say how far it is: a large corpus takes minutes."""
        if job := self._jobs.get("corpus"):
            steps = RunningSteps(self._settings.progress_dir)

            def tell() -> None:
                for line in steps.lines():
                    say(line)

            job.wait(tell)

    def _start(self, name: str, arguments: list[str]) -> None:
        command = [interpreter(), "-m", *arguments]
        self._jobs[name] = Job(name, command, self._environment, self._services.logs)

    @property
    def _migrated(self) -> Path:
        return self._settings.airflow_home / f"migrated-{version('apache-airflow')}"

    def _manifest_sources(self) -> str:
        project = self._settings.dbt_project
        return f"{project} {sha256_tree(project, '.sql', '.yml', '.md')}"

    def _manifest_made_from(self) -> str | None:
        made = self._settings.home / "dbt" / "sources.sha256"
        return made.read_text() if made.exists() and manifest_file(self._settings).exists() else None
