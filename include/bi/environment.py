"""Superset's own environment, made once from a lock with hashes: it cannot share ours (SQLAlchemy <2, pandas <2.2)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from include.bi.spec import SUPERSET
from include.common.errors import EntangledError
from include.common.files import ensure_dir, sha256_file, write_atomic
from include.settings import REPOSITORY, child_environment

ENVIRONMENT = REPOSITORY / "var" / "superset-env"
LOCK = SUPERSET / "requirements.txt"
# the lock holds wheels for these: its pandas and numpy have none for 3.13
_FITTING = ((3, 11), (3, 12))


def python() -> Path:
    """The interpreter of Superset's environment."""
    return ENVIRONMENT / "bin" / "python"


def ensure_environment() -> bool:
    """Make the environment if it is not what the lock says; True when it was made.

    Raises:
        EntangledError: there is no fitting Python, or the packages could not be installed.
    """
    stamp = ENVIRONMENT / ".lock"
    wanted = f"{sha256_file(LOCK)} {ENVIRONMENT}\n"
    if python().exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    interpreter = _fitting_python()
    ensure_dir(ENVIRONMENT.parent)
    _run([interpreter, "-m", "venv", "--clear", str(ENVIRONMENT)], "an environment could not be made")
    uv = Path(sys.executable).parent / "uv"
    if uv.exists():
        install = [str(uv), "pip", "sync", "--quiet", "--python", str(python()), "--require-hashes", str(LOCK)]
    else:
        install = [str(python()), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)]
    _run(install, "Superset's packages could not be installed")
    write_atomic(stamp, wanted)
    return True


def _fitting_python() -> str:
    if sys.version_info[:2] in _FITTING:
        return sys.executable
    for version in reversed(_FITTING):
        if found := shutil.which(f"python{version[0]}.{version[1]}"):
            return found
    raise EntangledError(
        f"Superset 6.1 needs Python 3.11 or 3.12, and this is {sys.version_info[0]}.{sys.version_info[1]}",
        where=sys.executable,
        fix="install python3.12 beside it; nothing else has to change",
    )


def _run(command: list[str], fault: str) -> None:
    # quiet installers speak only when something is wrong
    done = subprocess.run(command, env=child_environment(), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EntangledError(
            f"{fault}:\n{(done.stdout + done.stderr)[-2000:].strip()}",
            where=os.fspath(ENVIRONMENT),
            fix="check the network, the package index and the proxy (HTTPS_PROXY), and run the same again",
        )
