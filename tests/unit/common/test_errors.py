"""Errors that a person can act on, through processes and at the command line."""

from __future__ import annotations

import pickle

import pytest

from include.common.errors import (
    BusyError,
    ContractError,
    EntangledError,
    GateFailed,
    SettingsError,
    StorageError,
    exit_cleanly,
)

KINDS = [EntangledError, SettingsError, ContractError, StorageError, BusyError, GateFailed]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_the_way_from_a_worker_process(kind: type[EntangledError]) -> None:
    error = kind("what happened", where="a place", fix="a remedy")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) == "what happened\n  where: a place\n  what to do: a remedy"


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_ends_with_the_sentence_and_the_code_of_its_error(
    kind: type[EntangledError], capsys: pytest.CaptureFixture[str]
) -> None:
    @exit_cleanly
    def main() -> int:
        raise kind("what happened", where="a place", fix="a remedy")

    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == kind.exit_code != 0
    assert capsys.readouterr().err.startswith("error: what happened")


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (7, 7)])
def test_a_command_ends_with_the_code_that_it_returns(result: int | None, code: int) -> None:
    with pytest.raises(SystemExit) as end:
        exit_cleanly(lambda: result)()
    assert end.value.code == code


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 141)])
def test_a_command_stopped_from_outside_says_so_by_its_code(error: type[BaseException], code: int) -> None:
    @exit_cleanly
    def main() -> int:
        raise error

    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == code


def test_a_fault_of_the_program_keeps_its_traceback() -> None:
    @exit_cleanly
    def main() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()
