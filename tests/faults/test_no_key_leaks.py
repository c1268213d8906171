"""After runs with every fault on, the API key stands nowhere: in no file of the home, no output, no message."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from include.common.errors import EntangledError
from include.pipeline.faults import ALL, MOST_RUNS, Sandbox, environment_of, fault_settings, ingest
from include.settings import REPOSITORY
from tests.faults.keys import files_that_hold

KEY = "key-that-must-not-leak-4711"


@pytest.mark.verify
def test_the_key_is_in_no_file_output_or_exception(
    small_sandbox: str,
    small_corpus: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = fault_settings(tmp_path / "home", small_sandbox, small_corpus / "overlay", key=KEY)
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("include.openalex.client.FIRST_PAUSE_SECONDS", 0.01)
    shown, stops = "", 0
    sandbox = Sandbox(small_sandbox)
    with sandbox.having([ALL]):
        # a command as people run it, and the same in this process, where exceptions can be looked into
        ended = subprocess.run(
            [sys.executable, "-m", "include.openalex", "extract", "--all"],
            cwd=REPOSITORY,
            env=environment_of(settings),
            capture_output=True,
            text=True,
            timeout=600,
        )
        shown += ended.stdout + ended.stderr
        for _ in range(2 * MOST_RUNS):
            if not sandbox.spared():
                break
            try:
                ingest(settings, full=True, works_only=True)
            except EntangledError as error:
                stops += 1
                shown += "".join(traceback.format_exception(error)) + repr(error) + str(error.__dict__)
        assert sandbox.spared() == set()
    assert stops > 0
    assert KEY not in shown
    assert KEY not in caplog.text + repr(settings)
    assert files_that_hold(KEY, settings.home) == []


def test_a_key_in_a_file_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "plain.log").write_text(f"Authorization: Bearer {KEY}")
    (tmp_path / "clean.log").write_text("Authorization: Bearer ***")
    assert files_that_hold(KEY, tmp_path) == [str(tmp_path / "plain.log")]
