"""Pure: what the desk would have had to do with old posts, and whether so many people would cope.

Nothing of it happened: posts count as seen when they were written, and each that the judge flags
opens an item, or joins the one that its author has in the thread.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from monitor.clock.policy import Facts, Policy
from monitor.desk.shifts import Shift
from monitor.matching import near_duplicates
from monitor.matching.near_duplicates import Fingerprint
from monitor.model import Brand
from monitor.report import staffing
from monitor.report.drill import (
    AFTER,
    Crew,
    Drilled,
    Pace,
    Stage,
    crew_of,
    drill,
    open_hours,
    people,
    shift_hours,
)
from monitor.report.heat import HourOfWeek, by_hour, hours_seen
from monitor.report.noise import DRAWN, Keyword, Noise, noise, telling
from monitor.report.rush import Rush, rush
from monitor.report.staffing import LEAST, LONGEST, SHARE, Assumptions, Staffing, assumed
from monitor.store.samples import Drawn, Sample
from monitor.store.scratch import Arrival, Count, Read, Scratch
from monitor.store.workload import Work

SIDE_BY_SIDE = (1, 2, 3, 5, 8)  # people
_ALIKE = 10  # so many more are drawn than are shown: copies show nothing new
_NUMBERS = re.compile(r"\d+")  # two people with two order numbers ask the same of the judge
_MOST_COMPARED = 50
_AT_ONCE = 500  # posts
Told = Callable[[str], None]
_Band = tuple[str, int]  # a brand, and what copies about it share


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is assumed."""

    zone: ZoneInfo
    since: datetime | None  # None: when the first post was written
    until: datetime | None
    policies: tuple[Policy, ...]  # the first is the default
    brands: tuple[Brand, ...]  # one's own
    policy_of: Callable[[Facts], str] | None = None  # by the rules; None: there are none
    shifts: tuple[Shift, ...] = ()
    people: tuple[int, ...] = ()  # side by side; none: the shifts as planned, else SIDE_BY_SIDE
    handlings: tuple[timedelta, ...] = ()  # how long answers took at this desk
    alike_within: timedelta = timedelta(hours=48)  # copies fold under one card
    samples: int = 20  # of each language, and half as many of those hard to judge
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a rehearsal came to."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    silence: tuple[datetime, datetime]  # the longest time without any post about one's brands
    languages: tuple[tuple[str, Count], ...]  # most posts first
    brands: tuple[tuple[str, Count], ...]
    asking: int  # posts that were flagged, once for each brand
    items: int
    cards: int  # items that are shown by themselves, not as a copy of another
    rush: Rush  # of cards
    drills: tuple[Drilled, ...]
    shown: int  # which of them the picture shows
    hours: str  # in which people are there: a calendar's name, "" for the shifts' own
    heat: HourOfWeek
    staffing: Staffing | None  # None: less than a week was read
    assumptions: Assumptions
    keywords: tuple[Keyword, ...]  # most posts first
    noise: tuple[Noise, ...]
    samples: tuple[Sample, ...]

    @property
    def posts(self) -> int:
        """How many posts name a brand of one's own."""
        return sum(count.posts for _, count in self.languages)

    @property
    def doubtful(self) -> int:
        """How many posts a person must look at."""
        return sum(count.doubtful for _, count in self.languages)

    @property
    def enough(self) -> Drilled | None:
        """The fewest people with whom nine of ten answers were in time, None if nobody copes."""
        coping = (each for each in self.drills if _copes(each))
        return min(coping, key=lambda each: each.people or 0, default=None)


def rehearse(
    scratch: Scratch, keywords: Iterable[Keyword], terms: Terms, told: Told = lambda _: None
) -> Rehearsal | None:
    """Return what the posts in `scratch` would have come to; None if there are none.

    `told` hears what is being worked out.
    """
    told("putting in order")
    scratch.arrange(terms.policy_of)
    span = scratch.span()
    if span is None:
        return None
    since = terms.since or span[0]
    until = max(terms.until or span[1] + timedelta(seconds=1), since + timedelta(seconds=1))
    told("opening items")
    load = _Load.of(scratch.arrivals(), terms)
    told("answering them")
    stage = _stage(terms, load.assumptions, since, until)
    drills = tuple(
        drill(scratch.arrivals(), crew, stage, people=count) for count, crew in _crews(stage, terms)
    )
    shown = next((place for place, each in enumerate(drills) if _copes(each)), len(drills) - 1)
    told("looking for noise")
    found_noise = tuple(_noise(scratch, brand) for brand in terms.brands)
    told("drawing samples")
    return Rehearsal(
        since=since,
        until=until,
        zone=terms.zone,
        silence=scratch.silence(),
        languages=tuple(scratch.languages().items()),
        brands=tuple(scratch.brands().items()),
        asking=load.asking,
        items=load.items,
        cards=len(load.cards),
        rush=rush(load.cards, since, until, terms.zone),
        drills=drills,
        shown=shown,
        hours="" if terms.shifts else terms.policies[0].calendar.name,
        heat=_heat(load, drills[shown], stage),
        staffing=_staffing(load, terms, since, until),
        assumptions=load.assumptions,
        keywords=tuple(sorted(keywords, key=lambda each: (-each.posts, each.brand, each.word))),
        noise=tuple(each for each in found_noise if each.phrases),
        samples=tuple(_samples(scratch, terms)),
    )


def _copes(drilled: Drilled) -> bool:
    return drilled.late.part <= (1 - SHARE) * drilled.late.whole


# ------------------------------------------------------------ what there is to do


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What asks for answers, in the order of time."""

    asking: int
    items: int
    cards: tuple[datetime, ...]
    work: tuple[Work, ...]
    assumptions: Assumptions

    @classmethod
    def of(cls, arrivals: Iterable[Arrival], terms: Terms) -> "_Load":
        """Return what `arrivals` come to. An answer in time is to all that was written until."""
        policies = _by_name(terms)
        quarters: Counter[tuple[datetime, str]] = Counter()
        folding, cards, asking, items = _Folding(terms.alike_within), list[datetime](), 0, 0
        for each, said in _printed(arrivals):
            asking += 1
            if each.gap is None:
                items += 1
                if not folding.folds(each, *said):
                    cards.append(each.at)
            if each.gap is None or each.gap > policies[each.policy].first_response:
                quarters[_quarter(each.at), each.policy] += 1
        work = tuple(
            Work(at=at, policy=policy, version=0, count=count)
            for (at, policy), count in quarters.items()
        )
        return cls(
            asking=asking,
            items=items,
            cards=tuple(cards),
            work=work,
            assumptions=assumed(work, terms.handlings, lambda name, _: policies[name]),
        )


def _printed(
    arrivals: Iterable[Arrival],
) -> Iterator[tuple[Arrival, tuple[Fingerprint, tuple[int, ...]]]]:
    """Yield posts with what tells their copies: many at once cost a fraction."""
    coming = iter(arrivals)
    while batch := list(islice(coming, _AT_ONCE)):
        prints = near_duplicates.fingerprints([each.text for each in batch])
        keys = near_duplicates.bands_of(prints)
        yield from zip(batch, zip(prints, keys, strict=True), strict=True)


class _Folding:
    """Tells which items are shown under the card of an earlier one that says the same."""

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._lately: deque[tuple[datetime, tuple[_Band, ...]]] = deque()
        self._alike: dict[_Band, deque[Fingerprint]] = {}

    def folds(self, arrival: Arrival, prints: Fingerprint, keys: Iterable[int]) -> bool:
        """Return whether the item that a post opens is a copy; they come in the order of time."""
        self._forget(arrival.at - self._within)
        bands = tuple((arrival.brand, key) for key in keys)
        near = islice(self._near(bands), _MOST_COMPARED)
        if any(near_duplicates.similar(prints, other) for other in near):
            return True
        self._lately.append((arrival.at, bands))
        for band in bands:
            self._alike.setdefault(band, deque()).append(prints)
        return False

    def _near(self, bands: Iterable[_Band]) -> Iterator[Fingerprint]:
        for band in bands:
            yield from self._alike.get(band, ())

    def _forget(self, before: datetime) -> None:
        """Let go of what was written too long ago to be copied."""
        while self._lately and self._lately[0][0] < before:
            _, bands = self._lately.popleft()
            for band in bands:
                self._alike[band].popleft()
                if not self._alike[band]:
                    del self._alike[band]


def _quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _by_name(terms: Terms) -> Mapping[str, Policy]:
    return {policy.name: policy for policy in terms.policies}


# ------------------------------------------------------------ who does it


def _stage(terms: Terms, known: Assumptions, since: datetime, until: datetime) -> Stage:
    usable = tuple(sorted(each for each in terms.handlings if each <= LONGEST))
    return Stage(
        since=since,
        until=until,
        zone=terms.zone,
        policies=_by_name(terms),
        pace=Pace(mean=known.handling, measured=usable if known.measured else (), seed=terms.seed),
    )


def _crews(stage: Stage, terms: Terms) -> Iterator[tuple[int | None, Crew]]:
    """Yield the people to compare: so many, or None for those of the shifts."""
    since, until = stage.since, stage.until + AFTER
    if terms.shifts and not terms.people:
        yield None, crew_of(terms.shifts, since, until)
        return
    calendar = terms.policies[0].calendar
    hours = tuple(
        shift_hours(terms.shifts, since, until)
        if terms.shifts
        else open_hours(calendar, since, until)
    )
    for count in terms.people or SIDE_BY_SIDE:
        yield count, people(count, hours)


def _staffing(load: _Load, terms: Terms, since: datetime, until: datetime) -> Staffing | None:
    if until - since < LEAST:
        return None
    policies = _by_name(terms)
    return staffing.people_needed(
        load.work,
        terms.zone,
        hours_seen(since, until, terms.zone),
        lambda name, _: policies[name],
        load.assumptions,
    )


def _heat(load: _Load, shown: Drilled, stage: Stage) -> HourOfWeek:
    arrivals = by_hour(((at, 1.0) for at in load.cards), stage.zone)
    return HourOfWeek(
        since=stage.since,
        until=stage.until,
        zone=stage.zone,
        arrivals=tuple(tuple(map(round, row)) for row in arrivals),
        answered=tuple((0,) * len(row) for row in arrivals),
        breaches=shown.late_hours,
        hours=hours_seen(stage.since, stage.until, stage.zone),
    )


# ------------------------------------------------------------ what else is in the posts


def _noise(scratch: Scratch, brand: Brand) -> Noise:
    found = telling(
        scratch.drawn_texts(brand.name, DRAWN, needed=False),
        scratch.drawn_texts(brand.name, DRAWN, needed=True),
    )
    return noise(brand, list(found), scratch.texts(brand.name))


def _samples(scratch: Scratch, terms: Terms) -> Iterator[Sample]:
    """Yield posts of each language to judge: by chance, and those nearest to the threshold."""
    if not terms.samples:
        return
    for language in scratch.languages():
        shown = _Fresh()
        chance = shown.first(scratch.drawn(language, _ALIKE * terms.samples), terms.samples)
        edge = -(-terms.samples // 2)
        near = shown.first(scratch.doubtful(language, _ALIKE * (terms.samples + edge)), edge)
        yield from (_sample(each, Drawn.CHANCE) for each in chance)
        yield from (_sample(each, Drawn.EDGE) for each in near)


class _Fresh:
    """Leaves out what says the same as something before it."""

    def __init__(self) -> None:
        self._shown: list[Fingerprint] = []
        self._keys: set[str] = set()

    def first(self, posts: Iterable[Read], most: int) -> list[Read]:
        """Return the first of `posts` that say something new."""
        found: list[Read] = []
        for each in posts:
            if len(found) == most:
                break
            prints = near_duplicates.fingerprint(_NUMBERS.sub(" ", each.mention.text))
            if each.mention.key in self._keys or self._is_known(prints):
                continue
            self._keys.add(each.mention.key)
            self._shown.append(prints)
            found.append(each)
        return found

    def _is_known(self, prints: Fingerprint) -> bool:
        return any(near_duplicates.similar(prints, other) for other in self._shown)


def _sample(read: Read, drawn: Drawn) -> Sample:
    return Sample(
        mention=read.mention, brands=read.brands, classification=read.classification, drawn=drawn
    )
