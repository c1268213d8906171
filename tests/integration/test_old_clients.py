"""marts.duckdb in the hands of DuckDB 1.2 to 1.5 alone: real clients, without this project or any other package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from include.contracts.release import Release
from include.settings import REPOSITORY, Settings

# the oldest that reads its storage, and the last of each line since
CLIENTS = ("1.2.0", "1.2.*", "1.3.*", "1.4.*", "1.5.*")
READ_ALL = """
import importlib.util, json, sys
sys.path.insert(0, sys.argv[1])
assert [name for name in ("pytz", "numpy", "pandas", "pyarrow") if importlib.util.find_spec(name)] == []
import duckdb
db = duckdb.connect(sys.argv[2], read_only=True)
names = db.execute("select table_name from information_schema.tables order by all").fetchall()
rows = {name: len(db.execute(f'from "{name}"').fetchall()) for (name,) in names}
print(json.dumps({"version": duckdb.__version__, "rows": rows}))
"""


@pytest.mark.verify
@pytest.mark.parametrize("version", CLIENTS)
def test_every_row_of_every_table_and_view_is_read(released: Settings, tmp_path: Path, version: str) -> None:
    client = tmp_path / "client"
    installs = [REPOSITORY / ".venv" / "bin" / "uv", "pip", "install", "--quiet", "--python", sys.executable]
    subprocess.run([*installs, "--target", client, f"duckdb=={version}"], check=True)
    assert [found.name for found in client.glob("*.dist-info") if not found.name.startswith("duckdb")] == []
    folder = (released.releases_dir / "current").resolve()
    # isolated and without this environment's packages
    command = [sys.executable, "-I", "-S", "-c", READ_ALL, client, folder / "marts.duckdb"]
    read = subprocess.run(command, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr[-2000:]
    told = json.loads(read.stdout)
    assert told["version"].startswith(version.rstrip("*"))
    assert told["rows"] == {table.name: table.rows for table in Release.load(folder / "release.json").tables}
