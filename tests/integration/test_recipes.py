"""The Python and SQL of docs/BI.md, run as they stand by somebody who has a release and the packages that they name."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.sql import SQL
from pydantic import SecretStr

from include import release
from include.pipeline.local_postgres import local_postgres
from include.settings import REPOSITORY, Settings, child_environment

PAGE = (REPOSITORY / "docs" / "BI.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading of the second level."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[1]


def python_of(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def queries_of(text: str) -> list[str]:
    """Each query by itself; what an administrator runs is none."""
    blocks = re.findall(r"^```sql\n(select.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [query for block in blocks for query in block.split(";") if query.strip()]


@pytest.mark.verify
def test_every_python_recipe_on_files_runs_as_it_stands(released: Settings, tmp_path: Path) -> None:
    recipes = python_of(section("From files"))
    assert len(recipes) == 5
    (tmp_path / "var").symlink_to(released.home)
    environment = child_environment(ENTANGLED_HOME=str(released.home), PYTHONPATH=str(REPOSITORY))
    for recipe in recipes:
        ended = subprocess.run(
            [sys.executable, "-c", recipe], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert ended.returncode == 0, recipe + ended.stderr[-2000:]
        assert len(ended.stdout.splitlines()) > 3, recipe
    assert "<svg" in (tmp_path / "share.svg").read_text()


def test_every_query_on_files_runs_as_it_stands(released: Settings) -> None:
    queries = queries_of(section("From files"))
    assert len(queries) == 2
    with release.open_current(released) as db:
        for query in queries:
            assert db.execute(query).fetchall() != [], query


@pytest.mark.verify
def test_every_recipe_on_postgres_runs_with_another_address(released: Settings) -> None:
    recipes, queries = python_of(section("From a SQL server")), queries_of(section("From a SQL server"))
    assert (len(recipes), len(queries)) == (2, 2)
    with local_postgres() as server:
        release.serve(released.model_copy(update={"publish_postgres": SecretStr(server.make_database("marts"))}))
        server.run(SQL("create role analyst login password 'reads' in role entangled_reader"))
        address = server.address("marts", "analyst", "reads")
        with closing(psycopg2.connect(address)) as reader, reader.cursor() as cursor:
            for query in queries:
                # Grafana puts its own condition there
                cursor.execute(query.replace("$__timeFilter(year_start)", "true"))
                assert cursor.fetchall() != [], query
        for recipe in recipes:
            there = re.sub(r"://analyst:\.\.\.@db\.example/marts", lambda _: address.partition("postgresql")[2], recipe)
            assert there != recipe
            # a notebook shows what the last line names
            ended = subprocess.run([sys.executable, "-c", f"{there}\nprint(dir())"], capture_output=True, text=True)
            assert ended.returncode == 0, recipe + ended.stderr[-2000:]


def test_every_tool_says_whether_it_was_tried() -> None:
    tools = re.split(r"^### ", section("From files"), flags=re.MULTILINE)[1:]
    assert len(tools) == 8
    assert [text.splitlines()[0] for text in tools if not re.search(r"[Tt]ried|Untried here", text)] == []
