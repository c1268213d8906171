"""Read by every Python whose clock is libfaketime's, before anything else: sleep in a way that it lets through.

Python sleeps until a moment of the monotonic clock. libfaketime 0.9.10, told to leave that clock alone, refuses to
(`Invalid argument`), so that no service of Airflow starts. Waiting for nothing takes as long and is not refused.
"""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select((), (), (), seconds)


time.sleep = _sleep
