"""Superset's own environment: it cannot share ours (SQLAlchemy <2, pandas <2.2)."""

from __future__ import annotations

from pathlib import Path

from include.bi.spec import SUPERSET
from include.common.environments import SeparateEnvironment
from include.settings import REPOSITORY

LOCK = SUPERSET / "requirements.txt"
# its pandas and numpy have no wheels for 3.13
ENVIRONMENT = SeparateEnvironment("Superset 6.1", REPOSITORY / "var" / "superset-env", LOCK, ((3, 11), (3, 12)))


def python() -> Path:
    """The interpreter of Superset's environment."""
    return ENVIRONMENT.program()
