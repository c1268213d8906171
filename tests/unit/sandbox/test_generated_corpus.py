"""A generated corpus is a function of its seed, comes out at its targets, and is as dirty as real records are."""

from __future__ import annotations

import csv
import filecmp
import html
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import orjson
import psutil
import pytest

from include.common.duck import MemoryTooSmall
from include.common.errors import EntangledError, StorageError
from include.contracts.content import content_hash
from include.sandbox import documents as sliced
from include.sandbox import targets
from include.sandbox.corpus import Documents, DocumentWriter, Evolution, load_info
from include.sandbox.generator import evolve, generate
from include.sandbox.truth import FACTS, MARTS
from include.settings import Settings
from tests.shared import Shelf

SCALE = 0.02


def documents(corpus: Path, entity: str = "works") -> list[dict[str, Any]]:
    """All documents of a corpus, with all authorships."""
    held = Documents(corpus, entity, load_info(corpus).fields[entity])
    return [orjson.loads(held.render(number, None, single=True)) for number in range(len(held))]


def truth(corpus: Path) -> dict[str, Any]:
    """truth/summary.json."""
    found: dict[str, Any] = json.loads((corpus / "truth" / "summary.json").read_text())
    return found


@pytest.fixture(scope="module")
def works(corpus: Path) -> list[dict[str, Any]]:
    return documents(corpus)


@pytest.fixture(scope="module")
def later(corpus: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus after one evolution."""
    folder = tmp_path_factory.mktemp("corpora") / "seed-1-later"
    evolve(settings, corpus, folder, Evolution(share=0.05, seed=7))
    return folder


@pytest.fixture(scope="module")
def larger(shelf: Shelf) -> Path:
    """A corpus large enough for what is rare."""
    return shelf.corpus(seed=3, scale=0.15)


def _files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_the_same_seed_gives_the_same_bytes(corpus: Path, settings: Settings, tmp_path: Path) -> None:
    generate(settings, tmp_path / "again", seed=1, scale=SCALE)
    assert _files(corpus) == _files(tmp_path / "again")
    _, different, missing = filecmp.cmpfiles(corpus, tmp_path / "again", _files(corpus), shallow=False)
    assert (different, missing) == ([], [])


def test_documents_written_in_other_slices_are_the_same_bytes(
    corpus: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sliced, "SLICE", 97)
    generate(settings, tmp_path / "again", seed=1, scale=SCALE)
    names = ["works.documents.bin", "works.documents.npy"]
    assert filecmp.cmpfiles(corpus, tmp_path / "again", names, shallow=False)[0] == names


def test_memory_does_not_grow_with_what_is_written(tmp_path: Path) -> None:
    def written() -> int:
        reader = db.execute(
            "select repeat('x', 100_000) as document, [100_000]::uinteger[] as lengths from range(200)"
        ).to_arrow_reader(20)
        for batch in reader:
            writer.add_rendered(batch.column("document"), batch.column("lengths"))
        return psutil.Process().memory_info().rss

    with duckdb.connect() as db, DocumentWriter(tmp_path, "works", ["id"]) as writer:
        first = written()
        for _ in range(9):
            last = written()
    assert (tmp_path / "works.documents.bin").stat().st_size == 200_000_000
    assert last - first < 60_000_000


def test_a_disk_that_is_too_small_is_told_before_anything_is_made(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4 * 1024**3))
    with pytest.raises(StorageError, match=r"scale 100 needs about \d\d\.\d GB of disk .* 4\.0 GB are free"):
        generate(settings, tmp_path / "corpus", seed=1, scale=100)
    assert list(tmp_path.iterdir()) == []


def test_memory_that_is_too_small_is_told(tmp_path: Path) -> None:
    # less than the settings accept
    little = Settings(ENTANGLED_HOME=tmp_path).model_copy(update={"memory_limit": "8MB"})  # type: ignore[call-arg]
    with pytest.raises(MemoryTooSmall, match="needs more memory than it may use") as told:
        generate(little, tmp_path / "corpus", seed=1, scale=SCALE)
    assert "raise ENTANGLED_MEMORY_LIMIT" in told.value.fix
    assert not (tmp_path / "corpus").exists()


def test_another_seed_gives_other_works_and_the_same_targets(
    corpus: Path, settings: Settings, tmp_path: Path, works: list[dict[str, Any]]
) -> None:
    generate(settings, tmp_path / "other", seed=2, scale=SCALE)
    assert documents(tmp_path / "other")[0] != works[0]
    assert truth(tmp_path / "other")["counts"] == truth(corpus)["counts"]


def test_a_corpus_that_is_there_is_reused(corpus: Path, settings: Settings) -> None:
    before = (corpus / "works.parquet").stat().st_mtime_ns
    _, made = generate(settings, corpus, seed=1, scale=SCALE)
    assert not made
    assert (corpus / "works.parquet").stat().st_mtime_ns == before


def test_a_folder_with_something_else_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(EntangledError, match="not a corpus"):
        generate(settings, tmp_path, seed=1, scale=SCALE)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("scale", [0, -1])
def test_a_scale_that_is_not_above_zero_is_refused(settings: Settings, tmp_path: Path, scale: float) -> None:
    with pytest.raises(EntangledError, match="scale"):
        generate(settings, tmp_path / "x", seed=1, scale=scale)


def test_joint_papers_of_each_year_are_the_scaled_targets(corpus: Path) -> None:
    figures = truth(corpus)["figures"]
    for year in targets.YEARS:
        assert figures[f"joint_papers_{year}"] == targets.joint_papers(year, SCALE)


@pytest.mark.parametrize("scale", [0.01, 0.1, 1.0, 3.0])
def test_quotas_of_a_year_add_up_to_its_joint_papers(scale: float) -> None:
    papers: Counter[int] = Counter()
    for quota in targets.joint_quotas(scale):
        papers[quota.year] += quota.papers
    assert papers == {year: targets.joint_papers(year, scale) for year in targets.YEARS}


def test_the_military_classes_add_up_to_the_published_number() -> None:
    nowhere = ("delisted", "us1260h_company")
    today = {role: papers for role, papers in targets.MILITARY.items() if role not in nowhere}
    assert sum(today.values()) == 16_386
    assert today["pla"] + today["pla_hospital_of_academy"] + today["pla_unmatched"] == 87


def test_nothing_invented_can_be_taken_for_real(corpus: Path, works: list[dict[str, Any]]) -> None:
    for institution in documents(corpus, "institutions"):
        assert institution["display_name"].startswith("Sandbox ")
        assert re.fullmatch(r"https://openalex.org/I99\d{8}", institution["id"])
        assert institution["ror"] is None or institution["ror"].startswith("https://ror.org/0zz")
    for funder in documents(corpus, "funders"):
        assert "(invented)" in funder["display_name"]
        assert re.fullmatch(r"https://openalex.org/F99\d{8}", funder["id"])
    names = {author["author"]["display_name"] for work in works for author in work["authorships"]}
    assert all(re.fullmatch(r"Author \d+", name) for name in names)


def _comparable(name: str) -> str:
    return " ".join(re.findall(r"\w+", html.unescape(name).casefold()))


def test_no_invented_name_is_another_ones_or_a_part_of_it(corpus: Path, larger: Path) -> None:
    for folder in (corpus, larger):
        keys: dict[str, set[str]] = {}
        for entity in ("institutions", "funders"):
            for one in documents(folder, entity):
                keys.setdefault(_comparable(one["display_name"]), set()).add(one["id"])
        with (folder / "overlay" / "military_bodies.csv").open(newline="", encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                # a body that is an institution of the source has its name
                known = f"https://openalex.org/{row['openalex_id']}" if row["openalex_id"] else row["body_id"]
                for name in (row["body_name"], *row["aliases"].split(";")):
                    keys.setdefault(_comparable(name), set()).add(known)
        assert len(keys) > 600
        assert {name: sorted(found) for name, found in keys.items() if len(found) > 1} == {}
        assert [(part, name) for part in keys for name in keys if part != name and f" {part} " in f" {name} "] == []


def test_no_two_institutions_share_a_ror(corpus: Path) -> None:
    rors = Counter(one["ror"] for one in documents(corpus, "institutions") if one["ror"])
    assert max(rors.values()) == 1


def test_overlay_lists_have_the_columns_of_the_seeds(corpus: Path, settings: Settings) -> None:
    for file in sorted((corpus / "overlay").iterdir()):
        with file.open(newline="") as ours, (settings.seeds / file.name).open(newline="") as seed:
            assert next(csv.reader(ours)) == next(csv.reader(seed)), file.name


def test_overlay_lists_are_marked_demo(corpus: Path) -> None:
    with (corpus / "overlay" / "military_lists.csv").open(newline="") as handle:
        names = [row["list_name"] for row in csv.DictReader(handle)]
    assert names
    assert all(name.startswith("DEMO") for name in names)


def test_funding_comes_in_all_three_generations(works: list[dict[str, Any]]) -> None:
    kinds = Counter((("grants" in work), ("awards" in work)) for work in works)
    assert set(kinds) == {(True, False), (True, True), (False, True)}


def test_a_record_has_the_fields_of_its_time(works: list[dict[str, Any]]) -> None:
    generations: dict[str, list[dict[str, Any]]] = {"old": [], "grants": [], "today": []}
    for work in works:
        name = "old" if "host_venue" in work else "today" if "awards" in work else "grants"
        generations[name].append(work)
    for name, found in generations.items():
        assert found, name
        assert {"primary_location" in work for work in found} == {name != "old"}
        assert {"is_paratext" in work for work in found} == {name != "old"}
        assert {"countries" in author for work in found for author in work["authorships"]} == {name != "old"}
        levels = {type(topic["subfield"]["id"]) for work in found for topic in _entries(work["topics"])}
        assert levels == {str if name == "today" else int}


def test_older_records_have_hong_kong_and_macao_as_china(larger: Path) -> None:
    records = {one["id"]: one["country_code"] for one in documents(larger, "institutions")}
    coded: Counter[tuple[str, str, str]] = Counter()
    only_by_code = 0
    for work in documents(larger):
        name = "old" if "host_venue" in work else "today" if "awards" in work else "grants"
        institutions = [one for author in work["authorships"] for one in _entries(author["institutions"])]
        for one in institutions:
            coded[name, records[one["id"]], one["country_code"]] += 1
        stated = {country for author in work["authorships"] for country in author.get("countries", [])}
        only_by_code += (
            "CN" in stated
            and bool({"HK", "MO"} & {records[one["id"]] for one in institutions})
            and not any(records[one["id"]] == "CN" for one in institutions)
        )
    assert coded["old", "HK", "CN"] > 0
    assert coded["grants", "HK", "CN"] > 0
    assert coded["today", "HK", "CN"] == 0
    assert {stated for _, true, stated in coded if true not in {"HK", "MO"} and true != stated} == set()
    # the source shows these as joint, and they are not
    assert only_by_code >= len(targets.YEARS)


def test_a_country_beyond_the_hundredth_author_counts_and_the_filter_does_not_show_it(larger: Path) -> None:
    beyond = {}
    for number, work in enumerate(documents(larger)):
        authors = [set(author.get("countries", [])) for author in work["authorships"]]
        later = set().union(*authors[100:]) - set().union(*authors[:100]) - {None}
        if later and work["primary_topic"]:
            beyond[number] = later
    assert beyond
    with duckdb.connect() as db:
        for number, countries in beyond.items():
            shown = db.execute(
                f"select value from '{larger}/works_countries.parquet' where number = {number}"
            ).fetchall()
            assert shown
            assert not countries & {value for (value,) in shown}


def _entries(values: list[Any] | None) -> list[Any]:
    """Lists hold a null here and there."""
    return [value for value in values or [] if value is not None]


def _fundings(works: list[dict[str, Any]]) -> set[tuple[str | None, str | None, str | None]]:
    """What works say of their money: funder id (or ROR), name, award number."""
    funders = {
        (one["id"] or one["ror"], one["display_name"], None) for work in works for one in _entries(work.get("funders"))
    }
    awards = {
        (one["funder_id"], one["funder_display_name"], one["funder_award_id"])
        for work in works
        for one in work.get("awards", [])
    }
    return funders | awards


def _patterns(folder: Path) -> list[dict[str, str]]:
    with (folder / "award_patterns.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_funders_stand_without_their_id_in_every_way(works: list[dict[str, Any]], corpus: Path) -> None:
    known = {one["display_name"].upper() for one in documents(corpus, "funders")}
    alone = [(name, number) for funder_id, name, number in _fundings(works) if funder_id is None]
    numbers = [number for name, number in alone if name is None]
    regexes = [row["number_regex"] for row in _patterns(corpus / "overlay") if row["is_name_needed"] != "yes"]
    rors = [one for work in works for one in _entries(work.get("funders")) if one["id"] is None and one["ror"]]
    bearers = Counter(one["ids"]["ror"] for one in documents(corpus, "funders"))
    seen = {
        "a ROR that one funder bears": any(bearers[one["ror"]] == 1 for one in rors),
        "a ROR that two funders bear": any(bearers[one["ror"]] == 2 for one in rors),
        "a ROR that nobody bears": any(bearers[one["ror"]] == 0 for one in rors),
        "a known name": any(name and name.upper() in known for name, _ in alone),
        "a known name in capitals": any(name and name.isupper() and name in known for name, _ in alone),
        "a name that nobody knows": any(name and name.upper() not in known for name, _ in alone),
        "a name with a number": any(name and number for name, number in alone),
        "a number that tells its programme": any(re.fullmatch("|".join(regexes), number or "") for number in numbers),
        "a number that tells nothing": any(re.fullmatch(r"\d{7}", number or "") for number in numbers),
    }
    assert [what for what, found in seen.items() if not found] == []
    # where neither is there, nothing is disclosed
    assert all(numbers)


def test_every_award_pattern_of_the_corpus_and_no_other_finds_its_numbers(
    larger: Path, settings: Settings, corpus: Path
) -> None:
    fundings = _fundings(documents(larger))
    numbers = {number for _, _, number in fundings if number}
    for row in _patterns(corpus / "overlay"):
        assert any(re.fullmatch(row["number_regex"], number) for number in numbers), row["pattern_id"]
    for row in _patterns(settings.seeds):
        if row["number_regex"] and row["is_name_needed"] != "yes":
            assert not any(re.fullmatch(row["number_regex"], number) for number in numbers), row["pattern_id"]


# one value by what the corpus is: its scope has one partner, and its years are long over
_CONSTANT = {"partner_code", "institution_b_country_code", "is_complete_year", "is_complete_month"}


@pytest.mark.parametrize("mart", [*MARTS, *FACTS])
def test_no_column_of_the_truth_is_constant(larger: Path, mart: str) -> None:
    truth = duckdb.read_parquet(str(larger / "truth" / f"{mart}.parquet"))
    values = {
        name: truth.aggregate(f"count(distinct {name}) + (count(*) > count({name}))::int").fetchall()[0][0]
        for name in truth.columns
    }
    assert [name for name, different in values.items() if different < 2 and name not in _CONSTANT] == []


def test_every_way_to_know_a_funder_counts_in_every_year(larger: Path) -> None:
    rows = duckdb.execute(
        f"""
        select papers_with_funder_id, papers_recognised_otherwise, papers_with_unrecognised_funders
        from '{larger}/truth/mart_funding_coverage.parquet' where reporter_code = 'EUROPE' and dimension = 'all'
        """
    ).fetchall()
    assert len(rows) == len(targets.YEARS)
    assert all(by_id > otherwise > unknown > 0 for by_id, otherwise, unknown in rows)


def test_hospitals_make_a_difference(larger: Path) -> None:
    counts = {
        code: counted
        for code, *counted in duckdb.execute(
            f"""
            select
                definition_code, sum(papers_without_hospitals), sum(military_linked_papers), sum(papers_with_hospitals)
            from '{larger}/truth/mart_military_links.parquet'
            where reporter_code = 'EUROPE' and dimension = 'all' and listing_basis = 'today' group by 1
            """
        ).fetchall()
    }
    for code, (without, linked, together) in counts.items():
        if code == "any_list":
            assert without < linked == together
        else:
            # a hospital of the academy is linked to the academy too
            assert without == linked < together
    ((bodies,),) = duckdb.execute(
        f"""
        select count(distinct dimension_id) from '{larger}/truth/mart_military_links.parquet'
        where dimension = 'body' and papers_without_hospitals = 0
        """
    ).fetchall()
    assert bodies == 3


def test_records_are_as_dirty_as_real_ones(larger: Path) -> None:
    works = documents(larger)
    authors = [author for work in works for author in work["authorships"]]
    numbers = {number for _, _, number in _fundings(works) if number}
    seen = {
        "author without id": any(author["author"]["id"] is None for author in authors),
        "same author twice": any(_has_author_twice(work) for work in works),
        "countries without institution": any(a.get("countries") and not a["institutions"] for a in authors),
        "neither country nor institution": any(not a.get("countries") and not a["institutions"] for a in authors),
        "a Chinese and a European address": any(
            len(_entries(a.get("countries"))) > 1 and "CN" in a["countries"] for a in authors
        ),
        "more than 100 authors": any(len(work["authorships"]) > 100 for work in works),
        "institution type funder": any(i["type"] == "funder" for a in authors for i in _entries(a["institutions"])),
        "institution twice": any(_twice([i["id"] for i in _entries(a["institutions"])]) for a in authors),
        "institution without ROR": any(i["ror"] is None for a in authors for i in _entries(a["institutions"])),
        "topic twice": any(_twice([topic["id"] for topic in _entries(work["topics"])]) for work in works),
        "funder twice": any(_twice([one["id"] for one in _entries(work.get("funders"))]) for work in works),
        "funder without ROR": any(one["ror"] is None for work in works for one in _entries(work.get("funders"))),
        "several award numbers in a field": any(re.search(r"\d{7}.*\d{7}", text) for text in numbers),
        "many ways to write award numbers": len({re.sub(r"\d+", "0", text) for text in numbers}) > 30,
        "words around an award number": any(text.startswith("under Grant") for text in numbers),
        "wide figures": any("８" in text for text in numbers),
        "HTML entity in an award number": any("&amp;" in text for text in numbers),
        "HTML entity in a funder's name": any("&#40;" in (name or "") for _, name, _ in _fundings(works)),
        "HTML entity in an address": any(
            "R&amp;D" in text for a in authors for text in a.get("raw_affiliation_strings", [])
        ),
        "junk award": any(one["funder_award_id"] == "N/A" for work in works for one in work.get("awards", [])),
        "null title": any(work["title"] is None for work in works),
        "null language": any(work["language"] is None for work in works),
        "null is_retracted": any(work["is_retracted"] is None for work in works),
        "retracted": any(work["is_retracted"] for work in works),
        "null primary_topic": any(work["primary_topic"] is None for work in works),
        "paratext": any(work.get("is_paratext") for work in works),
        "preprint": any(work["type"] == "preprint" for work in works),
        "HTML entity": any("&amp;" in (work["title"] or "") for work in works),
        "Chinese title": any(re.search(r"[\u4e00-\u9fff]", work["title"] or "") for work in works),
        "right-to-left title": any(re.search(r"[\u0600-\u06ff]", work["title"] or "") for work in works),
        "microseconds": all(re.search(r"\.\d{6}$", work["updated_date"]) for work in works),
        "null institution": any(None in a["institutions"] for a in authors),
        "null country": any(None in a.get("countries", []) for a in authors),
        "null topic": any(None in work["topics"] for work in works),
        "null funder": any(None in work.get("funders", []) for work in works),
        "year as text": any(isinstance(work["publication_year"], str) for work in works),
        "absurd year": any(work["publication_year"] == targets.ABSURD_YEAR_VALUE for work in works),
    }
    assert [what for what, found in seen.items() if not found] == []


def _twice(values: list[Any]) -> bool:
    return len(values) != len(set(values))


def _has_author_twice(work: dict[str, Any]) -> bool:
    return _twice([author["author"]["id"] for author in work["authorships"] if author["author"]["id"]])


def test_truth_of_fractional_counts_adds_up_to_no_more_than_the_papers(corpus: Path) -> None:
    rows = duckdb.execute(
        f"""
        select publication_year, sum(joint_papers), any_value(all_joint_papers)
        from '{corpus}/truth/mart_copublication_trends.parquet'
        where counting_method = 'fractional' and work_selection = 'all' and not is_group group by 1
        """
    ).fetchall()
    assert len(rows) == len(targets.YEARS)
    # China's part of every joint paper is missing from the sum
    assert all(0 < credit < papers for _, credit, papers in rows)


def test_truth_of_definitions_nests(corpus: Path) -> None:
    broken = duckdb.execute(
        f"""
        select count(*)
        from '{corpus}/truth/mart_military_links.parquet' as narrow
        left join '{corpus}/truth/mart_military_links.parquet' as wide
            on wide.reporter_code = narrow.reporter_code and wide.publication_year = narrow.publication_year
            and wide.listing_basis = narrow.listing_basis and wide.dimension = narrow.dimension
            and wide.dimension_id = narrow.dimension_id and wide.definition_order = narrow.definition_order + 1
        where narrow.definition_order < 4
            and coalesce(wide.military_linked_papers, 0) < narrow.military_linked_papers
        """
    ).fetchall()
    assert broken == [(0,)]


def test_listing_dates_make_the_two_bases_differ(corpus: Path) -> None:
    counts = dict(
        duckdb.execute(
            f"""
            select listing_basis, sum(military_linked_papers) from '{corpus}/truth/mart_military_links.parquet'
            where dimension = 'all' and reporter_code = 'EUROPE' and definition_code = 'any_list' group by 1
            """
        ).fetchall()
    )
    assert counts["at_publication"] < counts["today"]


def test_an_evolution_changes_its_share_and_cites_more(corpus: Path, later: Path) -> None:
    before = {work["id"]: work for work in documents(corpus)}
    after = {work["id"]: work for work in documents(later)}
    assert set(before) <= set(after)
    added = set(after) - set(before)
    moved = {key for key, work in before.items() if after[key]["updated_date"] != work["updated_date"]}
    changed = {key for key, work in before.items() if content_hash(after[key]) != content_hash(work)}
    joint = truth(corpus)["counts"]["joint_works_in_scope"]
    assert 0 < len(added) < 0.03 * joint
    assert 0.02 * joint < len(changed) < 0.1 * joint
    assert changed < moved
    assert len(moved) > 3 * len(changed)


def test_an_evolution_states_its_own_truth(corpus: Path, later: Path) -> None:
    before, after = truth(corpus)["counts"], truth(later)["counts"]
    assert after["joint_works_in_scope"] > before["joint_works_in_scope"]
    assert load_info(later).evolutions != load_info(corpus).evolutions


def test_an_evolution_takes_works_back_in_every_way(corpus: Path, settings: Settings, tmp_path: Path) -> None:
    evolution = Evolution(share=0.001, seed=7, vanished=0.05, retracted=0.03)
    evolve(settings, corpus, tmp_path / "later", evolution)
    before = {work["id"].rsplit("/", 1)[1]: work for work in documents(corpus)}
    after = {work["id"].rsplit("/", 1)[1]: work for work in documents(tmp_path / "later")}
    with duckdb.connect() as db:
        merged = dict(db.execute("from read_parquet(?)", [str(tmp_path / "later" / "merged_ids.parquet")]).fetchall())
    gone = set(before) - set(after)
    joint = truth(corpus)["counts"]["joint_works_in_scope"]
    assert set(merged) < gone
    assert set(merged.values()) <= set(after)
    kept = before.keys() & after.keys()
    topics = {key for key in kept if after[key]["primary_topic"] != before[key]["primary_topic"]}
    years = {key for key in kept if int(after[key]["publication_year"]) == int(before[key]["publication_year"]) - 40}
    paratext = {key for key in kept if after[key].get("is_paratext") and not before[key].get("is_paratext")}
    retracted = {key for key in kept if after[key]["is_retracted"] and not before[key]["is_retracted"]}
    assert min(len(gone - set(merged)), len(merged), len(years), len(paratext)) > 0
    assert 0.01 * joint < len(retracted) < 0.06 * joint
    lost = gone | years | topics | paratext
    assert 0.02 * joint < len(lost) < 0.09 * joint
    added = after.keys() - before.keys()
    assert truth(tmp_path / "later")["counts"]["joint_works_in_scope"] == joint - len(lost) + len(added)


@pytest.mark.verify
def test_the_published_figures_come_out_at_study_size(settings: Settings, tmp_path: Path) -> None:
    generate(settings, tmp_path / "study", seed=1, scale=1)
    figures = truth(tmp_path / "study")["figures"]
    exact = {
        "joint_papers": 36_950, "countries_growing": 28, "military_linked_papers": 16_386, "strict_pla_papers": 87,
        "cn_defence_basic_research_papers": 7, "partner_rank_us": 1, "partner_rank_uk": 2, "partner_rank_eu27": 3,
        "top_links_leader_de": 7, "share_of_europe_papers_2017": 0.05, "share_of_europe_papers_2021": 0.10,
        "share_of_china_papers_2017": 0.06, "share_of_china_papers_2021": 0.08, "papers_with_funding_share": 0.5,
        "cn_funded_share": 0.8, "cn_government_programme_share": 0.6,
    }  # fmt: skip
    assert {name: round(figures[name], 6) for name in exact} == exact
    assert round(figures["uk_share_with_china_2017"], 3) == 0.11
    assert round(figures["uk_share_with_china_2021"], 3) == 0.21
    assert round(figures["uk_share_of_joint_papers"], 2) == 0.48
    shrinking = {name for name, value in figures.items() if name.startswith("growth_") and value <= 0}
    assert shrinking == {"growth_BG", "growth_LT"}


def test_bodies_without_ror_stand_in_addresses_under_all_their_names(larger: Path) -> None:
    with (larger / "overlay" / "military_bodies.csv").open(newline="") as handle:
        unmatched = [row for row in csv.DictReader(handle) if not row["ror"]]
    addresses = {
        address
        for work in documents(larger)
        for author in work["authorships"]
        if not author["institutions"]
        for address in author.get("raw_affiliation_strings", [])
    }
    body = next(row for row in unmatched if row["category"] == "defence_key_lab")
    names = [body["body_name"], *body["aliases"].split(";")]
    assert len(names) == 3
    assert [name for name in names if not any(name in address for address in addresses)] == []
    assert not body["openalex_id"]
