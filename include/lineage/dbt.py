"""A `dbt build` from the artifacts that it leaves: which model read which tables, when, and how it ended.

Not by the processor of openlineage-integration-common: it names a dataset by the path of the warehouse file, takes
models that dbt inlines for tables that nobody writes, makes up new run ids each time, and puts whole queries with
their paths into the events (docs/DECISIONS.md, 4d).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from include.lineage.events import Told, parameters, read, written
from include.lineage.names import BUILD, Parent, build_uuid, dbt_source, run_uuid, warehouse_table

if TYPE_CHECKING:
    from include.lineage.columns import Made

_BROKEN = ("error", "fail", "runtime error", "partial success")


@dataclass(frozen=True)
class DbtBuild:
    """The last build: `manifest.json` and `run_results.json` of dbt's target folder."""

    manifest: dict[str, Any]
    results: dict[str, Any]
    notes: Path

    @classmethod
    def in_folder(cls, target: Path, notes: Path) -> DbtBuild | None:
        """None when there is none, or dbt was stopped while it wrote. `notes`: what was read of columns before."""
        try:
            results = orjson.loads((target / "run_results.json").read_bytes())
            manifest = orjson.loads((target / "manifest.json").read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return None
        return cls(manifest, results, notes) if results.get("args", {}).get("which") == "build" else None

    @property
    def invocation_id(self) -> str:
        """dbt's own name of it."""
        return str(self.results["metadata"]["invocation_id"])

    @property
    def started_at(self) -> datetime:
        """When dbt began."""
        told = self.results["metadata"]
        return datetime.fromisoformat(told.get("invocation_started_at") or told["generated_at"])

    @property
    def ended_at(self) -> datetime:
        """When it had done all."""
        return datetime.fromisoformat(self.results["metadata"]["generated_at"])

    def runs(self, root: Parent | None) -> Iterator[Told]:
        """The build, and each model that was built in it."""
        build = Parent(BUILD, build_uuid(self.invocation_id))
        yield Told(
            job=BUILD,
            run_id=build.run_id,
            started_at=self.started_at,
            ended_at=self.ended_at,
            parent=root,
            facets=parameters(dbt_version=self.results["metadata"]["dbt_version"], nodes=len(self.results["results"])),
            kind="BUILD",
            failed=any(result["status"] in _BROKEN for result in self.results["results"]),
        )
        for result in self.results["results"]:
            if result["unique_id"].startswith("model.") and result["status"] in ("success", *_BROKEN):
                yield self._model(result, build, root)

    def _model(self, result: dict[str, Any], build: Parent, root: Parent | None) -> Told:
        node = self.manifest["nodes"][result["unique_id"]]
        started_at, ended_at = self._times(result)
        table = warehouse_table(node["schema"], node["alias"])
        return Told(
            job=f"model.{node['name']}",
            run_id=run_uuid(f"model.{node['name']}", build.run_id),
            started_at=started_at,
            ended_at=ended_at,
            inputs=[read(name) for name in self.parents(result["unique_id"])],
            outputs=[
                written(
                    table,
                    description=" ".join(node["description"].split()),
                    made_of=self._made.get(result["unique_id"]),
                )
            ],
            parent=build,
            root=root,
            kind="MODEL",
            integration="DBT",
            failed=result["status"] in _BROKEN,
        )

    def _times(self, result: dict[str, Any]) -> tuple[datetime, datetime]:
        for timing in result["timing"]:
            if timing["name"] == "execute" and timing["started_at"] and timing["completed_at"]:
                return datetime.fromisoformat(timing["started_at"]), datetime.fromisoformat(timing["completed_at"])
        # it failed before it could begin
        return self.ended_at, self.ended_at

    def parents(self, unique_id: str) -> list[str]:
        """Names of the tables that a model reads: what inlined models read stands in their place."""
        return sorted(set(self._tables_behind(unique_id)))

    def _tables_behind(self, unique_id: str) -> Iterator[str]:
        for parent in self.manifest["parent_map"].get(unique_id, ()):
            if parent.startswith("source."):
                source = self.manifest["sources"][parent]
                yield dbt_source(source["source_name"], source["name"])
            elif parent in self._inlined:
                yield from self._tables_behind(parent)
            elif parent.startswith("model."):
                node = self.manifest["nodes"][parent]
                yield warehouse_table(node["schema"], node["alias"])

    @cached_property
    def _made(self) -> dict[str, Made]:
        # only a build that was not told yet needs sqlglot
        from include.lineage.columns import ColumnReader

        return ColumnReader(self.manifest, self.notes).read()

    @cached_property
    def _inlined(self) -> set[str]:
        return {
            name for name, node in self.manifest["nodes"].items() if node["config"].get("materialized") == "ephemeral"
        }
