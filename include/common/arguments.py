"""Command lines whose mistakes are told as every other: what happened, where, and what to do."""

from __future__ import annotations

import argparse
import math
from datetime import date
from typing import NoReturn

from include.common.errors import SettingsError


class Parser(argparse.ArgumentParser):
    """An argparse parser that raises instead of printing how it is used. Its sub-commands are of this class too."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print.

        Raises:
            SettingsError: always.
        """
        raise SettingsError(
            message.removeprefix("argument "),
            where=self.prog,
            fix=f"correct it (`make ... SCALE=1` hands over --scale 1); `{self.prog} --help` lists what it takes",
        )


def size(text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"`{text}` is not a number above 0")
    return number


def count(text: str) -> int:
    """A whole number above 0."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number above 0")
    return int(text)


def port(text: str) -> int:
    """A TCP port; 0 is any that is free."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"`{text}` is not a port, a number up to 65535")
    return int(text)


def day(text: str) -> date:
    """A day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a day such as 2024-12-31") from None


def variable(text: str) -> tuple[str, str]:
    """A variable of an environment, `NAME=value`."""
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals):
        raise argparse.ArgumentTypeError(f"`{text}` is not NAME=VALUE")
    return name, value
