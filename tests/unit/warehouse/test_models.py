"""How the dbt project is laid out: layers that flow one way, a folder a domain, short models that say their grain."""

from __future__ import annotations

import re

import pytest

from include.settings import REPOSITORY
from tests.unit.dbt_models import MODELS, PROJECT, described, is_step, macros, model_files, models_read_by, published

FILES = model_files()
LAYERS = ("staging", "intermediate", "marts", "bi")
PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("dim_", "fct_", "bridge_", "mart_"),
    "bi": ("bi_",),
}
LONGEST_MODEL, LONGEST_MACRO = 200, 60


def layer_of(name: str) -> str:
    return FILES[name].relative_to(MODELS).parts[0]


@pytest.mark.parametrize("name", sorted(FILES))
def test_models_read_their_own_layer_and_those_before_it(name: str) -> None:
    allowed = LAYERS[: LAYERS.index(layer_of(name)) + 1]
    arrows_back = sorted(read for read in models_read_by(name) if layer_of(read) not in allowed)
    assert arrows_back == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_model_says_its_grain_in_its_first_line_and_is_short(name: str) -> None:
    lines = FILES[name].read_text().splitlines()
    assert re.match(r"-- .*( x |one row)", lines[0]), "thing x thing, or: thing, one row each"
    assert len(lines) <= LONGEST_MODEL


@pytest.mark.parametrize("name", sorted(name for name, file in FILES.items() if not is_step(file)))
def test_a_models_name_begins_as_its_layer_does(name: str) -> None:
    assert name.startswith(PREFIXES[layer_of(name)])


def test_every_model_is_described_beside_it_with_its_grain() -> None:
    known = described()
    assert known.keys() == FILES.keys()
    assert [name for name, (file, _) in known.items() if file.parent != FILES[name].parent] == []
    assert [name for name, (_, model) in known.items() if "grain" not in model.get("config", {}).get("meta", {})] == []


def test_one_file_describes_a_folder() -> None:
    files = [
        (folder, sorted(file.name for file in folder.glob("_*.yml")))
        for folder in {file.parent for file in FILES.values()}
        # tables that BI tools read are described by theme, in one folder
        if folder.name != "bi"
    ]
    assert [(folder, names) for folder, names in files if names != [f"_{folder.name}.yml"]] == []


def test_macros_are_short() -> None:
    known = macros()
    assert len(known) > 20
    assert [name for name, whole in known.items() if whole.count("\n") + 1 > LONGEST_MACRO] == []


def test_nothing_is_exempt_from_the_linter() -> None:
    assert [*PROJECT.rglob(".sqlfluffignore"), *REPOSITORY.glob(".sqlfluffignore")] == []
    assert [file for file in PROJECT.rglob("*.sql") if "noqa" in file.read_text()] == []


def test_no_set_is_a_text_that_is_split_again() -> None:
    """Sets have an integer key and a bridge to their members (macro set_key)."""
    splitting = re.compile(r"\b(string_split|str_split|split|regexp_split_to_\w+)\(")
    files = [*MODELS.rglob("*.sql"), *(PROJECT / "macros").rglob("*.sql")]
    assert len(files) > 100
    assert [file.name for file in files if splitting.search(file.read_text())] == []


def test_a_deprecated_model_is_a_view_on_what_replaces_it_and_nothing_else_reads_it() -> None:
    told = {name: model for name, model in published().items() if "replaced_by" in model["config"]["meta"]}
    assert told
    for name, model in told.items():
        assert models_read_by(name) == {*model["config"]["meta"]["replaced_by"]}
        assert "materialized='view'" in FILES[name].read_text()
        assert model["description"].startswith("Deprecated: ")
    assert [name for name in FILES if models_read_by(name) & told.keys()] == []
