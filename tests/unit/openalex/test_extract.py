"""A sweep stores what is new or changed, proves itself complete, goes on where it stopped, trusts no empty answer."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from include.common.errors import BusyError, ContractError, EntangledError, GateFailed, StorageError
from include.common.files import only_one
from include.contracts.acceptance import accepted_folder, refusals_in
from include.contracts.batch import BatchManifest
from include.contracts.scope import ResolvedScope
from include.openalex import extract, extract_all, plan
from include.openalex.errors import BudgetExhausted, IncompleteWindow, MixedOrigins, Unauthorised, Unreachable
from include.raw_zone import list_batches, verify
from include.raw_zone.sweeps import last_sweeps
from include.settings import Settings
from tests.shared import accept_newest

pytestmark = pytest.mark.usefixtures("no_pause")

WINDOW = "works-2019"
BUDGET_SPENT = {
    "error": "Rate limit exceeded",
    "message": "Insufficient budget. Resets at midnight UTC.",
    "retryAfter": 9,
}


@pytest.fixture
def works(source: Any, make_work: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
    """250 works of 2019, three pages."""
    source.works = [make_work(number, day=f"2019-{number % 12 + 1:02d}-10") for number in range(1, 251)]
    source.works.sort(key=lambda work: work["publication_date"])
    return source.works


def stored(settings: Settings, manifest: BatchManifest) -> list[dict[str, Any]]:
    """The records of a batch."""
    folder = settings.raw_zone / manifest.entity / f"batch={manifest.batch_id}"
    pages = [gzip.decompress((folder / page.file).read_bytes()) for page in manifest.pages]
    return [orjson.loads(line) for page in pages for line in page.splitlines()]


def test_a_first_sweep_stores_every_record_as_received(settings: Settings, source: Any, works: list[Any]) -> None:
    summary = extract(settings, WINDOW)
    assert (summary.received, summary.stored, summary.unchanged, summary.duplicates) == (250, 250, 0, 0)
    assert (summary.requests, summary.credits) == (3, 3)
    (manifest,) = list_batches(settings)
    assert manifest.batch_id == summary.batch_id
    assert stored(settings, manifest) == works
    assert manifest.data_origin == "synthetic"
    assert manifest.api_generation == "awards"
    assert (manifest.expected, manifest.received, manifest.stored) == (250, 250, 250)
    assert {check.check_id for check in manifest.checks if not check.passed} == set()
    assert verify(settings).problems == ()


def test_a_record_is_stored_byte_for_byte_and_in_one_line(
    settings: Settings, source: Any, answer: Any, make_work: Callable[..., Any]
) -> None:
    odd = (
        b'{"id": "https://openalex.org/W1", "authorships": [],  "fwci": 1.50e0, "display_name": "\\u4e2d \xe6\x96\x87"}'
    )
    wide = b'{\n  "id": "https://openalex.org/W2",\r\n  "authorships": []\n}'
    source.faults.append(answer(body=b'{"meta": {"count": 2}, "results": [' + odd + b"," + wide + b"]}"))
    extract(settings, WINDOW)
    (page,) = settings.raw_zone.glob("works/batch=*/page-*.jsonl.gz")
    lines = gzip.decompress(page.read_bytes()).splitlines()
    assert lines == [odd, b'{"id":"https://openalex.org/W2","authorships":[]}']


def test_a_sweep_without_news_makes_no_batch_but_is_remembered(settings: Settings, source: Any, works: Any) -> None:
    first = extract(settings, WINDOW)
    before = last_sweeps(settings, "works")[WINDOW].swept_at
    summary = extract(settings, WINDOW)
    assert (summary.batch_id, summary.received, summary.unchanged) == (None, 250, 250)
    assert [manifest.batch_id for manifest in list_batches(settings)] == [first.batch_id]
    assert last_sweeps(settings, "works")[WINDOW].swept_at > before
    assert not list(settings.raw_zone.glob("works/.batch=*"))


def test_only_changed_and_new_records_are_stored(
    settings: Settings, source: Any, works: list[Any], make_work: Callable[..., Any]
) -> None:
    extract(settings, WINDOW)
    works[3]["cited_by_count"] = 99
    works[3]["updated_date"] = "2026-11-23T00:00:00"
    works[5]["display_name"] = "Another title"
    works.append(make_work(900, day="2019-12-31"))
    summary = extract(settings, WINDOW)
    assert (summary.received, summary.stored, summary.unchanged) == (251, 2, 249)
    last = list_batches(settings)[-1]
    assert stored(settings, last) == [works[5], works[-1]]
    assert extract(settings, WINDOW).stored == 0


def test_a_work_that_moved_between_windows_is_compared_with_what_it_was(
    settings: Settings, source: Any, works: list[Any]
) -> None:
    extract(settings, WINDOW)
    extract(settings, "works-2020")
    moved = works[-1]
    # another date is other content; back again it must be compared with the latest version, not the first
    moved["publication_date"], moved["publication_year"] = "2020-02-02", 2020
    there = extract(settings, "works-2020")
    gone = extract(settings, WINDOW)
    assert (there.stored, gone.received, gone.gone) == (1, 249, 0)
    assert extract(settings, "works-2020").unchanged == 1
    moved["publication_date"], moved["publication_year"] = "2019-12-10", 2019
    assert extract(settings, WINDOW).stored == 1


def test_a_record_twice_in_a_sweep_is_stored_once(settings: Settings, source: Any, works: list[Any]) -> None:
    def repeat(path: str, parameters: dict[str, str]) -> Any:
        answer = source._truth(path, parameters)
        answer.body["meta"]["count"] = 250
        return answer

    works.insert(120, works[10])
    source.intercept = repeat
    summary = extract(settings, WINDOW)
    assert (summary.received, summary.stored, summary.duplicates, summary.expected) == (251, 250, 1, 250)
    ids = [record["id"] for record in stored(settings, list_batches(settings)[0])]
    assert len(ids) == len(set(ids)) == 250


def test_works_cut_at_a_hundred_authors_are_fetched_alone(
    settings: Settings, source: Any, make_work: Callable[..., Any]
) -> None:
    cut = make_work(1, authors=100)
    whole = {**cut, "authorships": [*cut["authorships"], *cut["authorships"][:40]]}
    source.works = [{**cut, "_whole": whole}, make_work(2)]
    summary = extract(settings, WINDOW)
    first, second = stored(settings, list_batches(settings)[0])
    assert (len(first["authorships"]), len(second["authorships"])) == (140, 2)
    assert source.asked("/works/W1") == 1
    assert (summary.requests, summary.credits) == (2, 1)
    assert extract(settings, WINDOW).unchanged == 2


def test_a_work_that_vanished_before_it_was_fetched_alone_keeps_its_list_version(
    settings: Settings, source: Any, answer: Any, make_work: Callable[..., Any]
) -> None:
    source.works = [make_work(1, authors=100)]
    source.intercept = lambda path, _: answer(404, {"error": "gone"}) if path == "/works/W1" else None
    assert extract(settings, WINDOW).stored == 1


def test_an_interrupted_sweep_goes_on_at_its_cursor(settings: Settings, source: Any, answer: Any, works: Any) -> None:
    source.intercept = lambda _, parameters: answer(429, BUDGET_SPENT) if parameters.get("cursor") == "200" else None
    with pytest.raises(BudgetExhausted):
        extract(settings, WINDOW)
    assert list_batches(settings) == []
    assert len(verify(settings).in_progress) == 1
    source.intercept = None
    source.requests.clear()
    summary = extract(settings, WINDOW)
    assert [parameters["cursor"] for _, parameters, _ in source.requests] == ["200"]
    assert (summary.received, summary.stored) == (250, 250)
    assert stored(settings, list_batches(settings)[0]) == works


def test_what_a_crash_left_beyond_the_cursor_is_cut_off(
    settings: Settings, source: Any, answer: Any, works: Any
) -> None:
    source.intercept = lambda _, parameters: answer(429, BUDGET_SPENT) if parameters.get("cursor") == "200" else None
    with pytest.raises(BudgetExhausted):
        extract(settings, WINDOW)
    (folder,) = settings.raw_zone.glob("works/.batch=*.open")
    (folder / "page-00003.jsonl.gz").write_bytes(b"torn")
    (folder / ".page-00004.jsonl.gz.77.tmp").write_bytes(b"torn")
    with (folder / "_journal.jsonl").open("ab") as journal:
        journal.write(b'{"page": null, "seen": [["W1", "to')
    source.intercept = None
    assert extract(settings, WINDOW).stored == 250
    assert stored(settings, list_batches(settings)[0]) == works
    assert verify(settings).problems == ()


def test_an_unfinished_batch_of_another_query_is_refused(
    settings: Settings, source: Any, answer: Any, works: Any, tmp_path: Path, scope_text: str
) -> None:
    source.intercept = lambda _, parameters: answer(429, BUDGET_SPENT) if parameters.get("cursor") == "200" else None
    with pytest.raises(BudgetExhausted):
        extract(settings, WINDOW)
    settings.resolved_scope_file.unlink()
    (tmp_path / "scope.yaml").write_text(scope_text.replace("[T10028, T10036]", "[T10028]"))
    source.intercept = None
    with pytest.raises(ContractError, match="another query"):
        extract(settings, WINDOW)
    assert len(verify(settings).in_progress) == 1


def test_a_commit_that_a_crash_interrupted_is_completed(settings: Settings, source: Any, works: Any) -> None:
    summary = extract(settings, WINDOW)
    folder = settings.raw_zone / "works" / f"batch={summary.batch_id}"
    folder.rename(folder.with_name(f".batch={summary.batch_id}.open"))
    again = extract(settings, WINDOW)
    assert (again.stored, again.unchanged) == (0, 250)
    assert [manifest.batch_id for manifest in list_batches(settings)] == [summary.batch_id]


def test_a_sweep_that_ends_early_is_swept_again(settings: Settings, source: Any, works: Any) -> None:
    """The source's soft time-out: a short page with a null cursor, and nothing else to see."""
    cut: list[int] = []

    def shorten(path: str, parameters: dict[str, str]) -> Any:
        answer = source._truth(path, parameters)
        if parameters.get("cursor") == "100" and not cut:
            cut.append(1)
            answer.body["results"] = answer.body["results"][:7]
            answer.body["meta"]["next_cursor"] = None
        return answer

    source.intercept = shorten
    assert extract(settings, WINDOW).received == 250
    assert len(list_batches(settings)) == 1


def test_a_window_that_stays_incomplete_is_taken_in_halves(settings: Settings, source: Any, works: Any) -> None:
    def shorten(path: str, parameters: dict[str, str]) -> Any:
        answer = source._truth(path, parameters)
        if (
            "to_publication_date:2019-12-31" in parameters["filter"]
            and "from_publication_date:2019-01-01" in parameters["filter"]
        ):
            answer.body["results"] = answer.body["results"][:7]
            answer.body["meta"]["next_cursor"] = None
        return answer

    source.intercept = shorten
    summary = extract(settings, WINDOW)
    assert (summary.window_id, summary.received, summary.stored) == (WINDOW, 250, 250)
    assert {manifest.window.window_id for manifest in list_batches(settings)} == {f"{WINDOW}-a", f"{WINDOW}-b"}
    planned = {each.window_id: each for each in plan(settings).windows}
    assert WINDOW not in planned
    assert planned[f"{WINDOW}-a"].action == "skip"


def test_a_source_that_never_keeps_its_count_is_an_error(settings: Settings, source: Any, works: Any) -> None:
    def lie(path: str, parameters: dict[str, str]) -> Any:
        answer = source._truth(path, parameters)
        answer.body["meta"]["count"] += 1
        return answer

    source.intercept = lie
    with pytest.raises(IncompleteWindow, match="the source counts"):
        extract(settings, WINDOW)
    assert list_batches(settings) == []
    assert verify(settings).in_progress == ()


def test_a_count_that_moves_while_we_read_is_no_fault(
    settings: Settings, source: Any, works: list[Any], make_work: Any
) -> None:
    def grow(path: str, parameters: dict[str, str]) -> None:
        if parameters.get("cursor") == "200":
            works.append(make_work(999, day="2019-12-31"))

    source.intercept = grow
    summary = extract(settings, WINDOW)
    assert (summary.expected, summary.received) == (251, 251)


@pytest.mark.parametrize("left", [0, 100])
def test_a_window_that_empties_is_kept_out(settings: Settings, source: Any, works: list[Any], left: int) -> None:
    extract(settings, WINDOW)
    del works[left:]
    with pytest.raises(GateFailed, match="raw_volume") as caught:
        extract(settings, WINDOW)
    assert len(list_batches(settings)) == 1
    assert last_sweeps(settings, "works")[WINDOW].records == 250
    rejected = Path(caught.value.where)
    assert rejected.parent == settings.raw_zone / "_rejected" / "works"
    assert BatchManifest.load(rejected / "_manifest.json").received == left
    assert verify(settings).problems == ()


@pytest.mark.parametrize("left", [0, 100])
def test_a_person_can_accept_a_smaller_window(settings: Settings, source: Any, works: list[Any], left: int) -> None:
    extract(settings, WINDOW)
    del works[left:]
    with pytest.raises(GateFailed, match="raw_volume#"):
        extract(settings, WINDOW)
    accept_newest(settings, "the source cleaned up")
    summary = extract(settings, WINDOW)
    assert (summary.received, summary.gone) == (left, 250 - left)
    # also a window that is empty now tells in a batch who accepted that
    manifest = BatchManifest.load(settings.raw_zone / "works" / f"batch={summary.batch_id}" / "_manifest.json")
    assert [check.check_id for check in manifest.checks if check.accepted] == ["raw_volume"]
    assert refusals_in(settings.home) == []
    assert list(accepted_folder(settings.home).iterdir()) == []
    sweep = last_sweeps(settings, "works")[WINDOW]
    assert (sweep.records, len(sweep.gone_ids)) == (left, 250 - left)


def test_works_that_another_question_leaves_out_are_not_missing_in_any_later_sweep(
    settings: Settings, source: Any, works: list[Any]
) -> None:
    first = extract(settings, WINDOW)
    scope = ResolvedScope.load(settings.resolved_scope_file)
    fewer = tuple(chunk[:1] for chunk in scope.topic_chunks)
    scope.model_copy(update={"topic_chunks": fewer, "fetch_version": "another"}).save(settings.resolved_scope_file)
    del works[240:]  # of the topic that is not asked for any more
    narrowed = extract(settings, WINDOW, again=True)
    assert (narrowed.received, narrowed.stored, narrowed.gone) == (240, 0, 0)
    assert narrowed.batch_id not in (None, first.batch_id), "it tells which works came by this question"
    again = extract(settings, WINDOW, again=True)
    assert (again.received, again.gone, again.batch_id) == (240, 0, None)
    del works[0]
    assert extract(settings, WINDOW, again=True).gone == 1


def test_odd_records_warn_and_stay(settings: Settings, source: Any, make_work: Any, caplog: Any) -> None:
    source.works = [make_work(1), {**make_work(2), "publication_year": 9999}, {**make_work(3), "authorships": None}]
    summary = extract(settings, WINDOW)
    assert summary.stored == 3
    failed = {check.check_id: check.severity for check in list_batches(settings)[0].checks if not check.passed}
    assert failed == {"raw_required_fields": "warn", "raw_dates_sane": "warn"}


def test_data_of_another_kind_is_refused(settings: Settings, source: Any, works: list[Any]) -> None:
    extract(settings, WINDOW)
    source.origin = None
    with pytest.raises(MixedOrigins, match="openalex data, and this home holds synthetic"):
        extract(settings, "works-2020")
    assert len(list_batches(settings)) == 1


def test_two_sweeps_of_one_window_at_once_are_refused(settings: Settings, source: Any, works: Any) -> None:
    with only_one(settings.locks_dir / f"{WINDOW}.lock", "the test"), pytest.raises(BusyError, match=WINDOW):
        extract(settings, WINDOW)
    assert source.requests == []


def test_a_second_run_is_refused_and_leaves_the_first_alone(settings: Settings, source: Any, works: Any) -> None:
    refused: list[BusyError] = []

    def second_run(path: str, parameters: dict[str, str]) -> None:
        if parameters.get("cursor") == "100":
            try:
                extract_all(settings)
            except BusyError as error:
                refused.append(error)

    source.intercept = second_run
    assert sum(summary.stored for summary in extract_all(settings)) == 250
    assert ["all windows" in error.what for error in refused] == [True]


def test_a_plan_says_what_is_due_and_why(settings: Settings, source: Any, works: list[Any]) -> None:
    first = {each.window_id: each for each in plan(settings).windows}
    assert {name: each.action for name, each in first.items()} == {"works-2019": "sweep", "works-2020": "sweep"}
    assert first[WINDOW].expected == 250
    assert source.asked("/works") == 2
    extract_all(settings)
    assert {each.action for each in plan(settings).windows} == {"skip"}
    del works[0]
    again = {each.window_id: each for each in plan(settings).windows}
    assert again[WINDOW].action == "sweep" and "249 records now, 250" in again[WINDOW].reason
    assert again["works-2020"].action == "skip"
    assert {each.action for each in plan(settings, full=True).windows} == {"sweep"}


def test_a_window_with_too_much_is_planned_in_halves(
    settings: Settings, source: Any, works: list[Any], monkeypatch: Any
) -> None:
    from include.openalex.scope import resolve_scope

    scope = resolve_scope(settings)
    scope.model_copy(update={"windows": scope.windows.model_copy(update={"max_records": 130})}).save(
        settings.resolved_scope_file
    )
    planned = plan(settings).windows
    assert [each.window_id for each in planned] == ["works-2019-a", "works-2019-b", "works-2020"]
    assert sum(each.expected for each in planned) == 250
    assert sum(summary.stored for summary in extract_all(settings)) == 250


def test_a_retried_task_does_not_sweep_finished_windows_again(settings: Settings, source: Any, works: Any) -> None:
    plan(settings)
    extract(settings, WINDOW)
    source.requests.clear()
    again = extract(settings, WINDOW)
    assert source.requests == []
    assert (again.received, again.stored) == (0, 0)
    assert extract(settings, WINDOW, again=True).received == 250
    plan(settings, full=True)
    assert extract(settings, WINDOW).received == 250


def test_a_wrong_key_and_a_dead_source_write_nothing(
    settings: Settings, source: Any, answer: Any, make_settings: Any
) -> None:
    source.intercept = lambda path, parameters: answer(401, {"error": "Invalid or missing API key"})
    with pytest.raises(Unauthorised):
        extract_all(settings)
    with pytest.raises(Unreachable):
        extract_all(make_settings(OPENALEX_BASE_URL="http://127.0.0.1:9"))
    assert list_batches(settings) == []
    assert not settings.raw_zone.exists()


def test_a_foreign_file_stops_a_run_before_it_starts(settings: Settings, source: Any, works: Any) -> None:
    extract(settings, WINDOW)
    foreign = settings.raw_zone / "works" / "notes.txt"
    foreign.write_text("mine")
    with pytest.raises(ContractError, match=r"notes\.txt"):
        extract_all(settings)
    assert foreign.read_text() == "mine"


def test_a_full_disk_keeps_what_is_complete(settings: Settings, source: Any, works: Any, monkeypatch: Any) -> None:
    """The write of the second page fails as on a full disk; afterwards the sweep goes on."""
    import errno

    real = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if "page-00002" in self.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="disk is full"):
        extract(settings, WINDOW)
    monkeypatch.undo()
    assert extract(settings, WINDOW).stored == 250
    assert stored(settings, list_batches(settings)[0]) == works


def test_an_unknown_window_is_told(settings: Settings) -> None:
    with pytest.raises(EntangledError, match="no window `works-1999`"):
        extract(settings, "works-1999")
