"""The same warehouse for another subject and other countries, by configuration alone: two scopes beside each other.

One recording of constructed works is served; each scope asks the same server and writes to a home of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.pipeline.truth import command, pipeline_environment, serving
from include.report.proving import check_numbers
from tests.shared import home_settings, leave_unit_tests_out

QUANTUM, AI, MATERIALS = "T10682", "T10028", "T10321"
TOPICS = {
    QUANTUM: ("Quantum Computing Algorithms and Architecture", "1702", "Artificial Intelligence", "17"),
    AI: ("Topic Modeling", "1702", "Artificial Intelligence", "17"),
    MATERIALS: ("Quantum Dots Synthesis And Properties", "2505", "Materials Chemistry", "25"),
}
# topic, year, countries of its authors, how many such works
WORKS = (
    (QUANTUM, 2019, ("US", "CN"), 3),
    (QUANTUM, 2020, ("US", "CN", "DE"), 2),
    (QUANTUM, 2020, ("US", "JP"), 4),
    (QUANTUM, 2021, ("DE", "CN"), 5),
    (MATERIALS, 2020, ("US", "CN"), 6),
    (AI, 2020, ("US", "CN"), 7),
    (AI, 2020, ("DE", "CN"), 8),
    (AI, 2021, ("GB", "CN"), 9),
    (AI, 2023, ("GB", "CN"), 1),  # after the years of the demo scope
)
COUNTRY_IDS = {"US": 901, "CN": 902, "DE": 903, "GB": 904, "JP": 905}


def _work(number: int, topic: str, year: int, countries: tuple[str, ...]) -> dict[str, Any]:
    name, subfield, subfield_name, field = TOPICS[topic]
    place = {
        "id": f"https://openalex.org/{topic}",
        "display_name": name,
        "score": 0.9,
        "subfield": {"id": f"https://openalex.org/subfields/{subfield}", "display_name": subfield_name},
        "field": {"id": f"https://openalex.org/fields/{field}", "display_name": "Invented field"},
        "domain": {"id": "https://openalex.org/domains/3", "display_name": "Physical Sciences"},
    }
    return {
        "id": f"https://openalex.org/W99{number:06d}",
        "doi": f"https://doi.org/10.5555/invented.{number}",
        "title": f"Invented work {number}",
        "display_name": f"Invented work {number}",
        "publication_year": year,
        "publication_date": date(year, 1 + number % 12, 1).isoformat(),
        "type": "article",
        "language": "en",
        "is_retracted": False,
        "is_paratext": False,
        "is_xpac": False,
        "cited_by_count": 0,
        "primary_topic": place,
        "topics": [place],
        "authorships": [_authorship(at, country) for at, country in enumerate(countries)],
        "funders": [],
        "awards": [],
        "updated_date": "2026-01-01T00:00:00",
        "created_date": "2026-01-01",
    }


def _authorship(at: int, country: str) -> dict[str, Any]:
    institution = f"https://openalex.org/I{COUNTRY_IDS[country]}"
    return {
        "author_position": "first" if at == 0 else "last",
        "author": {"id": f"https://openalex.org/A{COUNTRY_IDS[country]}", "display_name": "Invented Author"},
        "is_corresponding": at == 0,
        "countries": [country],
        "institutions": [
            {
                "id": institution,
                "display_name": f"Invented Institute of {country}",
                "ror": None,
                "country_code": country,
                "type": "education",
                "lineage": [institution],
            }
        ],
        "raw_affiliation_strings": [f"Invented Institute of {country}"],
        "affiliations": [],
    }


@contextmanager
def _released(home: Path, url: str, recording: Path, scope: str) -> Iterator[duckdb.DuckDBPyConnection]:
    leave_unit_tests_out(home_settings(home, recording))
    command(["include.pipeline", "run"], pipeline_environment(home, url, recording, scope), home / "run.log")
    with duckdb.connect(str(home / "releases" / "current" / "marts.duckdb"), read_only=True) as marts:
        yield marts


def _joint(marts: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, int], float]:
    rows = marts.execute(
        "select reporter_code, partner_code, publication_year, joint_papers from mart_copublication_trends "
        "where counting_method = 'full' and work_selection = 'all' and joint_papers > 0"
    ).fetchall()
    return {row[:3]: row[3] for row in rows}


@pytest.mark.verify
def test_another_subject_and_other_countries_need_nothing_but_a_scope(tmp_path: Path) -> None:
    recording = tmp_path / "works.jsonl"
    specs = [(topic, year, countries) for topic, year, countries, copies in WORKS for _ in range(copies)]
    works = [_work(number, *spec) for number, spec in enumerate(specs)]
    recording.write_text("".join(json.dumps(work) + "\n" for work in works))
    with serving(recording, log_file=tmp_path / "sandbox.log") as url:
        with _released(tmp_path / "quantum", url, recording, "quantum_us_china") as marts:
            assert _joint(marts) == {("US", "CHINA", 2019): 3, ("US", "CHINA", 2020): 2}
            # denominators come from the source's counts: six quantum papers of the US in 2020, two of China
            assert marts.execute(
                "select reporter_papers, partner_papers from mart_copublication_trends where publication_year = 2020 "
                "and reporter_code = 'US' and counting_method = 'full' and work_selection = 'all'"
            ).fetchall() == [(6, 2)]
            assert marts.execute(
                "select distinct topic_id from mart_topic_collaboration where level = 'topic'"
            ).fetchall() == [(QUANTUM,)]
            # the study's figures are of AI papers of Europe with China: what this scope counts does not answer them
            assert marts.execute(
                "select distinct is_computable, why_not_computable from mart_headline_figures "
                "where figure_id not like 'military_body_%'"
            ).fetchall() == [(False, "The subject of the scope is quantum, the study's is ai.")]
        with _released(tmp_path / "ai", url, recording, "demo") as marts:
            assert _joint(marts) == {
                ("DE", "CHINA", 2020): 8, ("EU27", "CHINA", 2020): 8, ("EUROPE", "CHINA", 2020): 8,
                ("GB", "CHINA", 2021): 9, ("EUROPE", "CHINA", 2021): 9,
            }  # fmt: skip
    for home in ("quantum", "ai"):
        settings = home_settings(tmp_path / home, recording)
        assert check_numbers(settings, (settings.releases_dir / "current").resolve()).faults == []
    page = (tmp_path / "quantum" / "releases" / "current" / "report" / "index.html").read_text()
    assert "Quantum computing papers, United States with China" in page
