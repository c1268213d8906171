"""Superset's settings for the dashboards of one home: local, read-only on the data, and always on the current release.

`python -m include.bi` starts Superset with PYTHONPATH on this folder and two variables: where Superset keeps its own
files, and where the releases are. source.json among these files names a Postgres, when that serves the releases.
Everything else is fixed here.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from flask_appbuilder.const import AUTH_DB
from flask_caching.backends.base import BaseCache
from flask_caching.backends.filesystemcache import FileSystemCache
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool
from superset.utils.log import AbstractEventLogger

_HOME = Path(os.environ["BI_SUPERSET_HOME"])
_RELEASES = Path(os.environ["BI_RELEASES"])
_SECRETS = json.loads((_HOME / "secrets.json").read_text(encoding="utf-8"))


class SilentEventLogger(AbstractEventLogger):
    """Keeps no record of what people look at."""

    def log(self, *args: object, **kwargs: object) -> None:
        """Do nothing with an event."""


APP_NAME = "entangled"
SECRET_KEY = _SECRETS["secret_key"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_HOME / 'superset.db'}?timeout=30"
DATA_DIR = str(_HOME)
AUTH_TYPE = AUTH_DB
AUTH_USER_REGISTRATION = False
AUTH_ROLE_PUBLIC = ""


class AnswersOfRelease(BaseCache):
    """Keeps answers with the release that gave them: DuckDB takes milliseconds, Superset a tenth of a second around it.

    What Postgres gave is not kept: which release it serves then, only a question would tell.
    """

    # the release that this thread's last connection read
    _read = threading.local()

    def __init__(self, seconds: int) -> None:
        super().__init__(default_timeout=seconds)
        self._files = FileSystemCache(str(_HOME / "answers"), threshold=_MOST_ANSWERS, default_timeout=seconds)

    @classmethod
    def factory(cls, app: object, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> AnswersOfRelease:
        """Called by flask-caching."""
        return cls(config["CACHE_DEFAULT_TIMEOUT"])

    @classmethod
    def note_read(cls, release: str) -> None:
        """This thread reads that release now."""
        cls._read.release = release

    def get(self, key: str) -> Any:
        """The answer to the same question that the current release gave."""
        now = _current_release()
        return self._files.get(f"{now}:{key}") if now else None

    def has(self, key: str) -> bool:
        """Whether there is one."""
        now = _current_release()
        return bool(now) and bool(self._files.has(f"{now}:{key}"))

    def set(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """Keep an answer, unless another release became the current one since it was asked."""
        now = _current_release()
        if not now or getattr(self._read, "release", None) != now:
            return False
        return bool(self._files.set(f"{now}:{key}", value, timeout))

    def add(self, key: str, value: Any, timeout: int | None = None) -> bool:
        """The same, unless there is one."""
        return not self.has(key) and self.set(key, value, timeout)

    def delete(self, key: str) -> bool:
        """Forget an answer."""
        return bool(self._files.delete(f"{_current_release()}:{key}"))

    def clear(self) -> bool:
        """Forget all."""
        return bool(self._files.clear())


_MOST_ANSWERS = 2_000
_DAY = 86_400
DATA_CACHE_CONFIG = {"CACHE_TYPE": f"{__name__}.AnswersOfRelease", "CACHE_DEFAULT_TIMEOUT": _DAY}
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
# what filters a page was opened with: Superset's own cache of it commits to SQLite
FILTER_STATE_CACHE_CONFIG = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DIR": str(_HOME / "filters"),
    "CACHE_DEFAULT_TIMEOUT": 90 * _DAY,
    "CACHE_THRESHOLD": _MOST_ANSWERS,
}
# writing down who looked at what took most of each answer: three commits to SQLite (500 ms with it, 80 ms without, on a
# busy machine)
EVENT_LOGGER = SilentEventLogger()
# counted in memory, for one server on loopback
RATELIMIT_STORAGE_URI = "memory://"

FEATURE_FLAGS = {
    "AG_GRID_TABLE_ENABLED": True,
    "DRILL_BY": True,
    "DRILL_TO_DETAIL": True,
    "ALERT_REPORTS": False,
}
# as Superset's own, but that the charts of words (handlebars) compile their templates in the browser; nothing is loaded
# from elsewhere
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'", "'unsafe-eval'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}
CONTENT_SECURITY_POLICY_WARNING = False
# the headers of the dashboards are laid out with classes and styles; scripts stay forbidden
HTML_SANITIZATION_SCHEMA_EXTENSIONS: dict[str, Any] = {"attributes": {"*": ["style", "className"]}}

ROW_LIMIT = 10_000
NATIVE_FILTER_DEFAULT_ROW_LIMIT = 1_000

# told apart without red and green; the meaning of each colour is in bi/superset/pack.yaml
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "entangled",
        "label": "entangled",
        "description": "For the colour-blind",
        "isDefault": True,
        "colors": [
            "#1f5f99",
            "#b8502a",
            "#6b4c9a",
            "#2f8f8b",
            "#c79a2b",
            "#8a8f98",
            "#7a1f3d",
            "#5b8fc4",
            "#e08a66",
            "#a78bd0",
        ],
    }
]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [
    {
        "id": "entangled_blue",
        "label": "entangled, blue",
        "description": "From few to many",
        "isDiverging": False,
        "isDefault": True,
        "colors": ["#eef4fa", "#c5daee", "#8fb8dd", "#4f8fc4", "#1f5f99", "#123a60"],
    },
]


def _current_release() -> str:
    """The release that answers now; empty when Postgres does."""
    return "" if _served_by() else (_RELEASES / "current").resolve().name


def current_database() -> Path:
    """The database of the release that readers shall have, its link followed once, so that a query never mixes two."""
    folder = (_RELEASES / "current").resolve()
    AnswersOfRelease.note_read(folder.name)
    return folder / "marts.duckdb"


# the host of the database in Superset's own tables, which hold no log-in (inside/apply.py)
SERVED = "current-release"
# formulas name tables without a schema, and moments are shown as UTC
_AS_A_READER = "-c search_path=marts -c timezone=utc -c default_transaction_read_only=on"


def _served() -> URL:
    """The Postgres that serves the releases, with the log-in of a reader."""
    return make_url(_served_by()).set(drivername="postgresql+psycopg2")


def _served_by() -> str:
    """The address of the Postgres that answers, empty when the files do."""
    source = _HOME / "source.json"
    return str(json.loads(source.read_text(encoding="utf-8"))["postgres"]) if source.exists() else ""


def DB_CONNECTION_MUTATOR(
    uri: URL, params: dict[str, Any], username: str | None, security_manager: object, source: object
) -> tuple[URL, dict[str, Any]]:
    """Open the current release for every connection anew, read-only, and nothing else of the machine's files."""
    if uri.get_backend_name() == "postgresql" and uri.host == SERVED:
        return _served(), {**params, "poolclass": NullPool, "connect_args": {"options": _AS_A_READER}}
    if uri.get_backend_name() != "duckdb":
        return uri, params
    settings = {"access_mode": "READ_ONLY", "enable_external_access": "false", "threads": "2"}
    return uri.set(database=str(current_database()), query={}), {
        **params,
        "poolclass": NullPool,
        "connect_args": {"config": settings},
    }
