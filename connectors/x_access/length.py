"""How long a text is as X counts, and whether it holds a link.

280 counts: most letters of alphabets count 1, what is beyond U+10FF (Chinese, Japanese, Korean,
symbols) 2, an emoji 2 however many characters make it up, a link 23 however long it is.
Source: twitter-text, configuration version 3, and docs.x.com, "Counting characters". No library
for it has had a release in years, hence this one; what X links without "https://" depends on its
list of top-level domains, of which the country codes and the usual others are known here.
"""

import unicodedata
from collections.abc import Iterator

import regex

LINK = 23
WIDE = 2
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # code points that count 1
_USUAL = "aero|app|blog|cloud|com|dev|edu|gov|info|int|mil|mobi|museum|name|net|online|org|shop"
_USUAL += "|site|store|tech|travel|xyz|biz|[a-z]{2}"
_URL = regex.compile(
    rf"""
    https?://[^\s<>"]*[^\s<>".,;:!?'()\[\]{{}}]
    | (?<![@\w.\-/])(?:[\p{{L}}\p{{N}}](?:[\p{{L}}\p{{N}}\-]*[\p{{L}}\p{{N}}])?\.)+(?:{_USUAL})
      (?![\w@\-]|\.\w)(?:/[^\s<>"]*[^\s<>".,;:!?'()\[\]{{}}]|/)?
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_ANY_DOMAIN = regex.compile(r"[\p{L}\p{N}]\.\p{L}{2,}")
_EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}--[©®™♟]]|[©®™♟]\uFE0F|\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3",
    regex.VERSION1,
)


def weighted_length(text: str) -> int:
    """Return what `text` comes to as X counts."""
    whole = unicodedata.normalize("NFC", text)
    bare, links = _URL.subn(" ", whole)
    return sum(_weights(bare)) + links * (LINK - 1)


def may_hold_link(text: str) -> bool:
    """Return whether X may take anything in `text` for a link, of any top-level domain."""
    return bool(_URL.search(text) or _ANY_DOMAIN.search(text))


def without_links(text: str) -> str:
    """Return `text` with every link taken out."""
    return _URL.sub(" ", text)


def _weights(text: str) -> Iterator[int]:
    for cluster in regex.findall(r"\X", text):
        if _EMOJI.search(cluster):
            yield WIDE
        else:
            yield from map(_weight, cluster)


def _weight(letter: str) -> int:
    return 1 if any(low <= ord(letter) <= high for low, high in _LIGHT) else WIDE
