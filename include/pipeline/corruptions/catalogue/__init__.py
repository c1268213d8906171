"""The catalogue of corruptions, by place. A new one is a row."""

from __future__ import annotations

from include.common.errors import EntangledError
from include.pipeline.corruptions.catalogue.candidate import CANDIDATE
from include.pipeline.corruptions.catalogue.lists import LISTS
from include.pipeline.corruptions.catalogue.raw import RAW
from include.pipeline.corruptions.catalogue.source import SOURCE
from include.pipeline.corruptions.catalogue.typed import TYPED
from include.pipeline.corruptions.catalogue.warehouse import WAREHOUSE
from include.pipeline.corruptions.row import Corruption

CATALOGUE: tuple[Corruption, ...] = (*SOURCE, *LISTS, *RAW, *TYPED, *WAREHOUSE, *CANDIDATE)


def require_unique(names: list[str]) -> None:
    """Refuse two rows of one name.

    Raises:
        EntangledError: names them.
    """
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EntangledError(f"two rows are called {', '.join(twice)}", where=__name__, fix="give each its own name")
