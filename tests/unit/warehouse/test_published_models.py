"""What the YAML of the published models promises: contracts, grains that are held, descriptions, small cells marked."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from include.settings import REPOSITORY

FOLDER = REPOSITORY / "dbt_project" / "models" / "marts"
MODELS: dict[str, dict[str, Any]] = {
    model["name"]: model
    for file in sorted(FOLDER.glob("_*.yml"))
    for model in yaml.safe_load(file.read_text()).get("models", [])
}
# a rate of records says how well they are placed, whatever their number
WITHOUT_SMALL_CELLS = {"mart_ops_coverage"}


def grain_of(name: str) -> list[str]:
    return [column.strip() for column in MODELS[name]["config"]["meta"]["grain"].split(",")]


def is_rate(column: str) -> bool:
    return "share" in column or "growth" in column or "intensity" in column


def test_every_published_model_is_described() -> None:
    assert set(MODELS) == {file.stem for file in FOLDER.glob("*.sql")}
    assert len(MODELS) > 30


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
    # large facts have no index (the comment in _facts.yml); gate 3 looks for doubled rows in every table
    assert bool(keys) != name.startswith("fct_")


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
