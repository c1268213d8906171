"""The pages say what the marts say, load nothing, and say loudly when their data is invented, partial or small."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.common.errors import ContractError
from include.common.sql import read_parquet
from include.contracts.candidate import Lineage, Verdict
from include.contracts.finding import Accepted
from include.report import write_report
from include.report.checking import Findings, hold_against
from include.report.pages import render
from include.report.pictures.institutions import listings
from include.report.reading import read
from include.report.registry import Marts
from include.settings import Settings
from tests.unit.candidates import LACKING, change_lineage, make_candidate, pass_audit, rewrite, test_settings
from tests.unit.report.conftest import RUN

# also letters of two units, cut at any place: 𠮷 and 👩‍🚀
EVIL = "<script>alert('1')</script> \"quoted\" & {braces} %s مرحبا 中文名称 " + "长𠮷👩‍🚀" * 70
# tables in which names of the source stand, and the columns that hold them
NAMES = {
    "bi_pair": ("a_label", "b_label"),
    "bi_institution": ("institution_name", "institution_label", "city"),
    "bi_topic_year": ("topic_name",),
    "bi_funder_year": ("funder_name",),
    "bi_linked_body_year": ("body_name",),
    "bi_partner_year": ("country_name",),
}


def pages_of(settings: Settings, run_id: str = RUN) -> dict[str, str]:
    """The pages of a candidate by their paths below its report."""
    folder = write_report(settings, run_id).parent
    return {file.relative_to(folder).as_posix(): file.read_text() for file in sorted(folder.rglob("*.html"))}


def first_page(settings: Settings, run_id: str = RUN) -> str:
    """The report alone: a test that changes a mart and looks at one page need not pay for the others."""
    return next(render(read(settings, run_id)))[1]


@pytest.fixture(scope="module")
def pages(audited_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages of the candidate as it is."""
    home = tmp_path_factory.mktemp("unchanged") / "home"
    shutil.copytree(audited_home, home)
    return pages_of(test_settings(home))


def text_of(page: str) -> str:
    """What is read on a page, without drawings and scripts."""
    without = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", without))


def held(settings: Settings, pages: dict[str, str], run_id: str = RUN) -> Findings:
    """The numbers of pages against the marts of the candidate."""
    folder = settings.build_dir / run_id
    lineage = Lineage.load(folder / "lineage.json")
    with duckdb.connect() as db:
        for table in lineage.tables:
            db.execute(f'create view "{table.name}" as from {read_parquet(folder / "marts" / f"{table.name}.parquet")}')
        names = ("works_in", "works_loaded", "works_quarantined", "works_replaced", "works_vanished")
        return hold_against(Marts(db, {name: getattr(lineage, name) for name in names}), pages.items())


def test_every_number_of_every_page_is_what_the_marts_say(settings: Settings, pages: dict[str, str]) -> None:
    found = held(settings, pages)
    assert found.faults == []
    assert found.pages == len(pages) > 10
    assert found.equal == found.figures > 500


def test_a_number_without_an_id_is_found(settings: Settings, pages: dict[str, str]) -> None:
    page = pages["index.html"]
    spoilt = page.replace("</h1>", " 54,321 papers</h1>").replace(
        "</main>", "<svg><text>17 %</text></svg><p><a href='#'>3</a></p></main>"
    )
    found = held(settings, {"index.html": spoilt})
    assert [fault for fault in found.faults if "carries no id" in fault and "54,321" not in fault] == [
        "index.html: '17 %' carries no id",
        "index.html: '3' carries no id",
    ]


def test_a_number_that_is_not_the_marts_is_found(settings: Settings) -> None:
    pages = {"index.html": first_page(settings)}
    rewrite(
        settings,
        RUN,
        "mart_copublication_trends",
        "select * replace (joint_papers + (publication_year = 2022)::int as joint_papers) from it",
    )
    assert any("joint_papers/EUROPE/2022" in fault for fault in held(settings, pages).faults)


def test_an_id_that_names_no_figure_is_found(settings: Settings) -> None:
    page = "<main><data data-figure='nothing/of/it' value='3'>3</data></main>"
    assert "names no figure" in held(settings, {"index.html": page}).faults[0]


def test_the_pages_load_nothing(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        markup = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
        assert not re.search(
            r"@import|url\((?!#)|<iframe|<object|<embed|<script[^>]*\ssrc=", page.split("<script")[0]
        ), name
        assert not re.search(r"<(?:img|link|script|source)\b[^>]*\s(?:src|href)=(?![\"']data:)", markup), name
        assert len(page) < 5_000_000, name


def test_links_between_pages_lead_somewhere(pages: dict[str, str]) -> None:
    outside = {"../dictionary.html", "../data_docs/index.html"}
    for name, page in pages.items():
        for target in re.findall(
            r'<a [^>]*href="([^"#:]+)"', re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
        ):
            if target in outside:
                continue
            path = Path("/report", name).parent.joinpath(target).resolve().relative_to("/report").as_posix()
            assert path in pages, (name, target)
        assert "<a data-" not in page
        for anchor in re.findall(r'href="#([\w-]+)"', page):
            assert f'id="{anchor}"' in page, (name, anchor)


def test_every_country_with_joint_papers_and_every_leading_institution_has_a_page(
    settings: Settings, pages: dict[str, str]
) -> None:
    folder = settings.build_dir / RUN / "marts"
    with duckdb.connect() as db:
        countries = db.execute(
            f"select reporter_code from {read_parquet(folder / 'bi_reporter_year.parquet')} group by 1 having "
            f"sum(joint_papers) > 0"
        ).fetchall()
        (institution,) = db.execute(
            f"select institution_id from {read_parquet(folder / 'bi_institution.parquet')} where side = 'side_b' "
            "order by joint_papers desc, institution_id limit 1"
        ).fetchall()[0]
    assert {name for name in pages if name.startswith("country/")} == {f"country/{code}.html" for (code,) in countries}
    assert f"institution/{institution}.html" in pages
    assert 'href="country/DE.html"' in pages["index.html"]


def test_every_picture_has_a_title_a_description_a_table_and_marks(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        figures = re.findall(r'<figure class="picture".*?</figure>', page, flags=re.DOTALL)
        for figure in figures:
            assert re.search(r"<title id=\"[\w-]+-title\">[^<]{5}", figure), name
            assert re.search(r"<desc [^>]*>[^<]{10}", figure), name
            assert re.search(r"<tbody>\s*<tr>", figure), name
            assert re.search(r'href="data:text/csv', figure), name
            assert len(re.findall(r"role-mark|mark-(?:rect|symbol|line|area|shape|rule)", figure)) > 0, name
            assert "NaN" not in figure.replace("not a number", ""), name
            # a tool tip whose sentence was never filled
            assert "{row" not in figure, name
        ids = re.findall(r'\sid="([^"]+)"', page.split("<script")[0])
        assert len(ids) == len(set(ids)), name
    assert len(re.findall(r'<figure class="picture"', pages["index.html"])) >= 10


def test_light_dark_and_print_define_every_colour(pages: dict[str, str]) -> None:
    page = pages["index.html"]
    css = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert css
    for variable in set(re.findall(r"var\((--[\w-]+)\)", page)):
        assert css[1].count(f"{variable}:") == 3, variable


def test_the_first_page_is_complete_without_script(pages: dict[str, str]) -> None:
    page = pages["index.html"]
    without = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    assert len(re.findall(r"<svg\b", without)) == len(re.findall(r"<script type=\"application/json\" data-spec", page))


def test_synthetic_data_is_called_synthetic_on_every_page_and_in_every_picture(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert 'class="banner"' in page, name
        assert "<title>SYNTHETIC" in page, name
        drawings = re.findall(r"<svg\b.*?</svg>", page.split("<script")[0], flags=re.DOTALL)
        assert all("SYNTHETIC" in drawing for drawing in drawings), name


def test_real_data_is_not_called_synthetic_and_is_set_beside_the_study(settings: Settings) -> None:
    change_lineage(settings, RUN, data_origin="openalex")
    page = first_page(settings)
    assert "SYNTHETIC" not in page
    assert 'class="banner' not in page
    assert "then and now" in text_of(page)
    assert 'data-figure="published/joint_papers"' in page


@pytest.mark.parametrize("origin", ["synthetic", "recorded"])
def test_what_is_not_openalex_itself_is_not_set_beside_the_study(settings: Settings, origin: str) -> None:
    change_lineage(settings, RUN, data_origin=origin)
    page = first_page(settings)
    assert 'data-figure="published/' not in page
    assert 'data-figure="headline/joint_papers"' in page
    assert "is not set beside it" in text_of(page)


def test_a_recorded_sample_says_so(settings: Settings) -> None:
    change_lineage(settings, RUN, data_origin="recorded")
    pages = pages_of(settings)
    assert all("small recorded sample" in text_of(page) and "SYNTHETIC" not in page for page in pages.values())


@pytest.mark.parametrize(
    ("works", "sentence"), [(0, "There are no joint papers"), (5, "Too few joint papers in this release to draw")]
)
def test_without_enough_papers_there_are_words_instead_of_pictures(
    settings: Settings, works: int, sentence: str
) -> None:
    run_id = "01RUN0000000000000000000C3"
    make_candidate(settings, run_id=run_id, works=works, origin="recorded")
    pass_audit(settings, run_id)
    pages = {"index.html": first_page(settings, run_id)}
    assert sentence in text_of(pages["index.html"])
    assert "<svg" not in pages["index.html"]
    assert "<script" not in pages["index.html"]
    assert held(settings, pages, run_id).faults == []
    # no share and no growth of a handful
    findings = re.search(r'<section id="findings">.*?</section>', pages["index.html"], re.DOTALL)
    assert findings and " %" not in text_of(findings[0])


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ("funding", "Who pays is not known"),
        ("topics", "On which topics is not known"),
        ("links", "0.0 % of the"),
        ("most funding", "too few to say who pays"),
    ],
)
def test_what_a_release_has_nothing_of_is_not_known(settings: Settings, lacking: str, sentence: str) -> None:
    assert lacking in LACKING
    run_id = "01RUN0000000000000000000D4"
    make_candidate(settings, run_id=run_id, lacking=[lacking])
    pass_audit(settings, run_id)
    pages = {"index.html": first_page(settings, run_id)}
    assert sentence in text_of(pages["index.html"])
    assert held(settings, pages, run_id).faults == []


def test_no_listed_body_of_either_side_is_said(settings: Settings) -> None:
    rewrite(settings, RUN, "bi_body", "select * replace (null::varchar as side) from it")
    pages = {"index.html": first_page(settings)}
    assert "No body on the lists is of Europe or of China, so no paper can be linked to one." in text_of(
        pages["index.html"]
    )


def test_without_denominators_no_share_of_output_is_drawn(settings: Settings) -> None:
    for table in ("bi_side_year", "bi_reporter_year"):
        rewrite(
            settings,
            RUN,
            table,
            "select * replace (null::bigint as all_papers, null::bigint as partner_papers) from it",
        )
    pages = {"index.html": first_page(settings)}
    assert "is not known: this release has no count of all its papers" in text_of(pages["index.html"])
    assert "own_share" not in re.sub(r"<script\b.*?</script>", "", pages["index.html"], flags=re.DOTALL)
    assert held(settings, pages).faults == []


def test_names_cannot_put_markup_into_a_page_and_long_ones_fit(settings: Settings) -> None:
    name = EVIL.replace("'", "''")
    for table, columns in NAMES.items():
        told = ", ".join(f"'{name}' as {column}" for column in columns)
        rewrite(settings, RUN, table, f"select * replace ({told}) from it")
    for path, page in pages_of(settings).items():
        assert "<script>alert" not in page, path
        assert "alert(&#39;1&#39;)" in page or "institution" in path, path


def test_a_side_of_one_country_is_not_called_too_small(settings: Settings) -> None:
    rewrite(
        settings,
        RUN,
        "dim_reporter",
        "select * replace ('country' as reporter_kind, 'United Kingdom' as reporter_name) from it where is_side_a",
    )
    text = text_of(first_page(settings))
    assert "Too few joint papers" not in text
    assert "United Kingdom is the only country of its side: there are no others to compare." in text


def test_without_topics_there_are_no_too_few_papers(settings: Settings) -> None:
    rewrite(settings, RUN, "bi_topic_year", "from it limit 0")
    text = text_of(first_page(settings))
    assert "On which topics is not known" in text
    assert "Too few joint papers" not in text


def test_shares_of_few_papers_are_not_stated(settings: Settings) -> None:
    page = first_page(settings)
    # Bulgaria has a few papers in 2022 of a thousand and more
    assert 'data-figure="own_share/BG/2022"' not in page
    table = re.search(r'<figure class="picture" id="picture-map">.*?</figure>', page, re.DOTALL)
    assert table and "too few papers" in text_of(table[0])


def test_lists_are_found_whatever_a_name_holds(settings: Settings) -> None:
    body, part = "select * replace (body_name || '; of {it}' as body_name) from it", "'Institute; of {it}'"
    with duckdb.connect() as db:
        file = settings.build_dir / RUN / "marts" / "bi_body.parquet"
        (name,) = db.execute(
            f"select body_name || '; of {{it}}' from {read_parquet(file)} where is_listed_today order by 1 limit 1"
        ).fetchall()[0]
    rewrite(settings, RUN, "bi_body", body)
    rewrite(
        settings,
        RUN,
        "bi_institution",
        f"select * replace (true as is_listed_today, '{name}' as listed_bodies, {part} as institution_name) from it",
    )
    reading = read(settings, RUN)
    assert {row["body_name"] for row in listings(reading, reading["institutions"][0])} == {name}


def test_years_that_are_not_complete_are_in_no_sentence(settings: Settings) -> None:
    for table in ("bi_side_year", "bi_reporter_year"):
        rewrite(
            settings,
            RUN,
            table,
            "select * replace (is_complete_year and publication_year < 2022 as is_complete_year) from it",
        )
    page = first_page(settings)
    assert "complete years 2017–2021" in text_of(page)
    assert "papers together in 2021" in text_of(page)
    assert "Not complete, and drawn pale: 2022." in text_of(page)


def test_when_no_year_is_complete_it_is_said(settings: Settings) -> None:
    for table in ("bi_side_year", "bi_reporter_year"):
        rewrite(settings, RUN, table, "select * replace (false as is_complete_year) from it")
    assert "no year is complete yet" in text_of(first_page(settings))


def test_failed_and_accepted_checks_are_on_the_page(settings: Settings) -> None:
    file = settings.build_dir / RUN / "verdict.json"
    verdict = Verdict.load(file)
    accepted = Accepted(reason="a publisher left", who="A & B", until=date(2026, 12, 5))
    failed = tuple(check.model_copy(update={"passed": False, "accepted": accepted}) for check in verdict.checks)
    verdict.model_copy(update={"checks": failed}).save(file)
    page = first_page(settings)
    assert "0 of 1 checks passed" in text_of(page)
    assert "accepted: a publisher left, A &amp; B, until 2026-12-05" in text_of(page)


def test_the_verdict_knows_every_page(settings: Settings) -> None:
    pages = pages_of(settings)
    known = Verdict.load(settings.build_dir / RUN / "verdict.json").files_sha256
    assert {f"report/{name}" for name in pages} <= set(known)


def test_what_a_listing_is_not_stands_wherever_links_are_shown(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert "A listing is not a finding about a paper, a person or a collaboration." in text_of(page), name


def test_a_run_without_a_verdict_has_no_page(settings: Settings) -> None:
    (settings.build_dir / RUN / "verdict.json").unlink()
    with pytest.raises(ContractError, match="verdict"):
        write_report(settings, RUN)
    assert not (settings.build_dir / RUN / "report" / "country").exists()
