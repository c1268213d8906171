"""For all tests: on CI the random searches are the same in every run, so that a change is judged by what it changed,
and nowhere does a busy machine fail one. Nor does a shell that started them in the background, where Ctrl-C is ignored:
what a test starts would inherit that.

What costs seconds is made once a run and shared by all files and workers (tests/shared.py). Ask for it as a fixture:

- `small_corpus`: the generated corpus that everything but the sandbox's own tests uses (about 370 joint papers). Read
  only. Another seed or size, also shared: `shelf.corpus(seed=23, scale=0.02)`.
- `small_sandbox`: the URL of a server on it, one a worker. Take away faults that you set.
- `released`: Settings of a home of your own, to change as you like: a copy of one that a run filled from
  `released_corpus` (740 joint papers) up to its release (raw, typed, scope, warehouse, candidate, release). Nobody
  serves its source: see tests/integration/test_shared_homes.py where you ask it. A copy takes a tenth of a second, a
  run half a minute.
- `seed`: for a test that draws at random without hypothesis.
- `shelf.once(name, make)`: anything else that several files or parametrised tests need and do not change.

A test that needs minutes by its nature (kills, composed services, a whole Airflow, all faults at once) is marked
`@pytest.mark.verify`: `make verify` runs it, `make test` does not, `.ci/run` runs both.

A test that builds a warehouse with dbt (eight seconds of processor time) should have a reason to; several facts about
one warehouse share a build by a fixture of their module. Homes that `settings_in` of
tests/unit/warehouse/typed_batches.py gives, and the above, leave dbt's unit tests out; for a home that you make
otherwise call `leave_unit_tests_out(settings)` of tests/shared.py before the first build.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from include.common.proxies import exemptions
from include.pipeline.truth import serving
from include.settings import Settings
from tests.shared import RELEASED_SCALE, RELEASED_SEED, Shelf, home_settings

# what a user has set for runs, above all a store or a key, is nothing to a test
for name in [*os.environ]:
    if name.startswith(("ENTANGLED_", "OPENALEX_", "AWS_")):
        del os.environ[name]
os.environ["ENTANGLED_ENV_FILE"] = os.devnull
# a workbook of the usual size takes as long as the rest of a publication here; test_workbook.py has that
os.environ["ENTANGLED_WORKBOOK_CELLS"] = "20000"
Settings.model_config["env_file"] = None

settings.register_profile("here", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

signal.signal(signal.SIGINT, signal.default_int_handler)

# as every command does, for what tests ask of servers on loopback
os.environ.update(exemptions(os.environ))


@pytest.fixture
def seed() -> int:
    """The seed of a test that draws at random; pytest shows it when the test fails, and TEST_SEED repeats it."""
    drawn = int(os.environ.get("TEST_SEED") or (1 if os.environ.get("CI") else random.randrange(2**32)))
    print(f"TEST_SEED={drawn}")
    return drawn


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What is made once a run, for all workers."""
    return Shelf.of_this_run(tmp_path_factory)


@pytest.fixture(scope="session")
def small_corpus(shelf: Shelf) -> Path:
    """About 370 joint papers: four pages when they are one window."""
    return shelf.corpus()


@pytest.fixture(scope="session")
def small_sandbox(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a sandbox that serves it."""
    with serving(small_corpus, log_file=tmp_path_factory.mktemp("sandbox") / "sandbox.log") as url:
        yield url


@pytest.fixture(scope="session")
def released_corpus(shelf: Shelf) -> Path:
    """What the home of `released` was filled from: about 740 joint papers, with their truth."""
    return shelf.corpus(RELEASED_SEED, RELEASED_SCALE)


@pytest.fixture
def released(shelf: Shelf, released_corpus: Path, tmp_path: Path) -> Settings:
    """A home of the test's own, with batches, warehouse and release."""
    home = tmp_path / "released"
    shutil.copytree(shelf.released_home(), home, symlinks=True)
    return home_settings(home, released_corpus)
