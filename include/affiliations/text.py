"""Text made comparable: names that are looked for and addresses go through the same functions.

A comparable text is lower case, unaccented and half-width, its words parted by one space, with a space at both ends, so
that ` name ` found in it is a match at word boundaries. A comma is ` | ` and a semicolon ` ; `.
"""

from __future__ import annotations

import html
import re
import unicodedata

HAN = re.compile("[\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")

# spelling or abbreviation of a word -> the word
SPELLINGS = {
    spelling: word
    for word, spellings in {
        "university": "univ",
        "institute": "inst institution",
        "research": "res",
        "laboratory": "lab labs laboratories",
        "academy": "acad",
        "college": "coll",
        "national": "natl nat",
        "defense": "def defence",
        "center": "centre ctr",
        "science": "sci",
        "technology": "tech technol technologies",
        "engineering": "eng engn engin",
        "military": "mil",
        "medical": "med",
        "corporation": "corp",
        "group": "grp",
        "armored": "armoured",
        "electronic": "elect",
        "polytechnical": "polytech",
        "aeronautic": "aeronaut",
        "astronautic": "astronaut",
        "navy": "naval",
        "pap": "capf papf",
    }.items()
    for spelling in spellings.split()
}

# several words -> what they stand for, in this order
_PHRASES = tuple(
    (f" {words} ", f" {stands_for} ")
    for words, stands_for in (
        ("airforce", "air force"),
        ("s and t", "science and technology"),
        ("cas", "chinese academy of science"),
        ("multi spectral", "multispectral"),
        ("laboratory for", "laboratory of"),
        ("laboratory on", "laboratory of"),
        ("center for", "center of"),
        ("peoples republic of china", "prc"),
        ("peoples r china", "prc"),
        ("liberation army", "pla"),
        ("armed police force", "pap"),
        ("armed police", "pap"),
        ("peoples pla", "pla"),
        ("people pla", "pla"),
        ("chinese pla", "pla"),
        ("china pla", "pla"),
        ("of pla", "pla"),
        ("peoples pap", "pap"),
        ("people pap", "pap"),
        ("chinese pap", "pap"),
        ("china pap", "pap"),
        ("of pap", "pap"),
    )
)

_WIDE = "".join(chr(code) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), *range(0xFF10, 0xFF1A)))
_HALF = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_NARROW = str.maketrans(_WIDE + "＆，；", _HALF + "&,;")
_WITHOUT_APOSTROPHES = {ord(character): None for character in "'’‘`´"}
_NARROW_WITHOUT_APOSTROPHES = {**_NARROW, **_WITHOUT_APOSTROPHES}

_AMPERSAND = re.compile("&amp;|&")
_COMPANY_FORM = re.compile(r"[ ,]*\b(?:(?:co|company)[ .,]+)?(?:ltd|limited|inc)\b\.?", re.ASCII)
_COMMAS = re.compile("[,、|]+")
_SEMICOLONS = re.compile("[ |]*;[ |;]*")
_NO_WORD = re.compile(r"(?:[^\w|;]|_)+")
_ARTICLE = re.compile(r"\bthe ", re.ASCII)
_NUMBERED = re.compile(r"\b(?:no|number|nr) ?([0-9]+)\b", re.ASCII)
_ORDINAL = re.compile(r"\b([0-9]+)(?:st|nd|rd|th)\b", re.ASCII)
_PLURAL = re.compile(r"\b([a-z]{3,}[^s ])s\b", re.ASCII)
_LITTLE_WORDS = (" of ", " and ", " the ")

_NO_CHINESE = re.compile("[ |;]+")
_CHINESE_COMPANY_FORM = re.compile("(?:股份)?有限责任公司|(?:股份)?有限公司|(集团)公司")

_TENS = ("twent", "thirt", "fort", "fift", "sixt", "sevent", "eight", "ninet")
_ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth"),
    *("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
# `fifty fourth` -> 54; larger numbers are written in figures anyway
NUMBER_WORDS = {
    **{word: str(number) for number, word in enumerate(_ONES, start=1)},
    **{word: str(number) for number, word in enumerate(_TEENS, start=10)},
    **{f"{ten}ieth": f"{place}0" for place, ten in enumerate(_TENS, start=2)},
    **{
        f"{ten}y {word}": f"{place}{number}"
        for place, ten in enumerate(_TENS, start=2)
        for number, word in enumerate(_ONES, start=1)
    },
}
_CHINESE_FIGURES = str.maketrans("一二三四五六七八九零〇○", "123456789000")


def decoded(text: str) -> str:
    """HTML entities as the characters that they stand for; some texts went through a page two or three times."""
    for _ in range(3):
        if "&" not in text or (once := html.unescape(text)) == text:
            break
        text = once
    return text


def unaccented(text: str) -> str:
    """Half-width, without accents and apostrophes, lower case."""
    if text.isascii():
        return text.replace("'", "").replace("`", "").lower()
    text = text.translate(_NARROW_WITHOUT_APOSTROPHES)
    if not text.isascii():
        apart = unicodedata.normalize("NFD", text)
        text = unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.category(c).startswith("M")))
    return text.lower()


def comparable(text: str) -> str:
    """`Natl. Univ. of Defence Technology, Changsha` -> ` national university of defense technology | changsha `.

    `&` is `and`; articles, apostrophes and company forms go; abbreviations are written out, ordinals are figures,
    plurals singular; the army is `pla`, the armed police `pap`. No name is found across a comma.
    """
    text = unaccented(text)
    if "&" in text:
        text = _AMPERSAND.sub(" and ", text)
    if "ltd" in text or "limited" in text or "inc" in text:
        text = _COMPANY_FORM.sub(" ", text)
    text = _COMMAS.sub(" | ", text)
    if ";" in text:
        text = _SEMICOLONS.sub(" ; ", text)
    text = _ARTICLE.sub("", _NO_WORD.sub(" ", text))
    text = " ".join([SPELLINGS.get(word, word) for word in text.split()])
    text = f" {text} "
    for words, stands_for in _PHRASES:
        if words in text:
            text = text.replace(words, stands_for)
    text = _ORDINAL.sub(r"\1", _NUMBERED.sub(r"\1", text))
    return _PLURAL.sub(r"\1", text)


def without_little_words(text: str) -> str:
    """Words that come and go: University of Science & Technology of China, Univ Sci Technol China."""
    for word in _LITTLE_WORDS:
        text = text.replace(word, " ")
    return text


def comparable_chinese(text: str) -> str:
    """Of a comparable text all, without spaces, commas, and what companies put behind their names."""
    return _CHINESE_COMPANY_FORM.sub(lambda found: found[1] or "", _NO_CHINESE.sub("", text))


def chinese_number(figures: str) -> str:
    """`五十四` and `五四` -> `54`, `一百零五` -> `105`; figures stay."""
    text = figures.translate(_CHINESE_FIGURES)
    if "百" in text:
        hundreds, rest = text.split("百", 1)
        rest = rest.lstrip("0")
        return (hundreds or "1") + (_below_hundred(rest).zfill(2) if rest else "00")
    return _below_hundred(text)


def _below_hundred(text: str) -> str:
    if text.startswith("十"):
        text = f"1{text}"
    if text.endswith("十"):
        text = f"{text[:-1]}0"
    return text.replace("十", "")
