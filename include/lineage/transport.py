"""Where events go: files by the day in `<home>/lineage/`, and an address of OpenLineage's HTTP API if one is set."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from openlineage.client.serde import Serde
from openlineage.client.transport.http import HttpConfig, HttpTransport
from openlineage.client.transport.transport import Config, Transport

from include.common.clock import utc_now
from include.common.files import ensure_dir
from include.settings import Settings, get_settings

log = logging.getLogger("entangled.lineage")

# a receiver that is away must not hold up a run: one try, and the next run tries again
PATIENCE_SECONDS = 3.0
FILES = "events-*.ndjson"
# of Airflow's own facets: who started a run, what a person wrote to it, and where files lie on this machine; what an
# asset event says of the release has the report's path
_NOT_TOLD = {"triggering_user_name", "note", "fileloc", "outlets"}


def lineage_folder(home: Path) -> Path:
    """Where events, what was told of them, and the picture lie."""
    return home / "lineage"


class DayFiles(Transport):
    """A line an event, a file a day. Each line is one write at the end of the file, so processes do not mix theirs.

    The client's own file transport writes all into one file for ever, or a file for each event.
    """

    kind = "day_files"

    def __init__(self, folder: Path) -> None:
        self._folder = ensure_dir(folder)

    def emit(self, event: Any) -> None:
        """Append it."""
        line = Serde.to_json(event).encode("utf-8") + b"\n"
        name = FILES.replace("*", f"{utc_now():%Y-%m-%d}")
        file = os.open(self._folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line)
        finally:
            os.close(file)


def day_files(settings: Settings) -> DayFiles:
    """The files of a home."""
    return DayFiles(lineage_folder(settings.home))


def http(settings: Settings) -> HttpTransport | None:
    """The address of ENTANGLED_LINEAGE, when it is one."""
    if not settings.lineage.startswith("http"):
        return None
    key = settings.lineage_key.get_secret_value() if settings.lineage_key else ""
    return HttpTransport(
        HttpConfig.from_dict(
            {
                # what follows the last slash would be cut off
                "url": settings.lineage.rstrip("/") + "/",
                "timeout": PATIENCE_SECONDS,
                "retry": {"total": 0, "read": 0, "connect": 0},
                **({"auth": {"type": "api_key", "apiKey": key}} if key else {}),
            }
        )
    )


class AsSettingsSay(Transport):
    """For Airflow's own events (AIRFLOW__OPENLINEAGE__TRANSPORT): they go where ours go.

    An event that cannot be written or sent is left out: Airflow would log a traceback for each.
    """

    kind = "as_settings_say"
    config_class = Config

    def __init__(self, config: Config) -> None:
        settings = get_settings()
        self._transports: list[Transport] = []
        if settings.lineage != "off":
            self._transports = [day_files(settings), *filter(None, [http(settings)])]

    def emit(self, event: Any) -> None:
        """Write it, and send it where it is to be sent."""
        told = _without(Serde.to_dict(event), _NOT_TOLD)
        for transport in self._transports:
            try:
                transport.emit(told)
            except Exception as error:
                # what it says may hold the address
                log.info("an event of Airflow was not told: %s", type(error).__name__)


def _without(told: Any, names: set[str]) -> Any:
    """The same without the keys `names`, however deep."""
    if isinstance(told, dict):
        return {name: _without(value, names) for name, value in told.items() if name not in names}
    return [_without(value, names) for value in told] if isinstance(told, list) else told
