"""The reference data held against themselves: the tables of dbt_project/seeds/reference and the subjects of config.

A wrong row seldom fails a build: it matches nothing, or counts twice, unseen. Each rule here finds one kind of wrong
row and names it. The rules for a user's own lists, which come on top, are in lists.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import yaml

from include.common.duck import connect
from include.common.sql import quoted
from include.contracts.reference import read_rows
from include.settings import Settings
from include.warehouse.figures import figure_faults
from include.warehouse.lists import ALLOWED, FORMS, REFERENCES, REGEXES, TABLES, UNION

Row = dict[str, str]

# tables of looked-up facts: where a row says its source, and the day it was looked up or published
SOURCES = {
    "address_places": ("source", "as_of"),
    "award_patterns": ("source", "as_of"),
    "code_names": ("source", "as_of"),
    "countries": ("source", "as_of"),
    "country_groups": ("source", "as_of"),
    "country_places": ("source", "as_of"),
    "funder_classes": ("source", "as_of"),
    "headline_figures": ("published_source", "as_of"),
    "military_bodies": ("source", "as_of"),
    "military_former_names": ("source", "as_of"),
    "military_list_membership": ("source_url", "as_of"),
    "military_lists": ("source_url", "as_of"),
    "military_unsafe_names": ("reason", "as_of"),
    "sensitive_topics": ("source", "as_of"),
    "studies": ("source", "as_of"),
}
# what identifies a row, where lists.py does not say so
KEYS = {
    "address_places": (("place_name", "part_of"),),
    "code_names": (("code_kind", "code"), ("code_kind", "code_order")),
    "countries": (("country_code",),),
    "country_groups": (("group_code", "country_code"),),
    "country_places": (("country_code",), ("iso3_code",), ("iso_numeric_code",)),
    "counting_methods": (("counting_method",),),
    "coverage_measures": (("measure",),),
    "funder_class_labels": (("funder_class",),),
    "figure_measures": (("measure",),),
    "headline_figures": (("figure_id",),),
    "military_definitions": (("category",),),
    "military_former_names": (("body_id", "former_name"),),
    "military_list_membership": (("body_id", "list_id", "listed_as", "valid_from"),),
    "sensitive_topics": (("topic_id", "label"),),
    "studies": (("study_id",),),
}
DATES = ("as_of", "valid_from", "valid_to")
# how exactly `valid_from` is known: the day itself; the month, of which the first stands for it; or the edition of the
# list that is the first known to name the body, which may have been named since
DAY, MONTH, EDITION = "day", "month", "edition"
# a part of a body is in its category, except: hospitals (counted apart from the armed forces), laboratories that a list
# names by themselves, and what a hospital of the armed forces runs
PART_OF_ANOTHER_CATEGORY = {("pla", "pla_hospital"), ("pla_hospital", "pla")}
# academies of the state are programmes of the government as funders; what an institute of theirs pays by itself is not
ACADEMY = re.compile(
    r"(?!University)(\w+ ){1,3}Academy of "
    r"((Chinese )?(Agricultural|Environmental|Fishery|Geological|Medical|Meteorological)( [&\w ]+)? )?Sciences?"
)
ACADEMY_CLASS = "cn_government_programme"
# institutions of the Union are recognised by what they call themselves
OF_UNION = re.compile(r"Directorate-? ?General for .*|.*\bExecutive Agency\b.*")
SEATS_OF_UNION = ("BE", "LU")
ARMED = ("pla", "pla_hospital", "defence_industry")

_ROR_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True)
class Reference:
    """The tables by name, and the decisions of each subject by topic id."""

    tables: dict[str, list[Row]]
    subjects: dict[str, dict[str, Row]]


@dataclass(frozen=True)
class Fault:
    """A row that contradicts another row, or itself."""

    table: str
    row: str
    what: str


def load_reference(settings: Settings) -> Reference:
    """Read every reference table and every subject.

    Raises:
        ContractError: a table cannot be read as it stands.
    """
    tables = {file.stem: read_rows(file) for file in sorted(settings.seeds.glob("*.csv"))}
    subjects = {file.stem: _topics(file) for file in sorted((settings.config / "subjects").glob("*.yaml"))}
    return Reference(tables, subjects)


def _topics(file: Path) -> dict[str, Row]:
    return {topic["id"]: topic for topic in yaml.safe_load(file.read_text(encoding="utf-8"))["topics"]}


def reference_faults(settings: Settings, reference: Reference) -> list[Fault]:
    """Every row that breaks a rule; a sound reference has none."""
    found = [fault for rule in RULES for fault in rule(reference)]
    return [*found, *_patterns_compile(settings, reference)]


def name_of(table: str, row: Row) -> str:
    """How a message names a row: by its key."""
    keys = TABLES[table].keys if table in TABLES and TABLES[table].keys else KEYS.get(table, ())
    for key in keys:
        if all(row.get(column) for column in key):
            return ", ".join(row[column] for column in key)
    return ", ".join(value for value in row.values() if value)[:80]


def names_of(body: Row) -> set[str]:
    """A body's names in a form in which spellings of one name are equal."""
    printed = [body["body_name"], *body["aliases"].split(";")]
    return {_comparable(name) for name in printed} - {""}


def _comparable(name: str) -> str:
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", name).lower()).strip()


def is_ror(text: str) -> bool:
    """Whether the last two digits of a ROR are the checksum of the others."""
    if not re.fullmatch(r"0[0-9a-hjkmnp-tv-z]{6}\d\d", text):
        return False
    number = 0
    for digit in text[1:7]:
        number = number * 32 + _ROR_DIGITS.index(digit)
    return int(text[7:]) == 98 - number * 100 % 97


def _every_row_has_source_and_day(reference: Reference) -> Iterator[Fault]:
    for table, columns in SOURCES.items():
        for row in reference.tables[table]:
            for column in columns:
                # a figure that the study did not publish has no source
                if not row.get(column) and not (table == "headline_figures" and not row["published_value"]):
                    yield Fault(table, name_of(table, row), f"{column} is empty")


def _keys_are_unique(reference: Reference) -> Iterator[Fault]:
    for table, rows in reference.tables.items():
        for key in (*(TABLES[table].keys if table in TABLES else ()), *KEYS.get(table, ())):
            values = Counter(value for row in rows if all(value := tuple(row[column] for column in key)))
            for value, count in values.items():
                if count > 1:
                    yield Fault(table, ", ".join(value), f"{count} rows have the same {', '.join(key)}")


def _ids_are_in_their_form(reference: Reference) -> Iterator[Fault]:
    for table, rows in reference.tables.items():
        for row in rows:
            for column, (form, words) in FORMS.items():
                if row.get(column) and not re.fullmatch(form, row[column]):
                    yield Fault(table, name_of(table, row), f"{column} `{row[column]}` is not {words}")
            if row.get("ror") and not is_ror(row["ror"]):
                yield Fault(table, name_of(table, row), f"ror `{row['ror']}` has a wrong checksum: a misprint")
            for column, allowed in ALLOWED.get(table, {}).items():
                if row[column] not in allowed:
                    yield Fault(table, name_of(table, row), f"{column} `{row[column]}` is not known")


def _dates_are_days_in_order(reference: Reference) -> Iterator[Fault]:
    today = date.today().isoformat()
    for table, rows in reference.tables.items():
        for row in rows:
            for column in DATES:
                text = row.get(column, "")
                if text and not _is_day(text):
                    yield Fault(table, name_of(table, row), f"{column} `{text}` is no date (YYYY-MM-DD)")
                elif text > today and column == "as_of":
                    yield Fault(table, name_of(table, row), f"as_of `{text}` has yet to come")
            first, end = row.get("valid_from", ""), row.get("valid_to", "")
            if first and end and end <= first:
                yield Fault(table, name_of(table, row), "valid_to is not after valid_from")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _placeholder_days_are_marked(reference: Reference) -> Iterator[Fault]:
    """The first of a month is what people write who know the month only."""
    table = "military_list_membership"
    for row in reference.tables[table]:
        known, is_first = row["valid_from_known_to"], row["valid_from"].endswith("-01")
        allowed = (DAY, MONTH, EDITION) if row["valid_from"] else ("",)
        if known not in allowed:
            yield Fault(table, name_of(table, row), f"valid_from_known_to `{known}` is none of {', '.join(allowed)}")
        elif row["valid_from"] and is_first != (known == MONTH):
            yield Fault(table, name_of(table, row), "a first day of a month is known to the month, and no other day is")
        if row["valid_to"].endswith("-01"):
            yield Fault(table, name_of(table, row), "valid_to is the first of a month: find the day")


def _references_are_there(reference: Reference) -> Iterator[Fault]:
    tables = reference.tables
    ids = {
        "body_id": {row["body_id"] for row in tables["military_bodies"]},
        "list_id": {row["list_id"] for row in tables["military_lists"]},
        "country_code": {row["country_code"] for row in tables["countries"]},
        "funder_class": {row["funder_class"] for row in tables["funder_class_labels"]},
    }
    columns = {table: tuple(target) for table, target in REFERENCES.items()}
    for table, rows in tables.items():
        looked_up = {*columns.get(table, ()), *({"country_code", "funder_class"} & set(rows[0]))}
        for row in rows:
            for column in sorted(looked_up):
                if row[column] and row[column] not in ids[column] and (column, row[column]) != ("country_code", UNION):
                    yield Fault(table, name_of(table, row), f"{column} `{row[column]}` is in no other table")


def _every_body_is_on_the_lists_that_it_names(reference: Reference) -> Iterator[Fault]:
    listed = defaultdict(set)
    for row in reference.tables["military_list_membership"]:
        listed[row["body_id"]].add(row["list_id"])
    for row in reference.tables["military_bodies"]:
        named = {name.strip() for name in row["source"].split(";")}
        if named != listed[row["body_id"]]:
            found = ", ".join(sorted(listed[row["body_id"]])) or "none"
            yield Fault("military_bodies", row["body_id"], f"source names {row['source']}, its memberships {found}")


def _no_two_bodies_share_a_name(reference: Reference) -> Iterator[Fault]:
    """One body is one row, and a name that two bodies bear finds neither in addresses."""
    bearers = defaultdict(list)
    for body in reference.tables["military_bodies"]:
        for name in names_of(body):
            bearers[name].append(body["body_id"])
    for name, bodies in sorted(bearers.items()):
        if len(bodies) > 1:
            yield Fault("military_bodies", bodies[0], f"shares the name `{name}` with {', '.join(bodies[1:])}")


def _an_unsafe_name_is_a_name_of_its_body(reference: Reference) -> Iterator[Fault]:
    names = {row["body_id"]: names_of(row) for row in reference.tables["military_bodies"]}
    for row in reference.tables["military_unsafe_names"]:
        if _comparable(row["unsafe_name"]) not in names.get(row["body_id"], set()):
            yield Fault("military_unsafe_names", row["body_id"], f"`{row['unsafe_name']}` is no name of the body")


def _parts_are_in_the_category_of_their_whole(reference: Reference) -> Iterator[Fault]:
    bodies = reference.tables["military_bodies"]
    bearers = {name: body for body in bodies for name in names_of(body)}
    for body in bodies:
        # a body that several agencies supervise is no part of one of them
        agencies = [agency for agency in body["supervising_agency"].split(";") if agency.strip()]
        whole = bearers.get(_comparable(re.sub(r" \([^)]*\)$", "", agencies[0]))) if len(agencies) == 1 else None
        if whole is None or whole["category"] == body["category"]:
            continue
        if (whole["category"], body["category"]) not in PART_OF_ANOTHER_CATEGORY:
            yield Fault(
                "military_bodies",
                body["body_id"],
                f"is {body['category']}, and what it is part of, {whole['body_id']}, is {whole['category']}",
            )


def _institutes_of_an_academy_are_in_one_class(reference: Reference) -> Iterator[Fault]:
    funders = reference.tables["funder_classes"]
    classes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in funders:
        if row["part_of"]:
            classes[row["part_of"]][row["funder_class"]] += 1
    usual = {academy: counts.most_common(1)[0][0] for academy, counts in classes.items()}
    for row in funders:
        if row["part_of"] and row["funder_class"] != usual[row["part_of"]]:
            what = f"is {row['funder_class']}, other institutes of {row['part_of']} are {usual[row['part_of']]}"
            yield Fault("funder_classes", name_of("funder_classes", row), what)
        is_academy = row["country_code"] == "CN" and not row["part_of"] and ACADEMY.fullmatch(row["funder_name"])
        if is_academy and row["funder_class"] != ACADEMY_CLASS and row["funder_class"] != "cn_defence_programme":
            what = f"{row['funder_name']} is {row['funder_class']}, other academies are {ACADEMY_CLASS}"
            yield Fault("funder_classes", name_of("funder_classes", row), what)


def _institutions_of_the_union_are_in_their_class(reference: Reference) -> Iterator[Fault]:
    for row in reference.tables["funder_classes"]:
        is_of_union = row["country_code"] in SEATS_OF_UNION and OF_UNION.fullmatch(row["funder_name"])
        if is_of_union and row["funder_class"] != "eu_institution":
            what = f"{row['funder_name']} is {row['funder_class']}, an institution of the Union is eu_institution"
            yield Fault("funder_classes", name_of("funder_classes", row), what)


def _a_funder_that_is_a_body_is_in_the_class_of_its_category(reference: Reference) -> Iterator[Fault]:
    """What the armed forces, their hospitals and the defence industry pay is one class."""
    bodies = reference.tables["military_bodies"]
    armed = {name for body in bodies if body["category"] in ARMED for name in names_of(body)}
    for row in reference.tables["funder_classes"]:
        name = _comparable(row["funder_name"].removesuffix(" (China)"))
        if row["country_code"] == "CN" and name in armed and row["funder_class"] != "cn_defence_programme":
            what = f"{row['funder_name']} is {row['funder_class']}, and in military_bodies one of {', '.join(ARMED)}"
            yield Fault("funder_classes", name_of("funder_classes", row), what)


def _topics_are_those_of_the_subjects(reference: Reference) -> Iterator[Fault]:
    """A label counts papers of the subject, so a topic that no subject holds would count none."""
    decided = [topic for topics in reference.subjects.values() for topic in topics.values()]
    names = {topic["id"]: topic["name"] for topic in decided if topic["decision"] == "in"}
    for row in reference.tables["sensitive_topics"]:
        name = names.get(row["topic_id"])
        if name is None:
            yield Fault("sensitive_topics", row["topic_id"], "no subject decides this topic `in`")
        elif name != row["topic_name"]:
            yield Fault("sensitive_topics", row["topic_id"], f"is `{row['topic_name']}` here, `{name}` there")


def _categories_are_defined(reference: Reference) -> Iterator[Fault]:
    defined = {row["category"] for row in reference.tables["military_definitions"]}
    for row in reference.tables["military_bodies"]:
        # mere companies are listed and belong to no definition
        if row["category"] not in defined and row["category"] != "us1260h_company":
            yield Fault("military_bodies", row["body_id"], f"category {row['category']} is in no definition")


def _codes_have_names(reference: Reference) -> Iterator[Fault]:
    named = {(row["code_kind"], row["code"]) for row in reference.tables["code_names"]}
    for table, column in (("military_bodies", "category"), ("military_definitions", "definition_code")):
        kind = f"military_{column.removesuffix('_code')}"
        for code in sorted({row[column] for row in reference.tables[table]}):
            if (kind, code) not in named:
                yield Fault("code_names", f"{kind}, {code}", f"{table} uses this code, and it has no name")


def _countries_have_places(reference: Reference) -> Iterator[Fault]:
    placed = {row["country_code"] for row in reference.tables["country_places"]}
    for row in reference.tables["countries"]:
        # ZZ stands for no country
        if row["country_code"] not in {*placed, "ZZ"}:
            yield Fault("country_places", row["country_code"], "a country without its ISO codes")


def _figures_are_defined(reference: Reference) -> Iterator[Fault]:
    for table, row, what in figure_faults(reference.tables):
        yield Fault(table, row, what)


def _patterns_compile(settings: Settings, reference: Reference) -> Iterator[Fault]:
    with connect(settings) as database:
        for row in reference.tables["award_patterns"]:
            for column in REGEXES:
                try:
                    database.execute(f"select regexp_full_match('', {quoted(row[column])})")
                except duckdb.Error as error:
                    yield Fault("award_patterns", row["pattern_id"], f"{column} is no regular expression: {error}")


RULES: tuple[Callable[[Reference], Iterator[Fault]], ...] = (
    _every_row_has_source_and_day,
    _keys_are_unique,
    _ids_are_in_their_form,
    _dates_are_days_in_order,
    _placeholder_days_are_marked,
    _references_are_there,
    _every_body_is_on_the_lists_that_it_names,
    _no_two_bodies_share_a_name,
    _an_unsafe_name_is_a_name_of_its_body,
    _parts_are_in_the_category_of_their_whole,
    _institutes_of_an_academy_are_in_one_class,
    _institutions_of_the_union_are_in_their_class,
    _a_funder_that_is_a_body_is_in_the_class_of_its_category,
    _topics_are_those_of_the_subjects,
    _categories_are_defined,
    _codes_have_names,
    _countries_have_places,
    _figures_are_defined,
)
