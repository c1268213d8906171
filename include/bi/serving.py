"""Start Superset on the current release, make it what the files say, and stop it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from include.bi.environment import ENVIRONMENT, LOCK, python
from include.bi.pack import ASSETS, write_pack
from include.bi.spec import SUPERSET, read_pack
from include.bi.tables import used_tables
from include.common.errors import EntangledError
from include.common.files import ensure_dir, only_one, write_atomic
from include.common.plain import plain_path
from include.contracts.release import Release
from include.local.checks import check_port
from include.local.processes import Services, registered
from include.release import current, current_folder, open_current
from include.release.catalogue import ReleaseError, must_have_current
from include.release.postgres import look_as_reader
from include.settings import REPOSITORY, Settings, bare_environment

CONFIG = SUPERSET / "superset_config.py"
APPLY = SUPERSET / "inside" / "apply.py"
# the first start migrates some hundred tables: 30 s on two quiet cores
_START_SECONDS = 240.0
# two workers for two cores; threads, because DuckDB works without the interpreter's lock
_WORKERS, _THREADS = 2, 8


class BiError(EntangledError):
    """Superset could not be started or told what to show. Releases are untouched."""


@dataclass(frozen=True)
class Secrets:
    """The secrets of one home's Superset, made once, in a file that only the owner reads."""

    secret_key: str
    admin: str
    reader: str

    @classmethod
    def of(cls, settings: Settings) -> Secrets:
        """Read them, or make them at the first start.

        Raises:
            BiError: the file is there and cannot be read.
        """
        file = settings.superset_home / "secrets.json"
        ensure_dir(settings.superset_home).chmod(0o700)
        if not file.exists():
            made = cls(secrets.token_hex(32), secrets.token_urlsafe(12), secrets.token_urlsafe(12))
            write_private(file, asdict(made))
        try:
            return cls(**json.loads(file.read_bytes()))
        except (ValueError, TypeError):
            raise BiError(
                "Superset's secrets cannot be read",
                where=str(file),
                fix=f"remove {settings.superset_home}; all of it is made again at the next start",
            ) from None


@dataclass(frozen=True)
class Shown:
    """What Superset holds after an import: by the dashboards' slugs titles and charts; how many leftovers went."""

    dashboards: dict[str, dict[str, Any]]
    charts: int
    datasets: int
    removed: int


def write_private(file: Path, content: dict[str, Any]) -> None:
    """Write JSON that only the owner reads."""
    aside = os.umask(0o077)
    try:
        write_atomic(file, json.dumps(content) + "\n")
    finally:
        os.umask(aside)


def url(settings: Settings) -> str:
    """Where Superset answers."""
    return f"http://{settings.bind}:{settings.superset_port}"


def up(settings: Settings) -> Shown:
    """Start Superset if it does not run, and make it what the files say.

    Raises:
        BiError: there is no release, or one without the tables that the dashboards read; Postgres shall be read and
            does not serve it, or not to a reader; Superset fails.
        PortTakenError: another program listens on the port.
        BusyError: another `make bi` works in this home.
    """
    with only_one(settings.locks_dir / "superset.lock", f"`make bi` in {settings.home}"):
        release = _fitting_release(settings)
        write_pack()
        _say(f"release {release.release_id}")
        _note_source(settings, release)
        if not _is_running(settings):
            check_port(settings.bind, settings.superset_port, "ENTANGLED_SUPERSET_PORT")
        if ENVIRONMENT.ensure():
            _say("Superset's packages are installed")
        shown = _apply(settings)
        _say(
            f"{len(shown.dashboards)} dashboards, {shown.charts} charts, {shown.datasets} datasets; "
            f"{shown.removed} leftovers removed"
        )
        _serve(settings)
    return shown


def down(settings: Settings) -> list[str]:
    """Stop Superset; returns what ran."""
    found = registered(settings, settings.superset_home)
    return found[0].stop() if found else []


def tell(settings: Settings) -> str:
    """Where to look, and the log-ins."""
    made = Secrets.of(settings)
    lines = [
        f"Superset runs at {url(settings)}/superset/dashboard/overview/",
        f"log in as reader with the password {made.reader}",
    ]
    lines += [
        f"or as admin, who may change things and write SQL, with the password {made.admin}",
        "To stop: make bi-down",
    ]
    return "\n".join(lines)


def is_up(settings: Settings) -> bool:
    """Whether this home's Superset runs."""
    return registered(settings, settings.superset_home) is not None


def _fitting_release(settings: Settings) -> Release:
    try:
        folder = current_folder(settings)
    except ReleaseError as error:
        raise BiError(f"{error.what}, so there is nothing to look at", where=error.where, fix=error.fix) from None
    release = current(settings)
    if release is None:
        raise BiError(
            f"the current release {folder.name} is torn, so there is nothing to look at",
            where=str(folder),
            fix="take readers back to a release that is whole: make rollback. `make verify-release` says which are",
        )
    missing = sorted(set(used_tables(read_pack())) - {table.name for table in release.tables})
    if missing:
        raise BiError(
            f"release {release.release_id} is of an older version: it has no {', '.join(missing[:3])}"
            + (f" and {len(missing) - 3} more tables that the dashboards read" if len(missing) > 3 else ""),
            where=str(settings.releases_dir / release.release_id),
            fix="publish a new one (make demo, make run), or lift a rollback (make rollforward)",
        )
    return release


def _note_source(settings: Settings, release: Release) -> None:
    """Tell Superset where it reads: Postgres, once that is seen to serve the release, or the files.

    Raises:
        BiError: Postgres serves another release, or the log-in may do more than read.
    """
    address = settings.bi_postgres.get_secret_value() if settings.bi_postgres else ""
    if address:
        seen = look_as_reader(address)
        if seen.release_id != release.release_id:
            served = f"release {seen.release_id}" if seen.release_id else "no release"
            raise BiError(
                f"Postgres serves {served}, and the current one is {release.release_id}",
                where=seen.where,
                fix=".venv/bin/python -m include.release serve",
            )
        if seen.may_write:
            raise BiError(
                f"the log-in {seen.user} may do more than read, and Superset shall not",
                where="ENTANGLED_BI_POSTGRES",
                fix="make one that reads: create role analyst login password '...' in role entangled_reader",
            )
        _say(f"Postgres serves it ({seen.where})")
    write_private(settings.superset_home / "source.json", {"postgres": address})


def _environment(settings: Settings) -> dict[str, str]:
    """Nothing of the owner of the data, whose Postgres and keys are none of Superset's business: who asks it asks as a
    reader, whose log-in is in source.json.
    """
    return bare_environment(
        PYTHONPATH=str(SUPERSET),
        # part of a database's address, which some characters end
        BI_SUPERSET_HOME=str(plain_path(settings.superset_home)),
        BI_RELEASES=str(settings.releases_dir),
        FLASK_APP="superset.app:create_app()",
        SCARF_ANALYTICS="false",
    )


def _version(*files: Path) -> str:
    """What changes with these files: with the lock tables are migrated, with the settings as well it restarts."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _is_running(settings: Settings) -> bool:
    """Whether it runs as the files say now; one that was started by older files is stopped."""
    if not is_up(settings):
        return False
    note = settings.superset_home / "started_with"
    if note.exists() and note.read_text(encoding="utf-8") == _version(LOCK, CONFIG):
        return True
    down(settings)
    return False


def _apply(settings: Settings) -> Shown:
    """Migrate if needed, then import; see bi/superset/inside/apply.py."""
    made = Secrets.of(settings)
    migrated = settings.superset_home / "migrated_with"
    migrate = not (migrated.exists() and migrated.read_text(encoding="utf-8") == _version(LOCK))
    if migrate:
        _say("Superset makes its own tables, once")
    request = settings.superset_home / "request.json"
    log = settings.superset_home / "apply.log"
    content = {
        "migrate": migrate,
        "pack": str(ASSETS),
        "words": words_of(settings),
        "is_served": settings.bi_postgres is not None,
        "log_ins": {"admin": made.admin, "reader": made.reader},
    }
    write_private(request, content)
    try:
        with log.open("wb") as errors:
            done = subprocess.run(
                [str(python()), str(APPLY), str(request)],
                env=_environment(settings),
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=errors,
                check=False,
            )
    finally:
        request.unlink()
    if done.returncode:
        ending = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
        raise BiError(
            f"Superset did not take what the files say; its log ends:\n{ending}",
            where=str(log),
            fix="mend what the log names; if Superset's own tables are broken, remove the folder and run it again",
        )
    write_atomic(migrated, _version(LOCK))
    return Shown(**json.loads(done.stdout.splitlines()[-1]))


def words_of(settings: Settings) -> dict[str, str]:
    """What stands for the [[...]] of the files: names of the sides, whole and short; what papers of the subject are
    called; whether data are invented."""
    with open_current(settings) as db:
        rows = db.execute(
            "select scope_role, any_value(group_name) from dim_country_group"
            " where scope_role in ('side_a', 'side_b') group by all"
        ).fetchall()
        [[origin]] = db.execute(
            "select data_origin from mart_ops_releases order by published_at desc limit 1"
        ).fetchall()
    names = {"side_a": "side A", "side_b": "side B"} | dict(rows)
    short = {"a": names["side_a"], "b": names["side_b"]}
    return {
        **names,
        # `Europe (EU27, UK, Norway, Switzerland)` is Europe in a title
        **{key: name.split(" (")[0] for key, name in short.items()},
        "papers": papers_of(must_have_current(settings).scope_title),
        "synthetic": "SYNTHETIC. " if origin == "synthetic" else "",
    }


def papers_of(scope_title: str) -> str:
    """What a scope's title calls its papers, within a sentence: `Quantum computing papers, United States with China`
    are quantum computing papers. Of a title that does not begin with such words they are papers.
    """
    words = scope_title.partition(",")[0].split()
    if len(words) < 2 or words[-1] not in ("papers", "works"):
        return "papers"
    # `AI` and `3D` are written so within a sentence too
    return " ".join([words[0].lower() if words[0][1:].islower() else words[0], *words[1:]])


def _serve(settings: Settings) -> None:
    if not is_up(settings):
        command = [str(python()), "-m", "gunicorn", "--workers", str(_WORKERS), "--worker-class", "gthread"]
        command += [
            "--threads",
            str(_THREADS),
            "--preload",
            "--timeout",
            "120",
            "--bind",
            f"{settings.bind}:{settings.superset_port}",
        ]
        with Services(settings, "detached", settings.superset_home) as services:
            services.start("superset", [*command, "superset.app:create_app()"], _environment(settings))
            write_atomic(settings.superset_home / "started_with", _version(LOCK, CONFIG))
            _wait_until_it_answers(settings, services)


def _wait_until_it_answers(settings: Settings, services: Services) -> None:
    # a proxy has no business between two local processes
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        services.check()
        try:
            with opener.open(f"{url(settings)}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.3)
    raise BiError(
        f"Superset did not answer within {_START_SECONDS:.0f} s", where=str(services.logs), fix="see its log there"
    )


def _say(line: str) -> None:
    print(line, flush=True)
