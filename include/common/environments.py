"""Python environments beside ours, for programs that cannot share it or need not: each made once from a lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from include.common.errors import EntangledError
from include.common.files import ensure_dir, sha256_file, write_atomic
from include.settings import REPOSITORY, child_environment


@dataclass(frozen=True)
class SeparateEnvironment:
    """The environment in `folder` with what `lock` names, with hashes. `title` is what messages call the program;
    `pythons` are the versions that the lock has wheels for."""

    title: str
    folder: Path
    lock: Path
    pythons: tuple[tuple[int, int], ...] = ((3, 11), (3, 12), (3, 13))

    def program(self, name: str = "python") -> Path:
        """A program of the environment."""
        return self.folder / "bin" / name

    def ensure(self) -> bool:
        """Make the environment if it is not what the lock says; True when it was made.

        Raises:
            EntangledError: there is no fitting Python, or the packages could not be installed.
        """
        stamp, python = self.folder / ".lock", self.program()
        wanted = f"{sha256_file(self.lock)} {self.folder}\n"
        if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return False
        interpreter = self._fitting_python()
        ensure_dir(self.folder.parent)
        self._run([interpreter, "-m", "venv", "--clear", str(self.folder)], "an environment could not be made")
        uv = Path(sys.executable).parent / "uv"
        if uv.exists():
            install = [str(uv), "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(self.lock)]
        else:
            install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(self.lock)]
        self._run(install, f"{self.title}'s packages could not be installed")
        write_atomic(stamp, wanted)
        return True

    def _fitting_python(self) -> str:
        if sys.version_info[:2] in self.pythons:
            return sys.executable
        for version in reversed(self.pythons):
            if found := shutil.which(f"python{version[0]}.{version[1]}"):
                return found
        fitting = " or ".join(f"{major}.{minor}" for major, minor in self.pythons)
        raise EntangledError(
            f"{self.title} needs Python {fitting}, and this is {sys.version_info[0]}.{sys.version_info[1]}",
            where=sys.executable,
            fix=f"install python{self.pythons[-1][0]}.{self.pythons[-1][1]} beside it; nothing else has to change",
        )

    def _run(self, command: list[str], fault: str) -> None:
        # quiet installers speak only when something is wrong
        done = subprocess.run(
            command, env=child_environment(), cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise EntangledError(
                f"{fault}:\n{(done.stdout + done.stderr)[-2000:].strip()}",
                where=os.fspath(self.folder),
                fix="check the network, the package index and the proxy (HTTPS_PROXY), and run the same again",
            )
