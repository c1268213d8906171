"""The suite itself: every test is run by `make test` or by `make verify`, and none depends on chance."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from include.settings import REPOSITORY, child_environment

TESTS = REPOSITORY / "tests"


def recipe(target: str) -> str:
    """What `make <target>` runs."""
    found = re.search(rf"^{target}:.*\n\t@(.+)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert found is not None, target
    return found[1]


def parsed() -> list[tuple[Path, ast.Module]]:
    return [(file, ast.parse(file.read_text(encoding="utf-8"))) for file in sorted(TESTS.rglob("*.py"))]


def test_test_and_verify_differ_by_a_not_and_ci_runs_both() -> None:
    assert '-m "verify" ' in recipe("verify")
    assert recipe("test") == recipe("verify").replace('-m "verify"', '-m "not verify"')
    lines = (REPOSITORY / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line.startswith("make ")] == ["make lint", "make test", "make verify"]
    assert lines[-1] == "make verify", "pytest's summary is the last thing printed"
    workflow = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "ci.yml").read_text())
    assert ".ci/run" in [step.get("run") for step in workflow["jobs"]["test"]["steps"]]


def test_every_file_with_tests_is_collected() -> None:
    strays = [
        str(file.relative_to(TESTS))
        for file, module in parsed()
        if not file.name.startswith("test_")
        and any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in module.body)
        # settings of tests, and says that it is no test
        and "__test__ = False" not in file.read_text()
    ]
    assert strays == []


def test_no_test_draws_at_random_without_a_seed() -> None:
    unseeded = [
        f"{file.relative_to(TESTS)}:{node.lineno}"
        for file, module in parsed()
        if file != TESTS / "conftest.py"
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and (called := ast.unparse(node.func)).startswith(("random.", "secrets.", "uuid.uuid4", "np.random."))
        and (called != "random.Random" or not node.args)
    ]
    assert unseeded == [], "take the fixture `seed`: random.Random(seed)"


def test_a_test_knows_nothing_of_what_a_user_has_set(tmp_path: Path) -> None:
    """The variable that keeps `.env` out works in this process and in those that it starts."""
    asked = [sys.executable, "-c", "from include.settings import get_settings; print(get_settings().store_url)"]
    own = tmp_path / "own.env"
    own.write_text("ENTANGLED_STORE_URL=file:///mine\n")

    def store_of(**changes: str) -> str:
        return subprocess.run(
            asked, cwd=REPOSITORY, env=child_environment(**changes), capture_output=True, text=True
        ).stdout

    assert store_of() == "\n"
    assert store_of(ENTANGLED_ENV_FILE=str(own)) == "file:///mine\n"
    assert not os.environ.keys() & {"OPENALEX_API_KEY", "ENTANGLED_HOME", "AWS_ACCESS_KEY_ID"}
