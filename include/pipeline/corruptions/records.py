"""Edits of what a source tells: of its records and of its counts. Raw pages are edited with them as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from include.pipeline.corruptions.source import CountEdit, Record, RecordEdit

SITE = "https://openalex.org/"


# --- records ---------------------------------------------------------------------------------------------------------


def of_works(edit: Callable[[Record], Record]) -> RecordEdit:
    """An edit of works, and of nothing else."""
    return lambda entity, record: edit(record) if entity == "works" else record


def number_of(record: Record) -> int:
    """The digits of its id: what is chosen by them is chosen in every run."""
    return int("".join(letter for letter in str(record.get("id")) if letter.isdigit()) or 0)


def one_in(share: int, edit: Callable[[Record], Record]) -> Callable[[Record], Record]:
    """One record in `share`."""
    return lambda record: edit(record) if number_of(record) % share == 0 else record


def having(**fields: Any) -> Callable[[Record], Record]:
    """Other values of fields that the record has."""
    return lambda record: {**record, **{name: value for name, value in fields.items() if name in record}}


def of_authorships(edit: Callable[[list[Record]], list[Record]]) -> Callable[[Record], Record]:
    """The list of authorships as a whole; of a broken record it may be anything."""

    def of(record: Record) -> Record:
        found = record.get("authorships")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            return record
        return {**record, "authorships": edit(found)}

    return of


def of_each_authorship(edit: Callable[[Record], Record]) -> Callable[[Record], Record]:
    """Every authorship of a work."""
    return of_authorships(lambda found: [edit(each) for each in found])


def relabelled(old: str, new: str) -> RecordEdit:
    """A country's code in authorships, their institutions, and the institutions' own records."""

    def code(value: Any) -> Any:
        return new if value == old else value

    def institution(record: Record) -> Record:
        return {**record, "country_code": code(record["country_code"])} if "country_code" in record else record

    def authorship(record: Record) -> Record:
        changed = dict(record)
        if isinstance(countries := record.get("countries"), list):
            changed["countries"] = [code(each) for each in countries]
        if isinstance(institutions := record.get("institutions"), list):
            changed["institutions"] = [institution(each) if isinstance(each, dict) else each for each in institutions]
        return changed

    def edit(entity: str, record: Record) -> Record:
        if entity == "institutions":
            return institution(record)
        return of_each_authorship(authorship)(record) if entity == "works" else record

    return edit


def renamed_institution(old: str, new: str) -> RecordEdit:
    """An institution's id in the authorships of works."""

    def institution(found: Any) -> Any:
        return (
            {**found, "id": f"{SITE}{new}"} if isinstance(found, dict) and found.get("id") == f"{SITE}{old}" else found
        )

    return of_works(
        of_each_authorship(
            lambda found: {**found, "institutions": [institution(each) for each in found.get("institutions") or []]}
        )
    )


def without_funder(funder: str) -> RecordEdit:
    """A funder gone from the works that it paid for."""

    def edit(record: Record) -> Record:
        changed = dict(record)
        for name, key in (("funders", "id"), ("awards", "funder_id"), ("grants", "funder")):
            if isinstance(entries := record.get(name), list):
                changed[name] = [
                    each for each in entries if not isinstance(each, dict) or each.get(key) != f"{SITE}{funder}"
                ]
        return changed

    return of_works(edit)


def moved_topic(old: str, new: str) -> RecordEdit:
    """Works of a topic are given another."""

    def edit(record: Record) -> Record:
        topic = record.get("primary_topic")
        if not isinstance(topic, dict) or topic.get("id") != f"{SITE}{old}":
            return record
        other = {**topic, "id": f"{SITE}{new}"}
        return {**record, "primary_topic": other, "topics": [other]}

    return of_works(edit)


def with_another_id(record: Record) -> Record:
    """The same work under another id."""
    return {**record, "id": f"{SITE}W{number_of(record) + 5_000_000_000}"} if record.get("id") else record


def in_january(record: Record) -> Record:
    """Published on January 1 of its year."""
    day = record.get("publication_date")
    return {**record, "publication_date": f"{day[:4]}-01-01"} if isinstance(day, str) else record


def a_month_later(record: Record) -> Record:
    """Published a month later, within its year."""
    day = record.get("publication_date")
    if not isinstance(day, str) or len(day) != 10 or day[5:7] == "12":
        return record
    return {**record, "publication_date": f"{day[:5]}{int(day[5:7]) + 1:02d}-{min(int(day[8:]), 28):02d}"}


def a_year_later(record: Record) -> Record:
    """Published a year later; the date is as it was."""
    year = record.get("publication_year")
    return {**record, "publication_year": year + 1} if isinstance(year, int) else record


# --- counts ----------------------------------------------------------------------------------------------------------


def counted(factor: float, *, only: Callable[[dict[str, str], Record], bool] = lambda asked, group: True) -> CountEdit:
    """Counts times `factor`, of those groups."""

    def edit(asked: dict[str, str], groups: list[Record]) -> list[Record]:
        return [{**group, "count": round(group["count"] * factor)} if only(asked, group) else group for group in groups]

    return edit


def of_year(year: int) -> Callable[[dict[str, str], Record], bool]:
    """Answers about a year."""
    return lambda asked, group: f"publication_year:{year}" in asked["filter"].split(",") or group["key"] == str(year)


def of_country(code: str) -> Callable[[dict[str, str], Record], bool]:
    """The count of a country."""
    return lambda asked, group: str(group["key"]).upper().endswith(f"/{code}")


def is_of_all(asked: dict[str, str], group: Record) -> bool:
    """Not together with side B: the questions for partners name its countries."""
    return "authorships.countries" not in asked["filter"]


def merged_counts(old: str, new: str) -> CountEdit:
    """The counts of one country are added to those of another."""

    def edit(asked: dict[str, str], groups: list[Record]) -> list[Record]:
        gone = sum(group["count"] for group in groups if of_country(old)(asked, group))
        return [
            {**group, "count": group["count"] + gone} if of_country(new)(asked, group) else group
            for group in groups
            if not of_country(old)(asked, group)
        ]

    return edit


def swapped_counts(one: str, other: str) -> CountEdit:
    """Two countries exchange their counts."""

    def edit(asked: dict[str, str], groups: list[Record]) -> list[Record]:
        counts = {
            code: sum(group["count"] for group in groups if of_country(code)(asked, group)) for code in (one, other)
        }

        def now(group: Record) -> Record:
            for code, opposite in ((one, other), (other, one)):
                if of_country(code)(asked, group):
                    return {**group, "count": counts[opposite]}
            return group

        return [now(group) for group in groups]

    return edit
