"""Runs as events of OpenLineage: each a START and an end, told after the fact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    RunFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    documentation_dataset,
    execution_parameters_run,
    job_type_job,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
)

from include.contracts.batch import Check
from include.lineage.names import NAMESPACE, PRODUCER, Parent

if TYPE_CHECKING:
    from include.lineage.columns import Made


@dataclass(frozen=True)
class Told:
    """One run of a job: what it read and wrote, and what it belongs to. `root` is what its parent belongs to."""

    job: str
    run_id: str
    started_at: datetime
    ended_at: datetime
    inputs: Sequence[InputDataset] = ()
    outputs: Sequence[OutputDataset] = ()
    parent: Parent | None = None
    root: Parent | None = None
    facets: dict[str, RunFacet] = field(default_factory=dict)
    kind: str = "STAGE"
    integration: str = "ENTANGLED"
    failed: bool = False


def events_of(told: Told) -> list[RunEvent]:
    """The START of a run, which says what it belongs to, and its end, which says all."""
    facets = dict(told.facets)
    if told.parent is not None:
        facets["parent"] = _parent(told.parent, told.root or told.parent)
    run = Run(runId=told.run_id, facets=facets)
    job = Job(
        namespace=NAMESPACE,
        name=told.job,
        facets={
            "jobType": job_type_job.JobTypeJobFacet(
                processingType="BATCH", integration=told.integration, jobType=told.kind
            )
        },
    )
    begun = RunEvent(
        eventType=RunState.START, eventTime=told.started_at.isoformat(), run=run, job=job, producer=PRODUCER
    )
    ended = RunEvent(
        eventType=RunState.FAIL if told.failed else RunState.COMPLETE,
        eventTime=told.ended_at.isoformat(),
        run=run,
        job=job,
        producer=PRODUCER,
        inputs=list(told.inputs),
        # what a failed run wrote is nothing that anybody reads
        outputs=[] if told.failed else list(told.outputs),
    )
    return [begun, ended]


def _parent(parent: Parent, root: Parent) -> parent_run.ParentRunFacet:
    return parent_run.ParentRunFacet(
        run=parent_run.Run(runId=parent.run_id),
        job=parent_run.Job(namespace=NAMESPACE, name=parent.job),
        root=parent_run.Root(
            run=parent_run.RootRun(runId=root.run_id), job=parent_run.RootJob(namespace=NAMESPACE, name=root.job)
        ),
    )


def read(name: str, *, namespace: str = NAMESPACE, version: str = "", checks: Sequence[Check] = ()) -> InputDataset:
    """A dataset that a run read, with the checks that it had passed before."""
    facets: dict[str, InputDatasetFacet] = {}
    if checks:
        facets["dataQualityAssertions"] = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
            assertions=[
                data_quality_assertions_dataset.Assertion(
                    assertion=check.check_id,
                    success=check.passed,
                    severity="error" if check.severity == "fail" else "warn",
                )
                for check in checks
                if check.was_made
            ]
        )
    return InputDataset(namespace=namespace, name=name, facets=_version(version), inputFacets=facets)


def written(
    name: str,
    *,
    namespace: str = NAMESPACE,
    rows: int | None = None,
    files: int | None = None,
    version: str = "",
    description: str = "",
    columns: Sequence[tuple[str, str, str]] = (),
    made_of: Made | None = None,
) -> OutputDataset:
    """A dataset that a run wrote.

    `columns`: name, type and description of each. `made_of`: what columns its columns are made of.
    """
    facets = _version(version)
    if made_of is not None:
        facets["columnLineage"] = _column_lineage(namespace, made_of)
    if description:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(description=description)
    if columns:
        facets["schema"] = schema_dataset.SchemaDatasetFacet(
            fields=[
                schema_dataset.SchemaDatasetFacetFields(name=column, type=its_type, description=text)
                for column, its_type, text in columns
            ]
        )
    statistics: dict[str, OutputDatasetFacet] = {}
    if rows is not None:
        statistics["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=rows, fileCount=files
        )
    return OutputDataset(namespace=namespace, name=name, facets=facets, outputFacets=statistics)


def _column_lineage(namespace: str, made: Made) -> column_lineage_dataset.ColumnLineageDatasetFacet:
    def fields(origins: Iterable[tuple[str, str]]) -> list[column_lineage_dataset.InputField]:
        return [
            column_lineage_dataset.InputField(namespace=namespace, name=dataset, field=column)
            for dataset, column in origins
        ]

    return column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={
            column: column_lineage_dataset.Fields(inputFields=fields(origins))
            for column, origins in made.columns.items()
        },
        dataset=fields(made.decided_by),
    )


def _version(version: str) -> dict[str, DatasetFacet]:
    if not version:
        return {}
    return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=version)}


def parameters(**values: object) -> dict[str, RunFacet]:
    """Figures and versions of a run, as the facet that any reader of OpenLineage shows."""
    return {
        "executionParameters": execution_parameters_run.ExecutionParametersRunFacet(
            parameters=[
                execution_parameters_run.ExecutionParameter(key=name, value=str(value))
                for name, value in values.items()
                if value is not None
            ]
        )
    }
