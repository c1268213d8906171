"""The whole proof: as many disturbed runs as asked for, in up to three homes, and the table of them."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from include.chaos.clock import Clock
from include.chaos.disk import small_disk, unmount
from include.chaos.night import Night
from include.chaos.plans import Place, Plan, draw_plans
from include.chaos.runs import HEADING, Hands, Outcome, disturb, undisturbed
from include.chaos.victims import register_of
from include.common.files import ensure_dir
from include.local.leftovers import processes_of
from include.pipeline.local_postgres import local_postgres
from include.settings import Settings

SCALE = 0.01
# in this order: an Airflow is started once for all runs of a place
_PLACES: tuple[Place, ...] = ("sqlite", "clock", "postgres")


def check_chaos(settings: Settings, count: int, seed: int, scale: float = SCALE) -> bool:
    """Disturb `count` runs; prints a table and ends with `disturbed: n, equal releases: n`.

    Raises:
        EntangledError: the run that nobody disturbs failed, or libfaketime is missing. Nothing was compared.
    """
    folder = settings.home / "chaos"
    for place in _PLACES:
        unmount(folder / place)
    shutil.rmtree(folder, ignore_errors=True)
    ensure_dir(folder)
    plans = draw_plans(count, seed)
    if any(plan.place == "clock" for plan in plans):
        # half an hour later would be late to say that it is missing
        Clock(folder)
    print(f"seed of what happens: {seed}", flush=True)
    equal = 0
    with closing(disturbed_runs(folder, plans, scale)) as outcomes:
        for number, outcome in enumerate(outcomes, start=1):
            if number == 1:
                print(HEADING)
            print(outcome.line(number), flush=True)
            equal += not outcome.problems
    print(f"disturbed: {count}, equal releases: {equal}")
    if equal == count:
        shutil.rmtree(folder)
    return equal == count


def disturbed_runs(folder: Path, plans: Sequence[Plan], scale: float) -> Generator[Outcome, None, None]:
    """Disturb a run by each plan, place after place; what became of each, as soon as it is mended."""
    measured: tuple[float, dict[str, object]] | None = None
    for place in _PLACES:
        of_place = [plan for plan in plans if plan.place == place]
        if not of_place:
            continue
        with standing(folder, place, scale) as hands:
            if hands.disk is not None and any(plan.kind == "disk" for plan in of_place):
                print(f"the disk is filled by {hands.disk.title}", flush=True)
            if measured is None:
                measured = undisturbed(hands.night)
                print(f"a run that nobody disturbs takes {measured[0]:.0f} s", flush=True)
            for number, plan in enumerate(of_place, start=1):
                outcome = disturb(hands, plan, *measured)
                if outcome.problems:
                    # the disk of a place goes with it
                    hands.night.keep(folder / f"{place}-{number}")
                # a clock that was set, and an Airflow that was not mended, are nothing to begin another run with
                is_spent = bool(hands.clock or outcome.problems)
                if is_spent or number == len(of_place):
                    outcome.problems += hands.night.down()
                if hands.clock is not None:
                    hands.clock.set(0)
                if outcome.problems:
                    hands.night.clear_all()
                if is_spent and number < len(of_place):
                    hands.night.up()
                yield outcome


@contextmanager
def standing(folder: Path, place: Place, scale: float) -> Iterator[Hands]:
    """A home whose Airflow runs, and what disturbs it there, for as long as the block runs."""
    home = folder / place
    variables: dict[str, str] = {}
    with ExitStack() as stack:
        clock = Clock(ensure_dir(folder)) if place == "clock" else None
        postgres = stack.enter_context(local_postgres()) if place == "postgres" else None
        if clock is not None:
            variables |= clock.variables
        if postgres is not None:
            address = postgres.make_database("airflow").removeprefix("postgresql")
            variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"postgresql+psycopg2{address}"
        night = Night(home, scale, variables)
        disk = None
        if place == "sqlite":
            register = register_of(night.settings)
            disk = stack.enter_context(small_disk(home, lambda: processes_of(register)))
        stack.callback(night.end)
        night.up()
        yield Hands(night, disk, clock, postgres)
