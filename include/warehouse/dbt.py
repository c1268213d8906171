"""Runs dbt as a child process: in-process dbt would keep DuckDB's lock (dbt-duckdb#616)."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from include.affiliations import match_new
from include.common.duck import MemoryTooSmall, connect, shortage
from include.common.errors import BusyError, EntangledError
from include.common.files import ensure_database_dir, ensure_dir, write_atomic
from include.contracts.reference import tables_in_use, write_tables
from include.contracts.scope import ResolvedScope
from include.contracts.versions import duckdb_version
from include.settings import Settings, child_environment
from include.warehouse.environment import dbt_dir, dbt_environment, manifest_file
from include.warehouse.errors import DbtFailed
from include.warehouse.expected import say_expected_disk
from include.warehouse.figures import require_countable
from include.warehouse.lists import check_lists
from include.warehouse.project import BuiltWith, built_with_now, note, noted, reference_folder
from include.warehouse.state import alone, is_built, opening_error, require_input

log = logging.getLogger("entangled")

FAILED = ("error", "fail", "runtime error", "partial success")


def write_manifest(settings: Settings) -> Path:
    """Parse the project into its manifest. Needs no data and no warehouse."""
    run_dbt(settings, ["parse"])
    return manifest_file(settings)


def keep_manifest(settings: Settings) -> None:
    """Take the manifest that dbt has written, if it is a whole one.

    Raises:
        StorageError: the disk is full or cannot be written. The manifest of before stays.
    """
    try:
        text = (dbt_dir(settings) / "target" / "manifest.json").read_text(encoding="utf-8")
        json.loads(text)
    except (FileNotFoundError, ValueError):
        return
    write_atomic(manifest_file(settings), text)


def build(settings: Settings, full_refresh: bool = False) -> None:
    """Load every typed batch that is not yet loaded, and rebuild the marts: one `dbt build`.

    Raises:
        NoBatches, MixedOrigins, StaleBatches: there is nothing (sound) to build from; dbt was not started.
        ReferenceBroken: a figure is defined as what cannot be counted, or for no question
        ListBroken: a list of the user's own is at fault; dbt was not started.
        ContractError: an entry of reference_changes.csv is.
        BusyError: another process works on the warehouse, or holds its file.
        WarehouseBroken: the warehouse file is damaged.
        SparkUnavailable: the models run on Spark, and there is no Java or no master.
        MemoryTooSmall: a model alone needs more memory than there may be.
        DbtFailed: a model or test failed; names them.
    """
    with alone(settings):
        _prepare(settings)
        if settings.dbt_target == "spark":
            from include.warehouse.spark import build_on_spark

            build_on_spark(settings)
        else:
            _build_on_duckdb(settings, ["build", *(["--full-refresh"] if full_refresh else [])])


def _build_on_duckdb(settings: Settings, arguments: list[str]) -> None:
    try:
        run_dbt(settings, arguments)
    except MemoryTooSmall as error:
        if settings.threads == 1:
            raise
        # two models that join can ask for all of it at once; tables that are loaded stay, so this costs an increment
        log.warning("%s: dbt builds again, one model at a time", error.what)
        run_dbt(settings, [*arguments, "--threads", "1"])


def prepare(settings: Settings) -> None:
    """See that a `dbt build` can start that another process runs: Cosmos in Airflow.

    Raises:
        NoBatches, MixedOrigins, StaleBatches: there is nothing (sound) to build from.
        ReferenceBroken: a figure is defined as what cannot be counted, or for no question
        ListBroken: a list of the user's own is at fault.
        ContractError: an entry of reference_changes.csv is.
        BusyError: another process works on the warehouse, or holds its file.
        WarehouseBroken: the warehouse file is damaged.
        SparkUnavailable: the models run on Spark, and there is no Java or no master.
    """
    with alone(settings):
        _prepare(settings)


def _prepare(settings: Settings) -> None:
    if settings.dbt_target == "spark":
        from include.warehouse.spark import require_java, require_master

        # before anything is removed or made
        require_java()
        require_master(settings)
    batches = require_input(settings)
    if settings.extra_lists:
        check_lists(settings, settings.extra_lists)
    scope = ResolvedScope.load(settings.resolved_scope_file)
    reference = tables_in_use(settings.seeds, settings.extra_lists, scope)
    require_countable(settings.seeds, reference)
    ensure_database_dir(settings.warehouse_file.parent)
    ensure_dir(dbt_dir(settings))
    now = built_with_now(settings)
    if not is_built(settings):
        _remove_file(settings)
    _require_openable(settings)
    say_expected_disk(settings, batches)
    write_tables(reference, reference_folder(settings))
    match_new(settings, reference)
    _begin_anew_when_built_with_other_things(settings, now)
    # last: killed before it, the next build begins anew again
    note(settings, now)


def _begin_anew_when_built_with_other_things(settings: Settings, now: BuiltWith) -> None:
    """Remove a warehouse whose rows would stay as another model, list, scope, flatten or DuckDB made them."""
    if not settings.warehouse_file.is_file():
        return
    earlier = noted(settings)
    if earlier is not None and not (differing := earlier.differences(now)):
        return
    reason = f"was built with other {differing}" if earlier is not None else "does not say what it was built with"
    log.info("the warehouse %s: it is built anew from all typed batches", reason)
    _remove_file(settings)


def _remove_file(settings: Settings) -> None:
    # DuckDB would replay the log of the old file into the new one
    settings.warehouse_file.with_name(f"{settings.warehouse_file.name}.wal").unlink(missing_ok=True)
    settings.warehouse_file.unlink(missing_ok=True)


def _require_openable(settings: Settings) -> None:
    # dbt would meet a damaged or locked file with a traceback, after starting for five seconds
    if not settings.warehouse_file.is_file():
        return
    try:
        connect(settings, settings.warehouse_file).close()
    except duckdb.Error as error:
        fault = opening_error(settings.warehouse_file, str(error))
        earlier = noted(settings)
        is_of_other_duckdb = earlier is not None and earlier.duckdb_version != duckdb_version()
        # what another DuckDB wrote goes in any case, whether this one could read it or not
        if isinstance(fault, BusyError) or not is_of_other_duckdb:
            raise fault from None


def dbt_program() -> str:
    """dbt of this very environment, whatever PATH says."""
    return str(Path(sys.executable).with_name("dbt"))


def to_log(line: str) -> None:
    """Pass a line of dbt on to the log."""
    log.info("dbt: %s", line)


def run_dbt(settings: Settings, arguments: list[str], tell: Callable[[str], None] = to_log) -> None:
    """Run dbt on DuckDB, `tell` each of its lines, and keep the manifest that it made.

    Raises:
        DbtFailed: it ended with an error; names the failing nodes.
    """
    folders = ["--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)]
    run_and_tell(
        settings,
        [dbt_program(), *arguments, *folders],
        child_environment(**dbt_environment(settings)),
        title=f"dbt {arguments[0]}",
        target=dbt_dir(settings) / "target",
        tell=tell,
    )
    keep_manifest(settings)


def run_and_tell(
    settings: Settings,
    command: list[str],
    environment: dict[str, str],
    *,
    title: str,
    target: Path,
    tell: Callable[[str], None] = to_log,
) -> None:
    """Run a program that runs dbt, whose results go to `target`, and `tell` each of its lines.

    Raises:
        DbtFailed: it ended with an error; names the failing nodes.
    """
    ensure_dir(dbt_dir(settings))
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    lines: list[str] = []
    try:
        child = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
    except FileNotFoundError:
        raise EntangledError(
            "dbt is not installed in this environment",
            where=command[0],
            fix="install requirements.txt into the environment that runs this command (`make` does)",
        ) from None
    with child, _ending_together(child):
        assert child.stdout is not None
        for line in child.stdout:
            text = line.rstrip()
            if text:
                lines.append(text)
                tell(text)
    if child.returncode:
        reasons = _reasons(results, lines)
        # on a full disk dbt fails to write its results too, and tells of that in the midst of its lines
        lacking = shortage(reasons, settings.home) or shortage("\n".join(lines), settings.home)
        if lacking is not None:
            raise lacking
        raise DbtFailed(
            f"{title} ended with {child.returncode}:\n{reasons}",
            where=str(Path(environment["DBT_LOG_PATH"]) / "dbt.log"),
            fix="mend what it names and run the same command again; what was loaded before is kept",
        )


@contextmanager
def _ending_together(child: subprocess.Popen[str]) -> Iterator[None]:
    """End dbt when this process is told to end: alone it would go on for minutes, and hold the warehouse."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(signal_number: int, frame: object) -> None:
        child.terminate()
        print("ended while dbt ran; run the same command again to go on", file=sys.stderr)
        sys.exit(128 + signal_number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _reasons(results: Path, lines: list[str]) -> str:
    """The failing nodes with their messages; dbt's last lines when it did not come to run nodes."""
    if not results.is_file():
        return "\n".join(lines[-15:])
    failed = [
        f"    {result['unique_id']}: {' '.join((result['message'] or result['status']).split())}"
        for result in json.loads(results.read_text())["results"]
        if result["status"] in FAILED
    ]
    return "\n".join(failed) or "\n".join(lines[-15:])
