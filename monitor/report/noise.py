"""Pure: which words bring posts that nobody needs to answer, and which of them may be left out.

Two piles of texts are compared word by word: what needs no answer, and what does. How much more
often a phrase stands in the one than in the other is told by its log-odds ratio with an informative
Dirichlet prior, over its standard deviation (z): rare phrases must be far more one-sided than
common ones to count. Counted are the texts that hold a phrase. Source: B. L. Monroe, M. P.
Colaresi, K. M. Quinn, "Fightin' Words: Lexical Feature Selection and Evaluation for Identifying the
Content of Political Conflict", Political Analysis 16 (2008), section 3.5.

A phrase becomes a suggestion only if not one of all posts that need an answer, or may need one, has
it. That none did is no promise: of n posts with it, up to 3 in n may still need one (the "rule of
three", at 95 %; J. A. Hanley, A. Lippman-Hand, JAMA 249, 1983).
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.matching.folding import fold
from monitor.matching.matcher import Matcher
from monitor.matching.phrases import phrases
from monitor.model import Brand
from monitor.store.scratch import Need

DRAWN = 4_000  # texts of each pile that phrases are sought in
SURE = 1.96  # z from which on a phrase is told, as in the article
_PRIOR = 0.1  # of all phrases of both piles: the prior weighs as much as a tenth of them
_LEAST = 5  # texts that a phrase must stand in
_LEAST_SHARE = 0.002  # and of all that are not needed
_CANDIDATES = 60  # that are counted in all posts
_SUGGESTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Noisy:
    """A phrase that stands far more often where nobody needs to answer."""

    phrase: str  # as somebody wrote it
    z: float
    idle: int  # posts with it that need no answer
    doubtful: int  # that may need one
    wanted: int  # that do


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A phrase that may be left out."""

    phrase: str
    spared: int  # posts with it, and with none of those before it in the list
    all: int  # posts with it
    lost: int  # of them need an answer, or may need one
    example: str  # the text of one of them, for a person to see what is left out; "": private

    @property
    def at_most(self) -> float:
        """The share of posts like these that may still need an answer, at 95 %."""
        return min(1.0, 3 / self.all)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What of a brand's posts is not needed."""

    brand: str
    phrases: tuple[Noisy, ...]  # the most telling first
    exclusions: tuple[Exclusion, ...]  # the most sparing first
    idle: int  # posts that nobody needs to answer
    line: str  # for the settings; "" without exclusions


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """What a keyword of a brand brings."""

    brand: str
    word: str
    posts: int
    doubtful: int
    wanted: int

    @property
    def share(self) -> float:
        """How many of its posts need an answer, 0.0 to 1.0."""
        return self.wanted / self.posts if self.posts else 0.0


def telling(idle: Iterable[str], needed: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Yield the phrases of `idle` that stand far more often there, with z, the greatest first.

    Of a longer phrase and its parts that stand as often as it does, only the longer one is told.
    """
    texts = list(idle)
    least = max(_LEAST, math.ceil(_LEAST_SHARE * len(texts)))
    often = _often(texts, least)
    ours, our_size = _counted(texts, often)
    theirs, their_size = _counted(needed, often)
    found = log_odds(ours, our_size, theirs, their_size)
    told: dict[float, list[str]] = {}
    telling = (phrase for phrase, count in ours.items() if count >= least)
    for phrase in sorted(telling, key=lambda each: (-found[each], -each.count(" "), each)):
        z = found[phrase]
        if z < SURE:
            return
        if not any(f" {phrase} " in f" {longer} " for longer in told.setdefault(z, [])):
            told[z].append(phrase)
            yield often[phrase], z


def log_odds(
    ours: Mapping[str, int], our_size: int, theirs: Mapping[str, int], their_size: int
) -> dict[str, float]:
    """Return z for each phrase of `ours`: above zero where it stands more often there.

    Sizes are of all phrases of the texts, also of those that are not counted one by one.
    """
    all_priors = _PRIOR * (our_size + their_size)
    found: dict[str, float] = {}
    for phrase, one in ours.items():
        other = theirs.get(phrase, 0)
        prior = _PRIOR * (one + other)
        delta = _log_odds(one + prior, our_size + all_priors) - _log_odds(
            other + prior, their_size + all_priors
        )
        found[phrase] = delta / math.sqrt(1 / (one + prior) + 1 / (other + prior))
    return found


def _log_odds(count: float, size: float) -> float:
    return math.log(count / max(size - count, 0.5))


def _often(texts: Sequence[str], least: int) -> dict[str, str]:
    """Return the phrases that stand in `least` texts, as they are written, and some others.

    What is so frequent stands twice in one of `least // 2` parts at least: part by part, little has
    to be remembered. Source: A. Savasere, E. Omiecinski, S. Navathe, VLDB 1995.
    """
    size = max(1, math.ceil(len(texts) / max(1, least // 2)))
    found: dict[str, str] = {}
    for begin in range(0, len(texts), size):
        once: dict[str, str] = {}
        for text in texts[begin : begin + size]:
            for folded, written in phrases(text).items():
                if folded in once:
                    found.setdefault(folded, once[folded])
                else:
                    once[folded] = written
    return found


def _counted(texts: Iterable[str], wanted: Mapping[str, str]) -> tuple[Counter[str], int]:
    """Return in how many texts each of `wanted` stands, and of how many phrases in all."""
    counts: Counter[str] = Counter()
    size = 0
    for text in texts:
        found = phrases(text)
        size += len(found)
        counts.update(found.keys() & wanted.keys())
    return counts, size


def noise(
    brand: Brand,
    found: Sequence[tuple[str, float]],
    texts: Iterable[tuple[str, int, bool]],
) -> Noise:
    """Return what of a brand's posts is noise.

    `texts` are all of them, each with how much it is needed, and whether it may be shown.
    """
    keywords = {fold(word).strip(" @#") for word in brand.keywords}
    named = [(phrase, z) for phrase, z in found if fold(phrase) not in keywords][:_CANDIDATES]
    examples: dict[int, str] = {}
    piles = _piles([phrase for phrase, _ in named], texts, examples)
    noisy = [
        Noisy(
            phrase=phrase,
            z=z,
            idle=_with(piles[Need.NONE], at),
            doubtful=_with(piles[Need.DOUBT], at),
            wanted=_with(piles[Need.ANSWER], at),
        )
        for at, (phrase, z) in enumerate(named)
    ]
    exclusions = tuple(_chosen(noisy, piles[Need.NONE], examples))
    return Noise(
        brand=brand.name,
        phrases=tuple(noisy[at] for at in _different(len(noisy), piles) if noisy[at].idle),
        exclusions=exclusions,
        idle=piles[Need.NONE].total(),
        line=_line(brand.exclude, exclusions) if exclusions else "",
    )


def _piles(
    candidates: Sequence[str], texts: Iterable[tuple[str, int, bool]], examples: dict[int, str]
) -> list[Counter[int]]:
    """Return which candidates stand together in how many posts, by how much these are needed.

    Candidates are bits. They are looked for as the settings' own `exclude` is. The first text with
    each that may be shown is put into `examples`.
    """
    piles: list[Counter[int]] = [Counter(), Counter(), Counter()]
    matcher = Matcher(
        Brand(name=str(at), keywords=(phrase,)) for at, phrase in enumerate(candidates)
    )
    for text, need, is_shown in texts:
        held = {int(hit.brand) for hit in matcher.hits(text)} if candidates else set[int]()
        piles[need][sum(1 << at for at in held)] += 1
        for at in held if is_shown else ():
            examples.setdefault(at, text)
    return piles


def _with(pile: Counter[int], candidate: int) -> int:
    return sum(count for held, count in pile.items() if held >> candidate & 1)


def _different(candidates: int, piles: Sequence[Counter[int]]) -> Iterator[int]:
    """Yield the candidates but for those that stand in the very same posts as one before them."""
    known: set[frozenset[tuple[int, int]]] = set()
    for at in range(candidates):
        held_in = ((need, held) for need, pile in enumerate(piles) for held in pile)
        where = frozenset(each for each in held_in if each[1] >> at & 1)
        if where not in known:
            known.add(where)
            yield at


def _chosen(
    noisy: Sequence[Noisy], idle: Counter[int], examples: Mapping[int, str]
) -> Iterator[Exclusion]:
    """Yield what may be left out: each time what spares most of what is left."""
    left, harmless = Counter(idle), _harmless(noisy)
    least = max(_LEAST, math.ceil(_LEAST_SHARE * idle.total()))
    for _ in range(_SUGGESTED):
        spared = {at: _with(left, at) for at in harmless}
        best = max(spared, key=lambda at: (spared[at], _length(noisy[at]), -at), default=None)
        if best is None or spared[best] < least:
            return
        one = noisy[best]
        yield Exclusion(
            phrase=one.phrase,
            spared=spared[best],
            all=one.idle,
            lost=0,
            example=examples.get(best, ""),
        )
        left = Counter({held: n for held, n in left.items() if not held >> best & 1})


def _length(one: Noisy) -> tuple[int, int]:
    """Return how much a phrase says: of two that spare as much, the longer one spares less else."""
    return one.phrase.count(" "), len(one.phrase)


def _harmless(noisy: Sequence[Noisy]) -> Collection[int]:
    return [at for at, one in enumerate(noisy) if not one.wanted and not one.doubtful]


def _line(already: Sequence[str], exclusions: Sequence[Exclusion]) -> str:
    """Return the line for the brand's section: what stands there already, and what is new."""
    import tomlkit

    every = [*already, *(one.phrase for one in exclusions)]
    return f"exclude = {tomlkit.item(every).as_string()}"
