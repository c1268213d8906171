"""Errors that a person can act on: what happened, where, and what to do."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable

# lines may end and be indented
_STEERS_A_TERMINAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class EntangledError(Exception):
    """An error with a remedy. Stages derive their own from it.

    `what` says what happened, `where` names the file, URL, setting or window (never a secret), `fix` what to do.
    Who raises it: any stage. Who catches it: the command line (`exit_cleanly`) and Airflow, which shows the sentence.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        # what a source or a file may have put there, a terminal would obey
        what, where, fix = (_STEERS_A_TERMINAL.sub(" ", text) for text in (what, where, fix))
        self.what, self.where, self.fix = what, where, fix
        super().__init__(what)

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"where: {self.where}")
        if self.fix:
            parts.append(f"what to do: {self.fix}")
        return "\n  ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        # keyword-only arguments would be lost when a worker process hands the error over
        return (functools.partial(type(self), where=self.where, fix=self.fix), (self.what,))


class SettingsError(EntangledError):
    """A setting is missing or wrong. Nothing was started."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "the environment or .env", fix: str = "see .env.example") -> None:
        super().__init__(what, where=where, fix=fix)


class ContractError(EntangledError):
    """A file that one stage hands to the next is torn, foreign or of another version. Nothing was read from it."""


class MissingFileError(ContractError):
    """A file that one stage hands to the next is not there."""


class StorageError(EntangledError):
    """The disk is full, read-only, or a folder cannot be written. What was complete before is untouched."""


class BusyError(EntangledError):
    """Another run holds the lock. Nothing was started."""

    exit_code = 3


class ServerAway(EntangledError):
    """A server that we do not run cannot be reached, or went away. What was complete on it stays."""


class GateFailed(EntangledError):
    """A gate found a fault that blocks. Readers keep the last good release."""

    exit_code = 4


def exit_cleanly(main: Callable[..., int | None]) -> Callable[..., None]:
    """Wrap a command's main: an `EntangledError` becomes one clear message on stderr and a non-zero exit."""

    @functools.wraps(main)
    def wrapped(*args: object, **kwargs: object) -> None:
        try:
            code = main(*args, **kwargs)
        except EntangledError as error:
            print(f"error: {error}", file=sys.stderr)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            print("stopped by hand; run the same command again to go on", file=sys.stderr)
            sys.exit(130)
        except BrokenPipeError:
            sys.exit(141)
        sys.exit(code or 0)

    return wrapped
