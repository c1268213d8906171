"""bin/setup: a clone that was moved gets its environment anew, and a folder that cannot hold one is refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from include.settings import REPOSITORY, child_environment

LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-bootstrap.txt")
# fits every version, and says what it is asked for instead of doing it
STAND_IN = '#!/bin/sh\nif [ "$1" = -c ]; then exit 0; fi\necho "asked: $*"\nif [ "$2" = venv ]; then exit 9; fi\n'


def clone(folder: Path, *, made_in: Path) -> Path:
    """A clone with an environment, made when it lay at `made_in`."""
    (folder / "bin").mkdir(parents=True)
    shutil.copy(REPOSITORY / "bin" / "setup", folder / "bin" / "setup")
    for name in LOCKS:
        (folder / name).write_text("")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "pyvenv.cfg").write_text(f"command = /usr/bin/python -m venv --clear {made_in}/.venv\n")
    for python in (folder / "python", folder / ".venv" / "bin" / "python"):
        python.write_text(STAND_IN)
        python.chmod(0o755)
    stamp = f"cat {' '.join(LOCKS)} bin/setup | cksum > .venv/.locks"
    subprocess.run(["sh", "-c", stamp], cwd=folder, check=True)
    return folder


def setup(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = child_environment(PYTHON=str(folder / "python"))
    return subprocess.run([folder / "bin" / "setup"], env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["clone", 'o\'brien "x" [a]{b}?%20 $HOME 数据'])
def test_a_clone_where_it_was_set_up_needs_nothing(tmp_path: Path, name: str) -> None:
    ended = setup(clone(tmp_path / name, made_in=tmp_path / name))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["clone", 'o\'brien "x" [a]{b}?%20 $HOME 数据'])
def test_a_moved_clone_is_set_up_again(tmp_path: Path, name: str) -> None:
    ended = setup(clone(tmp_path / name, made_in=tmp_path / "before"))
    assert "asked: -m venv --clear .venv" in ended.stdout
    assert ended.returncode == 9


def test_a_folder_with_a_colon_is_refused_with_a_sentence(tmp_path: Path) -> None:
    ended = setup(clone(tmp_path / "a:b", made_in=tmp_path))
    assert ended.returncode == 2
    assert "cannot be made in a folder whose path holds a colon" in ended.stderr
    assert "what to do: " in ended.stderr
