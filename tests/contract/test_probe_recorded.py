"""What the probe compares, held against the recorded exchanges: the API as recorded shows no difference in form, except
where its recording is known to differ."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from requests.structures import CaseInsensitiveDict

from include.openalex.client import Answer, Client
from include.pipeline.probe.forms import compare
from include.pipeline.probe.questions import Question
from include.pipeline.truth import serving
from include.settings import REPOSITORY, Settings

SHARED = REPOSITORY.parent / "shared" / "data" / "openalex"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded data is not here")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("probe")
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(serving(SHARED / "works_2026.jsonl.gz", log_file=home / "log"))
        yield Client(Settings(_env_file=None, ENTANGLED_HOME=home, OPENALEX_BASE_URL=url, OPENALEX_API_KEY="sandbox"))


def _exchanges(name: str) -> list[tuple[str, dict[str, str], Answer]]:
    """Path, parameters and answer of each exchange of a recording."""
    found: list[dict[str, Any]] = yaml.safe_load((SHARED / "http" / name).read_text())["http_interactions"]
    exchanges = []
    for each in found:
        address, response = urlsplit(each["request"]["uri"]), each["response"]
        asked = {key: value for key, value in parse_qsl(address.query) if key != "api_key"}
        headers: CaseInsensitiveDict[str] = CaseInsensitiveDict(response["headers"])
        exchanges.append(
            (address.path, asked, Answer(response["status"], headers, response["body"]["string"].encode()))
        )
    return exchanges


@pytest.mark.parametrize(
    "name",
    ["opt_select_fields.yml", "pro_rate_limit_status_200.yml", "pro_request_biodiversity_and_group_by_type.yml",
     "pro_request_list_count.yml"],
)  # fmt: skip
def test_a_recorded_answer_has_the_form_of_the_sandbox_s(name: str, client: Client) -> None:
    for path, asked, recorded in _exchanges(name):
        # the sandbox has no full text search
        asked["filter"] = "is_paratext:false"
        ours = client.exchange(path.replace("W1775749144", "W1"), asked)
        assert list(compare(Question(name, path, asked), ours, recorded, {}, {})) == []


def test_a_recorded_single_work_has_the_fields_that_flatten_reads(client: Client) -> None:
    ((path, _, recorded),) = _exchanges("pro_request_single_identifier.yml")
    (listed,) = client.get("/works", {"per_page": "1"}).document["results"]
    ours = client.exchange(f"/works/{listed['id'].rpartition('/')[2]}", {})
    assert list(compare(Question("one work", path, {}, "works"), ours, recorded, {}, {})) == []


def test_a_refused_key_is_a_difference_with_what_to_do(client: Client) -> None:
    ((path, asked, refused),) = _exchanges("pro_rate_limit_status_401.yml")
    (difference,) = compare(Question("day's credits", path, asked), client.exchange(path, asked), refused, {}, {})
    assert "API key not found" in difference.what
    assert "OPENALEX_API_KEY" in difference.fix
