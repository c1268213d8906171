"""Great Expectations judges the metrics and documents what it judged.

One pandas frame of one row a group of checks, one column a check (Great Expectations cannot run on DuckDB itself:
great_expectations#10738). A check without a number fails: an expectation on the largest value refuses an empty column.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.audit.metrics import Metric

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

SITE = "gate_3"


def judge(metrics: Sequence[Metric], docs: Path) -> dict[str, bool]:
    """Check id -> passed, for every metric that is not skipped; writes Data Docs to `docs`."""
    # it tells hundreds of things about itself while it is imported
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    import pandas as pd

    context = _context(docs)
    source = context.data_sources.add_pandas("metrics")
    outcomes: dict[str, bool] = {}
    judged = [metric for metric in metrics if not metric.skipped]
    for group in dict.fromkeys(metric.check.group for metric in judged):
        members = [metric for metric in judged if metric.check.group == group]
        frame = pd.DataFrame([{metric.check.check_id: metric.value for metric in members}], dtype="float64")
        batch = source.add_dataframe_asset(name=group).add_batch_definition_whole_dataframe("candidate")
        suite = context.suites.add(
            gx.ExpectationSuite(name=group, expectations=[_expectation(metric) for metric in members])
        )
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=group, data=batch, suite=suite))
        checkpoint = context.checkpoints.add(gx.Checkpoint(name=group, validation_definitions=[definition]))
        outcomes |= _outcomes(checkpoint.run(batch_parameters={"dataframe": frame}))
    # once: as an action of a checkpoint it writes the pages of all groups again. The index is ours (docs.py)
    context.build_data_docs(site_names=[SITE], build_index=False)
    return outcomes


def _context(docs: Path) -> EphemeralDataContext:
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            data_docs_sites={SITE: site},
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def _expectation(metric: Metric) -> Any:
    import great_expectations as gx

    check = metric.check
    is_floor = check.at_least is not None
    return gx.expectations.ExpectColumnMaxToBeBetween(
        column=check.check_id,
        min_value=check.at_least,
        max_value=None if is_floor else 0,
        severity="critical" if check.severity == "fail" else "warning",
        description=check.sentence,
        notes=f"Table: {check.table}. Expected: {check.expected}. Observed: {metric.observed}.",
        meta={"check_id": check.check_id},
    )


def _outcomes(result: Any) -> dict[str, bool]:
    return {
        outcome.expectation_config.meta["check_id"]: bool(outcome.success)
        for validation in result.run_results.values()
        for outcome in validation.results
    }
