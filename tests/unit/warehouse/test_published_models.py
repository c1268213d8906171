"""What the YAML of the published models promises: contracts, grains that are held, descriptions, small cells marked."""

from __future__ import annotations

from typing import Any

import pytest

from include.settings import REPOSITORY
from tests.unit.dbt_models import models_read_by, published, published_names

FOLDERS = [REPOSITORY / "dbt_project" / "models" / name for name in ("marts", "bi")]
MODELS: dict[str, dict[str, Any]] = published()
BI = sorted(name for name in MODELS if name.startswith("bi_"))
# a rate of records says how well they are placed, whatever their number
WITHOUT_SMALL_CELLS = {"mart_ops_coverage"}


def grain_of(name: str) -> list[str]:
    return [column.strip() for column in MODELS[name]["config"]["meta"]["grain"].split(",")]


def is_rate(column: str) -> bool:
    return "share" in column or "growth" in column or "intensity" in column


def test_every_published_model_is_described() -> None:
    assert set(MODELS) == published_names()
    assert len(MODELS) > 60 and len(BI) > 20


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_published_model_has_a_contract_and_its_columns_have_descriptions(name: str) -> None:
    model = MODELS[name]
    assert model["config"]["contract"] == {"enforced": True}
    assert model["description"].strip().endswith(".")
    assert [column["name"] for column in model["columns"] if not column.get("description", "").endswith(".")] == []


def test_no_published_column_has_a_time_zone() -> None:
    """Old clients need a further package to read one. The contracts hold every table to these types."""
    kinds = {
        (name, column["name"]): column["data_type"] for name, model in MODELS.items() for column in model["columns"]
    }
    assert [column for column, kind in kinds.items() if kind in ("timestamptz", "timestamp with time zone")] == []
    assert "timestamp" in kinds.values()


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_grain_is_the_primary_key_where_there_is_one(name: str) -> None:
    grain = grain_of(name)
    assert set(grain) <= {column["name"] for column in MODELS[name]["columns"]}
    keys = [one["columns"] for one in MODELS[name].get("constraints", []) if one["type"] == "primary_key"]
    assert keys in ([grain], []), "the primary key is another than the grain"
    # large facts and what is made of them have no index (the comment in marts/works/_works.yml), nor has a view
    has_no_index = name.startswith(("fct_", "bi_")) or "replaced_by" in MODELS[name]["config"]["meta"]
    assert bool(keys) != has_no_index


def test_what_values_of_published_columns_must_be_is_asked_once() -> None:
    """By gate 3 (include/audit/suites): of published tables dbt tests only what they refer to."""
    tests = [
        (model["name"], test)
        for model in MODELS.values()
        for part in (model, *model["columns"])
        for test in part.get("data_tests", [])
    ]
    assert [test for test in tests if not isinstance(test[1], dict) or list(test[1]) != ["relationships"]] == []


@pytest.mark.parametrize("name", sorted(name for name in MODELS if name.startswith("mart_")))
def test_a_mart_with_rates_marks_its_small_cells(name: str) -> None:
    columns = {column["name"]: column for column in MODELS[name]["columns"]}
    # figures of the study are rows, and their unit says which are rates
    rates = [column for column in columns if is_rate(column) or name == "mart_headline_figures"]
    if rates and name not in WITHOUT_SMALL_CELLS:
        assert "Fewer than 25" in columns["is_small_cell"]["description"]
    else:
        assert "is_small_cell" not in columns


def test_bi_models_read_published_tables_alone() -> None:
    """So that those that are views can be views of a release, and all of them can be held against it."""
    for name in BI:
        assert models_read_by(name) <= set(MODELS) - {name}, name
        assert "source(" not in (FOLDERS[1] / f"{name}.sql").read_text()


def test_no_mart_reads_a_bi_model() -> None:
    folders = [REPOSITORY / "dbt_project" / "models" / name for name in ("staging", "intermediate", "marts")]
    files = [file for folder in folders for file in folder.rglob("*.sql")]
    assert len(files) > 80
    assert [file.name for file in files if "ref('bi_" in file.read_text()] == []


@pytest.mark.parametrize("name", BI)
def test_a_bi_model_states_its_grain_in_its_first_line(name: str) -> None:
    assert (FOLDERS[1] / f"{name}.sql").read_text().startswith("-- ")


@pytest.mark.parametrize("name", BI)
def test_the_same_column_name_says_the_same_everywhere(name: str) -> None:
    """A filter of a dashboard reaches a table by the name of a column."""
    columns = {column["name"]: column["data_type"] for column in MODELS[name]["columns"]}
    types = {
        "reporter_code": "varchar",
        "reporter_name": "varchar",
        "definition_name": "varchar",
        "basis_name": "varchar",
        "counting_method_name": "varchar",
        "year_start": "date",
    }
    assert {column: columns[column] for column in types.keys() & columns.keys()} == {
        column: types[column] for column in types.keys() & columns.keys()
    }
    # a code has its name beside it
    named = {
        "reporter_code": "reporter_name",
        "definition_code": "definition_name",
        "listing_basis": "basis_name",
        "funder_class": "funder_class_name",
        "counting_method": "counting_method_name",
        "work_selection": "selection_name",
        "topic_id": "topic_name",
        "body_id": "body_name",
        "list_id": "list_name",
        "funder_id": "funder_name",
        "recognised_by": "recognised_by_name",
        "category": "category_name",
        "funding_mix": "funding_mix_name",
    }
    assert {code: name for code, name in named.items() if code in columns and name not in columns} == {}
    assert not {"author_id", "author_name", "orcid"} & columns.keys()
    assert ("publication_year" not in columns) or "year_start" in columns


@pytest.mark.parametrize("name", BI)
def test_the_metrics_of_a_bi_model_are_described(name: str) -> None:
    meta = MODELS[name]["config"]["meta"]
    columns = {column["name"] for column in MODELS[name]["columns"]}
    assert meta["metrics"]
    assert ("year_start" in columns) == ("time_column" in meta)
    assert meta.get("time_column", "year_start") in columns | {"year_start"}
    names = [metric["name"] for metric in meta["metrics"]]
    assert len(set(names)) == len(names)
    for metric in meta["metrics"]:
        assert set(metric) - {"warning"} == {"name", "verbose_name", "expression", "description", "d3format"}
        assert metric["description"].endswith(".")
