"""Which brands a text names, where, and why not; all brands are looked for in one pass."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ahocorasick_rs import AhoCorasick

from monitor.matching.borders import word_around
from monitor.matching.folding import fold, origins
from monitor.matching.keywords import Needle, needle, place
from monitor.model import Brand, Hit, Mention

_CALL = re.compile(r"(?<![\w@.])(?:@|/?u/)(\w[\w.-]*(?:@[\w-]+(?:\.[\w-]+)+)?)")


class Part(StrEnum):
    """What a brand's word is for."""

    KEYWORD = "keyword"
    REQUIRED = "required"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One of a brand's words in a text: [start, end) character offsets, without the suffix."""

    word: str  # as the brand lists it
    part: Part
    start: int
    end: int
    within: str | None = None  # the longer word it is only a part of; None: it stands by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a brand's keywords hit a text, or why not."""

    brand: str
    hits: tuple[Hit, ...]  # empty: no match
    named: tuple[Sighting, ...]  # keywords that stand in the text, whatever else does
    parts_of_words: tuple[Sighting, ...]  # keywords that are only a part of a longer word
    excluded_by: tuple[Sighting, ...]
    missing: tuple[str, ...]  # required words, where none of them stands in the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A verdict for each brand, in the order of the settings."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """Which brand listed a needle, as what, and in which spelling."""

    brand: int
    part: Part
    word: str


class Matcher:
    """Looks for every word of every brand at once."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        """Fold the brands' words. Raises: `ConfigError` for a word of which nothing is left."""
        self._brands = tuple(brands)
        uses: dict[Needle, list[_Use]] = defaultdict(list)
        for index, brand in enumerate(self._brands):
            for part, word in _words(brand):
                uses[needle(word, brand.name)].append(_Use(brand=index, part=part, word=word))
        self._needles = tuple(uses)
        self._uses = tuple(tuple(users) for users in uses.values())
        self._engine = AhoCorasick([looked_for.folded for looked_for in self._needles])
        self._filters = {brand.name: _Filter(brand) for brand in self._brands}
        self._own: dict[tuple[str, str], list[str]] = defaultdict(list)
        for brand in self._brands:
            for platform, handle in brand.own_accounts:
                self._own[platform, fold(handle)].append(brand.name)

    def hits(self, text: str) -> tuple[Hit, ...]:
        """Return every hit in the order of the text: for each brand leftmost, then longest.

        A brand whose required words are all missing, or one of whose excluded phrases stands
        anywhere in the text, has none.
        """
        sightings = self._sightings(text)
        if not sightings:
            return ()
        found = [hit for index, seen in sightings.items() for hit in self._hits(index, seen)]
        return tuple(sorted(found, key=lambda hit: hit.start))

    def brands(self, mention: Mention) -> tuple[str, ...]:
        """Return the names of the brands that `mention` names, in the order of the settings.

        To call one of a brand's own accounts on the post's platform is to name it. Blocked
        authors, blocked places and a brand's languages are honoured; where the platform gives no
        language, the text decides alone.
        """
        hit = {hit.brand for hit in self.hits(mention.text)} | set(self._called(mention))
        if not hit:
            return ()
        wanted = (brand.name for brand in self._brands if brand.name in hit)
        return tuple(name for name in wanted if self._filters[name].lets_pass(mention))

    def _called(self, mention: Mention) -> tuple[str, ...]:
        """Return the brands whose own account a post calls, without those it excludes."""
        if not self._own:
            return ()
        calls = (*_CALL.findall(mention.text), *mention.calls)
        handles = (fold(handle).rstrip(".-") for handle in calls)
        called = {
            name for handle in handles for name in self._own.get((mention.platform, handle), ())
        }
        if not called:
            return ()
        verdicts = self.explain(mention.text).verdicts
        return tuple(one.brand for one in verdicts if one.brand in called and not one.excluded_by)

    def explain(self, text: str) -> Explanation:
        """Return for each brand why it hits `text` or why it does not."""
        sightings = self._sightings(text, near=True)
        verdicts = (self._verdict(at, sightings.get(at, ())) for at in range(len(self._brands)))
        return Explanation(verdicts=tuple(verdicts))

    def _sightings(self, text: str, near: bool = False) -> Mapping[int, Sequence[Sighting]]:
        """Return by brand what stands in `text`; with `near`, parts of longer words too."""
        folded = fold(text)
        found = self._engine.find_matches_as_indexes(folded, overlapping=True)
        if not found:
            return {}
        seen: dict[int, list[Sighting]] = defaultdict(list)
        origin = origins(text, folded)
        for index, first, last in found:
            where = place(text, origin, first, last)
            if where is None:
                continue
            within = self._within(index, text, *where)
            if within is None or near:
                self._note(seen, index, where, within)
        return seen

    def _within(self, index: int, text: str, start: int, end: int) -> str | None:
        stands = self._needles[index].stands_at(text, start, end)
        return None if stands else word_around(text, start, end)

    def _note(
        self,
        seen: dict[int, list[Sighting]],
        index: int,
        where: tuple[int, int],
        within: str | None,
    ) -> None:
        start, end = where
        for use in self._uses[index]:
            seen[use.brand].append(
                Sighting(word=use.word, part=use.part, start=start, end=end, within=within)
            )

    def _hits(self, index: int, seen: Sequence[Sighting]) -> Iterator[Hit]:
        brand = self._brands[index]
        parts = {sighting.part for sighting in seen if sighting.within is None}
        if Part.EXCLUDE in parts or (brand.required and Part.REQUIRED not in parts):
            return
        taken = 0
        for sighting in _leftmost_longest(seen):
            if sighting.start >= taken:
                taken = sighting.end
                yield Hit(brand=brand.name, keyword=sighting.word, start=sighting.start, end=taken)

    def _verdict(self, index: int, seen: Sequence[Sighting]) -> Verdict:
        brand = self._brands[index]
        whole = [sighting for sighting in seen if sighting.within is None]
        has_required = any(sighting.part is Part.REQUIRED for sighting in whole)
        return Verdict(
            brand=brand.name,
            hits=tuple(self._hits(index, seen)),
            named=tuple(_leftmost_longest(whole)),
            parts_of_words=tuple(
                sighting
                for sighting in seen
                if sighting.within is not None and sighting.part is Part.KEYWORD
            ),
            excluded_by=tuple(found for found in whole if found.part is Part.EXCLUDE),
            missing=() if has_required else brand.required,
        )


class _Filter:
    """What a brand asks of a mention beside its text."""

    def __init__(self, brand: Brand) -> None:
        self._authors = frozenset(fold(handle).lstrip("@") for handle in brand.blocked_authors)
        self._places = frozenset(_place_name(place) for place in brand.blocked_places)
        self._languages = frozenset(map(_primary_language, brand.languages))

    def lets_pass(self, mention: Mention) -> bool:
        if mention.author and fold(mention.author.handle).lstrip("@") in self._authors:
            return False
        if _place_name(mention.place) in self._places:
            return False
        hint = _primary_language(mention.language_hint or "")
        return not (self._languages and _is_language(hint)) or hint in self._languages


def _words(brand: Brand) -> Iterator[tuple[Part, str]]:
    yield from ((Part.KEYWORD, word) for word in brand.keywords)
    yield from ((Part.REQUIRED, word) for word in brand.required)
    yield from ((Part.EXCLUDE, phrase) for phrase in brand.exclude)


def _leftmost_longest(seen: Iterable[Sighting]) -> list[Sighting]:
    """Return the keywords that stand by themselves, the longer of two that begin alike first."""
    whole = (found for found in seen if found.part is Part.KEYWORD and found.within is None)
    return sorted(whole, key=lambda found: (found.start, -found.end))


def _place_name(place: str) -> str:
    return fold(place).removeprefix("/").removeprefix("r/")


def _primary_language(tag: str) -> str:
    return tag.lower().replace("_", "-").partition("-")[0]


def _is_language(code: str) -> bool:
    """Return whether `code` is ISO 639-1: platforms also send "und" and codes of their own."""
    return len(code) == 2 and code.isalpha()
