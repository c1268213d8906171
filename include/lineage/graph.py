"""The graph that events make: which run wrote a dataset, and what it had read; and the way back from a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openlineage.client.serde import Serde

from include.common.errors import ContractError, EntangledError
from include.contracts.batch import BatchManifest
from include.contracts.release import RECORD, Release
from include.contracts.typed import TypedManifest
from include.lineage.events import events_of
from include.lineage.names import BUILD, NAMESPACE, release_table, typed_batch, warehouse_table
from include.lineage.stages import flattening, sweep
from include.lineage.transport import FILES, lineage_folder
from include.settings import Settings

# namespace and name
Dataset = tuple[str, str]
# name of a dataset, and column
Column = tuple[str, str]
_ENDED = ("COMPLETE", "FAIL")


@dataclass(frozen=True)
class Node:
    """A run that has ended, as its last event tells it. `build`: the id of the build that it belongs to, if to any."""

    job: str
    run_id: str
    ended_at: str
    build: str
    inputs: tuple[Dataset, ...]
    outputs: tuple[Dataset, ...]
    versions: Mapping[Dataset, str] = field(default_factory=dict)
    rows: Mapping[Dataset, int] = field(default_factory=dict)
    made_of: Mapping[Column, tuple[Column, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """All that a table comes from: runs, and from which dataset to which they lead."""

    runs: tuple[Node, ...]
    datasets: frozenset[Dataset]
    edges: frozenset[tuple[Dataset, Dataset]]

    def names(self, start: str) -> set[str]:
        """Names of the datasets whose name starts so."""
        return {name for _, name in self.datasets if name.startswith(start)}

    @property
    def sources(self) -> set[Dataset]:
        """What lies outside the home: windows of the source."""
        return {one for one in self.datasets if one[0] != NAMESPACE}


class Graph:
    """Events as a graph. Of events of one run the last counts."""

    def __init__(self, events: Iterable[Mapping[str, Any]]) -> None:
        runs = {event["run"]["runId"]: _node(event) for event in events if event.get("eventType") in _ENDED}
        self.runs = list(runs.values())
        self._writers: dict[Dataset, list[Node]] = {}
        for run in self.runs:
            for dataset in run.outputs:
                self._writers.setdefault(dataset, []).append(run)

    @classmethod
    def of_home(cls, settings: Settings) -> Graph:
        """From the events in the files of a home, whoever has told them."""
        return cls(events_in(settings))

    def writers(self, dataset: Dataset, build: str = "", version: str = "") -> list[Node]:
        """The runs that wrote it: those of that build or of that version, else the last one of each job."""
        found = self._writers.get(dataset, [])
        if version and (exact := [run for run in found if run.versions.get(dataset) == version]):
            found = exact
        if build and (exact := [run for run in found if run.build == build]):
            found = exact
        last: dict[str, Node] = {}
        for run in found:
            if run.job not in last or last[run.job].ended_at <= run.ended_at:
                last[run.job] = run
        return list(last.values())

    def back_from(self, table: str, release_id: str) -> Way:
        """All that a table of a release comes from.

        Raises:
            EntangledError: no event tells of it.
        """
        start = (NAMESPACE, release_table(table))
        first = self.writers(start, version=release_id)
        if not first:
            raise EntangledError(
                f"no event tells of {table} in release {release_id}",
                where="lineage/",
                fix="ENTANGLED_LINEAGE may have been off when it was published; the next release is told",
            )
        runs: dict[str, Node] = {}
        datasets, edges, waiting = {start}, set(), [(start, run) for run in first]
        while waiting:
            dataset, run = waiting.pop()
            edges |= {(one, dataset) for one in run.inputs}
            if run.run_id in runs:
                continue
            runs[run.run_id] = run
            for one in run.inputs:
                datasets.add(one)
                waiting += [(one, writer) for writer in self.writers(one, run.build, run.versions.get(one, ""))]
        return Way(tuple(runs.values()), frozenset(datasets), frozenset(edges))

    def columns_behind(self, table: str, column: str) -> set[Column]:
        """All columns that one of a published table is made of, or that decide on its rows, back to what dbt reads.

        Raises:
            EntangledError: no event tells of it.
        """
        start = (warehouse_table("marts", table), column)
        found, waiting = set[Column](), [start]
        while waiting:
            now = waiting.pop()
            for run in self.writers((NAMESPACE, now[0])):
                further = set(run.made_of.get(now, ())) - found
                found |= further
                waiting += further
        if not found:
            raise EntangledError(
                f"no event tells what {table}.{column} is made of",
                where="lineage/",
                fix="dictionary.html has the names of all columns",
            )
        return found


def current_graph(settings: Settings) -> tuple[Release, Graph]:
    """The current release, and the graph of all events in this home's files.

    Raises:
        EntangledError: there is no release.
    """
    record = settings.releases_dir / "current" / RECORD
    if not record.exists():
        raise EntangledError("there is no release yet", where=str(settings.releases_dir), fix="make demo, or make run")
    release, graph = Release.load(record), Graph.of_home(settings)
    forgotten = [batch for batch in release.batches if not graph.writers((NAMESPACE, typed_batch(batch)))]
    return release, Graph([*events_in(settings), *_of_batches(settings, forgotten)]) if forgotten else graph


def _of_batches(settings: Settings, batches: Iterable[str]) -> Iterator[dict[str, Any]]:
    """What was told of batches once, from the batches themselves: files of events go, and batches stay."""
    for batch in batches:
        try:
            typed = TypedManifest.load(settings.typed_zone / f"batch={batch}" / "_typed.json")
            raw = BatchManifest.load(settings.raw_zone / typed.entity / f"batch={batch}" / "_manifest.json")
        except ContractError:
            continue
        for told in (sweep(raw, None), flattening(typed, raw, None)):
            yield from map(Serde.to_dict, events_of(told))


def events_in(settings: Settings) -> Iterator[dict[str, Any]]:
    """The events in the files of a home, oldest first. A line that a full disk has cut short is left out."""
    for file in sorted(lineage_folder(settings.home).glob(FILES)):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue


def _node(event: Mapping[str, Any]) -> Node:
    parent = event["run"].get("facets", {}).get("parent", {})
    is_build = event["job"]["name"] == BUILD
    in_build = parent.get("job", {}).get("name") == BUILD
    inputs, outputs = event.get("inputs") or (), event.get("outputs") or ()
    return Node(
        job=event["job"]["name"],
        run_id=event["run"]["runId"],
        ended_at=event["eventTime"],
        build=event["run"]["runId"] if is_build else parent["run"]["runId"] if in_build else "",
        inputs=tuple(map(_dataset, inputs)),
        outputs=tuple(map(_dataset, outputs)),
        versions={
            _dataset(one): version
            for one in (*inputs, *outputs)
            if (version := (one.get("facets") or {}).get("version", {}).get("datasetVersion"))
        },
        rows={
            _dataset(one): rows
            for one in outputs
            if (rows := (one.get("outputFacets") or {}).get("outputStatistics", {}).get("rowCount")) is not None
        },
        made_of={
            (one["name"], column): tuple(
                (origin["name"], origin["field"]) for origin in (*told["inputFields"], *deciding)
            )
            for one in outputs
            if (lineage := (one.get("facets") or {}).get("columnLineage"))
            for deciding in [lineage.get("dataset") or ()]
            for column, told in lineage["fields"].items()
        },
    )


def _dataset(told: Mapping[str, Any]) -> Dataset:
    return told["namespace"], told["name"]
