"""One run that is disturbed, mended and compared.

What mends it is what a person would do: nothing while Airflow goes on by itself, `make up` when a service is dead, and
the flows started again, as the next day does, when they ended without a release. More is no recovery.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from include.chaos import victims
from include.chaos.clock import Clock
from include.chaos.disk import Disk
from include.chaos.night import Night
from include.chaos.plans import POSTGRES, TEN, Deed, Plan
from include.chaos.remains import remains
from include.common.errors import EntangledError
from include.local.leftovers import kill_all
from include.pipeline.content import home_content
from include.pipeline.local_postgres import LocalPostgres

# days that a run may take: the first is disturbed, and so is a later one by what the first ended before
_MOST_DAYS = 4
_LONGEST_UNDISTURBED_SECONDS = 1200
# A run takes a minute. A task that was killed is tried again after half of one, and may be killed twice.
_LONGEST_SECONDS = 300
_LONGEST_TIMES = 5
# how long a full disk stays full, unless the flows fail before
_FULL_SECONDS = 15
# how long Postgres is away
_AWAY_SECONDS = 3
_LOOK_SECONDS = 0.3
_SOONER = 0.5
NOTHING, UP, NEXT_DAY = "nothing", "make up", "next day"


@dataclass
class Outcome:
    """What became of a run. `seconds`: from its start to the release that holds all, with the mending."""

    plan: Plan
    done: list[str] = field(default_factory=list)
    mended_by: list[str] = field(default_factory=list)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def line(self, number: int) -> str:
        """Its row of the table."""
        verdict = f"NO: {'; '.join(self.problems[:4])}" if self.problems else "equal"
        return (
            f"{number:>3} {self.plan.place:<9} {', '.join(self.done):<96} "
            f"{', '.join(self.mended_by) or NOTHING:<22} {self.seconds:>5.0f} s  {verdict}"
        )


HEADING = f"{'run':>3} {'place':<9} {'done, at second':<96} {'mended by':<22} {'took':>7}  release"


@dataclass
class Hands:
    """What disturbs the runs of one home, as far as it is there."""

    night: Night
    disk: Disk | None = None
    clock: Clock | None = None
    postgres: LocalPostgres | None = None

    def do(self, deed: Deed) -> bool:
        """Do it; False when there was nothing to do it to."""
        acts: dict[str, Callable[[Deed], bool]] = {
            "kill": self._kill,
            "kill all": self._kill_all,
            "fill the disk": self._fill_the_disk,
            "set the clock": self._set_the_clock,
            "start ten times": self._start_ten_times,
        }
        return acts[deed.act](deed)

    def _kill(self, deed: Deed) -> bool:
        if deed.target == POSTGRES:
            assert self.postgres is not None
            self.postgres.kill()
            time.sleep(_AWAY_SECONDS)
            # as whatever watches a server does
            self.postgres.start()
            return True
        found = victims.find(self.night.settings, deed.target)
        if found is not None:
            victims.kill(found)
        return found is not None

    def _kill_all(self, deed: Deed) -> bool:
        return kill_all(victims.register_of(self.night.settings)) > 0

    def _fill_the_disk(self, deed: Deed) -> bool:
        assert self.disk is not None
        self.disk.fill()
        try:
            deadline = time.monotonic() + _FULL_SECONDS
            while time.monotonic() < deadline and not self.night.dead():
                # with its metadata on the same disk, Airflow may not answer
                with suppress(EntangledError):
                    if not self.night.is_at_work():
                        break
                time.sleep(1)
        finally:
            self.disk.free()
        return True

    def _set_the_clock(self, deed: Deed) -> bool:
        assert self.clock is not None
        self.clock.set(deed.seconds)
        self.night.forget_log_in()
        return True

    def _start_ten_times(self, deed: Deed) -> bool:
        self.night.start_flows(TEN)
        return True


def undisturbed(night: Night) -> tuple[float, dict[str, object]]:
    """Seconds and content of a run that nobody disturbs.

    Raises:
        EntangledError: it failed.
    """
    night.clear()
    started = time.monotonic()
    night.start_flows()
    if not night.wait_until_done(_LONGEST_UNDISTURBED_SECONDS, builds_daily=False):
        raise EntangledError(
            "the run that nobody disturbed failed", where=str(night.settings.home), fix="see its Airflow's logs"
        )
    return time.monotonic() - started, home_content(night.settings)


def disturb(hands: Hands, plan: Plan, seconds: float, expected: Mapping[str, object]) -> Outcome:
    """Make one run of `plan`. `seconds`, `expected`: what an undisturbed run takes, and ends in."""
    night, outcome = hands.night, Outcome(plan)
    try:
        # a run that was over before anything was done to it is made once more, and disturbed sooner
        while not outcome.done:
            outcome.mended_by.clear()
            night.clear()
            started = time.monotonic()
            _run(hands, plan, seconds, outcome, started)
            outcome.seconds = time.monotonic() - started
            seconds *= _SOONER
        found = home_content(night.settings)
        outcome.problems += sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
        outcome.problems += remains(night.settings)
    except EntangledError as error:
        outcome.seconds = time.monotonic() - started
        lines = error.what.strip().splitlines()
        outcome.problems.append(" ... ".join([lines[0], *lines[1:][-1:]]))
    return outcome


def _run(hands: Hands, plan: Plan, seconds: float, outcome: Outcome, started: float) -> None:
    night = hands.night
    waiting = [(deed, started + deed.share * seconds) for deed in plan.deeds]
    for day in range(_MOST_DAYS):
        if day:
            outcome.mended_by.append(NEXT_DAY)
        night.start_flows()
        # what the day before had ended before comes as soon as there is something to kill
        waiting = [(deed, time.monotonic()) for deed in _do_all(hands, waiting, outcome, started)]
        is_done = night.wait_until_done(max(_LONGEST_SECONDS, _LONGEST_TIMES * seconds), builds_daily=day > 0)
        if night.dead() or (not is_done and night.unwell()):
            night.up()
            outcome.mended_by.append(UP)
        if is_done:
            if outcome.done:
                outcome.done += [f"{deed.words} (there was none)" for deed, _ in waiting]
            return
    raise EntangledError(f"no whole release after {_MOST_DAYS} days")


def _do_all(hands: Hands, waiting: Sequence[tuple[Deed, float]], outcome: Outcome, started: float) -> list[Deed]:
    """Do each deed at its moment, or as soon after it as there is something to do it to; those that found nothing."""
    missed = []
    for deed, moment in waiting:
        time.sleep(max(0.0, moment - time.monotonic()))
        stage = hands.night.stages()
        at = time.monotonic() - started
        if _do(hands, deed):
            outcome.done.append(f"{deed.words} {at:.0f}{f' ({stage})' if stage else ''}")
        else:
            missed.append(deed)
    return missed


def _do(hands: Hands, deed: Deed) -> bool:
    """Do it, and wait for something to do it to while the flows go on."""
    while not hands.do(deed):
        if hands.night.dead():
            return False
        try:
            if not hands.night.is_at_work():
                return False
        except EntangledError:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
