"""The extractor's memory stays under 300 MB however large a window is, first sweep or another; a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from include.settings import REPOSITORY, child_environment

LARGEST_MB = 300
WORKS = 200_000

# a source without a network: pages of the API's size, made when asked for
SWEEP_TWICE = """
import json, sys
from pathlib import Path
from include.contracts.batch import Query, Window
from include.openalex.runner import SweepTask, sweep
from include.openalex.worker import SourcePage
from include.openalex.works import work_judgement
from include.settings import get_settings

WORKS = int(sys.argv[1])

def page(cursor):
    first = int(cursor)
    last = min(first + 200, WORKS)
    line = b'{"id":"https://openalex.org/W%d","publication_date":"2019-05-05","authorships":[],"display_name":"Invented"}'
    records = [line % (4_300_000_000 + number) for number in range(first, last)]
    return SourcePage(records, str(last) if last < WORKS else None, WORKS, 1, 1, "synthetic")

window = Window(window_id="works-2019", title="2019")
query = Query(path="/works", filter="x", select="id", sort=None, per_page=200)
task = SweepTask(entity="works", scope_id="s", fetch_version="1", window=window, query=query, first_cursor="0",
                 fetch_page=page, judgement=work_judgement(window))
first, again = sweep(get_settings(), task), sweep(get_settings(), task)
# not getrusage: across an exec the kernel keeps the peak of the process that started this one
status = Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024
print(json.dumps({"stored": first.stored, "unchanged": again.unchanged, "peak_mb": peak}))
"""


@pytest.mark.slow
def test_a_window_of_two_hundred_thousand_works_stays_under_300_mb(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SWEEP_TWICE, str(WORKS)],
        cwd=REPOSITORY,
        env=child_environment(ENTANGLED_HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout)
    assert (told["stored"], told["unchanged"]) == (WORKS, WORKS)
    assert told["peak_mb"] < LARGEST_MB
