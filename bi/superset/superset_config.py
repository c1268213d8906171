"""Superset's settings for the dashboards of one home: local, read-only on the data, and always on the current release.

`python -m include.bi` starts Superset with PYTHONPATH on this folder and two variables: where Superset keeps its own
files, and where the releases are. source.json among these files names a Postgres, when that serves the releases.
Everything else is fixed here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from flask_appbuilder.const import AUTH_DB
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

# results are not cached: DuckDB answers in milliseconds, and a cache would show the release before the current one
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
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


def current_database() -> Path:
    """The database of the release that readers shall have, its link followed once, so that a query never mixes two."""
    return (_RELEASES / "current").resolve() / "marts.duckdb"


# the host of the database in Superset's own tables, which hold no log-in (inside/apply.py)
SERVED = "current-release"
# formulas name tables without a schema, and moments are shown as UTC
_AS_A_READER = "-c search_path=marts -c timezone=utc -c default_transaction_read_only=on"


def _served() -> URL:
    """The Postgres that serves the releases, with the log-in of a reader."""
    address = json.loads((_HOME / "source.json").read_text(encoding="utf-8"))["postgres"]
    return make_url(address).set(drivername="postgresql+psycopg2")


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
