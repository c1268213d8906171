"""The pace holds over all workers of a home, and a pause that one was told holds for all."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest

from include.openalex.limiter import FURTHEST_AHEAD_SECONDS, LATE_SECONDS, PACE_SHARE, SharedLimiter


class FakeClock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def _limiter(file: Path, clock: FakeClock, rate: float = 10) -> SharedLimiter:
    return SharedLimiter(file, rate, clock=clock, sleep=clock.sleep)


def test_the_first_request_goes_at_once_and_the_others_at_the_pace(tmp_path: Path, clock: FakeClock) -> None:
    limiter = _limiter(tmp_path / "pace", clock)
    assert limiter.wait() == 0
    started = clock.now
    for _ in range(20):
        limiter.wait()
    # 20 requests at ten a second, and a little slower than allowed
    assert clock.now - started == pytest.approx(2.0 / PACE_SHARE, abs=0.01)


def test_time_not_used_is_not_saved_up(tmp_path: Path, clock: FakeClock) -> None:
    limiter = _limiter(tmp_path / "pace", clock)
    limiter.wait()
    clock.now += 60
    assert limiter.wait() == 0
    assert limiter.wait() == pytest.approx(0.1 / PACE_SHARE, abs=1e-6)


def test_two_limiters_on_one_file_share_the_pace(tmp_path: Path, clock: FakeClock) -> None:
    one, other = _limiter(tmp_path / "pace", clock), _limiter(tmp_path / "pace", clock)
    one.wait()
    assert other.wait() == pytest.approx(0.1 / PACE_SHARE, abs=1e-6)


def test_a_pause_told_to_one_holds_for_all(tmp_path: Path, clock: FakeClock) -> None:
    one, other = _limiter(tmp_path / "pace", clock), _limiter(tmp_path / "pace", clock)
    one.slow_down(7)
    assert other.wait() == pytest.approx(7)


def test_no_second_holds_more_than_allowed_although_workers_wake_up_late(tmp_path: Path, clock: FakeClock) -> None:
    """The source counts the requests of any second, and each of these starts up to 50 ms after its moment."""
    oversleeping = itertools.cycle([0.0, 0.001, 0.05, 0.0, 0.02])
    starts = []

    def oversleep(seconds: float) -> None:
        clock.now += seconds + next(oversleeping)

    limiter = SharedLimiter(tmp_path / "pace", 10, clock=clock, sleep=oversleep)
    for _ in range(60):
        limiter.wait()
        starts.append(clock.now)
    tenths = [later - earlier for earlier, later in zip(starts, starts[10:], strict=False)]
    assert min(tenths) >= 1.0 + (1 / PACE_SHARE - 1 - LATE_SECONDS) - 1e-6


def test_workers_that_were_late_together_move_the_row_once(tmp_path: Path, clock: FakeClock) -> None:
    one, other = _limiter(tmp_path / "pace", clock), _limiter(tmp_path / "pace", clock)
    one.wait()
    late = SharedLimiter(tmp_path / "pace", 10, clock=clock, sleep=lambda seconds: other_is_late_too(seconds))

    def other_is_late_too(seconds: float) -> None:
        # while this one sleeps, another takes the moment after it; both come back at the same late time
        SharedLimiter(tmp_path / "pace", 10, clock=clock, sleep=lambda pause: clock.sleep(pause + 0.5)).wait()

    late.wait()
    # the other was half a second late for a moment at 0.2: from 0.7 on, less what is forgiven; and once, not twice
    interval = 0.1 / PACE_SHARE
    assert other.wait() == pytest.approx(interval + interval - LATE_SECONDS, abs=1e-3)


def test_a_moment_from_another_clock_is_not_believed(tmp_path: Path, clock: FakeClock) -> None:
    limiter = _limiter(tmp_path / "pace", clock)
    limiter.wait()
    clock.now -= 2 * FURTHEST_AHEAD_SECONDS
    assert limiter.wait() == 0


def test_two_processes_together_keep_the_pace(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from include.openalex.limiter import SharedLimiter\n"
        "limiter = SharedLimiter(Path(sys.argv[1]), 40)\n"
        "for _ in range(20): limiter.wait()"
    )
    started = time.monotonic()
    children = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "pace")]) for _ in range(2)]
    assert [child.wait() for child in children] == [0, 0]
    # 40 requests at 40 a second, less the one that is free
    assert time.monotonic() - started >= 39 / 40
