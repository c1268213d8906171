"""Every setting of entangled, typed, and the only place that reads the environment.

A setting comes from the environment or from `.env` in the repository root (the environment wins). `.env.example`
documents each one; a test keeps that file and this one equal.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from include.common.errors import SettingsError

REPOSITORY = Path(__file__).resolve().parent.parent

Strategy = Literal["publication_window", "updated_since", "auto", "snapshot"]
Port = Annotated[int, Field(ge=1, le=65535)]


def _named(name: str, default: object, description: str, **bounds: Any) -> Any:
    return Field(default=default, validation_alias=AliasChoices(name), description=description, **bounds)


class Settings(BaseSettings):
    """Settings as read once at start. Field descriptions are the documentation of `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=REPOSITORY / ".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    # where
    home: Path = _named("ENTANGLED_HOME", REPOSITORY / "var", "Folder for everything that a run writes.")
    scope: str = _named(
        "ENTANGLED_SCOPE", "ai_europe_china", "Scope: a name in config/scopes/ or the path of a YAML file."
    )
    extra_lists: Path | None = _named(
        "ENTANGLED_EXTRA_LISTS",
        None,
        "Folder with further lists, in the format of dbt_project/seeds/reference (yours, or the demo's overlay).",
    )

    # source
    api_key: SecretStr | None = _named("OPENALEX_API_KEY", None, "OpenAlex API key (free at openalex.org).")
    base_url: HttpUrl = _named("OPENALEX_BASE_URL", "https://api.openalex.org", "Where the OpenAlex API answers.")
    requests_per_second: float = _named(
        "OPENALEX_REQUESTS_PER_SECOND",
        10.0,
        "Most requests a second, over all workers of a run together.",
        gt=0,
        le=100,
    )
    timeout_seconds: float = _named("OPENALEX_TIMEOUT_SECONDS", 30.0, "Longest wait for one response.", gt=0, le=300)
    strategy: Strategy = _named(
        "ENTANGLED_STRATEGY",
        "publication_window",
        "How works are synchronised: publication_window (any key), updated_since (a key of a paid plan), auto (the "
        "latter if the key may, else the former), or snapshot (ENTANGLED_SNAPSHOT).",
    )
    snapshot: str | None = _named(
        "ENTANGLED_SNAPSHOT",
        None,
        "Where OpenAlex's snapshot lies: s3://openalex, another bucket, or a folder with a mirror.",
    )

    # machine
    threads: int = _named("ENTANGLED_THREADS", os.cpu_count() or 2, "Threads of one DuckDB process.", ge=1)
    memory_limit: str = _named(
        "ENTANGLED_MEMORY_LIMIT", "2GB", "Memory of one DuckDB process; beyond it, it spills to disk."
    )

    # release
    keep_releases: int = _named("ENTANGLED_KEEP_RELEASES", 5, "Releases kept on disk.", ge=1)
    accept: str = _named(
        "ENTANGLED_ACCEPT",
        "",
        "Failed checks accepted for one run: `check_id=reason; check_id=reason`. Recorded in the release.",
    )

    # object store
    store_url: str = _named(
        "ENTANGLED_STORE_URL",
        "",
        "Second home of batches and releases: s3://bucket/prefix or file:///folder. Empty: none.",
        pattern=r"^[^@]*$",
    )
    aws_access_key_id: SecretStr | None = _named(
        "AWS_ACCESS_KEY_ID", None, "Key for s3:// (empty: the machine's own role)."
    )
    aws_secret_access_key: SecretStr | None = _named("AWS_SECRET_ACCESS_KEY", None, "Secret of that key.")
    aws_endpoint_url: str = _named("AWS_ENDPOINT_URL", "", "Address of an S3 server that is not Amazon's.")
    aws_region: str = _named("AWS_DEFAULT_REGION", "us-east-1", "Region of the bucket.")

    # local services
    bind: str = _named("ENTANGLED_BIND", "127.0.0.1", "Address that local services listen on.")
    airflow_port: Port = _named("ENTANGLED_AIRFLOW_PORT", 8080, "Port of the Airflow UI and API.")
    sandbox_port: Port = _named(
        "ENTANGLED_SANDBOX_PORT", 8490, "Port of the sandbox (the local OpenAlex-compatible server)."
    )

    @field_validator("home", "extra_lists")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value is not None else None

    @property
    def api_url(self) -> str:
        """Base URL without a trailing slash."""
        return str(self.base_url).rstrip("/")

    # folders of a run (docs/DECISIONS.md, "contracts on disk")
    @property
    def raw_zone(self) -> Path:
        """`raw/<entity>/batch=<ulid>/`: batches as received."""
        return self.home / "raw"

    @property
    def typed_zone(self) -> Path:
        """`typed/batch=<ulid>/`: the same batches as flat typed Parquet."""
        return self.home / "typed"

    @property
    def resolved_scope_file(self) -> Path:
        """The scope as the ingest resolved it, for the stages after it."""
        return self.home / "scope.json"

    @property
    def warehouse_file(self) -> Path:
        """The dbt build file. Disposable; readers use a release instead."""
        return self.home / "warehouse" / "warehouse.duckdb"

    @property
    def build_dir(self) -> Path:
        """`build/<run>/`: candidates."""
        return self.home / "build"

    @property
    def releases_dir(self) -> Path:
        """`releases/<id>/` and the link `releases/current`."""
        return self.home / "releases"

    @property
    def progress_dir(self) -> Path:
        """One small JSON file per running step (include/common/progress.py)."""
        return self.home / "progress"

    @property
    def locks_dir(self) -> Path:
        """Lock files: one run at a time per home."""
        return self.home / "locks"

    @property
    def airflow_home(self) -> Path:
        """AIRFLOW_HOME of the local Airflow."""
        return self.home / "airflow"

    @property
    def sandbox_dir(self) -> Path:
        """`sandbox/<corpus>/`: corpora, their truth and their overlay lists."""
        return self.home / "sandbox"

    @property
    def dbt_project(self) -> Path:
        """The dbt project."""
        return REPOSITORY / "dbt_project"

    @property
    def seeds(self) -> Path:
        """Reference tables: lists, funder classes, country groups, the study's figures."""
        return self.dbt_project / "seeds" / "reference"

    @property
    def config(self) -> Path:
        """Scopes and subjects."""
        return REPOSITORY / "config"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the settings once.

    Raises:
        SettingsError: a value cannot be used; the message names the setting, the value's fault and `.env.example`.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'settings'}: {fault['msg']}" for fault in error.errors()
        )
        raise SettingsError(
            what=f"a setting cannot be used: {faults}",
            where="the environment or .env",
            fix="correct it; .env.example describes every setting",
        ) from None


def child_environment(**changes: str) -> dict[str, str]:
    """The environment for a child process: this one's, with `changes`."""
    return {**os.environ, **changes}
