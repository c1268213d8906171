"""The findings in words: each sentence is a template with its number, its base and its period.

A sentence is left out (None) when what it would say is not known or rests on a small cell; then a sentence of its
own says so where the reader would miss it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from markupsafe import Markup

from include.report.figures import SMALL_CELL, Figure, Name, Years, figure_id, say, strong
from include.report.reading import Reading, Row
from include.report.words import capital, in_a_sentence, of_number

LISTING = Markup("A listing is not a finding about a paper, a person or a collaboration.")
# shares that differ by less are called the same
_SAME_SHARE = 0.0005
# growth below this is no change
_SAME_RATE = 0.005
# quantile of the normal distribution for 95 per cent
_Z = 1.959964


def joint_papers(reporter: str, years: Years, value: float | None) -> Figure:
    """Joint papers of a reporter in these years, full count."""
    return Figure(figure_id("joint_papers", reporter, years.key), value)


def ratio(part: float | None, whole: float | None) -> float | None:
    """`part / whole`; None when either is not known or the whole is nothing."""
    return None if part is None or not whole else part / whole


def share_figure(measure: str, *parts: object, value: float | None) -> Figure:
    """A share by its measure and parts."""
    return Figure(figure_id(measure, *parts), value, "share")


def incomplete(reading: Reading) -> Markup:
    """What is added where no year of the period is complete."""
    return Markup("") if reading.is_complete else Markup(" (no year is complete yet)")


def side_a(reading: Reading) -> Name:
    """Side A as a sentence calls it."""
    return Name(in_a_sentence(reading.side_a))


def side_b(reading: Reading) -> Name:
    """Side B as a sentence calls it."""
    return Name(in_a_sentence(reading.side_b))


def large_enough(part: float | None, whole: float | None) -> float | None:
    """`part / whole`, None too where the part is a small cell: of so few no share is stated."""
    return ratio(part, whole) if (part or 0) >= SMALL_CELL else None


def year_row(reading: Reading, reporter: str, year: int) -> Row:
    """A reporter's row of a year; empty when there is none."""
    return next((row for row in reading.years_of(reporter) if row["publication_year"] == year), {})


# --- the seven findings ---------------------------------------------------------------------------------------------


def volume(reading: Reading, reporter: str | None = None, name: str = "") -> Markup | None:
    """How many joint papers, and how many times as many as in the first year."""
    period = reading.period
    if period is None:
        return None
    code, name = reporter or reading.side_code, in_a_sentence(name or reading.side_a)
    first, last = period.at_the_ends
    n_first = year_row(reading, code, period.first).get("joint_papers") or 0
    n_last = year_row(reading, code, period.last).get("joint_papers") or 0
    parts = {
        "a": Name(capital(name)),
        "b": side_b(reading),
        "n_last": strong(joint_papers(code, last, n_last)),
        "papers": of_number(n_last, "paper", "papers"),
        "n_first": joint_papers(code, first, n_first),
        "last": last,
        "first": first,
        "incomplete": incomplete(reading),
    }
    if period.first == period.last:
        return say("{a} and {b} wrote {n_last} {papers} together in {last}{incomplete}.", **parts)
    if n_first < SMALL_CELL or n_last < SMALL_CELL:
        return say(
            "{a} and {b} wrote {n_last} {papers} together in {last} and {n_first} in {first}{incomplete}: "
            "too few to speak of growth.",
            **parts,
        )
    change = n_last / n_first - 1
    factor = strong(Figure(figure_id("factor", code, period.key), n_last / n_first, "factor"))
    rate = strong(Figure(figure_id("growth", code, period.key), change, "rate"))
    if abs(change) < _SAME_RATE:
        text = (
            "{a} and {b} wrote {n_last} papers together in {last}{incomplete}, about as many as in {first} ({n_first})."
        )
    elif change >= 1:
        text = (
            "{a} and {b} wrote {n_last} papers together in {last}{incomplete}, {factor} times as many as in {first} "
            "({n_first})."
        )
    elif change > 0:
        text = "{a} and {b} wrote {n_last} papers together in {last}{incomplete}, {rate} on {first} ({n_first})."
    else:
        text = (
            "{a} and {b} wrote {n_last} papers together in {last}{incomplete}, fewer than in {first} "
            "({n_first}; {rate})."
        )
    return say(text, factor=factor, rate=rate, **parts)


def shares_of_output(reading: Reading, reporter: str | None = None, name: str = "") -> Markup | None:
    """Which part of each side's papers is joint; says so when nobody counted the papers that it would be a part of."""
    period = reading.period
    if period is None:
        return None
    code, name = reporter or reading.side_code, in_a_sentence(name or reading.side_a)
    first, last = period.at_the_ends
    row, row_first = year_row(reading, code, period.last), year_row(reading, code, period.first)
    own = share_figure("own_share", code, last.key, value=ratio(row.get("joint_papers"), row.get("all_papers")))
    own_first = share_figure(
        "own_share", code, first.key, value=large_enough(row_first.get("joint_papers"), row_first.get("all_papers"))
    )
    partner = share_figure(
        "partner_share", code, last.key, value=ratio(row.get("joint_papers"), row.get("partner_papers"))
    )
    parts = {"a": Name(name), "b": side_b(reading), "last": last, "first": first}
    if own.value is None:
        return say(
            "Which part of the papers of {a} that is, is not known: this release has no count of all its papers "
            "in {last}.",
            **parts,
        )
    if (row.get("joint_papers") or 0) < SMALL_CELL:
        return None
    text = "That is {own} of all papers of {a} on the subject in {last}"
    if own_first.value is not None and period.first != period.last:
        text += " ({own_first} in {first})"
    if partner.value is not None:
        text += ", and {partner} of those of {b}"
    return say(text + ".", own=strong(own), own_first=own_first, partner=partner, **parts) + _fall_of_partner(
        reading, code, partner.value
    )


def _fall_of_partner(reading: Reading, code: str, value: float | None) -> Markup:
    period = reading.period
    if period is None or value is None or period.first == period.last:
        return Markup("")
    before = year_row(reading, code, period.last - 1)
    share_before = large_enough(before.get("joint_papers"), before.get("partner_papers"))
    if share_before is None or share_before - value < _SAME_SHARE:
        return Markup("")
    return say(
        " The share of the papers of {b} fell, from {share} in {year}.",
        b=side_b(reading),
        share=share_figure("partner_share", code, period.last - 1, value=share_before),
        year=Years(period.last - 1, period.last - 1),
    )


def leading_country(reading: Reading) -> Markup | None:
    """Which country of side A has a part in most joint papers, and the credit of side A by authors."""
    period = reading.period
    if period is None or len(reading.countries) < 2 or reading.joint_papers < SMALL_CELL:
        return None
    totals = {row["reporter_code"]: reading.total(row["reporter_code"], "joint_papers") for row in reading.countries}
    top = max(reading.countries, key=lambda row: (totals[row["reporter_code"]], row["reporter_code"]))
    code = top["reporter_code"]
    credit = reading.total(reading.side_code, "joint_paper_credit")
    return say(
        "{share} of the {n} joint papers of {period} have authors in {top}; counted by authors, {a} holds {credit} of "
        "a joint paper on average.",
        top=strong(Name(in_a_sentence(top["reporter_name"]))),
        share=strong(share_figure("part_of_side", code, period.key, value=ratio(totals[code], reading.joint_papers))),
        n=joint_papers(reading.side_code, period, reading.joint_papers),
        period=period,
        a=side_a(reading),
        credit=share_figure("credit_share", reading.side_code, period.key, value=ratio(credit, reading.joint_papers)),
    )


def first_partner(reading: Reading) -> Markup | None:
    """With which country side B works most, and which place side A as one would take."""
    period = reading.period
    if period is None:
        return None
    last = period.at_the_ends[1]
    rows = [row for row in reading["partners"] if row["publication_year"] == period.last]
    if not rows:
        return None
    top = max(rows, key=lambda row: (row["joint_papers"], row["country_code"]))
    of_side = year_row(reading, reading.side_code, period.last).get("joint_papers") or 0
    if top["joint_papers"] < SMALL_CELL or of_side < SMALL_CELL:
        return None
    outside = [row for row in rows if not row["is_side_a_country"]]
    if not outside:
        return None
    # of all countries, not of those alone that are drawn
    rank = 1 + sum(row["countries"] for row in reading["ahead_of_side"])
    one = in_a_sentence(reading.side_a)
    parts = {
        "b": side_b(reading),
        "a": Name(capital(one)),
        "top": strong(Name(in_a_sentence(top["country_name"]))),
        "n": strong(Figure(figure_id("papers_with_partner", top["country_code"], last.key), top["joint_papers"])),
        "last": last,
        "rank": Figure(figure_id("rank_of_side_a", last.key), rank, "rank"),
    }
    if len(reading.countries) < 2:
        return say("The country that {b} writes most papers with is {top}: {n} in {last}.", **parts)
    return say(
        "The country that {b} writes most papers with is {top}: {n} in {last}. {a} as one would be number {rank}.",
        **parts,
    )


def funding(reading: Reading, reporter: str | None = None) -> Markup | None:
    """How many papers disclose funding, and who pays, with the base of each share."""
    period = reading.period
    code = reporter or reading.side_code
    if period is None:
        return None
    papers = reading.total(code, "joint_papers")
    disclosed = reading.total(code, "papers_with_funding")
    of_b = reading.total(code, "papers_with_side_b_funder")
    both = reading.total(code, "papers_with_both_funders")
    parts = {
        "n": joint_papers(code, period, papers),
        "period": period,
        "b": side_b(reading),
        "papers": of_number(papers, "paper", "papers"),
        "disclose": of_number(disclosed, "discloses", "disclose"),
        "disclosed": Figure(figure_id("papers_with_funding", code, period.key), disclosed),
        "share": strong(share_figure("disclosed_share", code, period.key, value=ratio(disclosed, papers))),
        "of_b": strong(share_figure("side_b_of_disclosed", code, period.key, value=ratio(of_b, disclosed))),
        "of_b_all": share_figure("side_b_of_all", code, period.key, value=ratio(of_b, papers)),
        "both": share_figure("both_of_disclosed", code, period.key, value=ratio(both, disclosed)),
    }
    if not papers:
        return None
    if not disclosed:
        return say("Who pays is not known: none of the {n} joint {papers} of {period} names a funder.", **parts)
    if disclosed < SMALL_CELL:
        return say(
            "{disclosed} of the {n} joint {papers} of {period} {disclose} funding: too few to say who pays.", **parts
        )
    if not sides_are_known(reading, code):
        return say(
            "{share} of the {n} joint papers of {period} disclose funding. Of which side the funders are is not known "
            "for any of these {disclosed}.",
            **parts,
        )
    return say(
        "{share} of the {n} joint papers of {period} disclose funding. {of_b} of these {disclosed} have a funder of "
        "{b}, that is {of_b_all} of all joint papers; {both} of them have funders of both sides.",
        **parts,
    )


def sides_are_known(reading: Reading, reporter: str) -> bool:
    """Whether any funder is known to be of either side; that none is, says nothing about who pays."""
    return any(reading.total(reporter, f"papers_with_{side}_funder") for side in ("side_a", "side_b"))


def links(reading: Reading, reporter: str | None = None) -> Markup | None:
    """How many papers are linked to a listed body, from the widest definition to the narrowest, and what that is
    not."""
    sentence = linked_papers(reading, reporter)
    return sentence and sentence + Markup(" ") + LISTING


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 per cent interval of a share (Wilson's score), as bi_linked_year has it."""
    share, n = part / whole, whole
    middle = share + _Z**2 / (2 * n)
    reach = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return (middle - reach) / (1 + _Z**2 / n), (middle + reach) / (1 + _Z**2 / n)


def linked_papers(reading: Reading, reporter: str | None = None) -> Markup | None:
    """The same without what a listing is not, for where that stands beside it."""
    period = reading.period
    code = reporter or reading.side_code
    rows = reading.of("links", reporter_code=code)
    if period is None or not rows:
        return None
    papers = reading.total(code, "joint_papers")
    if not papers:
        return None
    if not reading["listed_bodies"][0]["bodies"]:
        return say(
            "No body on the lists is of {a} or of {b}, so no paper can be linked to one.",
            a=side_a(reading),
            b=side_b(reading),
        )
    now = {row["definition_code"]: row for row in rows if row["listing_basis"] == "today"}
    then = {row["definition_code"]: row for row in rows if row["listing_basis"] == "at_publication"}
    codes = sorted(now, key=lambda one: now[one]["definition_order"])
    wide, narrow = codes[-1], codes[0]

    def count(definition: str, basis: str, row: Row) -> Figure:
        return Figure(figure_id("linked_papers", definition, basis, code, period.key), row["linked_papers"])

    def share(definition: str, basis: str, row: Row) -> Figure:
        value = ratio(row["linked_papers"], papers)
        return share_figure("linked_share", definition, basis, code, period.key, value=value)

    parts = {
        "n": joint_papers(code, period, papers),
        "period": period,
        "wide_count": count(wide, "today", now[wide]),
        "papers": of_number(papers, "paper", "papers"),
        "have": of_number(now[wide]["linked_papers"], "has", "have"),
        "narrow_papers": of_number(now[narrow]["linked_papers"], "paper", "papers"),
        "narrow_count": strong(count(narrow, "today", now[narrow])),
        "narrow_name": Name(now[narrow]["definition_name"]),
    }
    if papers < SMALL_CELL:
        text = (
            "{wide_count} of the {n} joint {papers} of {period} {have} an institution that is on a military or "
            "security list today: too few to state a share."
        )
        return say(text, **parts)
    text = (
        "{wide} of the {n} joint papers of {period} have an institution that is on a military or security list today, "
        "{wide_then} one that was on a list when they appeared. By the narrowest definition ({narrow_name}) it is "
        "{narrow_count} {narrow_papers}, {narrow}."
    )
    if reporter:
        # of one country's papers chance is a part; the study's whole is no sample
        low, high = wilson(now[wide]["linked_papers"], papers)
        text = text.replace("{wide} of", "{wide} (interval of ninety-five per cent: {low} to {high}) of")
        ends = (wide, "today", code, period.key)
        parts["low"] = share_figure("linked_share_low", *ends, value=low)
        parts["high"] = share_figure("linked_share_high", *ends, value=high)
    return say(
        text,
        wide=strong(share(wide, "today", now[wide])),
        wide_then=share(wide, "at_publication", then[wide]) if wide in then else "",
        narrow=share(narrow, "today", now[narrow]),
        **parts,
    )


# selections that clean the set, rather than choose whose papers they are
_CLEANING = (
    "without_hyperauthored",
    "without_retracted",
    "without_preprints",
    "without_dual_affiliations",
    "english_only",
)


def certainty(reading: Reading) -> Markup | None:
    """Between which figures the number of joint papers lies under the other selections of works."""
    period = reading.period
    rows = [row for row in reading["selections"] if row["work_selection"] in _CLEANING]
    if period is None or not rows or reading.joint_papers < SMALL_CELL:
        return None
    low, high = min(rows, key=lambda row: row["papers"]), max(rows, key=lambda row: row["papers"])

    def papers(row: Row) -> Figure:
        return Figure(figure_id("selected_papers", row["work_selection"], period.key), row["papers"])

    return say(
        "The {n} joint papers of {period} become {low} to {high} when one cleans the set in one of {k} ways: "
        "no preprints, no retracted works, no very long author lists, no dual affiliations, English only.",
        n=joint_papers(reading.side_code, period, reading.joint_papers),
        period=period,
        low=strong(papers(low)),
        high=strong(papers(high)),
        k=Figure(figure_id("cleaning_selections"), len(rows), "rank"),
    )


# --- sentences of the sections --------------------------------------------------------------------------------------


def growth(reading: Reading) -> Markup | None:
    """In how many countries joint papers grew, of those where growth can be stated."""
    period = reading.period
    if period is None or period.first == period.last or len(reading.countries) < 2:
        return None
    rates = growth_rates(reading)
    if not rates:
        return say("No country has enough joint papers at both ends of {period} to speak of growth.", period=period)
    first, last = period.at_the_ends
    text = "Joint papers grew in {grown} of the {n} countries that have enough of them to tell, most in {top}: "
    if all(row["rate"] > 0 for row in rates):
        text = "Joint papers grew in all {n} countries that have enough of them to tell, most in {top}: "
    elif not any(row["rate"] > 0 for row in rates):
        text = (
            "Joint papers grew in none of the {n} countries that have enough of them to tell; the highest rate is that "
            "of {top}: "
        )
    if len(rates) == 1:
        (only,) = rates
        return say(
            "Only {top} has enough joint papers to speak of growth: {rate}, from {n_first} in {first} to "
            "{n_last} in {last}.",
            top=strong(Name(in_a_sentence(only["reporter_name"]))),
            rate=Figure(figure_id("growth", only["reporter_code"], period.key), only["rate"], "rate"),
            n_first=joint_papers(only["reporter_code"], first, only["n_first"]),
            n_last=joint_papers(only["reporter_code"], last, only["n_last"]),
            first=first,
            last=last,
        )
    fastest = max(rates, key=lambda row: (row["rate"], row["reporter_code"]))
    grown = sum(row["rate"] > 0 for row in rates)
    return say(
        text + "{rate}, from {n_first} in {first} to {n_last} in {last}.",
        grown=strong(Figure(figure_id("countries_grown", period.key), grown, "rank")),
        n=Figure(figure_id("countries_with_growth", period.key), len(rates), "rank"),
        top=strong(Name(in_a_sentence(fastest["reporter_name"]))),
        rate=Figure(figure_id("growth", fastest["reporter_code"], period.key), fastest["rate"], "rate"),
        n_first=joint_papers(fastest["reporter_code"], first, fastest["n_first"]),
        n_last=joint_papers(fastest["reporter_code"], last, fastest["n_last"]),
        first=first,
        last=last,
    )


def growth_rates(reading: Reading) -> list[Row]:
    """Growth of each country with enough papers at both ends of the period."""
    period = reading.period
    if period is None or period.first == period.last:
        return []
    found = []
    for country in reading.countries:
        code = country["reporter_code"]
        n_first = year_row(reading, code, period.first).get("joint_papers") or 0
        n_last = year_row(reading, code, period.last).get("joint_papers") or 0
        if n_first >= SMALL_CELL and n_last >= SMALL_CELL:
            found.append({**country, "n_first": n_first, "n_last": n_last, "rate": n_last / n_first - 1})
    return found


def topics(reading: Reading) -> Markup | None:
    """The largest topic, and those that the study names."""
    period = reading.period
    if period is None or not reading.joint_papers:
        return None
    if not reading["topics"]:
        return say("On which topics is not known: no joint paper of {period} has one.", period=period)
    top = reading["topics"][0]
    if top["papers"] < SMALL_CELL:
        return say(
            "The largest topic is {top}, with {n} joint {papers} in {period}: too few to compare topics.",
            top=strong(Name(top["topic_name"])),
            n=topic_papers(reading, top),
            papers=of_number(top["papers"], "paper", "papers"),
            period=period,
        )
    parts = {
        "top": strong(Name(top["topic_name"])),
        "n": topic_papers(reading, top),
        "share": share_figure(
            "topic_share", top["topic_id"], period.key, value=ratio(top["papers"], reading.joint_papers)
        ),
        "period": period,
        "all": joint_papers(reading.side_code, period, reading.joint_papers),
    }
    text = "The largest topic is {top}: {n} of the {all} joint papers of {period} ({share})."
    named = [row for row in reading["topics"] if row["is_named"]]
    if named:
        text += " The study names {named} of the topics; {hold} {of_named}."
        parts["hold"] = of_number(len(named), "it holds", "together they hold")
        papers = sum(row["papers"] for row in named)
        parts["named"] = Figure(figure_id("named_topics", period.key), len(named), "rank")
        parts["of_named"] = Figure(figure_id("papers_on_named_topics", period.key), papers)
    return say(text, **parts)


def topic_papers(reading: Reading, row: Row) -> Figure:
    """Joint papers of side A on a topic, in the period."""
    period = reading.period
    return Figure(
        figure_id("topic_papers", row["topic_id"], reading.side_code, period.key if period else ""), row["papers"]
    )


def top_pair(reading: Reading) -> Markup | None:
    """The strongest link between two institutions."""
    rows = sorted(reading["pairs_of_reporters"], key=lambda row: (-row["joint_papers"], row["institution_a_id"]))
    if not rows or rows[0]["joint_papers"] < SMALL_CELL:
        return None
    top = rows[0]
    return say(
        "The strongest link between two institutions is that of {a} and {b}: {n} joint papers in all years.",
        a=strong(Name(top["a_label"])),
        b=strong(Name(top["b_label"])),
        n=pair_papers(top["institution_a_id"], top["institution_b_id"], top["joint_papers"]),
    )


def pair_papers(side_a: str, side_b: str, value: int) -> Figure:
    """Joint papers of two institutions, in all years of the release."""
    return Figure(figure_id("pair_papers", side_a, side_b), value)


# the order of the first screen: section of the page -> its sentence
FINDINGS: dict[str, Callable[[Reading], Markup | None]] = {
    "how-much": volume,
    "output": shares_of_output,
    "who": leading_country,
    "partners": first_partner,
    "funding": funding,
    "links": links,
    "certainty": certainty,
}
