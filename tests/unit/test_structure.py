"""The structure of the repository: who may import whom, what is read where, and what must not be tracked."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from include.settings import REPOSITORY, Settings

COMMON = {"include.common", "include.contracts", "include.settings"}
STAGES = {f"include.{name}" for name in ("audit", "flatten", "openalex", "raw_zone", "release", "report", "warehouse")}

# Package -> the packages of ours that it imports. Exact: an arrow that nobody uses any more goes from here as well.
# Stages meet in files, not in imports; the one arrow between two is that the source writes batches through raw_zone.
ARROWS: dict[str, set[str]] = {
    "dags": STAGES
    | COMMON
    | {"include.health", "include.lineage", "include.maintenance"}
    | {"include.pipeline", "include.store"},
    "include.pipeline": STAGES | COMMON | {"include.lineage", "include.metrics", "include.store"},
    "include.store": COMMON,
    "include.bi": COMMON | {"include.local", "include.release"},
    "include.local": COMMON | {"include.pipeline", "include.release", "include.sandbox", "include.warehouse"},
    "include.maintenance": COMMON,
    # a tool that proves: a whole Airflow, disturbed
    "include.chaos": COMMON
    | {"include.local", "include.maintenance", "include.openalex", "include.pipeline", "include.raw_zone"}
    | {"include.release", "include.warehouse"},
    # a cluster by hand, and a tool that proves: both engines on one corpus
    "include.spark": COMMON | {"include.local", "include.pipeline", "include.warehouse"},
    "include.alerts": COMMON,
    # reads what stages hand over
    "include.lineage": COMMON,
    "include.metrics": COMMON | {"include.openalex"},
    # looks at all that a home holds, and at what `make up` has started
    "include.health": COMMON
    | {"include.alerts", "include.local", "include.metrics", "include.openalex", "include.release", "include.store"}
    # of the tools that prove, for `make alerts`
    | {"include.pipeline", "include.warehouse"},
    "include.openalex": COMMON | {"include.raw_zone"},
    "include.raw_zone": COMMON,
    "include.flatten": COMMON,
    # a build looks at new addresses with the very lists that dbt will read, while it holds the lock
    "include.warehouse": COMMON | {"include.affiliations"},
    "include.affiliations": COMMON,
    "include.audit": COMMON,
    "include.release": COMMON,
    "include.report": COMMON,
    # it copies releases, and looks like the report
    "include.site": COMMON | {"include.report"},
    # what Airflow shows in its own frame (plugins/)
    "include.pages": COMMON | {"include.health", "include.release", "include.warehouse"},
    "plugins": COMMON | {"include.pages"},
    # a tool that proves: it reads releases and typed batches as files
    "include.questions": COMMON,
    # and so is this: it runs the notebook as a reader does, and has the questions' facts
    "include.notebook": COMMON | {"include.questions", "include.release"},
    "include.sandbox": COMMON,
    "include.contracts": {"include.common"},
    # the settings name the folders that files, locks and DuckDB use; their errors are the common ones
    "include.common": {"include.settings"},
    "include.settings": {"include.common"},
}

# They take seconds to import: DAG files are parsed all the time, and `--help` must answer at once.
HEAVY = {"great_expectations", "dbt", "pandas", "altair", "vl_convert", "cosmos", "airflow", "opentelemetry"}
# libraries and chores that only other packages and DAGs call
WITHOUT_COMMAND = {"include.alerts", "include.common", "include.contracts", "include.maintenance", "include.pages"}
COMMANDS = sorted(file.parent.name for file in (REPOSITORY / "include").glob("*/__main__.py"))

# in pieces, so that this file does not find itself
REGISTRY_HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "pkg" + ".dev", "proxy." + "golang.org"]
CLUTTER = re.compile(
    r"(^|/)(__pycache__|\.venv|var|target|logs|dbt_packages|node_modules|\.hypothesis|\.\w+_cache|\.DS_Store|\.env)(/|$)"
    r"|\.(pyc|duckdb|wal|egg-info|orig|rej|swp)$"
)


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((REPOSITORY / folder).rglob("*.py"))


@cache
def syntax(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def package_of(file: Path) -> str:
    """`include/flatten/batch.py` -> `include.flatten`; a module directly in include is a package of its own."""
    parts = file.relative_to(REPOSITORY).with_suffix("").parts
    return parts[0] if parts[0] in ("dags", "plugins") else ".".join(parts[:2])


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Modules that these nodes import; `from include import audit` imports include.audit."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            if node.module == "include":
                yield from (f"include.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def at_module_level(node: ast.AST) -> Iterator[ast.AST]:
    """What runs on import: everything but the bodies of functions and what only type checkers see."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from at_module_level(child)


@cache
def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True, text=True
    ).stdout
    return [REPOSITORY / name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()]


def test_dependencies_point_one_way() -> None:
    found: dict[str, set[str]] = {package: set() for package in ARROWS}
    for file in sources("include", "dags", "plugins"):
        package = package_of(file)
        if package == "include.__init__":
            continue
        assert package in ARROWS, f"{file}: give {package} its arrows here"
        targets = {".".join(module.split(".")[:2]) for module in imported(ast.walk(syntax(file)))}
        found[package] |= {target for target in targets if target.startswith("include.")} - {package}
    assert {package: targets - ARROWS[package] for package, targets in found.items() if targets - ARROWS[package]} == {}
    unused = {package: ARROWS[package] - targets - COMMON for package, targets in found.items()}
    assert {package: targets for package, targets in unused.items() if targets} == {}


def test_the_sandbox_knows_the_scope_and_nothing_else_of_the_pipeline() -> None:
    known = {
        module
        for file in sources("include/sandbox")
        for module in imported(ast.walk(syntax(file)))
        if module.startswith("include.contracts")
    }
    # base is how any of our files is loaded and saved
    assert known <= {"include.contracts.scope", "include.contracts.base"}


def test_only_the_settings_read_the_environment() -> None:
    def reads_it(node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            return node.attr in {"environ", "environb", "getenv", "getenvb", "putenv"}
        return isinstance(node, ast.ImportFrom) and node.module == "os" and node.names[0].name in {"environ", "getenv"}

    readers = {file for file in sources("include", "dags", "plugins") if any(map(reads_it, ast.walk(syntax(file))))}
    assert readers == {REPOSITORY / "include" / "settings.py"}


def test_nothing_heavy_is_imported_by_a_module_of_include() -> None:
    heavy = {
        f"{file.relative_to(REPOSITORY)}: {module}"
        for file in sources("include")
        for module in imported(at_module_level(syntax(file)))
        if module.split(".")[0] in HEAVY
    }
    assert heavy == set()


def test_every_stage_has_a_command() -> None:
    packages = {f"include.{file.parent.name}" for file in (REPOSITORY / "include").glob("*/__init__.py")}
    assert packages - WITHOUT_COMMAND == {f"include.{name}" for name in COMMANDS}
    assert packages > STAGES


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_at_once(name: str) -> None:
    program = (
        "import runpy, sys\n"
        f"sys.argv = ['include.{name}', '--help']\n"
        "try:\n"
        f"    runpy.run_module('include.{name}', run_name='__main__', alter_sys=True)\n"
        "except SystemExit as end:\n"
        f"    heavy = {sorted(HEAVY)!r}\n"
        "    print('HEAVY', sorted(m for m in heavy if m in sys.modules))\n"
        "    sys.exit(end.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: python -m include.{name}")
    assert done.stdout.endswith("HEAVY []\n"), done.stdout.splitlines()[-1]


def test_every_file_says_what_it_is_for() -> None:
    silent = [
        file
        for file in sources("include", "dags", "plugins", "tests", "benchmarks")
        if not ast.get_docstring(syntax(file))
    ]
    silent += [file for file in (REPOSITORY / "include").rglob("*.sql") if not file.read_text().startswith("-- ")]
    assert [str(file.relative_to(REPOSITORY)) for file in silent] == []


def test_no_path_stands_in_sql_between_quotes_of_its_own() -> None:
    # a folder may be called o'brien or a[b]: include/common/sql.py quotes and escapes
    unquoted = re.compile(r"\b(to|from|attach|glob\(|read_\w+\() ?'\{", re.IGNORECASE)
    assert [
        f"{file.relative_to(REPOSITORY)}: {line.strip()}"
        for file in sources("include", "dags", "benchmarks")
        for line in file.read_text(encoding="utf-8").splitlines()
        if unquoted.search(line)
    ] == []


def test_env_example_documents_exactly_the_settings() -> None:
    documented: dict[str, str] = {}
    comment: list[str] = []
    for line in (REPOSITORY / ".env.example").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment.append(line.removeprefix("#").strip())
        elif "=" in line:
            name, value = line.split("=", maxsplit=1)
            assert value == "", f"{name}: the example sets nothing; defaults stand in the comment"
            documented[name] = " ".join(comment)
            comment = []
        else:
            comment = []
    described = {
        field.validation_alias.choices[0]: field.description or ""  # type: ignore[union-attr]
        for field in Settings.model_fields.values()
    }
    assert list(documented) == list(described)
    for name, description in described.items():
        assert documented[name].startswith(description), name


def test_tracked_files_name_no_registry_and_no_place_on_this_machine() -> None:
    unwanted = [*REGISTRY_HOSTS, str(REPOSITORY)]
    found = []
    for file in tracked():
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [f"{file.relative_to(REPOSITORY)}: {word}" for word in unwanted if word in text]
    assert found == []


def test_links_of_documents_lead_to_files() -> None:
    link = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
    documents = [file for file in tracked() if file.suffix == ".md"]
    targets = [(file, target) for file in documents for target in link.findall(file.read_text(encoding="utf-8"))]
    assert len(targets) > 50
    assert [f"{file.relative_to(REPOSITORY)}: {to}" for file, to in targets if not (file.parent / to).exists()] == []


def test_nothing_generated_is_tracked() -> None:
    names = [str(file.relative_to(REPOSITORY)) for file in tracked()]
    assert len(names) > 50
    assert [name for name in names if CLUTTER.search(name)] == []
