"""Every setting of entangled, typed, and the only place that reads the environment.

A setting comes from the environment or from `.env` in the repository root (ENTANGLED_ENV_FILE: from another file); the
environment wins. `.env.example` documents each one; a test keeps that file and this one equal.
"""

from __future__ import annotations

import logging
import os
import re
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AliasChoices, Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from include.common.errors import SettingsError
from include.common.proxies import exemptions, without_unusable

log = logging.getLogger("entangled")

REPOSITORY = Path(__file__).resolve().parent.parent

# tests name none: what a user has set for runs is not theirs
_ENV_FILE = "ENTANGLED_ENV_FILE"

Strategy = Literal["publication_window", "updated_since", "auto", "snapshot"]
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT])(i?)B", re.IGNORECASE)
# with less, not even a build of some hundred works ends
_LEAST_MEMORY_BYTES = 100_000_000

# names that start so are ours, but for those that one process of ours hands to another
_OURS = ("ENTANGLED_", "OPENALEX_")
_HANDED_ON = "ENTANGLED_DBT_"
# what was a setting once -> what took its place
_FORMER = {"ENTANGLED_ACCEPT": "a person accepts one finding of one run with `make accept`"}
# which unknown names were told already: by this process or by one that started it
_TOLD = "ENTANGLED_DBT_UNKNOWN_NAMES"

# where others read what a run publishes, and who is told of it
_SERVERS = (
    "ENTANGLED_PUBLISH_POSTGRES",
    "ENTANGLED_BI_POSTGRES",
    "ENTANGLED_STORE_URL",
    "ENTANGLED_ALERTS",
    "ENTANGLED_LINEAGE",
    "ENTANGLED_LINEAGE_KEY",
    "ENTANGLED_METRICS",
)

# of an environment, what a program needs that is not ours: where things are, the language, certificates
_OF_THE_MACHINE = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LANGUAGE|LC_.*|XDG_.*|LD_LIBRARY_PATH|FONTCONFIG_.*|SSL_CERT_(FILE|DIR)"
)

# what steers Airflow, dbt and Python elsewhere when it is a user's own
_FOREIGN = re.compile(r"AIRFLOW_.*|DBT_.*|PYTHONPATH|PYTHONHOME|PYTHONSAFEPATH")


def _bytes(size: str) -> float | None:
    """What a size such as 2GB or 1.5 GiB comes to; None where it is none."""
    found = _SIZE.fullmatch(size.strip())
    if not found:
        return None
    number, unit, binary = found.groups()
    return float(number) * float((1024 if binary else 1000) ** (1 + "KMGT".index(unit.upper())))


Port = Annotated[int, Field(ge=1, le=65535)]


def _env_file() -> Path:
    return Path(os.environ.get(_ENV_FILE) or REPOSITORY / ".env")


def _reads_as_postgres_reads_it(address: str) -> bool:
    """Whether its library takes it, with nothing of the log-in in host and port, which are shown.

    For that library a log-in ends at the first @; for `urlsplit` at the last.
    """
    # most runs have no Postgres
    import psycopg2
    from psycopg2.extensions import parse_dsn

    try:
        parts = parse_dsn(address)
    except psycopg2.ProgrammingError:
        # its message quotes the address
        return False
    return "@" not in f"{parts.get('host')}{parts.get('port')}"


def _named(name: str, default: object, description: str, **bounds: Any) -> Any:
    return Field(default=default, validation_alias=AliasChoices(name), description=description, **bounds)


class Settings(BaseSettings):
    """Settings as read once at start. Field descriptions are the documentation of `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=_env_file(), env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
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
    source_patience_minutes: float = _named(
        "ENTANGLED_SOURCE_PATIENCE_MINUTES",
        120.0,
        "Minutes that a flow in Airflow goes on asking a source that is away, ever more rarely, before it fails.",
        ge=0,
    )
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

    clock_days: int = _named(
        "ENTANGLED_CLOCK_DAYS",
        0,
        "Days that the clock runs ahead of the machine's (below 0: behind), to try a new year before it comes.",
        ge=-36500,
        le=36500,
    )

    # release
    keep_releases: int = _named("ENTANGLED_KEEP_RELEASES", 5, "Releases kept on disk.", ge=1)
    reader_grace_minutes: float = _named(
        "ENTANGLED_READER_GRACE_MINUTES",
        15.0,
        "Minutes that a release stays at least after another took its place, for readers that resolved its folder.",
        ge=0,
    )
    workbook_cells: int = _named(
        "ENTANGLED_WORKBOOK_CELLS",
        500_000,
        "Cells that the tables in marts.xlsx have together at most; five microseconds each. 0: no workbook is made.",
        ge=0,
    )
    ask_hours: float = _named(
        "ENTANGLED_ASK_TO_ACCEPT_HOURS",
        0.0,
        "Hours that the flow build_warehouse waits for a person to accept, in Airflow, what a gate refused and a person"
        " may judge. 0: it does not ask.",
        ge=0,
        le=720,
    )

    # object store
    store_url: str = _named(
        "ENTANGLED_STORE_URL",
        "",
        "Second home of batches and releases: s3://bucket/prefix or file:///folder. Empty: none.",
        pattern=r"^((s3://|file:///)[^@]+)?$",
    )
    aws_access_key_id: SecretStr | None = _named(
        "AWS_ACCESS_KEY_ID", None, "Key for s3:// (empty: the machine's own role)."
    )
    aws_secret_access_key: SecretStr | None = _named("AWS_SECRET_ACCESS_KEY", None, "Secret of that key.")
    aws_endpoint_url: str = _named("AWS_ENDPOINT_URL", "", "Address of an S3 server that is not Amazon's.")
    aws_region: str = _named("AWS_DEFAULT_REGION", "us-east-1", "Region of the bucket.")

    # Postgres
    publish_postgres: SecretStr | None = _named(
        "ENTANGLED_PUBLISH_POSTGRES",
        None,
        "Postgres that serves each release, as an owner of its database: postgresql://user:password@host/database.",
    )

    bi_postgres: SecretStr | None = _named(
        "ENTANGLED_BI_POSTGRES",
        None,
        "Postgres that Superset (`make bi`) reads in place of the files, as a reader: a member of entangled_reader.",
    )

    query_seconds: float = _named(
        "ENTANGLED_QUERY_SECONDS", 60.0, "Seconds that a query of `make query` may take.", gt=0
    )

    # messages to people
    alerts: SecretStr | None = _named(
        "ENTANGLED_ALERTS",
        None,
        "Who is told when something is wrong: addresses that Apprise takes, with a blank between two. Empty: nobody.",
    )
    release_by: str = _named(
        "ENTANGLED_RELEASE_BY",
        "08:00",
        "Time of day, UTC, by which a release is published or found up to date; later, it is late.",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
    )
    least_free_gb: float = _named(
        "ENTANGLED_LEAST_FREE_GB",
        2.0,
        "Gigabytes of disk that a home needs free; with less, the disk is filling.",
        ge=0,
    )

    # what is told of runs
    lineage: str = _named(
        "ENTANGLED_LINEAGE",
        "file",
        "Where OpenLineage events go: file (below the home), an address that gets them too (http://host:5000), or off.",
        pattern=r"^(file|off|https?://[^@\s?#]+)$",
    )
    lineage_key: SecretStr | None = _named(
        "ENTANGLED_LINEAGE_KEY", None, "Key that the address of ENTANGLED_LINEAGE asks for (a bearer token)."
    )

    metrics: str = _named(
        "ENTANGLED_METRICS",
        "",
        "Where metrics go, ours and Airflow's: a receiver of OpenTelemetry (OTLP over HTTP), http://host:4318.",
        pattern=r"^(https?://[^@\s?#]+)?$",
    )

    # local services
    bind: str = _named("ENTANGLED_BIND", "127.0.0.1", "Address that local services listen on.")
    airflow_port: Port = _named("ENTANGLED_AIRFLOW_PORT", 8080, "Port of the Airflow UI and API.")
    sandbox_port: Port = _named(
        "ENTANGLED_SANDBOX_PORT", 8490, "Port of the sandbox (the local OpenAlex-compatible server)."
    )
    dbt_target: Literal["duckdb", "spark"] = _named(
        "DBT_TARGET", "duckdb", "What the models run on: duckdb, or spark (a cluster, docs/operating/spark.md)."
    )
    spark_master: str = _named(
        "ENTANGLED_SPARK_MASTER", "spark://127.0.0.1:7077", "Spark's master, as `make spark-up` starts one."
    )
    superset_port: Port = _named("ENTANGLED_SUPERSET_PORT", 8088, "Port of Superset (`make bi`).")
    health_port: Port = _named("ENTANGLED_HEALTH_PORT", 8470, "Port of the page of health (`make up`).")

    @field_validator("api_key")
    @classmethod
    def _fit_for_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        """Without the blanks and line ends that copying leaves; the message must not show what stands there."""
        if value is None:
            return None
        key = value.get_secret_value().strip()
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("it holds a character that no key has; copy the key again")
        return SecretStr(key) if key else None

    @field_validator("base_url")
    @classmethod
    def _without_secrets(cls, value: HttpUrl) -> HttpUrl:
        """An address is shown in logs and messages."""
        if value.query or value.fragment or value.username or value.password:
            raise ValueError(
                "an address of the source has no log-in, no `?` and no `#`; the key belongs into OPENALEX_API_KEY"
            )
        return value

    @field_validator("publish_postgres", "bi_postgres")
    @classmethod
    def _address_of_a_database(cls, value: SecretStr | None) -> SecretStr | None:
        """The message must not show what stands there: it holds a password."""
        address = value.get_secret_value().strip() if value else ""
        if not address:
            return None
        try:
            parts = urlsplit(address)
            usable = parts.scheme in ("postgresql", "postgres") and len(parts.path) > 1 and parts.port != 0
            usable = usable and _reads_as_postgres_reads_it(address)
        except ValueError:
            usable = False
        if not usable or not address.isprintable() or " " in address:
            raise ValueError(
                "it is no address of a database; write postgresql://user:password@host:5432/database, with %40 for @, "
                "%2F for / and %25 for % within user and password"
            )
        return SecretStr(address)

    @field_validator("alerts")
    @classmethod
    def _addresses_of_receivers(cls, value: SecretStr | None) -> SecretStr | None:
        """The message must not show what stands there: it holds passwords and tokens."""
        addresses = value.get_secret_value().split() if value else []
        if any(not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://.", address) for address in addresses):
            raise ValueError(
                "it holds something that is no address; write scheme://..., with a blank between two addresses, such "
                "as mailtos://user:password@host?to=you@example.com"
            )
        return SecretStr(" ".join(addresses)) if addresses else None

    @field_validator("home", "extra_lists")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        try:
            return value.expanduser().resolve() if value is not None else None
        except RuntimeError:
            raise ValueError(f"{value}: there is no such user; write the whole path") from None

    @field_validator("home", "extra_lists")
    @classmethod
    def _readable_by_duckdb(cls, value: Path | None) -> Path | None:
        if value is not None and re.search(r"[\\\n\r]", str(value)):
            raise ValueError(f"{str(value)!r} holds a backslash or a line break, which DuckDB does not take in paths")
        return value

    @field_validator("memory_limit")
    @classmethod
    def _size(cls, value: str) -> str:
        size = _bytes(value)
        if size is None:
            raise ValueError(f"`{value}` is no size; write 2GB or 500MB")
        if size < _LEAST_MEMORY_BYTES:
            raise ValueError(f"`{value}` is too little to build anything; give it 100MB or more")
        return value.strip()

    @property
    def memory_bytes(self) -> int:
        """The memory limit as a number."""
        return int(_bytes(self.memory_limit) or 0)

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
    def affiliations(self) -> Path:
        """`affiliations/part=<ulid>/`: listed bodies that the addresses of the typed zone name."""
        return self.home / "affiliations"

    @property
    def resolved_scope_file(self) -> Path:
        """The scope as the ingest resolved it, for the stages after it."""
        return self.home / "scope.json"

    @property
    def warehouse_file(self) -> Path:
        """The dbt build file. Disposable; readers use a release instead."""
        return self.home / "warehouse" / "warehouse.duckdb"

    @property
    def warehouse_lock(self) -> Path:
        """Held by whoever touches the warehouse file, or replaces what a build reads."""
        return self.locks_dir / "warehouse.lock"

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
    def superset_home(self) -> Path:
        """What Superset keeps: its metadata, its secrets, its logs. Made again by `make bi`."""
        return self.home / "superset"

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
    """Read the settings once; tell of names that are no settings, and exempt loopback from the environment's proxies.

    Raises:
        SettingsError: a value cannot be used; the message names the setting, the value's fault and `.env.example`.
    """
    try:
        _refuse_unusable_file()
        _tell_unknown_names()
        settings = Settings()
    except UnicodeDecodeError:
        raise SettingsError(
            "the settings cannot be read: they are no UTF-8 text",
            where=str(_env_file()),
            fix="save it as UTF-8",
        ) from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'settings'}: {fault['msg']}" for fault in error.errors()
        ).replace("Value error, ", "")
        raise SettingsError(
            what=f"a setting cannot be used: {faults}",
            where="the environment or .env",
            fix="correct it; .env.example describes every setting",
        ) from None
    # whatever library asks in this process, and in those that it starts
    os.environ.update(exemptions(os.environ, settings.bind))
    return settings


def _refuse_unusable_file() -> None:
    """A file that is named must be there; one that is there must be readable, every line of it."""
    file = _env_file()
    is_named = bool(os.environ.get(_ENV_FILE))
    if not file.exists() and not is_named:
        return
    try:
        with file.open(encoding="utf-8") as lines:
            unread = next((one.original for one in parse_stream(lines) if one.error), None)
    except OSError as error:
        raise SettingsError(
            f"the settings cannot be read: {error.strerror}",
            where=f"{file}, which {_ENV_FILE} names" if is_named else str(file),
            fix="name a file that is there" if is_named else "make it readable for you, or remove it",
        ) from None
    if unread is not None:
        # empty lines before a statement are part of it. The line itself may hold a key
        empty = len(unread.string) - len(unread.string.lstrip("\n"))
        raise SettingsError(
            f"line {unread.line + empty} is no setting",
            where=str(file),
            fix="write NAME=value, or begin a comment with #",
        )


def unknown_names() -> dict[str, str]:
    """Names in the environment and `.env` that look like settings and are none -> the settings nearest to each."""
    known = {str(name) for field in Settings.model_fields.values() for name in _names(field.validation_alias)}
    given = {name.upper() for name in (*os.environ, *dotenv_values(_env_file()))}
    # what they begin with alike makes no two names near
    endings = {name.split("_", 1)[1]: name for name in known}
    return {
        name: " or ".join(endings[near] for near in get_close_matches(name.split("_", 1)[1], endings, n=2, cutoff=0.7))
        for name in sorted(given - known - {_ENV_FILE})
        if _looks_like_ours(name) and not name.startswith(_HANDED_ON)
    }


def _looks_like_ours(name: str) -> bool:
    """Also when the slip of the pen is in its beginning."""
    beginning, underscore, _ = name.partition("_")
    return bool(underscore) and bool(get_close_matches(f"{beginning}_", _OURS, n=1, cutoff=0.85))


def _names(alias: object) -> list[object]:
    return list(alias.choices) if isinstance(alias, AliasChoices) else []


def _tell_unknown_names() -> None:
    told = os.environ.get(_TOLD, "").split(",")
    unknown = unknown_names()
    for name, near_names in unknown.items():
        if name in told:
            continue
        near = f"did you mean {near_names}?" if near_names else ".env.example lists the settings"
        near = _FORMER.get(name, near)
        log.warning("warning: %s is no setting and changes nothing; %s", name, near)
    if unknown:
        os.environ[_TOLD] = ",".join(unknown)


def serve_nobody(settings: Settings) -> Settings:
    """Settings for checks, which run the pipeline on invented works: this process and those that it starts publish into
    no Postgres and no object store and tell nobody, neither lineage nor metrics, whatever environment and `.env` name.
    Of `.env` only what is of the machine stays.
    """
    for name in [name for name in os.environ if name.upper() in _SERVERS]:
        del os.environ[name]
    kept = {"ENTANGLED_MEMORY_LIMIT": settings.memory_limit, "ENTANGLED_THREADS": str(settings.threads)}
    os.environ.update({**kept, "ENTANGLED_LINEAGE": "off", "ENTANGLED_BIND": settings.bind, _ENV_FILE: os.devnull})
    nobody = {"publish_postgres": None, "bi_postgres": None, "store_url": "", "alerts": None}
    return settings.model_copy(update={**nobody, "lineage": "off", "lineage_key": None, "metrics": ""})


def child_environment(**changes: str) -> dict[str, str]:
    """The environment for a child process: this one's with `changes`, loopback exempt from proxies, text as UTF-8.

    What a user has set for an Airflow, a dbt or a Python of their own, and proxies that no client speaks to, stay out.
    """
    own = {name: value for name, value in without_unusable(os.environ).items() if not _FOREIGN.fullmatch(name)}
    return {**own, **exemptions(own), "PYTHONUTF8": "1", **changes}


def bare_environment(**changes: str) -> dict[str, str]:
    """The environment for a program that only shows: what is of the machine, with `changes`, and no setting of ours.

    So no password, key or address that somebody has set for another purpose gets there.
    """
    kept = {name: value for name, value in os.environ.items() if _OF_THE_MACHINE.fullmatch(name)}
    return {**kept, "PYTHONUTF8": "1", **changes}
