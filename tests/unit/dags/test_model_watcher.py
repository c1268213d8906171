"""A task of a model never builds: what Cosmos would do about a build that is gone, ours says instead."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from cosmos.operators._watcher.base import BaseConsumerSensor
from cosmos.operators.watcher import DbtRunWatcherOperator

from dags.model_watcher import ModelWatcher

FALLBACK = "_fallback_to_non_watcher_run"


@pytest.fixture
def watcher() -> Any:
    made = ModelWatcher.__new__(ModelWatcher)
    producer = "transform.dbt_producer_watcher"
    made.__dict__.update(model_unique_id="model.entangled.fct_works", producer_task_id=producer)
    return made


def test_cosmos_still_calls_what_we_override() -> None:
    """A Cosmos that renames it would build again, dozens of times and with nobody told."""
    assert FALLBACK in vars(BaseConsumerSensor) and FALLBACK in vars(ModelWatcher)
    theirs, ours = (inspect.signature(getattr(one, FALLBACK)) for one in (BaseConsumerSensor, ModelWatcher))
    assert list(theirs.parameters) == list(ours.parameters)


def test_nothing_else_in_cosmos_makes_a_task_of_a_model_build() -> None:
    for owner in (BaseConsumerSensor, DbtRunWatcherOperator):
        building = {
            name
            for name, member in vars(owner).items()
            if inspect.isfunction(member) and "build_and_run_cmd(" in inspect.getsource(member)
        }
        assert building <= {FALLBACK}


@pytest.mark.parametrize("state", ["success", "failed", "skipped"])
def test_a_task_that_is_tried_again_after_its_build_fails_with_a_sentence(watcher: Any, state: str) -> None:
    with pytest.raises(AirflowFailException, match=r"ended before model\.entangled\.fct_works"):
        watcher._handle_retry(2, state, {})


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_a_task_whose_build_ended_before_its_model_fails_with_a_sentence(watcher: Any, state: str) -> None:
    with pytest.raises(AirflowFailException, match="start a new run of build_warehouse"):
        watcher._handle_no_dbt_node_status(state, 1, {})
