"""What makes a record new: its business content, and nothing that moves by itself."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from include.contracts.content import VOLATILE_KEYS, content_hash

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
COUNTS = st.one_of(st.integers(0, 2**31 - 1), st.floats(0, 1000))
RECORDS = st.dictionaries(TEXTS.filter(lambda key: key not in VOLATILE_KEYS), JSON, max_size=5)


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(part) for key, part in reversed(value.items())}
    return [reordered(part) for part in value] if isinstance(value, list) else value


@given(RECORDS)
def test_the_order_of_keys_is_no_content(record: dict[str, Any]) -> None:
    assert content_hash(reordered(record)) == content_hash(record)


@given(RECORDS, st.dictionaries(st.sampled_from(sorted(VOLATILE_KEYS)), st.one_of(st.none(), COUNTS), min_size=1))
def test_citations_and_dates_of_update_are_no_content(record: dict[str, Any], volatile: dict[str, Any]) -> None:
    assert content_hash({**record, **volatile}) == content_hash(record)


def test_a_count_that_cannot_be_typed_is_content() -> None:
    """The record goes to quarantine; when the source mends the count alone, it must be stored again."""
    mended = content_hash({"id": "W1", "cited_by_count": 5})
    for broken in ("many", [5], 2**40):
        assert content_hash({"id": "W1", "cited_by_count": broken}) != mended


@given(JSON)
def test_whatever_stands_in_the_place_of_a_record_has_a_hash(value: Any) -> None:
    assert content_hash(value) == content_hash(value)


@given(RECORDS, TEXTS)
def test_any_other_change_is_content(record: dict[str, Any], text: str) -> None:
    changed = {**record, "display_name": text}
    assert content_hash(changed) != content_hash({**record, "display_name": f"{text}."})
    assert content_hash(changed) != content_hash({key: part for key, part in changed.items() if key != "display_name"})


def test_the_order_of_a_list_is_content() -> None:
    assert content_hash({"authorships": [1, 2]}) != content_hash({"authorships": [2, 1]})


def test_a_hash_is_32_hex_characters() -> None:
    found = content_hash({"id": "W1"})
    assert len(found) == 32
    assert int(found, 16) >= 0


@given(RECORDS, TEXTS)
def test_a_key_that_is_null_says_as_much_as_one_that_is_missing(record: dict[str, Any], name: str) -> None:
    kept = {key: value for key, value in record.items() if value is not None}
    if name not in kept and '"' not in name and "\\" not in name and name.isprintable():
        assert content_hash({**kept, name: None}) == content_hash(kept)
        assert content_hash({"part": [{**kept, name: None}]}) == content_hash({"part": [kept]})


def test_a_text_that_looks_like_a_null_is_content() -> None:
    assert content_hash({"title": ',"doi":null'}) != content_hash({"title": ""})
    assert content_hash({"title": '{"doi":null}'}) != content_hash({"title": "{}"})
