"""What a person types, at the command line and to make: refused with a sentence, never with argparse's own words."""

from __future__ import annotations

import subprocess

import pytest

from include.common.arguments import Parser, count, day, port, size
from include.common.errors import SettingsError
from include.settings import REPOSITORY, child_environment


def parsed(*words: str) -> object:
    parser = Parser(prog="try")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("one")
    one.add_argument("--size", type=size)
    one.add_argument("--count", type=count)
    one.add_argument("--port", type=port)
    one.add_argument("--day", type=day)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("one", "--size", "abc"), "--size: `abc` is not a number above 0"),
        (("one", "--size", "0"), "--size: `0` is not"),
        (("one", "--size", "nan"), "--size: `nan` is not"),
        (("one", "--size", "inf"), "--size: `inf` is not"),
        (("one", "--count", "0"), "--count: `0` is not a whole number above 0"),
        (("one", "--count", "2.5"), "--count: `2.5` is not"),
        (("one", "--count", "³"), "--count: `³` is not"),
        (("one", "--count", "1 2"), "--count: `1 2` is not"),
        (("one", "--port", "70000"), "--port: `70000` is not a port"),
        (("one", "--day", "2020"), "--day: `2020` is not a day"),
        (("two",), "invalid choice: 'two'"),
        ((), "the following arguments are required: command"),
    ],
)
def test_a_mistake_is_a_sentence_that_names_the_argument(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(SettingsError) as error:
        parsed(*words)
    assert told in str(error.value)
    assert "--help" in str(error.value)


@pytest.mark.parametrize(
    ("target", "given"),
    [("demo", "SCALE=abc"), ("truth", "SEEDS=0"), ("crash", "N=-1"), ("bench-transform", "WORKS=many")],
)
def test_make_hands_a_mistake_over_and_refuses_it(target: str, given: str) -> None:
    # only the recipe's own command: set-up is another test's
    ended = subprocess.run(
        ["make", "-o", "setup", target, given], cwd=REPOSITORY, env=child_environment(), capture_output=True, text=True
    )
    assert ended.returncode != 0
    assert f"`{given.split('=')[1]}` is not" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "usage:" not in ended.stderr
