"""Environments beside ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.common.environments import SeparateEnvironment
from include.common.errors import EntangledError


def test_without_a_fitting_python_it_says_which_one(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("")
    with pytest.raises(EntangledError, match=r"a program needs Python 2\.5 or 2\.6") as refused:
        SeparateEnvironment("a program", tmp_path / "env", tmp_path / "lock", ((2, 5), (2, 6))).ensure()
    assert "install python2.6" in refused.value.fix


def test_it_is_made_once_and_again_when_its_lock_changes(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("")
    made = SeparateEnvironment("a program", tmp_path / "env", lock)
    assert [made.ensure(), made.ensure()] == [True, False]
    assert made.program().exists()
    lock.write_text("# another\n")
    assert made.ensure()


def test_a_package_without_a_hash_is_not_installed(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("tomli==2.0.1\n")
    with pytest.raises(EntangledError, match="a program's packages could not be installed"):
        SeparateEnvironment("a program", tmp_path / "env", lock).ensure()
