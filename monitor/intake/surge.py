"""Surges: far more people write of a brand, of a topic or in the same words than is usual.

People are counted, not posts, and only those whose post wants an answer; in the hour before now, by
the posts' own times, so that what is caught up with after an outage is no surge. Everything is
derived from what is stored: a restart loses no surge and tells none twice.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from monitor.intake.usual_hours import UsualHours
from monitor.matching.folding import fold
from monitor.matching.phrases import phrases
from monitor.model import Brand, ItemId, State
from monitor.report.coverage import silences
from monitor.report.crowds import RARER, Measure, usual
from monitor.store.store import Store
from monitor.store.surges import Arrival, Inside, Surge, SurgeKind

HOUR = timedelta(hours=1)
REST = timedelta(minutes=15)  # fewer for so long, and a surge is over
AGAIN = timedelta(hours=12)  # within it, the same is told again only if it is larger
LONGEST_SILENCE = timedelta(days=2)
_NO_TOPIC = frozenset({None, "", "other"})
_MOST_PHRASES = 40  # looked at, those that most people use
_OVERLAP = 0.5  # share of the people of two surges that makes them one
_GROWN = 2  # times as many people as was told
_MANY = 0.3  # share of the people whose words describe a surge
_SELDOM = 0.02  # share under which words count as new
_NEARLY_ALL = 0.8
_MOST = 0.5
_SAMPLE = 3
GIVEN = timedelta(minutes=10)  # what one member was given comes after what nobody was
_UNANSWERED = frozenset({State.OPEN, State.CLAIMED})


class Change(Enum):
    """What became of a surge."""

    FOUND = auto()
    GREW = auto()
    OVER = auto()


Tell = Callable[[Surge, Change, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something of which there is a surge now."""

    kind: SurgeKind
    expected: float  # people in an hour that are usual
    inside: Sequence[Arrival]
    subject: str = ""  # the topic, or the folded words
    shown: str = ""  # the words as somebody wrote them


class SurgeWatch:
    """Looks for surges. One belongs to one thread, as its store does."""

    def __init__(
        self,
        store: Store,
        brands: Sequence[Brand],
        zone: ZoneInfo,
        tell: Tell,
        measure: Measure | None = None,
    ) -> None:
        """`tell` is called inside the transaction that keeps what became of a surge."""
        self._store = store
        self._brands = {brand.name: brand for brand in brands if not brand.competitor}
        self._tell = tell
        self._measure = measure or Measure()
        self._stricter = replace(self._measure, rare=RARER)
        self._usual = UsualHours(store, tuple(self._brands), zone)

    def look(self, now: datetime) -> None:
        """Keep and tell what became of the surges since the last look."""
        arrived: dict[str, list[Arrival]] = defaultdict(list)
        for each in self._store.surges.arrivals(list(self._brands), now - HOUR, now):
            if not each.history:
                arrived[each.brand].append(each)
        for brand in self._brands:
            for surge in self._store.surges.lasting(brand):
                self._follow(surge, arrived[brand], now)
            if people(arrived[brand]) >= self._measure.people:
                self._search(brand, self._usual.settled(arrived[brand], now), now)

    # ------------------------------------------------------------ one that lasts

    def _follow(self, surge: Surge, arrived: list[Arrival], now: datetime) -> None:
        count = people(about(surge, arrived))
        seen = replace(surge, people=count, peak=max(count, surge.peak))
        if self._lasts(surge, count, now):
            self._goes_on(surge, replace(seen, lasted_until=now), now)
        elif now - surge.lasted_until >= REST and not self._is_blind(surge, now):
            with self._store.writing():
                over = replace(seen, ended_at=now)
                self._store.surges.save(over)
                self._tell(over, Change.OVER, now)

    def _lasts(self, surge: Surge, count: int, now: datetime) -> bool:
        """Return whether so many are a surge still, also at an hour to which more are usual."""
        if not self._measure.lasts(count, surge.expected):
            return False
        known = usual(self._counts(surge, now))
        return known is None or self._measure.lasts(count, max(known.mean, surge.expected))

    def _counts(self, surge: Surge, now: datetime) -> Sequence[int]:
        if surge.kind is SurgeKind.PHRASE:
            wanted = frozenset({surge.subject})
            return self._usual.phrase_counts(surge.brand, now, wanted)[surge.subject]
        topic = surge.subject if surge.kind is SurgeKind.TOPIC else None
        return self._usual.counts(surge.brand, now, topic)

    def _is_blind(self, surge: Surge, now: datetime) -> bool:
        """Return whether a source that brought its people is not read now: who knows if it ended.

        After half a day it is over all the same: the source may be gone for good.
        """
        if now - surge.lasted_until >= AGAIN:
            return False
        until = surge.lasted_until
        arrived = self._store.surges.arrivals([surge.brand], surge.began_at, until)
        for source in {each.source for each in about(surge, arrived)}:
            reads = self._store.coverage.reads(now - timedelta(days=1), sources=[source])
            if reads and silences(reads, now - REST, now):
                return True
        return False

    def _goes_on(self, before: Surge, surge: Surge, now: datetime) -> None:
        spoken_of = before.silenced_until is not None and not before.silent(now)
        grew = surge.people >= _GROWN * before.told_peak and not surge.silent(now)
        if spoken_of:  # its silence is over
            surge = replace(surge, silenced_until=None, silenced_by=None)
        if grew or spoken_of:
            surge = replace(surge, told_peak=surge.people)
        with self._store.writing():
            self._store.surges.save(surge)
            if spoken_of:
                self._store.surges.silence(surge.id, None, None)
            if grew or spoken_of:
                self._tell(surge, Change.GREW, now)

    # ------------------------------------------------------------ a new one

    def _search(self, brand: str, arrived: list[Arrival], now: datetime) -> None:
        lasting = self._store.surges.lasting(brand)
        if any(surge.kind is SurgeKind.BRAND for surge in lasting):
            return
        known = {one.id: about(one, arrived) for one in lasting}
        for found in self._found(brand, arrived, now):
            narrower = [one for one in lasting if overlaps(known[one.id], found.inside)]
            if narrower and found.kind is not SurgeKind.BRAND:
                continue  # these people are in one that was told
            self._keep(brand, found, narrower, now)
            return

    def _keep(self, brand: str, found: Found, narrower: Sequence[Surge], now: datetime) -> None:
        if not found.shown:
            found = replace(found, shown=self._telling(brand, found.inside, now))
        with self._store.writing():
            if narrower:
                self._widen(narrower, found, now)
            else:
                self._begin(_opened(brand, found, now), now)

    def _found(self, brand: str, arrived: list[Arrival], now: datetime) -> Iterator[Found]:
        """Yield all of which there is a surge now, the widest first."""
        yield from self._of_brand(brand, arrived, now)
        yield from self._of_topics(brand, arrived, now)
        yield from self._of_phrases(brand, arrived, now)

    def _of_brand(self, brand: str, arrived: list[Arrival], now: datetime) -> Iterator[Found]:
        counts = self._usual.counts(brand, now)
        expected = self._usual.exceeded(brand, people(arrived), counts, self._measure, now)
        if expected is not None:
            yield Found(kind=SurgeKind.BRAND, expected=expected, inside=arrived)

    def _of_topics(self, brand: str, arrived: list[Arrival], now: datetime) -> Iterator[Found]:
        by_topic: dict[str | None, list[Arrival]] = defaultdict(list)
        for each in arrived:
            by_topic[each.topic].append(each)
        for topic, inside in sorted(by_topic.items(), key=lambda one: -people(one[1])):
            if topic is None or topic in _NO_TOPIC or people(inside) < self._measure.people:
                continue
            counts = self._usual.counts(brand, now, topic)
            expected = self._usual.exceeded(brand, people(inside), counts, self._stricter, now)
            if expected is not None:
                yield Found(kind=SurgeKind.TOPIC, expected=expected, inside=inside, subject=topic)

    def _of_phrases(self, brand: str, arrived: list[Arrival], now: datetime) -> Iterator[Found]:
        said = spoken(arrived, self._own_words(brand))
        wide = {
            phrase: each
            for phrase, each in said[:_MOST_PHRASES]
            if people(each) >= self._measure.people
        }
        counts = self._usual.phrase_counts(brand, now, frozenset(wide)) if wide else {}
        for phrase, inside in wide.items():
            known = counts[phrase]
            expected = self._usual.exceeded(brand, people(inside), known, self._stricter, now)
            if expected is not None:
                fuller, using = _fuller(phrase, said)
                yield Found(
                    kind=SurgeKind.PHRASE,
                    expected=expected,
                    inside=using,
                    subject=fuller,
                    shown=phrases(using[0].text)[fuller],
                )

    def _telling(self, brand: str, inside: Sequence[Arrival], now: datetime) -> str:
        """Return words that many inside use and few did before, "" if there are none."""
        least = _MANY * people(inside)
        said = [one for one in spoken(inside, self._own_words(brand)) if people(one[1]) >= least]
        wide = dict(said[:_MOST_PHRASES])
        before = self._usual.phrase_counts(brand, now, frozenset(wide)) if wide else {}
        wrote = sum(self._usual.counts(brand, now))
        best, most = "", 0.0
        for phrase, using in wide.items():
            share = people(using) / people(inside)
            usual_share = max(sum(before[phrase]) / wrote if wrote else 0.0, _SELDOM)
            news = share * math.log(share / usual_share)
            if news > most:
                best, most = phrase, news
        if not best:
            return ""
        fuller, using = _fuller(best, said)
        return phrases(using[0].text)[fuller]

    def _own_words(self, brand: str) -> frozenset[str]:
        return own_words(self._brands[brand])

    def _widen(self, narrower: Sequence[Surge], found: Found, now: datetime) -> None:
        """Let a surge that was told be the wider one that it became; the others end in it."""
        first, *others = narrower
        count = people(found.inside)
        widened = replace(
            first,
            kind=found.kind,
            subject="",
            shown=found.shown,
            expected=found.expected,
            people=count,
            peak=count,
            told_peak=count,
            lasted_until=now,
        )
        self._store.surges.save(widened)
        for other in others:
            self._store.surges.save(replace(other, ended_at=now))
        self._tell(widened, Change.GREW, now)

    def _begin(self, surge: Surge, now: datetime) -> None:
        lately = [
            one
            for one in self._store.surges.since(now - LONGEST_SILENCE)
            if one.brand == surge.brand
        ]
        if any(_is_told(one, surge, now) for one in lately):
            return
        for one in lately:
            if one.silent(now) and _covers(one, surge):
                surge = replace(
                    surge, silenced_until=one.silenced_until, silenced_by=one.silenced_by
                )
        self._tell(self._store.surges.open(surge), Change.FOUND, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who is inside a surge, and how they stand with us."""

    people: int  # in all, since it began
    words_by: int  # how many of them use the words that it is described by
    waiting: tuple[ItemId, ...]  # nobody has answered them, due soonest first
    free: tuple[ItemId, ...]  # of these, in nobody's hands
    topic: str | None  # of most of them; None where none stands out
    sample: tuple[tuple[ItemId, Arrival], ...]  # posts of different people, none private


def crowd(store: Store, surge: Surge, now: datetime) -> Crowd:
    """Return who is inside a surge as things stand at `now`."""
    until = surge.ended_at or now
    arrived = about(surge, store.surges.arrivals([surge.brand], surge.began_at, until))
    words = surge.subject if surge.kind is SurgeKind.PHRASE else folded_words(surge.shown)
    using = [each for each in arrived if words and words in phrases(each.text)]
    inside = inside_of(store, surge)
    waiting = [each for each in inside if each.state in _UNANSWERED]
    free = [each for each in waiting if each.owner is None]
    return Crowd(
        people=people(arrived),
        words_by=people(using),
        waiting=tuple(dict.fromkeys(each.item for each in waiting)),
        free=tuple(dict.fromkeys(each.item for each in free)),
        topic=_main_topic(arrived),
        sample=_sample(inside, {each.post for each in using}),
    )


def inside_of(store: Store, surge: Surge) -> tuple[Inside, ...]:
    """Return the items of a surge, due soonest first; one may come by several posts."""
    found = store.surges.inside(surge)
    if surge.kind is not SurgeKind.PHRASE:
        return found
    return tuple(each for each in found if surge.subject in phrases(each.post.text))


def next_one(store: Store, surge: Surge, now: datetime) -> ItemId | None:
    """Return the item of a surge to work on now: the one due soonest that nobody has.

    What somebody was given a moment ago comes after what nobody was; None where nobody waits.
    """
    free = crowd(store, surge, now).free
    given = store.surges.given(surge.id)

    def when(item: ItemId) -> datetime | None:
        at, _ = given.get(item, (None, None))
        return at if at is not None and now - at < GIVEN else None

    fresh = next((item for item in free if when(item) is None), None)
    return fresh or min(free, key=lambda item: when(item) or now, default=None)


def folded_words(shown: str) -> str:
    """Return words as phrases are compared."""
    return max(phrases(shown), key=len, default="")


def _main_topic(arrived: Sequence[Arrival]) -> str | None:
    by_topic: dict[str | None, list[Arrival]] = defaultdict(list)
    for each in arrived:
        by_topic[each.topic].append(each)
    for topic, inside in by_topic.items():
        if topic not in _NO_TOPIC and people(inside) >= _MOST * people(arrived):
            return topic
    return None


def _sample(inside: Sequence[Inside], telling: set[int]) -> tuple[tuple[ItemId, Arrival], ...]:
    """Return a few posts of different people, those with the telling words first."""
    seen: set[str] = set()
    found: list[tuple[ItemId, Arrival]] = []
    for each in sorted(inside, key=lambda one: (one.post.post not in telling, one.post.at)):
        if each.post.private or not each.post.text.strip() or each.post.person in seen:
            continue
        seen.add(each.post.person)
        found.append((each.item, each.post))
    return tuple(found[:_SAMPLE])


def people(arrivals: Iterable[Arrival]) -> int:
    """Return how many different people wrote."""
    return len({each.person for each in arrivals})


def about(surge: Surge, arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Return those of a brand's `arrivals` that are inside a surge of it, whenever they came."""
    if surge.kind is SurgeKind.TOPIC:
        return [each for each in arrivals if each.topic == surge.subject]
    if surge.kind is SurgeKind.PHRASE:
        return [each for each in arrivals if surge.subject in phrases(each.text)]
    return list(arrivals)


def overlaps(some: Iterable[Arrival], others: Iterable[Arrival]) -> bool:
    """Return whether most of the smaller group's people are in the other one, too."""
    ours, theirs = ({each.person for each in one} for one in (some, others))
    smaller = min(len(ours), len(theirs))
    return smaller > 0 and len(ours & theirs) >= _OVERLAP * smaller


def spoken(arrivals: Iterable[Arrival], own: frozenset[str]) -> list[tuple[str, list[Arrival]]]:
    """Return the phrases of posts with who used them, most people and then most words first.

    A phrase of `own` words alone says nothing: every post names the brand. What was written in
    private is not quoted, not even three words of it.
    """
    found: dict[str, list[Arrival]] = defaultdict(list)
    for each in arrivals:
        for phrase in phrases(each.text) if not each.private else ():
            if not own.issuperset(phrase.split()):
                found[phrase].append(each)
    return sorted(found.items(), key=lambda one: (-people(one[1]), -len(one[0].split()), one[0]))


def own_words(brand: Brand) -> frozenset[str]:
    """Return the words of a brand's keywords, folded."""
    words = (word for keyword in brand.keywords for word in keyword.strip("@#").split())
    return frozenset(fold(word) for word in words)


def _fuller(phrase: str, said: Sequence[tuple[str, list[Arrival]]]) -> tuple[str, list[Arrival]]:
    """Return the longest phrase that holds this one and that nearly as many people use."""
    known = dict(said)
    least = _NEARLY_ALL * people(known[phrase])
    holding = (one for one in said if f" {phrase} " in f" {one[0]} " and people(one[1]) >= least)
    return max(holding, key=lambda one: (len(one[0].split()), people(one[1])))


def _opened(brand: str, found: Found, now: datetime) -> Surge:
    count = people(found.inside)
    return Surge(
        id=0,
        brand=brand,
        kind=found.kind,
        subject=found.subject,
        shown=found.shown,
        began_at=found.inside[0].at,
        found_at=now,
        expected=found.expected,
        people=count,
        peak=count,
        told_peak=count,
        lasted_until=now,
    )


def _same(one: Surge, other: Surge) -> bool:
    """Return whether two surges are of the same matter: of a brand, if they share telling words."""
    if (one.kind, one.subject) != (other.kind, other.subject):
        return False
    return one.kind is not SurgeKind.BRAND or _share_words(one, other)


def _covers(silenced: Surge, new: Surge) -> bool:
    """Return whether the silence of a surge holds for a new one."""
    if silenced.kind is SurgeKind.BRAND and new.kind is not SurgeKind.TOPIC:
        return _share_words(silenced, new)
    return silenced.kind is SurgeKind.BRAND or _same(silenced, new)


def _share_words(one: Surge, other: Surge) -> bool:
    """Return whether a word describes both, or one of them was described by none."""
    ours, theirs = (set(folded_words(each.shown).split()) for each in (one, other))
    return not ours or not theirs or not ours.isdisjoint(theirs)


def _is_told(one: Surge, new: Surge, now: datetime) -> bool:
    """Return whether a surge is over for so short a time that a smaller one of it is no news."""
    recent = one.ended_at is not None and one.ended_at > now - AGAIN
    return recent and _same(one, new) and one.peak >= new.people
