"""What must be right on this machine before anything is started; each fault is one clear sentence."""

from __future__ import annotations

import errno
import ipaddress
import logging
import shutil
import socket
import sys
from functools import cache

import psutil

from include.common.errors import EntangledError, SettingsError, StorageError
from include.common.files import ensure_dir, storage_errors
from include.settings import Settings

log = logging.getLogger("entangled")

# the lock holds wheels for these; requires-python in pyproject.toml says the same
OLDEST, NEWEST = (3, 11), (3, 13)
# a study-size demo writes about 1 GB: corpus, batches, warehouse, releases
FREE_BYTES = 2 * 1024**3
# of a generated corpus, each unit of scale: 345 MB while it is made, 100 MB of what a run writes, and room to spill
BYTES_PER_SCALE = 600 * 1024**2


class PortTakenError(EntangledError):
    """Another program listens on a port that a local service needs. Nothing was started."""


def check_python() -> None:
    """Refuse a Python that the lock was not made for."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise SettingsError(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} cannot run this",
            where=sys.executable,
            fix="use Python 3.11, 3.12 or 3.13: `make PYTHON=python3.12 ...`",
        )


def check_disk(settings: Settings, scale: float | None = None) -> None:
    """Refuse a home that cannot be written or has no room, for a generated corpus of this scale."""
    needed = max(FREE_BYTES, BYTES_PER_SCALE * (scale or 0))
    with storage_errors(settings.home):
        probe = ensure_dir(settings.home) / ".writable"
        probe.write_text("")
        probe.unlink()
    free = shutil.disk_usage(settings.home).free
    if free < needed:
        raise StorageError(
            f"only {free / 1024**3:.1f} GB are free, a run needs {needed / 1024**3:.0f} GB",
            where=str(settings.home),
            fix="free some space, or set ENTANGLED_HOME to a folder on a larger disk",
        )


def beyond_this_machine(host: str) -> str:
    """What it means to listen at `host`; empty when nobody else reaches it."""
    try:
        is_near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_near = host == "localhost"
    if is_near:
        return ""
    return (
        f"services listen on {host}: who reaches this machine reaches their log-ins, and /health and the sandbox, "
        "which ask for none"
    )


def check_port(host: str, port: int, setting: str) -> None:
    """Refuse a port that is taken, naming the setting that moves it and, where the system tells, who holds it.

    An address that others reach is warned of, once a process.
    """
    _warn_of(host)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (socket.gaierror, UnicodeError):
            raise _no_address(host, "it is no address") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise _no_address(host, "this machine does not have it") from None
            if error.errno == errno.EACCES:
                raise SettingsError(
                    f"port {port} is one that only root may listen on",
                    where=f"{host}:{port}, setting {setting}",
                    fix=f"choose one from 1024 on: {setting}=<port>",
                ) from None
            raise PortTakenError(
                f"port {port} is taken{_holder(port)}",
                where=f"{host}:{port}, setting {setting}",
                fix=f"stop what listens there, or choose another port: {setting}=<port>",
            ) from None


@cache
def _warn_of(host: str) -> None:
    if exposure := beyond_this_machine(host):
        log.warning("%s. ENTANGLED_BIND=127.0.0.1 keeps them to this machine", exposure)


def _no_address(host: str, reason: str) -> SettingsError:
    return SettingsError(
        f"nothing can listen on {host}: {reason}",
        where="setting ENTANGLED_BIND",
        fix="leave it out (127.0.0.1), or give an address of this machine",
    )


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections(kind="tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""  # another user's process: the system does not say whose
    return ""
