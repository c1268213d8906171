"""Time in one form: UTC, ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """Now, aware, in UTC; by the clock that the settings move, when they do (ENTANGLED_CLOCK_DAYS)."""
    # settings name the folders that this package's files go to, so they are read when they are needed
    from include.settings import get_settings

    return datetime.now(UTC) + timedelta(days=get_settings().clock_days)
