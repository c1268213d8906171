"""The topics of the subject file: which make a work part of the subject, and how often each is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from include.common.errors import ContractError

# OpenAlex's domains by field (CC0)
_DOMAINS = {
    1: ("Life Sciences", {11, 13, 24, 28, 30}),
    2: ("Social Sciences", {12, 14, 18, 20, 32, 33}),
    3: ("Physical Sciences", {15, 16, 17, 19, 21, 22, 23, 25, 26, 31}),
    4: ("Health Sciences", {27, 29, 34, 35, 36}),
}


@dataclass(frozen=True)
class Topic:
    """A topic of the subject file, and whether it is in the subject."""

    topic_id: str
    name: str
    subfield_id: str
    subfield_name: str
    field_id: str
    field_name: str
    domain_id: str
    domain_name: str
    is_in: bool


def load_topics(file: Path) -> list[Topic]:
    """All decided topics, in the order of their ids.

    Raises:
        ContractError: the subject file cannot be read.
    """
    try:
        rows: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["topics"]
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ContractError(f"the subject cannot be read: {error}", where=str(file), fix="restore the file") from None
    return sorted((_topic(row) for row in rows), key=lambda topic: topic.topic_id)


def _topic(row: dict[str, Any]) -> Topic:
    domain_id, (domain_name, _) = next(item for item in _DOMAINS.items() if int(row["field_id"]) in item[1][1])
    return Topic(
        topic_id=row["id"],
        name=row["name"],
        subfield_id=str(row["subfield_id"]),
        subfield_name=row["subfield_name"],
        field_id=str(row["field_id"]),
        field_name=row["field_name"],
        domain_id=str(domain_id),
        domain_name=domain_name,
        is_in=row["decision"] == "in",
    )
