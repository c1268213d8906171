"""For all tests: on CI the random searches are the same in every run, so that a change is judged by what it changed,
and nowhere does a busy machine fail one. Nor does a shell that started them in the background, where Ctrl-C is ignored:
what a test starts would inherit that."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

signal.signal(signal.SIGINT, signal.default_int_handler)
