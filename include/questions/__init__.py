"""Questions that people ask of a release, each one query on the BI layer, held against an answer from the facts.

`asked/` has a file a question (`reading.py` says how it is written), `asking.py` opens a release, asks and compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from include.settings import Settings

if TYPE_CHECKING:
    from include.questions.asking import Answered

__all__ = ["ask_all", "hold_against_facts"]


def ask_all(settings: Settings, release_id: str | None = None) -> list[Answered]:
    """Every question, asked of the current release (or of `release_id`) and compared, in the order of the files.

    Raises:
        EntangledError: there is no release, or the typed batches that it was built from are gone.
    """
    from include.questions.asking import ask_all as ask

    return ask(settings, release_id)


def hold_against_facts(
    settings: Settings, release_id: str, answers: Mapping[str, Sequence[tuple[Any, ...]]]
) -> list[Answered]:
    """Answers that somebody else gives to questions of `asked/`, by the name of the file, beside those of the facts.

    Raises:
        EntangledError: there is no such release, or the typed batches that it was built from are gone.
        KeyError: there is no question of that name, or the data cannot answer it.
    """
    from include.questions.asking import hold_against_facts as hold

    return hold(settings, release_id, answers)
