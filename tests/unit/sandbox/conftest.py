"""A small generated corpus, and a server on it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from include.settings import Settings
from tests.shared import Shelf

_SPEC = importlib.util.spec_from_file_location("sandbox_serving", Path(__file__).with_name("serving.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_SERVING = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_SERVING)

SCALE = 0.02


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a home of their own."""
    return Settings(ENTANGLED_HOME=tmp_path_factory.mktemp("home"), ENTANGLED_THREADS=2)  # type: ignore[call-arg]


@pytest.fixture(scope="session")
def corpus(shelf: Shelf) -> Path:
    """The corpus of seed 1 at a fiftieth of the study's size."""
    return shelf.corpus(seed=1, scale=SCALE)


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[str]]:
    """`with serving(corpus, "--key", "k") as url:`"""
    served: Callable[..., AbstractContextManager[str]] = _SERVING.serving
    return served


@pytest.fixture(scope="session")
def url(corpus: Path, serving: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """The base URL of a server on `corpus`."""
    with serving(corpus) as address:
        yield address
