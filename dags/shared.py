"""What the DAGs share: owner and retries, assets, and which errors are worth a retry. Holds no DAG."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule

# a new batch lies in the typed zone; the event's extra says how many
OPENALEX_BATCHES = Asset(name="openalex_batches", uri="entangled://typed/batches")
# `releases/current` points at a new release; the event's extra says which
WAREHOUSE_RELEASE = Asset(name="warehouse_release", uri="entangled://releases/current")

OPENALEX_POOL = "openalex_api"
WAREHOUSE_POOL = "warehouse_writer"

_ERRORS = "include.common.errors"
# what a second try cannot mend: a person has to change a setting, a file or the code, or accept a check
_NEEDS_A_PERSON = RetryRule(
    exception=[
        f"{_ERRORS}.SettingsError",
        f"{_ERRORS}.ContractError",
        f"{_ERRORS}.StorageError",
        f"{_ERRORS}.GateFailed",
    ],
    action=RetryAction.FAIL,
    reason="a person has to act first; the message says what to do",
)

RETRY_STAGE = ExceptionRetryPolicy(rules=[_NEEDS_A_PERSON])

_SOURCE = "include.openalex.errors"
RETRY_SOURCE = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[f"{_SOURCE}.PlanRequired", f"{_SOURCE}.Unauthorised", f"{_SOURCE}.BadRequest"],
            action=RetryAction.FAIL,
            reason="the source will refuse this again",
        ),
        RetryRule(
            exception=f"{_SOURCE}.Throttled",
            action=RetryAction.RETRY,
            retry_delay=timedelta(minutes=2),
            reason="the source asks to slow down",
        ),
        RetryRule(
            exception=[f"{_SOURCE}.UpstreamTimeout", f"{_SOURCE}.Unreachable"],
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=20),
            reason="the network or the source may be back soon",
        ),
        _NEEDS_A_PERSON,
    ]
)

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "entangled",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_policy": RETRY_STAGE,
}
