"""Corruptions of the candidate: of its files before and after the audit, and of the releases beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import yaml

from include.common.clock import utc_now
from include.common.sql import quoted, read_parquet
from include.contracts.candidate import Lineage, Verdict
from include.contracts.release import Release
from include.pipeline.corruptions.bench import Bench, both, candidate, lineage
from include.pipeline.corruptions.row import Corruption, Group, Make

_row, _audited = Group("candidate", "exported"), Group("candidate", "audited")


def _releases(bench: Bench) -> Path:
    return bench.lane.home / "releases"


def _edit_text(name: str, old: str, new: str) -> Make:
    def make(bench: Bench) -> None:
        file = bench.build / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    return make


def _remove(name: str) -> Make:
    return lambda bench: (bench.build / name).unlink()


def _append_row(bench: Bench) -> None:
    file = bench.build / "reference" / "military_list_membership.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-5]), encoding="utf-8")


def _wipe_results(bench: Bench) -> None:
    file = bench.build / "audit" / "mart_ops_quality_results.parquet"
    aside = file.with_suffix(".aside")
    with duckdb.connect() as db:
        db.execute(
            f"copy (select * replace (true as passed) from {read_parquet(file)} where check_id not like '%warn') "
            f"to {quoted(aside)} (format parquet)"
        )
    aside.replace(file)


def _add_file(bench: Bench) -> None:
    marts = bench.build / "marts"
    shutil.copyfile(marts / "dim_day.parquet", marts / "mart_of_ones_own.parquet")


def _unaudited(bench: Bench) -> None:
    (bench.build / "verdict.json").unlink()


def _verdict(**update: object) -> Make:
    def make(bench: Bench) -> None:
        file = bench.build / "verdict.json"
        told = json.loads(file.read_text())
        file.write_text(json.dumps({**told, **update}, indent=2))

    return make


def _passed_by_hand(bench: Bench) -> None:
    """A candidate that the audit refuses, and a verdict that was edited and sealed again."""
    candidate("mart_headline_figures", "select * replace (computed_value * 2 as computed_value) from it")(bench)
    bench.lane.attempt("include.audit", "--run", bench.run_id)
    bench.lane.attempt("include.report", "--run", bench.run_id)
    file = bench.build / "verdict.json"
    told = Verdict.load(file)
    checks = tuple(check.model_copy(update={"passed": True}) for check in told.checks)
    told.model_copy(update={"passed": True, "checks": checks}).save(file)


def _anothers_verdict(bench: Bench) -> None:
    other = next(
        each for each in (bench.lane.home / "build").glob("*/verdict.json") if each.parent.name != bench.run_id
    )
    shutil.copyfile(other, bench.build / "verdict.json")


def _older_candidate(bench: Bench) -> None:
    """The candidate takes the place of one that is older than what readers have."""
    newest = Release.load(_releases(bench) / "current" / "release.json")
    file = _releases(bench) / newest.release_id / "release.json"
    Release.load(file).model_copy(update={"built_at": utc_now()}).save(file)


def _another_scope(bench: Bench) -> None:
    scope = yaml.safe_load(bench.lane.scope.read_text())
    bench.lane.scope.write_text(yaml.safe_dump({**scope, "years": {"from": 2018, "to": "today"}}))
    bench.lane.attempt("include.openalex", "scope")


def _foreign_current(bench: Bench) -> None:
    """`current` is a release of real data, newer than all of this source."""
    releases = _releases(bench)
    newest = Release.load(releases / "current" / "release.json")
    copy = releases / "20990101T000000Z-foreign"
    shutil.copytree(releases / newest.release_id, copy)
    update = {
        "release_id": copy.name,
        "data_origin": "openalex",
        "source": "https://api.openalex.org",
        "scope_id": "another",
    }
    newest.model_copy(update=update).save(copy / "release.json")
    (releases / "current").unlink()
    (releases / "current").symlink_to(copy.name)


def _torn_baseline(bench: Bench) -> None:
    newest = Release.load(_releases(bench) / "current" / "release.json")
    file = _releases(bench) / newest.release_id / "parquet" / "fct_work_funding.parquet"
    file.write_bytes(file.read_bytes()[:-100])


def _lost_marks(bench: Bench) -> None:
    def without(told: Lineage) -> dict[str, object]:
        tables = (
            table.model_copy(update={"description": table.description.split(": ", 1)[-1]}) for table in told.tables
        )
        return {"tables": tuple(tables)}

    lineage(without)(bench)


# the same movement in facts and marts alike, as a source brings it: only a comparison with the last release sees it
_FUNDER_GONE = both(
    candidate("fct_work_funding", "from it where funder_id != '{top_funder}'"),
    candidate("mart_funding_sources", "from it where coalesce(funder_id, '') != '{top_funder}'"),
)

CANDIDATE: tuple[Corruption, ...] = (
    _row(
        "candidate_figures_doubled",
        "The study's figures are doubled in the exported file; its digest is the old one.",
        "gate 3",
        "files_as_exported",
        candidate(
            "mart_headline_figures",
            "select * replace (computed_value * 2 as computed_value) from it",
            lineage_agrees=False,
        ),
    ),
    _row(
        "candidate_figures_doubled_and_told",
        "The study's figures are doubled in the exported file, and its digest fits.",
        "gate 3",
        "headline_figures_recounted",
        candidate("mart_headline_figures", "select * replace (computed_value * 2 as computed_value) from it"),
    ),
    _row(
        "candidate_mart_lost",
        "A table's file is gone.",
        "gate 3",
        "files_as_exported",
        _remove("marts/mart_funding_sources.parquet"),
    ),
    _row(
        "candidate_mart_untold",
        "A table is gone from the files and from the lineage.",
        "gate 3",
        "tables_are_covered",
        both(
            _remove("marts/mart_military_funding.parquet"),
            lineage(
                lambda told: {"tables": tuple(table for table in told.tables if table.name != "mart_military_funding")}
            ),
        ),
    ),
    _row(
        "candidate_column_lost",
        "A column is gone from a table.",
        "gate 3",
        "mart_funding_sources_consistent",
        candidate("mart_funding_sources", "select * exclude (share_of_papers_with_funding) from it"),
    ),
    _row(
        "candidate_columns_exchanged",
        "Two counts of a table have each other's names.",
        "gate 3",
        "funding_sources_recounted",
        candidate(
            "mart_funding_sources",
            "select * replace (joint_papers as papers_with_funding, papers_with_funding as joint_papers) from it",
        ),
    ),
    _row(
        "candidate_reference_changed",
        "The reference tables beside the candidate are not those that it was built with.",
        "gate 3",
        "reference_as_built",
        _append_row,
    ),
    _row(
        "candidate_counts_of_works_changed",
        "The lineage tells of fewer records put aside.",
        "gate 3",
        "works_reconcile",
        lineage(lambda told: {"works_quarantined": told.works_quarantined + 1}),
    ),
    _row(
        "candidate_batch_untold",
        "The lineage leaves a batch out.",
        "gate 3",
        "batches_as_told",
        lineage(lambda told: {"batches": told.batches[1:]}),
    ),
    _row(
        "candidate_another_origin",
        "The lineage says that the data is real.",
        "gate 3",
        "origin_unmixed",
        lineage(lambda told: {"data_origin": "openalex"}),
    ),
    _row(
        "candidate_mark_gone",
        "The descriptions do not say any more that the data is invented.",
        "publish",
        "SYNTHETIC",
        _lost_marks,
    ),
    _row(
        "candidate_beside_foreign_current",
        "The top funder's links are gone, and `current` is a release of another source and scope.",
        "gate 3",
        "funding_by_funder_stable_fail",
        both(_foreign_current, _FUNDER_GONE),
    ),
    _row(
        "candidate_beside_torn_release",
        "The top funder's links are gone, and the last release is torn.",
        "gate 3",
        "funding_by_funder_stable_fail",
        both(_torn_baseline, _FUNDER_GONE),
    ),
    _audited(
        "candidate_unaudited",
        "The candidate was not audited.",
        "publish",
        "has not been audited",
        _unaudited,
    ),
    _audited(
        "candidate_verdict_edited",
        "The verdict of a refused candidate was edited by hand, and its seal made anew.",
        "publish",
        "is not what its audit found",
        _passed_by_hand,
    ),
    _audited(
        "candidate_verdict_edited_unsealed",
        "A verdict was edited, and its seal is the old one.",
        "publish",
        "was changed after it was written",
        _verdict(compared_with=None),
    ),
    _audited(
        "candidate_verdict_of_another",
        "The verdict is another run's.",
        "publish",
        "has the verdict of run",
        _anothers_verdict,
    ),
    _audited(
        "candidate_mart_changed_after_audit",
        "A table was changed after the audit.",
        "publish",
        "is not the one that was audited",
        candidate("mart_headline_figures", "select * replace (computed_value * 2 as computed_value) from it"),
    ),
    _audited(
        "candidate_report_changed",
        "The page was changed after it was written.",
        "publish",
        "is not the one that was audited",
        _edit_text("report/index.html", "SYNTHETIC", "REAL"),
    ),
    _audited(
        "candidate_docs_lost",
        "The Data Docs are gone.",
        "publish",
        "has no data_docs",
        lambda bench: shutil.rmtree(bench.build / "data_docs"),
    ),
    _audited(
        "candidate_results_changed",
        "The table of results says that all is well.",
        "publish",
        "is not the one that was audited",
        _wipe_results,
    ),
    _audited(
        "candidate_file_added",
        "A table lies beside those of the candidate.",
        "publish",
        "was added",
        _add_file,
    ),
    _audited(
        "candidate_older_than_current",
        "The candidate was built before the one that readers have.",
        "publish",
        "do not go back",
        _older_candidate,
    ),
    _audited(
        "candidate_of_another_scope",
        "The home is of another scope than the candidate.",
        "publish",
        "and this home is of",
        _another_scope,
    ),
)
