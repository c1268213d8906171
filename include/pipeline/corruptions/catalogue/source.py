"""Corruptions of the source: what it answers looks as usual, and is wrong."""

from __future__ import annotations

from collections.abc import Callable

from include.pipeline.corruptions.bench import Known, told
from include.pipeline.corruptions.records import (
    a_month_later,
    a_year_later,
    counted,
    having,
    in_january,
    is_of_all,
    merged_counts,
    moved_topic,
    of_authorships,
    of_works,
    of_year,
    one_in,
    relabelled,
    renamed_institution,
    swapped_counts,
    with_another_id,
    without_funder,
)
from include.pipeline.corruptions.row import Corruption, Group
from include.pipeline.corruptions.source import CountEdit, Edit, Record, RecordEdit

_row = Group("source", "source")


def _counts(edit: CountEdit) -> Callable[[Known], Edit]:
    return lambda known: Edit(count=edit)


def _records(edit: RecordEdit) -> Callable[[Known], Edit]:
    return lambda known: Edit(record=edit)


def _all_works(edit: Callable[[Record], Record]) -> Callable[[Known], Edit]:
    return _records(of_works(edit))


def _relabelled_everywhere(old: str, new: str) -> Callable[[Known], Edit]:
    return lambda known: Edit(record=relabelled(old, new), count=merged_counts(old, new))


SOURCE: tuple[Corruption, ...] = (
    _row(
        "source_totals_halved",
        "All denominators are halved.",
        "gate 3",
        "reporter_papers_stable_fail",
        told(_counts(counted(0.5))),
    ),
    _row(
        "source_totals_a_third_more",
        "All denominators grow by a third.",
        "gate 3",
        "reporter_papers_stable_fail",
        told(_counts(counted(1.33))),
    ),
    _row(
        "source_totals_of_a_year_halved",
        "The denominators of one closed year are halved.",
        "gate 3",
        "reporter_papers_stable_fail",
        told(_counts(counted(0.5, only=of_year(2020)))),
    ),
    _row(
        "source_totals_of_a_year_gone",
        "The source counts no paper of one closed year.",
        "gate 3",
        "reporter_papers_stable_fail",
        told(_counts(counted(0, only=of_year(2019)))),
    ),
    _row(
        "source_running_year_tripled",
        "The denominators of the running year are three times as large as a day before.",
        "gate 3",
        "reporter_papers_stable_fail",
        told(_counts(counted(3, only=of_year(2022)))),
    ),
    _row(
        "source_totals_of_france_are_germanys",
        "The denominators of France are counted as Germany's.",
        "gate 3",
        "reporter_papers_stable_fail",
        told(_counts(merged_counts("FR", "DE"))),
    ),
    _row(
        "source_totals_swapped",
        "The denominators of Italy and Sweden are exchanged.",
        "gate 3",
        "reporter_papers_stable_fail",
        told(_counts(swapped_counts("IT", "SE"))),
    ),
    _row(
        "source_partner_counts_gone",
        "The source's counts of all papers are a tenth, those with side B are as they were.",
        "gate 3",
        "country_papers_stable_fail",
        told(_counts(counted(0.1, only=is_of_all))),
    ),
    _row(
        "source_topic_not_counted",
        "The source counts no paper of the largest topic, and lists all of them.",
        "gate 3",
        "reporter_papers_stable_warn",
        told(lambda known: Edit(narrow=(f"primary_topic.id:!{known['top_topic']}",))),
        enough="The largest of a hundred topics is a few papers in a hundred; the source's own counts move as far in a "
        "year of corrections, and the warning names the countries.",
    ),
    _row(
        "source_france_is_germany",
        "France's papers and institutions are labelled German, and counted so.",
        "gate 3",
        "country_papers_stable_fail",
        told(_relabelled_everywhere("FR", "DE")),
    ),
    _row(
        "source_china_half_taiwan",
        "Every second paper's Chinese authors are labelled as of Taiwan.",
        "gate 3",
        "country_papers_stable_fail",
        told(_all_works(one_in(2, lambda record: relabelled("CN", "TW")("works", record)))),
    ),
    _row(
        "source_top_funder_gone",
        "The top funder's links are gone.",
        "gate 3",
        "funding_by_funder_stable_fail",
        told(lambda known: Edit(record=without_funder(known["top_funder"]))),
    ),
    _row(
        "source_funding_gone_from_half",
        "Half of the works name no funder and no award any more.",
        "gate 3",
        "disclosed_share_stable_fail",
        told(_all_works(one_in(2, having(funders=[], awards=[], grants=[])))),
    ),
    _row(
        "source_all_retracted",
        "Every work is marked as retracted.",
        "gate 3",
        "work_flags_stable_fail",
        told(_all_works(having(is_retracted=True))),
    ),
    _row(
        "source_all_english",
        "Every work is in English.",
        "gate 3",
        "languages_stable_fail",
        told(_all_works(having(language="en"))),
    ),
    _row(
        "source_all_articles",
        "Every work is an article: no preprint and no proceedings are left.",
        "gate 3",
        "work_flags_stable_fail",
        told(_all_works(having(type="article"))),
    ),
    _row(
        "source_topic_moved",
        "All works of the largest topic are given the second largest.",
        "gate 3",
        "topics_stable_fail",
        told(lambda known: Edit(record=moved_topic(known["top_topic"], known["second_topic"]))),
    ),
    _row(
        "source_institution_relabelled",
        "The works of the institution with most links are given to the second.",
        "gate 3",
        "institution_links_stable_fail",
        told(lambda known: Edit(record=renamed_institution(known["top_institution"], known["second_institution"]))),
    ),
    _row(
        "source_dates_in_january",
        "Every work was published on January 1.",
        "gate 3",
        "joint_papers_by_month_stable_fail",
        told(_all_works(in_january)),
    ),
    _row(
        "source_months_shifted",
        "Every work of January to November was published a month later.",
        "gate 3",
        "joint_papers_by_month_stable_fail",
        told(_all_works(a_month_later)),
    ),
    _row(
        "source_years_off_by_one",
        "Every work was published a year later.",
        "gate 3",
        "joint_papers_stable_fail",
        told(_all_works(a_year_later)),
    ),
    _row(
        "source_authors_cut",
        "Of every work only the first two authors are listed.",
        "gate 3",
        "joint_papers_stable_fail",
        told(_all_works(of_authorships(lambda found: found[:2]))),
    ),
    _row(
        "source_addresses_gone",
        "No authorship prints an address any more: bodies without a ROR are not found.",
        "gate 3",
        "addresses_known_fail",
        told(
            _all_works(
                of_authorships(
                    lambda found: [
                        {**each, "raw_affiliation_strings": [], "raw_affiliation_string": None, "affiliations": []}
                        for each in found
                    ]
                )
            )
        ),
    ),
    _row(
        "source_ids_changed",
        "Every work has another id than before.",
        "gate 1",
        "so it is not believed about missing ones",
        told(_all_works(with_another_id)),
    ),
    _row(
        "source_ids_missing",
        "One work in five has no id.",
        "gate 1",
        "so it is not believed about missing ones",
        told(_all_works(one_in(5, lambda record: {**record, "id": None}))),
    ),
    _row(
        "source_window_halved",
        "The source lists and counts only works with authors of Germany: less than half of each window.",
        "gate 1",
        "raw_volume",
        told(lambda known: Edit(narrow=("authorships.countries:de",))),
    ),
)
