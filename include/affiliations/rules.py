"""When a name that stands in an address is the body: the rules for names of the lists, one function a rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from include.affiliations.addresses import Single
from include.affiliations.names import ARMY, ARMY_IN_CHINESE, Name
from include.affiliations.numbers import institute_number
from include.affiliations.text import HAN

# how long the number of a unit of the army is; institutes have shorter ones
UNIT_FIGURES = 5
METHODS_IN_ORDER = {"numbered_institute": 0, "acronym_and_city": 2}

_OF_CHINA = re.compile(" (?:china|chinese|prc|p r c|pla|pap) ")
_OF_TAIWAN = re.compile(
    " (?:taiwan|taipei|taoyuan|kaohsiung|roc|r o c) |republic of china"
    "|台湾|台北|桃园|高雄|基隆|新竹|台中|台南|臺灣|臺北|桃園|臺中|臺南"
)
_UNIT = re.compile(" (?:department|school|college|faculty|laboratory|institute|center|division) |^[0-9 ]+$")
_ACRONYM_NUMBER = re.compile(r"^([0-9]{1,3}) (?:\||$)")
_GENERAL_INSTITUTE = re.compile("^ institute of ")
_BEFORE_AN_INSTITUTE = re.compile("^(?:[0-9]{1,2}|[a-z]|.* and)?$")
_BEHIND_AN_INSTITUTE = re.compile("^(?:(?:of |in )?(?:chinese )?academy .*)?$")


@dataclass(frozen=True)
class Finding:
    """A body found in one address by one of its names, or by a rule that needs no name of its own (`name` is the body's
    any). `names_country` is False where nothing but the body and its units is printed."""

    name: Name
    method: str
    evidence: str
    names_country: bool
    number: str | None = None

    @property
    def body_id(self) -> str:
        return self.name.body_id

    @property
    def is_unit(self) -> bool:
        """A unit of the army by its five figures."""
        return self.method == "numbered_institute" and len(self.number or "") == UNIT_FIGURES


def numbered_bodies(names: Sequence[Name]) -> dict[tuple[str, str], Name]:
    """(conglomerate, number) -> a name of the institute that is listed itself."""
    conglomerates = [name for name in names if name.kind == "numbered_institute"]
    found: dict[tuple[str, str], Name] = {}
    for name in names:
        if name.kind == "name" and (number := institute_number(name.needle)):
            for conglomerate in conglomerates:
                if conglomerate.needle in name.needle and conglomerate.body_id != name.body_id:
                    found.setdefault((conglomerate.body_id, number), name)
    return found


def named_bodies(
    singles: Sequence[Single], candidates: Iterable[Name], is_short: bool, listed: dict[tuple[str, str], Name]
) -> list[list[Finding]]:
    """For each address of a text, the bodies that it names.

    `is_short`: the text is printed as a citation index does. `listed`: of `numbered_bodies`.
    """
    names = list(candidates)
    return [_resolved(_not_covered(_found(single, names, is_short), single), listed) for single in singles]


def _found(single: Single, names: Sequence[Name], is_short: bool) -> list[Finding]:
    found = []
    beside = {name.needle for name in names if name.kind == "name"}
    for name in names:
        if not stands_in(single, name, is_short) or is_elsewhere(single, name):
            continue
        number = None
        if name.kind == "numbered_institute":
            number = _number(single, name)
            # units of five figures are the army's, institutes the industry's
            if number is None or is_army(name) != (len(number) == UNIT_FIGURES):
                continue
        country = names_country(single, name)
        if country or is_bare(single, name, beside):
            needle = name.needle.strip()
            found.append(
                Finding(name, _method(name), f"{needle} {number or name.until or ''}".strip(), country, number)
            )
    return found


def _method(name: Name) -> str:
    return "former_name" if name.until else name.kind


def stands_in(single: Single, name: Name, is_short: bool) -> bool:
    """The name is printed in the address, and is not the beginning or the end of another."""
    needle = name.needle
    if name.also is not None and name.also not in single.plain:
        return False
    if name.is_chinese and name.until and needle[0] == " ":
        # so short that it is the end of other names too
        return any(part.strip() == needle.strip() for part in single.parts)
    if name.is_chinese and needle[0] != " ":
        # behind `university` stands the name of one of its schools
        return needle in single.chinese and needle in single.chinese.replace(f"大学{needle}", "#")
    if is_short:
        return f"{name.short}| " in single.short
    if name.is_company:
        return f"{needle}| " in f"{single.plain}| " or f"{needle}of " in single.plain
    if needle not in single.plain:
        return False
    if name.is_open_ended:
        return needle in single.plain_of.replace(f"{needle}of ", " # ")
    if name.kind == "part_and_whole" and _GENERAL_INSTITUTE.match(needle):
        return _stands_alone(single, needle)
    # Beijing Institute of Geology for Mineral Resources is another one
    return needle in single.plain.replace(f"{needle}for ", " # ")


def _stands_alone(single: Single, needle: str) -> bool:
    """Wuhan Institute of Physics and Mathematics of an academy is not its Institute of Physics."""
    for part in single.parts:
        place = part.find(needle)
        if place < 0 or not _BEFORE_AN_INSTITUTE.match(part[:place].strip()):
            continue
        if _BEHIND_AN_INSTITUTE.match(part[place + len(needle) :].strip()):
            return True
    return False


def is_army(name: Name) -> bool:
    """The army as such, of which there are units."""
    return name.needle in (ARMY, ARMY_IN_CHINESE)


def is_elsewhere(single: Single, name: Name) -> bool:
    """An address in another country is not the body's; nor is one in Taiwan a body's of China."""
    if single.country_named is not None and single.country_named != name.country_code:
        return True
    return name.country_code == "CN" and bool(_OF_TAIWAN.search(single.plain.replace(" of china ", " ")))


def names_country(single: Single, name: Name) -> bool:
    """The address names the body's country, a place there, or the body's city."""
    if name.city and f" {name.city} " in single.plain:
        return True
    if single.country_of_places == name.country_code:
        return True
    text = single.plain + name.needle
    if name.country_code == "CN":
        return bool(_OF_CHINA.search(text) or HAN.search(text))
    return name.country_name is None or name.country_name in text


def is_bare(single: Single, name: Name, beside: Collection[str] = ()) -> bool:
    """Nothing at all is printed but the body and its units: so a foreign homonym with its town, or with its country in
    its name (US Army Research Institute), is none. `beside`: names of other bodies, which may stand there too."""
    return (
        name.kind == "name"
        and single.singles == 1
        and name.needle in single.parts
        and all(part == name.needle or part in beside or _UNIT.search(part) for part in single.parts)
    )


def _number(single: Single, name: Name) -> str | None:
    """The number of the institute; of an acronym also CETC-54."""
    if single.institute_number:
        return single.institute_number
    if " " not in name.needle.strip() and not name.is_chinese:
        behind = single.plain.split(name.needle, 1)
        if len(behind) == 2 and (found := _ACRONYM_NUMBER.match(behind[1])):
            return found[1]
    return None


def _not_covered(found: Sequence[Finding], single: Single) -> list[Finding]:
    """Of names that overlap the longer one counts: NUAA is not Nanjing University, its school not the university."""
    return [
        short
        for short in found
        if not any(
            other.body_id != short.body_id
            and (
                _covers(other.name, short.name, single)
                or (other.name.kind == "part_and_whole" and other.name.also == short.name.needle)
            )
            for other in found
        )
    ]


def _covers(long: Name, short: Name, single: Single) -> bool:
    if long.kind == "numbered_institute" or len(long.needle) <= len(short.needle):
        return False
    needle = short.needle.strip() if short.is_chinese else short.needle
    if needle not in long.needle:
        return False
    text = single.chinese if short.is_chinese else single.plain
    return needle not in text.replace(long.needle.strip() if long.is_chinese else long.needle, " # ")


def _resolved(found: Sequence[Finding], listed: dict[tuple[str, str], Name]) -> list[Finding]:
    """A listed institute rather than its conglomerate, a body rather than the army that its unit is of."""
    resolved: list[tuple[Finding, str | None]] = []
    for one in found:
        institute = listed.get((one.body_id, one.number)) if one.number else None
        if institute is not None:
            resolved.append((Finding(institute, one.method, one.evidence, one.names_country, one.number), one.body_id))
        else:
            resolved.append((one, None))
    conglomerates = {conglomerate for _, conglomerate in resolved if conglomerate}
    has_body = any(not one.is_unit for one, _ in resolved)
    return [
        one
        for one, conglomerate in resolved
        if conglomerate or (one.body_id not in conglomerates and not (one.is_unit and has_body))
    ]
