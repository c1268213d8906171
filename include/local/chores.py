"""Small commands around a run: passwords for docker-compose, the report's place, dbt's documentation, cleaning up."""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import subprocess
import sys
import webbrowser
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from include.common.errors import EntangledError, SettingsError
from include.common.files import ensure_dir, only_one, remove_database_dir, write_atomic
from include.settings import REPOSITORY, Settings, child_environment

# what docker-compose.yaml asks for; each value is made here and stands in .env only
COMPOSE_SECRETS = (
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "AIRFLOW_ADMIN_PASSWORD",
    "AIRFLOW_FERNET_KEY",
    "AIRFLOW_SECRET_KEY",
    "AIRFLOW_JWT_SECRET",
)

# what can be made again from batches (`raw`), releases and the code
DISPOSABLE = (
    "typed",
    "affiliations",
    "warehouse",
    "build",
    "sandbox",
    "airflow",
    "progress",
    "docs",
    "truth",
    "tmp",
    "superset",
    "superset-env",
    "sbom-env",
    "sbom.json",
    "notebook",
)
# only a home holds one of these
_MARKS = ("raw", "releases", "source.json", "scope.json")
# what else commands put into a home, and the system at the root of a disk
_KEPT = (
    *("accepted", "refused", "alerts", "health", "dbt", "locks", "parked", "services.json", "store", "readers.log"),
    *("cases", "changes", "chaos", "alerts-drill", "corruptions", "crash", "faults", "switches", "restore"),
    *("lineage", "lost+found"),
)


def compose_init(env_file: Path = REPOSITORY / ".env") -> list[str]:
    """Add the secrets that `.env` lacks, for its owner's eyes only; returns the names that were added."""
    lines = env_file.read_text().splitlines() if env_file.exists() else []
    have = {name for name, value in map(_assignment, lines) if value}
    added = [name for name in COMPOSE_SECRETS if name not in have]
    if added:
        lines = [line for line in lines if _assignment(line)[0] not in added]
        lines += [f"{name}={_secret(name)}" for name in added]
        before = os.umask(0o077)
        try:
            write_atomic(env_file, "\n".join(lines) + "\n")
        finally:
            os.umask(before)
    env_file.chmod(0o600)
    return added


def _assignment(line: str) -> tuple[str, str]:
    """Name and value of a line, as compose takes it: `export` may stand before it, quotes around the value."""
    name, _, value = line.strip().removeprefix("\ufeff").partition("=")
    value = re.sub(r"(^|\s)#.*", "", value).strip() if value[:1] not in ("'", '"') else value.strip()
    return name.strip().removeprefix("export ").strip(), value.strip("'\"")


def _secret(name: str) -> str:
    if name == "AIRFLOW_FERNET_KEY":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    # hexadecimal, because the database password stands in a URL
    return secrets.token_hex(24)


def report(settings: Settings) -> Path:
    """Open the current release's report in a browser, if there is one; returns where it is."""
    page = settings.releases_dir / "current" / "report" / "index.html"
    if not page.exists():
        raise EntangledError("there is no release yet", where=str(settings.releases_dir), fix="make demo or make run")
    if sys.stdout.isatty():
        webbrowser.open(page.as_uri())
    return page


def docs(settings: Settings) -> Path:
    """Write dbt's documentation (models, columns, tests, lineage) as one page; returns where it is."""
    from include import warehouse

    target = ensure_dir(settings.home / "docs")
    command = [str(Path(sys.executable).parent / "dbt"), "docs", "generate", "--static", "--empty-catalog"]
    command += ["--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)]
    command += ["--target-path", str(target), "--log-path", str(target / "logs")]
    # dbt opens a database though it reads none: the warehouse may not be there yet, or be locked by a build
    nothing = {"ENTANGLED_DBT_WAREHOUSE": str(target / settings.warehouse_file.name)}
    environment = child_environment(**{**warehouse.dbt_environment(settings), **nothing})
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise EntangledError(
            f"dbt could not write its documentation:\n{ended.stdout[-2000:]}",
            where=str(target),
            fix="mend what it names",
        )
    return target / "static_index.html"


def serve_page(page: Path, port: int) -> None:
    """Answer every request on 127.0.0.1 with `page`, and with nothing else of its folder, until Ctrl-C.

    Raises:
        EntangledError: the port is taken.
    """
    content = page.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        """One page, whatever the path: its own links are anchors."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise EntangledError(
            f"the documentation cannot be served: {error.strerror}",
            where=f"127.0.0.1:{port}",
            fix="name another port: make docs-serve PORT=...",
        ) from None
    with server:
        print(f"http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def _refuse_other_folders(settings: Settings) -> None:
    """ENTANGLED_HOME may name a folder that somebody uses for something else."""
    entries = {entry.name for entry in settings.home.iterdir()}
    foreign = sorted(entries - {*DISPOSABLE, *_MARKS, *_KEPT})
    if settings.home == REPOSITORY / "var" or not entries or (entries & set(_MARKS) and not foreign):
        return
    what = f"holds {', '.join(foreign[:3])}, which no run made" if foreign else "is no home of a run"
    raise SettingsError(
        f"{settings.home} {what}; nothing is removed",
        where="setting ENTANGLED_HOME",
        fix="remove by hand what you do not need, or name the home",
    )


def clean(settings: Settings, *, everything: bool = False) -> list[str]:
    """Remove what can be made again (`everything`: the whole home, batches and releases too); returns what went.

    Raises:
        BusyError: a run works in this home. Nothing was removed.
        SettingsError: the folder is no home, or holds more than a home does. Nothing was removed.
    """
    if not settings.home.exists():
        return []
    _refuse_other_folders(settings)
    with ExitStack() as held:
        for lock in (settings.locks_dir / "local.lock", settings.locks_dir / "run.lock", settings.warehouse_lock):
            held.enter_context(only_one(lock, f"a run in {settings.home}"))
        if everything:
            if (settings.home / "warehouse").is_symlink():
                remove_database_dir(settings.home / "warehouse")
            shutil.rmtree(settings.home)
            return [str(settings.home)]
        found = [settings.home / name for name in DISPOSABLE if (settings.home / name).exists()]
        for folder in found:
            remove_database_dir(folder)
        return [str(folder) for folder in found]
