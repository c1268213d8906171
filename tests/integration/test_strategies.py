"""A changed strategy goes on where the other stopped: whatever brought the works, they are those of a fresh load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from include import flatten, openalex
from include.common.clock import utc_now
from include.openalex.errors import PlanRequired
from include.pipeline.content import Content, typed_content
from include.pipeline.faults import fault_settings, ingest
from include.pipeline.truth import serving
from include.raw_zone import list_batches, verify
from include.raw_zone.sweeps import last_sweeps
from include.sandbox.corpus import Evolution
from include.sandbox.generator import evolve
from include.sandbox.snapshot import write_snapshot
from include.settings import Settings

# the corpus as it was generated was updated last on 2026-02-20, and its later states on these days
STATES = ("2026-03-01", "2026-06-02", "2026-06-03", "2026-06-04")
# they move from day to day without the work being another, and are not stored for that
CITATIONS = ("cited_by_count", "fwci", "updated_at")


@pytest.fixture(scope="module")
def corpora(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A corpus and three later states: works changed, added, cited, retracted; in the last two also deleted, merged and
    moved."""
    folder = tmp_path_factory.mktemp("corpora")
    settings = Settings(_env_file=None, ENTANGLED_HOME=folder / "home", ENTANGLED_THREADS=1)
    states = [small_corpus, *(folder / str(number) for number in (1, 2, 3))]
    for number in (1, 2, 3):
        step = Evolution(share=0.08, seed=number, vanished=0.04 if number > 1 else 0.0, retracted=0.02)
        evolve(settings, states[number - 1], states[number], step)
    return states


@pytest.fixture
def at(corpora: list[Path], tmp_path: Path) -> Callable[..., Any]:
    """Settings of one home for a state of the corpus, while that is served; afterwards it was swept on that day."""

    @contextmanager
    def made(state: int, strategy: str, *, plan: str = "paid", home: str = "home") -> Iterator[Settings]:
        with serving(corpora[state], log_file=tmp_path / "sandbox.log", plan=plan) as url:
            settings = fault_settings(tmp_path / home, url, Path("none")).model_copy(update={"strategy": strategy})
            scope = Path(settings.scope)
            # the days of the corpus are long ago
            scope.write_text(scope.read_text().replace("revisit_old_days: 90", "revisit_old_days: 9000"))
            openalex.resolve_scope(settings)
            yield settings
        swept_on(settings, STATES[state])

    return made


def swept_on(settings: Settings, day: str) -> None:
    """Let what was swept today have been swept on that day."""
    today = f"{utc_now():%Y-%m-%d}"
    for file in [*settings.raw_zone.glob("works/batch=*/_manifest.json"), *settings.raw_zone.glob("works/_sweeps/*")]:
        file.write_text(file.read_text().replace(f"{today}T", f"{day}T"))


def content(settings: Settings) -> Content:
    return typed_content(settings, but=CITATIONS)


def fresh(at: Callable[..., Any], state: int) -> Content:
    with at(state, "publication_window", home=f"fresh-{state}") as settings:
        ingest(settings, works_only=True)
    return content(settings)


def by_strategy(settings: Settings) -> Counter[str]:
    return Counter(batch.strategy for batch in list_batches(settings, "works"))


def assert_as_fresh(at: Callable[..., Any], settings: Settings, state: int) -> None:
    """The same works; tombstones are there in addition, since a fresh load never saw what is gone."""
    expected, found = fresh(at, state), content(settings)
    assert expected.works == found.works
    assert found.differences(expected) == (["tombstones"] if state > 1 else [])
    assert verify(settings).problems == ()


@pytest.mark.parametrize("form", [pytest.param("jsonl", marks=pytest.mark.verify), "parquet"])
def test_windows_updates_snapshot_and_windows_again_end_as_a_fresh_load(
    at: Callable[..., Any], corpora: list[Path], tmp_path: Path, form: Any
) -> None:
    with at(0, "publication_window") as settings:
        ingest(settings, works_only=True)
    with at(1, "updated_since") as settings:
        made = openalex.plan(settings)
        assert {planned.updated_since for planned in made.due} <= {date(2026, 2, 28), None}
        ingest(settings, works_only=True)
    assert by_strategy(settings)["updated_since"] >= 1
    assert_as_fresh(at, settings, 1)

    write_snapshot(corpora[2], tmp_path / "s", form=form)
    with at(2, "snapshot") as settings:
        settings = settings.model_copy(update={"snapshot": str(tmp_path / "s")})
        (loaded,) = openalex.load_snapshot(settings)
        assert 0 < loaded.stored < loaded.matched
        flatten.flatten_new(settings)

    with at(3, "publication_window") as settings:
        ingest(settings, works_only=True)
    assert_as_fresh(at, settings, 3)


def test_updates_go_on_from_a_snapshot_with_nothing_swept_before(
    at: Callable[..., Any], corpora: list[Path], tmp_path: Path
) -> None:
    write_snapshot(corpora[1], tmp_path / "s")
    with at(1, "snapshot") as settings:
        settings = settings.model_copy(update={"snapshot": str(tmp_path / "s")})
        openalex.load_snapshot(settings)
        assert openalex.unswept_windows(settings) == []
    with at(2, "auto") as settings:
        made = openalex.plan(settings)
        assert {planned.updated_since for planned in made.due} == {date(2026, 6, 1)}
        ingest(settings, works_only=True)
        assert openalex.unswept_windows(settings) == []
    assert_as_fresh(at, settings, 2)


@pytest.mark.verify
def test_updates_alone_from_nothing_over_all_states_end_as_a_fresh_load(at: Callable[..., Any]) -> None:
    for state in range(4):
        with at(state, "updated_since") as settings:
            ingest(settings, works_only=True)
    assert by_strategy(settings)["publication_window"] >= 2
    assert by_strategy(settings)["updated_since"] >= 2
    assert_as_fresh(at, settings, 3)


def test_a_free_key_is_told_what_to_do_before_anything_is_fetched(at: Callable[..., Any]) -> None:
    with at(0, "updated_since", plan="free") as settings, pytest.raises(PlanRequired) as caught:
        openalex.extract_all(settings)
    assert caught.value.where == "ENTANGLED_STRATEGY"
    assert "publication_window" in caught.value.fix
    assert last_sweeps(settings, "works") == {}


@pytest.mark.parametrize(("plan", "strategy"), [("free", "publication_window"), ("paid", "updated_since")])
def test_auto_takes_what_the_key_may_do_and_says_so(at: Callable[..., Any], plan: str, strategy: str) -> None:
    with at(0, "auto", plan=plan) as settings:
        made = openalex.plan(settings)
    assert made.strategy == strategy
    assert made.table().splitlines()[-1].startswith(f"strategy {strategy} (auto: the key's plan may ")
