"""The national aggregates that a generated corpus is calibrated to: the study's published figures, made consistent.

Where the published figures contradict each other, these give way:
- The UK holds "almost half" of the joint papers (0.478), which are 5 % (2017) and 10 % (2021) of Europe's output and
  11 % and 21 % of the UK's. From these follows that the UK has about a fifth (0.22) of Europe's output, not a sixth.
- The UK's joint papers are "about 3 %" of China's output: almost half of 6 to 8 % makes 3.4 %, which is what comes out.
- The EU as one stands behind the UK in China's ranking although the two together hold nearly all joint papers, so
  Switzerland and Norway get an eighth of them, more than they have.
Every number is for scale 1; another scale rounds scale times the number.
"""

from __future__ import annotations

from dataclasses import dataclass

YEARS = (2017, 2018, 2019, 2020, 2021, 2022)

# joint papers, and what share they are of Europe's, China's and the UK's papers of the subject
JOINT = {2017: 3_300, 2018: 4_300, 2019: 5_600, 2020: 6_900, 2021: 8_160, 2022: 8_690}
SHARE_OF_EUROPE = {2017: 0.05, 2018: 0.061, 2019: 0.074, 2020: 0.088, 2021: 0.10, 2022: 0.102}
SHARE_OF_CHINA = {2017: 0.06, 2018: 0.062, 2019: 0.066, 2020: 0.072, 2021: 0.08, 2022: 0.073}
SHARE_OF_UK = {2017: 0.11, 2018: 0.138, 2019: 0.161, 2020: 0.185, 2021: 0.21, 2022: 0.224}
UK_SHARE_OF_JOINT = 0.478

# countries other than the UK: share of the joint papers, as the first European country of a paper
SHARE_OF_JOINT = {
    "CH": 0.079, "NO": 0.034,
    "DE": 0.0915, "FR": 0.053, "IT": 0.051, "NL": 0.041, "ES": 0.032, "SE": 0.031, "FI": 0.0225, "DK": 0.0205,
    "BE": 0.0165, "AT": 0.0125, "IE": 0.0105, "PL": 0.0105, "PT": 0.0066, "GR": 0.0062, "CZ": 0.0041, "HU": 0.002,
    "LU": 0.0021, "RO": 0.0021, "SI": 0.0013, "CY": 0.0017, "SK": 0.0012, "HR": 0.0012, "EE": 0.0012, "LV": 0.0009,
    "MT": 0.0009,
}  # fmt: skip
# the two countries whose joint papers do not grow from 2017 to 2022
NOT_GROWING = {
    "BG": {2017: 14, 2018: 13, 2019: 15, 2020: 13, 2021: 14, 2022: 12},
    "LT": {2017: 12, 2018: 13, 2019: 12, 2020: 14, 2021: 11, 2022: 12},
}
EU27 = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
EUROPE = (*EU27, "CH", "GB", "NO")

# joint papers of the UK with a second European country
UK_SECOND_COUNTRY = {
    "DE": 0.009,
    "FR": 0.006,
    "IT": 0.005,
    "NL": 0.004,
    "CH": 0.008,
    "NO": 0.003,
    "ES": 0.003,
    "IE": 0.003,
}
# of papers led by an EU state: have a second EU state
EU_SECOND_COUNTRY = 0.07

# China's papers with countries outside Europe (without those that are joint papers too): the US leads, and no
# other comes before the EU as one
CHINA_WITH = {
    "US": 44_000, "AU": 10_800, "HK": 10_200, "CA": 8_200, "SG": 6_400, "JP": 6_000, "KR": 3_300, "TW": 2_400,
    "PK": 1_900, "MO": 1_700, "IN": 1_500, "SA": 1_500, "NZ": 900, "MY": 800, "RU": 500, "IR": 500, "AE": 400,
    "BR": 400, "QA": 400, "TR": 300, "IL": 300, "VN": 300, "ZA": 200,
}  # fmt: skip
# papers of the subject with neither Europe nor China, all years
ELSEWHERE = {
    "US": 160_000, "IN": 42_000, "JP": 28_000, "KR": 20_000, "CA": 16_000, "AU": 11_000, "BR": 9_000, "IR": 9_000,
    "TR": 8_000, "TW": 7_000, "RU": 6_000, "SA": 4_000, "MY": 4_000, "PK": 3_500, "SG": 3_000, "IL": 3_000, "HK": 3_000,
    "VN": 2_500, "AE": 2_000, "ZA": 2_000, "NZ": 1_500, "QA": 800, "MO": 300,
}  # fmt: skip
# third countries of joint papers
THIRD_COUNTRY_SHARE = 0.12

# works that are not in the scope, for scale 1: the pipeline must leave them out
OUT_OF_SUBJECT_JOINT = 900
OUT_OF_SUBJECT_BACKGROUND = 40_000
PARATEXT = 14
OUT_OF_YEARS = {2015: 120, 2016: 160, 2023: 190}
WITHOUT_TOPIC = 40
ABSURD_YEAR = 3
# papers a year with Hong Kong or Macao that older records code as China's: the source's filter shows them as joint
MISCODED = 10
ABSURD_YEAR_VALUE = 5777

# joint papers with listed Chinese bodies; a paper belongs to one of these, so the definitions add up. The last two are
# under no definition today: on a list no more, and on one that no definition counts
MILITARY = {
    "pla": 55, "pla_hospital_of_academy": 12, "pla_unmatched": 20,
    "seven_sons": 5_200, "seven_sons_child": 180,
    "security": 140, "defence_industry": 640,
    "sastind_cosupervised": 6_600, "civilian_listed": 2_700, "defence_key_lab_unmatched": 89, "gov_list_only": 450,
    "pla_hospital": 300,
    "delisted": 210, "us1260h_company": 130,
}  # fmt: skip

# funding: half of the joint papers disclose it; shares of those
FUNDED_SHARE = 0.5
CN_FUNDED_SHARE = 0.8
CN_GOVERNMENT_SHARE = 0.6
DEFENCE_BASIC_RESEARCH_PAPERS = 7
# How a funder stands in a work: with its id, or by its ROR, its name or an award number alone. That does not change who
# it is. Some papers have one that nobody can recognise: in place of another of class `other`, or beside the funders
# that they have.
FUNDER_BY_ROR_SHARE = 0.04
FUNDER_BY_NAME_SHARE = 0.12
FUNDER_BY_NUMBER_SHARE = 0.08
UNRECOGNISED_SHARE_OF_OTHER = 0.4
UNRECOGNISED_BESIDE_SHARE = 0.03

# Germany's ten strongest institution links: seven of them are the leader's (institution, Chinese partner, papers)
GERMAN_LINKS = (
    (0, 0, 120), (0, 1, 112), (0, 2, 104), (0, 3, 97), (0, 4, 91), (0, 5, 86), (0, 6, 81),
    (1, 0, 78), (2, 2, 76), (3, 4, 74),
)  # fmt: skip


@dataclass(frozen=True)
class Quota:
    """`papers` works of one kind, year and first European country ('' for none)."""

    kind: str
    year: int
    country: str
    papers: int


def scaled(number: float, scale: float) -> int:
    """`number` at `scale`, rounded half up, so that every platform agrees."""
    return int(number * scale + 0.5)


def apportion(total: int, weights: dict[str, float]) -> dict[str, int]:
    """Split `total` by `weights` into whole numbers that add up to it (largest remainders)."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    found = {key: int(value) for key, value in exact.items()}
    rest = sorted(exact, key=lambda key: (found[key] - exact[key], key))
    for key in rest[: total - sum(found.values())]:
        found[key] += 1
    return found


def joint_papers(year: int, scale: float) -> int:
    """Joint papers of a year."""
    return scaled(JOINT[year], scale)


def joint_of_uk(year: int, scale: float) -> int:
    """Joint papers of the UK in a year."""
    return scaled(joint_papers(year, scale) * UK_SHARE_OF_JOINT, 1)


def joint_quotas(scale: float) -> list[Quota]:
    """How many joint papers of each year have which first European country."""
    quotas = []
    for year in YEARS:
        total, uk = joint_papers(year, scale), joint_of_uk(year, scale)
        fixed = {country: scaled(counts[year], scale) for country, counts in NOT_GROWING.items()}
        rest = apportion(max(0, total - uk - sum(fixed.values())), SHARE_OF_JOINT)
        counts = {"GB": uk, **fixed, **rest}
        quotas += [Quota("joint", year, country, papers) for country, papers in counts.items() if papers]
    return quotas


def shared_out(papers: int, scale: float) -> dict[str, int]:
    """Papers aside from the joint ones, by first European country: at least one."""
    weights = {"GB": UK_SHARE_OF_JOINT, **SHARE_OF_JOINT}
    shares = apportion(max(1, scaled(papers, scale)), weights)
    return {country: count for country, count in shares.items() if count}


def background_quotas(scale: float) -> list[tuple[int, str, str, int]]:
    """Papers of the subject that are not joint: (year, first country, second country or '', papers).

    What joint papers and bilateral papers leave of each side's output is filled with papers of that side alone.
    """
    quotas: list[tuple[int, str, str, int]] = []
    china = {str(year): JOINT[year] / SHARE_OF_CHINA[year] for year in YEARS}
    bilateral = {country: apportion(scaled(papers, scale), china) for country, papers in CHINA_WITH.items()}
    elsewhere = {country: apportion(scaled(papers, scale), china) for country, papers in ELSEWHERE.items()}
    for year in YEARS:
        joint, uk = joint_papers(year, scale), joint_of_uk(year, scale)
        miscoded = shared_out(MISCODED, scale)
        europe_rest = round(joint / SHARE_OF_EUROPE[year]) - joint - sum(miscoded.values())
        uk_rest = round(uk / SHARE_OF_UK[year]) - uk - miscoded.get("GB", 0)
        with_china = {country: papers[str(year)] for country, papers in bilateral.items()}
        china_rest = round(joint / SHARE_OF_CHINA[year]) - joint - sum(with_china.values())
        # outside the joint papers the countries' sizes differ less
        weights = {country: share**0.8 for country, share in SHARE_OF_JOINT.items()} | {"BG": 0.006, "LT": 0.006}
        others = apportion(max(0, europe_rest - uk_rest), weights)
        quotas.append((year, "CN", "", china_rest))
        quotas.append((year, "GB", "", uk_rest))
        quotas += [(year, "CN", country, papers) for country, papers in with_china.items()]
        quotas += [(year, country, "", papers) for country, papers in others.items()]
        quotas += [(year, country, "", papers[str(year)]) for country, papers in elsewhere.items()]
    return [quota for quota in quotas if quota[3] > 0]
