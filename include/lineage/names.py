"""Names in events: a thing has the same one in every run, and no name holds a path of this machine or a log-in."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from include.contracts.batch import BatchManifest

# of jobs and of what lies in a home; Airflow's own events have it too (AIRFLOW__OPENLINEAGE__NAMESPACE)
NAMESPACE = "entangled"
PRODUCER = "urn:entangled"

BUILD = "build"


@dataclass(frozen=True)
class Parent:
    """The run that what is told belongs to: a DAG run, or a run from the command line."""

    job: str
    run_id: str


def run_uuid(job: str, which: str) -> str:
    """The id of a run of `job`. The same run has the same id however often it is told."""
    return str(uuid5(NAMESPACE_URL, f"{PRODUCER}:{job}:{which}"))


def build_uuid(invocation_id: str) -> str:
    """The id of a build: dbt's own for its invocation, which is a UUID."""
    try:
        return str(UUID(invocation_id))
    except ValueError:
        return run_uuid(BUILD, invocation_id)


def source_of(manifest: BatchManifest) -> tuple[str, str]:
    """Namespace and name of the part of the source that a batch was swept from: a window of an address or a bucket.

    A folder of this machine is called `snapshot`: its path says who works here.
    """
    parts = urlsplit(manifest.source)
    namespace = "snapshot"
    if parts.scheme and parts.netloc:
        namespace = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
    return namespace, f"{manifest.entity}/{manifest.window.window_id}"


def raw_batch(entity: str, batch_id: str) -> str:
    """A raw batch, by its folder in the home."""
    return f"raw/{entity}/batch={batch_id}"


def typed_batch(batch_id: str) -> str:
    """A typed batch, by its folder in the home."""
    return f"typed/batch={batch_id}"


def dbt_source(source: str, table: str) -> str:
    """A source of the dbt project: `typed/works`, `reference/countries`."""
    return f"{source}/{table}"


def warehouse_table(schema: str, table: str) -> str:
    """A table that dbt builds."""
    return f"warehouse/{schema}.{table}"


def candidate_table(table: str) -> str:
    """A mart as it was exported; the version of the dataset is the run."""
    return f"candidate/{table}"


def release_table(table: str) -> str:
    """A published table; the version of the dataset is the release."""
    return f"published/{table}"


def postgres_table(where: str, table: str) -> tuple[str, str]:
    """Namespace and name of a table that Postgres serves. `where` is an address without a log-in."""
    parts = urlsplit(where)
    return f"postgres://{parts.netloc or 'socket'}", f"{parts.path.strip('/')}.marts.{table}"
