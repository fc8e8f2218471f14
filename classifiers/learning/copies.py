"""Which of many posts are copies of one another, and which part of them is never taught."""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from monitor.matching.near_duplicates import bands, fingerprint, similar

ONE_IN = 5  # of the posts that were tapped, kept to measure on


def numbered(texts: Sequence[str]) -> list[int]:
    """Return for each text the place of the first one that it is a copy of, by way of others."""
    prints = [fingerprint(text) for text in texts]
    first = list(range(len(texts)))
    met: defaultdict[int, list[int]] = defaultdict(list)
    for place, found in enumerate(prints):
        keys = bands(found)
        for other in sorted({one for key in keys for one in met[key]}):
            if _root(first, other) != _root(first, place) and similar(prints[other], found):
                ends = sorted((_root(first, other), _root(first, place)))
                first[ends[1]] = ends[0]
        for key in keys:
            met[key].append(place)
    return [_root(first, place) for place in range(len(texts))]


def is_held_out(text: str) -> bool:
    """Return whether a post is for measuring: drawn by its text, so that it stays drawn.

    Of copies the oldest is asked. A post that was drawn was never taught to any challenger, so
    champion and challenger meet it as strangers, however often they are compared.
    """
    drawn = sha256(b"held out " + text.encode("utf-8", "replace")).digest()
    return int.from_bytes(drawn[:4]) % ONE_IN == 0


def _root(first: list[int], place: int) -> int:
    while first[place] != place:
        first[place] = first[first[place]]
        place = first[place]
    return place
