"""A full disk, a raw zone that cannot be written, a second extractor: a clear stop, nothing torn, no loss."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from include.pipeline.content import Content, typed_content
from include.pipeline.faults import environment_of, fault_settings, ingest
from include.raw_zone import verify
from include.settings import REPOSITORY, Settings


def start(settings: Settings, *arguments: str, largest_file: int | None = None) -> subprocess.Popen[str]:
    """A stage as a process of its own; `largest_file` in bytes: writing beyond it fails, as on a full disk."""

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=REPOSITORY,
        env=environment_of(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
    )


def end(process: subprocess.Popen[str]) -> str:
    _, errors = process.communicate(timeout=600)
    return errors


@pytest.fixture(scope="module")
def clean(small_sandbox: str, small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    settings = fault_settings(tmp_path_factory.mktemp("clean"), small_sandbox, small_corpus / "overlay")
    ingest(settings, works_only=True)
    return typed_content(settings)


@pytest.fixture
def settings(small_sandbox: str, small_corpus: Path, tmp_path: Path) -> Settings:
    return fault_settings(tmp_path / "home", small_sandbox, small_corpus / "overlay")


@pytest.mark.parametrize("largest_file", [10_000, 14_000])
def test_a_full_disk_stops_the_extractor_and_tears_nothing(
    settings: Settings, clean: Content, largest_file: int
) -> None:
    process = start(settings, "include.openalex", "extract", "--all", largest_file=largest_file)
    errors = end(process)
    assert process.returncode == 1, errors
    assert "error: " in errors
    assert "what to do: " in errors
    assert "Traceback" not in errors
    assert verify(settings).problems == ()
    ingest(settings, works_only=True)
    assert typed_content(settings) == clean


@pytest.mark.parametrize("largest_file", [500, 20_000])
def test_a_full_disk_stops_flatten_and_tears_nothing(settings: Settings, clean: Content, largest_file: int) -> None:
    assert end(start(settings, "include.openalex", "extract", "--all")) is not None
    process = start(settings, "include.flatten", largest_file=largest_file)
    errors = end(process)
    assert process.returncode == 1, errors
    assert "error: " in errors
    assert "what to do: " in errors
    assert "Traceback" not in errors
    assert not list(settings.typed_zone.glob(".*"))
    ingest(settings, works_only=True)
    assert typed_content(settings) == clean


def test_a_raw_zone_that_cannot_be_written_is_told(settings: Settings) -> None:
    # root may write where nobody else may, so a file stands where the folder should be
    settings.raw_zone.write_text("not a folder")
    process = start(settings, "include.openalex", "extract", "--all")
    errors = end(process)
    assert process.returncode == 1, errors
    assert str(settings.raw_zone) in errors
    assert "what to do: " in errors
    assert "Traceback" not in errors
    assert settings.raw_zone.read_text() == "not a folder"


def test_of_two_extractors_one_works_and_the_other_says_so(settings: Settings, clean: Content) -> None:
    slow = settings.model_copy(update={"requests_per_second": 3.0})
    processes = [start(slow, "include.openalex", "extract", "--all") for _ in range(2)]
    errors = {process.returncode: text for process, text in [(each, end(each)) for each in processes]}
    assert sorted(errors) == [0, 3]
    assert "is already running" in errors[3]
    ingest(settings, works_only=True)
    assert typed_content(settings) == clean
