"""Runs corruptions and evolutions in two lanes, prints each as soon as it is done, and sums up."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from include.common.errors import EntangledError
from include.pipeline.corruptions import table
from include.pipeline.corruptions.bench import Bench
from include.pipeline.corruptions.catalogue import CATALOGUE
from include.pipeline.corruptions.evolutions import EVOLUTIONS, Evolution, Step, evolve, generated
from include.pipeline.corruptions.outcome import Outcome, spoil
from include.pipeline.corruptions.row import Corruption
from include.pipeline.corruptions.stages import Stages, benches, make_corpus, make_stages
from include.pipeline.lanes import LANES, copy_code, in_lanes
from include.settings import Settings

CORPUS_SEED = 11
EVOLUTION_SEEDS = (12, 13, 14)
# in a sample, so many corruptions to an evolution
_TO_AN_EVOLUTION = 6

T = TypeVar("T")


@dataclass(frozen=True)
class Wanted:
    """Which corruptions and evolutions: those of these names, a sample drawn with a seed, or all."""

    names: tuple[str, ...] = ()
    sample: int | None = None
    seed: int = 1

    def chosen(self) -> tuple[list[Corruption], list[Evolution]]:
        """What is wanted, in the order of the catalogue.

        Raises:
            EntangledError: there is none of that name.
        """
        corruptions, evolutions = list(CATALOGUE), list(EVOLUTIONS)
        if self.names:
            known = [*(each.name for each in corruptions), *(each.name for each in evolutions)]
            if unknown := [name for name in self.names if name not in known]:
                raise EntangledError(
                    f"there is no corruption or evolution {', '.join(unknown)}", fix=f"known: {', '.join(known)}"
                )
            corruptions = [each for each in corruptions if each.name in self.names]
            evolutions = [each for each in evolutions if each.name in self.names]
        if self.sample is not None:
            draws = random.Random(self.seed)
            corruptions = _drawn(draws, corruptions, self.sample)
            evolutions = _drawn(draws, evolutions, max(1, self.sample // _TO_AN_EVOLUTION))
        return corruptions, evolutions


def _drawn(draws: random.Random, items: list[T], count: int) -> list[T]:
    places = sorted(draws.sample(range(len(items)), min(count, len(items))))
    return [items[place] for place in places]


def check_corruptions(settings: Settings, scale: float, wanted: Wanted) -> bool:
    """Make them all; prints a line each and ends with `stopped: ...` and `corruptions: ..., false alarms: ...`."""
    corruptions, evolutions = wanted.chosen()
    folder = settings.home / "corruptions"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    outcomes: list[Outcome] = []
    steps: list[Step] = []
    costs: dict[str, float] = {}
    original = copy_code(folder / "code")
    if corruptions:
        print("making the stages that corruptions begin with ...", flush=True)
        table.show_heading()
        with prepared(folder, original, scale) as (found, stages):
            costs = stages.clean.seconds
            for outcome in spoil_all(found, stages, corruptions):
                table.show_outcome(outcome)
                outcomes.append(outcome)
    if evolutions:
        # a sample makes do with one home
        seeds = EVOLUTION_SEEDS if wanted.sample is None else EVOLUTION_SEEDS[:1]
        steps = evolve_all(folder, original, scale, evolutions, seeds, table.show_step)
    return table.show_sums(outcomes, steps, costs)


@contextmanager
def prepared(folder: Path, original: Path, scale: float) -> Iterator[tuple[list[Bench], Stages]]:
    """Lanes in which corruptions can be made, and the stages that they begin with."""
    corpora = make_corpus(folder / "corpus", CORPUS_SEED, scale, 3, folder / "corpus.log")
    with benches(folder, original, corpora, LANES) as (found, urls):
        stages = make_stages(folder / "stages", found[0], corpora, urls)
        ready = []
        for bench in found:
            bench.source.upstream = urls[-1]
            # dbt's manifest, which exports read; the first build of a lane parses anew, because its paths are others
            if bench is not found[0]:
                shutil.copytree(found[0].lane.home / "dbt", bench.lane.home / "dbt")
            ready.append(replace(bench, known=stages.known))
        yield ready, stages


def spoil_all(found: Sequence[Bench], stages: Stages, corruptions: Sequence[Corruption]) -> Iterator[Outcome]:
    """Every corruption, in whichever lane is free."""
    by_lane = {bench.lane.folder: bench for bench in found}
    return in_lanes(
        [bench.lane for bench in found],
        corruptions,
        lambda lane, corruption: spoil(stages, by_lane[lane.folder], corruption),
    )


def evolve_all(
    folder: Path,
    original: Path,
    scale: float,
    evolutions: Sequence[Evolution],
    seeds: Sequence[int],
    tell: Callable[[Step], None],
) -> list[Step]:
    """The evolutions dealt out to the seeds, and those of a seed one after the other in one home."""
    dealt = {seed: evolutions[place :: len(seeds)] for place, seed in enumerate(seeds)}
    with benches(folder, original, (), LANES) as (found, _):
        by_lane = {bench.lane.folder: bench for bench in found}
        ended = in_lanes(
            [bench.lane for bench in found],
            [seed for seed in seeds if dealt[seed]],
            lambda lane, seed: _evolve(folder / f"seed-{seed}", by_lane[lane.folder], seed, scale, dealt[seed], tell),
        )
        return [step for steps in ended for step in steps]


def _evolve(
    folder: Path,
    bench: Bench,
    seed: int,
    scale: float,
    evolutions: Sequence[Evolution],
    tell: Callable[[Step], None],
) -> list[Step]:
    try:
        return evolve(folder, bench, generated(folder, seed, scale), evolutions, tell)
    finally:
        # its corpora are large
        shutil.rmtree(folder, ignore_errors=True)
