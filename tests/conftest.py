"""For all tests: on CI the random searches are the same in every run, so that a change is judged by what it changed."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
