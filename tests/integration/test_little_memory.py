"""A build that must spill to disk ends in the same marts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from include.contracts.release import Release
from include.pipeline.truth import command, compare_mart, pipeline_environment
from include.settings import Settings


def build_in_little_memory(home: Path, corpus: Path, log_file: Path) -> Path:
    """Build the warehouse anew where DuckDB must spill; returns the candidate's marts."""
    spill = home / "tmp"
    # DuckDB leaves a folder that it did not make; each file that comes or goes sets its time
    spill.mkdir(exist_ok=True)
    os.utime(spill, (0, 0))
    environment = {
        **pipeline_environment(home, "http://127.0.0.1:9", corpus, "demo"),
        "ENTANGLED_MEMORY_LIMIT": "120MB",
        "ENTANGLED_THREADS": "1",
    }
    command(["include.warehouse", "build", "--full-refresh"], environment, log_file)
    assert spill.stat().st_mtime > 0, "DuckDB had no need to spill: the limit is too large for this test"
    command(["include.warehouse", "export", "--run", "spilled"], environment, log_file)
    return home / "build" / "spilled" / "marts"


# a whole build that waits for the disk: minutes on a slow one
@pytest.mark.verify
def test_the_marts_equal_the_truth_when_the_build_has_little_memory(
    released: Settings, released_corpus: Path, tmp_path: Path
) -> None:
    spilled = build_in_little_memory(released.home, released_corpus, tmp_path / "spill.log")
    release = Release.load(released.releases_dir / "current" / "release.json")
    grains = {table.name: table.grain.split(", ") for table in release.tables}
    compared = [
        compare_mart(truth, spilled / truth.name, grains[truth.stem])
        for truth in (released_corpus / "truth").glob("*.parquet")
    ]
    assert len(compared) > 10
    assert [one for one in compared if one.differences] == []
