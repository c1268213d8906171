"""The extractor is killed (SIGKILL) at ten random points; run again, it stores exactly what an unharmed one stores, and
the marts are the same."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from include.contracts.content import content_hash
from include.contracts.release import Release
from include.pipeline.truth import serving
from include.raw_zone import list_batches, verify
from include.settings import REPOSITORY, Settings, child_environment

KILLS = 10
# slow enough that a sweep of the small corpus takes seconds, so that a kill hits it in the middle
REQUESTS_PER_SECOND = 25
LONGEST_LIFE_SECONDS = 0.7


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "small"
    command = ["-m", "include.sandbox", "generate", "--out", str(folder), "--seed", "11", "--scale", "0.1"]
    subprocess.run([sys.executable, *command], cwd=REPOSITORY, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def sandbox(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(corpus, log_file=tmp_path_factory.mktemp("sandbox") / "sandbox.log") as url:
        yield url


class Home:
    """A home of its own, and the extractor in it."""

    def __init__(self, folder: Path, url: str, overlay: Path) -> None:
        self.settings = Settings(
            _env_file=None, ENTANGLED_HOME=folder, ENTANGLED_SCOPE="demo", OPENALEX_BASE_URL=url, ENTANGLED_THREADS=1
        )
        self._environment = child_environment(
            ENTANGLED_HOME=str(folder),
            ENTANGLED_SCOPE="demo",
            ENTANGLED_THREADS="1",
            OPENALEX_BASE_URL=url,
            OPENALEX_API_KEY="any",
            # without the invented lists there is no military link, and gate 3 rightly refuses an empty mart
            ENTANGLED_EXTRA_LISTS=str(overlay),
        )

    def start(self, requests_per_second: int) -> subprocess.Popen[bytes]:
        """Start `extract --all`."""
        return subprocess.Popen(
            [sys.executable, "-m", "include.openalex", "extract", "--all"],
            cwd=REPOSITORY,
            env={**self._environment, "OPENALEX_REQUESTS_PER_SECOND": str(requests_per_second)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def finish(self) -> None:
        """Run it to its end."""
        process = self.start(requests_per_second=100)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()

    def kill_in_the_middle(self, seconds: float) -> bool:
        """Start it, let it live so long after it has planned, kill it. False: it had ended by itself."""
        plan = self.settings.raw_zone / "_plan.json"
        before = plan.stat().st_mtime_ns if plan.exists() else 0
        process = self.start(REQUESTS_PER_SECOND)
        while process.poll() is None and not (plan.exists() and plan.stat().st_mtime_ns > before):
            time.sleep(0.005)
        time.sleep(seconds)
        was_alive = process.poll() is None
        process.kill()
        _, errors = process.communicate(timeout=60)
        assert was_alive or process.returncode == 0, errors.decode()
        return was_alive

    def marts(self) -> dict[str, str]:
        """Go on to a release; the checksum of every published table but those that tell of the run itself."""
        ended = subprocess.run(
            [sys.executable, "-m", "include.pipeline", "run"],
            cwd=REPOSITORY,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
        release = Release.load(self.settings.releases_dir / "current" / "release.json")
        # batch ids are new in every run
        return {
            table.name: table.sha256
            for table in release.tables
            if not table.name.startswith("mart_ops_") and "batch_id" not in {column.name for column in table.columns}
        }

    def stored(self) -> list[tuple[str, str]]:
        """Id and content hash of every stored record, computed anew from the pages."""
        found = []
        for manifest in list_batches(self.settings, "works"):
            folder = self.settings.raw_zone / "works" / f"batch={manifest.batch_id}"
            for page in manifest.pages:
                records = map(orjson.loads, gzip.decompress((folder / page.file).read_bytes()).splitlines())
                found += [(record["id"], content_hash(record)) for record in records]
        return sorted(found)


@pytest.mark.slow
def test_ten_kills_change_nothing(sandbox: str, corpus: Path, tmp_path: Path) -> None:
    overlay = corpus / "overlay"
    unharmed = Home(tmp_path / "unharmed", sandbox, overlay)
    unharmed.finish()
    expected = unharmed.stored()
    assert len(expected) > 3000

    seed = random.randrange(2**32)
    print(f"seed of the kill points: {seed}")
    moments = random.Random(seed)
    homes = [Home(tmp_path / "killed-1", sandbox, overlay)]
    kills = resumed = 0
    while kills < KILLS:
        if homes[-1].kill_in_the_middle(moments.uniform(0, LONGEST_LIFE_SECONDS)):
            kills += 1
            resumed += len(verify(homes[-1].settings).in_progress)
        else:
            homes.append(Home(tmp_path / f"killed-{len(homes) + 1}", sandbox, overlay))

    assert resumed > 0, "no kill hit a sweep in the middle, so nothing was tested"
    for home in homes:
        home.finish()
        assert home.stored() == expected
        report = verify(home.settings)
        assert report.problems == ()
        assert report.in_progress == ()

    marts = unharmed.marts()
    assert {"fct_work_countries", "mart_headline_figures", "mart_copublication_trends"} <= marts.keys()
    assert homes[0].marts() == marts
