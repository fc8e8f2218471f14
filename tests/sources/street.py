"""What happens on a platform while it is read: posts, late and in bursts, and every bad moment.

Time is the street's own: it passes by minutes and hours between two polls, so that what a
connector reads again for safety is soon out of its reach. A seed repeats a street.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.sources.places import Place, Wanted, a_hang
from tests.sources.processes import Outcome, ServerProcess, WorkerProcess

SMALL = 500  # posts: on a street with fewer, pages are smaller too, and nothing hangs
QUIET_POLLS = 2  # in a row that brought nothing new: all was read
STUCK = 60  # polls in a row that failed: it will not become better
TRIES = 25  # polls until all is read, once nothing goes wrong any more
_VOCABULARY = """
kettle router phone vacuum heater blender speaker parcel invoice refund delivery warranty broken
late wrong missing leaking loud quiet heavy cracked burnt returned promised ignored yesterday today
again never always twice counter hotline driver shop depot engineer ticket green yellow purple
silver copper wooden northern southern early sunny rainy bitter gentle
"""
_WORDS = tuple(_VOCABULARY.split())


@dataclass(slots=True, kw_only=True)
class Posted:
    """One post that the generator made."""

    native: str
    key: str
    serial: str  # the words by which the checker tells it from every other post
    at: int
    listed_in: int  # how many polls had begun when it was listed
    listed_on: float  # monotonic seconds
    root: bool
    by_brand: bool = False
    answered: bool = False  # by the brand: where it goes, the answer is one no more
    deleted: bool = False


@dataclass(slots=True)
class Late:
    """A post that stands already, and that the platform lists some time after its own time."""

    posted: Posted
    due: int


@dataclass(slots=True)
class Street:
    """One platform's street, with a worker that reads it."""

    place: Place
    server: ServerProcess
    worker: WorkerProcess
    dice: Random
    now: datetime
    posted: list[Posted] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)
    troubles: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    polls: int = 0
    _by_native: dict[str, Posted] = field(default_factory=dict)
    _whole: list[int] = field(default_factory=list)  # numbers of polls that went through
    _rest_until: datetime | None = None
    _faulted: bool = False
    _serial: int = 0
    _is_small: bool = False
    _tunes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    _first: list[Callable[[], object]] = field(default_factory=list)  # each once, then by chance

    # ------------------------------------------------------------ the whole

    def live(self, posts: int, *, lose_a_page: bool = False) -> None:
        """Let `posts` posts happen and be read, with everything that goes wrong meanwhile."""
        self._post(min(30, posts // 4 + 1), since=self.now - timedelta(hours=20))
        self.server.many(self.place.begin)
        self._first = [self._be_killed, self._be_failed, self._be_overtaken]
        self.dice.shuffle(self._first)
        half = posts // 2
        self._is_small = posts < SMALL
        self._tunes = self.place.small_tunes if self._is_small else self.place.tunes
        self._tune()
        while len(self.posted) < posts:
            if lose_a_page and len(self.posted) >= half:
                self._lose_a_page()
                lose_a_page = False
            self._round(posts)
            assert self.polls - (self._whole or [0])[-1] < STUCK, dict(self.errors)
        self._settle()

    def write(self, path: Path) -> None:
        """Write down what stands on the platform to the end, for the checker."""
        claimed = [] if self.place.forgets else self.posted
        standing = [each.key for each in claimed if not each.deleted and not each.by_brand]
        told = {"standing": standing, "excused": sorted(self.excused)}
        path.write_text(json.dumps(told), "utf-8")

    def _round(self, posts: int) -> None:
        before = self.now
        self._pass_time()
        behind = self._behind()
        if behind < self.place.behind:
            burst = min(self.place.burst, max(8, posts // 8))
            most = min(burst, self.place.behind - behind, posts - len(self.posted))
            self._post(self._how_many(most), since=before)
        self._list_late()
        self._change_some()
        if self.dice.random() < 0.3:
            self._tune()
        self._suffer(hopeful=behind >= self.place.behind)
        if self.polls % 3 == 0:
            self._poll(own=True)

    def _suffer(self, *, hopeful: bool) -> None:
        """Poll, and let something happen meanwhile more often than not."""
        kinds = (self._be_killed, self._be_failed, self._be_overtaken, self._poll)
        if hopeful:
            self._poll()
        elif self._first:
            self._first.pop()()
        else:
            self.dice.choices(kinds, (8, 20, 20, 52))[0]()

    # ------------------------------------------------------------ posts

    def _how_many(self, most: int) -> int:
        few = self.dice.randint(0, 8)
        a_page = self.dice.randint(20, 120)
        burst = self.dice.randint(100, max(100, self.place.burst))
        return max(0, min(most, self.dice.choices((few, a_page, burst), (25, 50, 25))[0]))

    def _post(self, count: int, since: datetime) -> None:
        """Post so many times at any moments since then; some are listed late."""
        wanted = [self._wanted(since) for _ in range(count)]
        self._make(sorted(wanted, key=lambda each: each.at))

    def _make(self, wanted: Sequence[Wanted]) -> None:
        made = self.server.many([self.place.post(each) for each in wanted])
        for each, result in zip(wanted, made, strict=True):
            self._note(each, result)

    def _note(self, wanted: Wanted, result: object) -> Posted:
        native = result if isinstance(result, str) else json.dumps(result)
        posted = Posted(
            native=native,
            key=self.place.key(self.server.url, native, wanted),
            serial=wanted.text.split()[-1],
            at=wanted.at,
            listed_in=self.polls,
            listed_on=time.monotonic(),
            root=wanted.parent is None,
            by_brand=wanted.by_brand,
        )
        self._by_native[native] = posted
        if wanted.by_brand and wanted.parent is not None:
            self._by_native[wanted.parent].answered = True
        if wanted.listed:
            self.posted.append(posted)
        else:
            self.troubles["late"] += 1
            due = posted.at + self.dice.randint(1, self.place.late_s)
            self.late.append(Late(posted, due))
        return posted

    def _wanted(self, since: datetime) -> Wanted:
        now, then = int(self.now.timestamp()), int(since.timestamp())
        at = self.dice.randint(min(then + 1, now), now)
        parent = self._parent()
        by_brand = parent is not None and self.dice.random() < 0.1
        late = not by_brand and self.place.late_s > 0 and self.dice.random() < 0.04
        return Wanted(
            text=self._text(),
            author=self.place.own if by_brand else f"customer_{self.dice.randint(1, 4000)}",
            at=min(now, max(at, parent.at + 1)) if parent else at,
            listed=not late,
            parent=parent.native if parent else None,
            by_brand=by_brand,
        )

    def _parent(self) -> Posted | None:
        if not self.place.replies or self.dice.random() > 0.3:
            return None
        found = [self.dice.choice(self.posted) for _ in range(3) if self.posted]
        return next((each for each in found if each.root and not each.deleted), None)

    def _text(self) -> str:
        self._serial += 1
        asked = " please help" if self.dice.random() < 0.05 else ""
        words = " ".join(self.dice.sample(_WORDS, 9))
        return f"acme {words}{asked} serial{self._serial:07d}"

    def _list_late(self) -> None:
        instant = self.now.timestamp()
        due = [each for each in self.late if each.due <= instant]
        self.late = [each for each in self.late if each.due > instant]
        self.server.many([("list_now", self._named(each.posted)) for each in due])
        for each in due:
            each.posted.listed_in, each.posted.listed_on = self.polls, time.monotonic()
            self.posted.append(each.posted)

    def _change_some(self) -> None:
        """Edit and delete posts that are stored by now; the newest of them too."""
        settled = [each for each in self._sample(12) if self._settled(each)]
        newest = next((each for each in reversed(self.posted[-600:]) if self._settled(each)), None)
        if newest is not None and self.dice.random() < 0.15:
            settled.append(newest)
        for each in {each.key: each for each in settled}.values():
            chance = self.dice.random()
            if chance < 0.2 or (each is newest and chance < 0.8):
                self._delete(each)
            elif chance < 0.4:
                self._edit(each)

    def _sample(self, count: int) -> list[Posted]:
        recent = self.posted[-2000:]
        return [self.dice.choice(recent) for _ in range(count)] if recent else []

    def _delete(self, posted: Posted) -> None:
        self.troubles["deleted"] += 1
        at = {"at": int(self.now.timestamp())} if self.place.dated_deletions else {}
        self.server.tell("delete", **self._named(posted), **at)
        posted.deleted = True

    def _edit(self, posted: Posted) -> None:
        self.troubles["edited"] += 1
        text = f"acme edited {self.dice.choice(_WORDS)} {posted.serial}"
        at = {"at": int(self.now.timestamp())} if self.place.dated_edits else {}
        self.server.tell("edit", **self._named(posted), text=text, **at)

    def _named(self, posted: Posted) -> dict[str, object]:
        return {self.place.native: posted.native}

    # ------------------------------------------------------------ what was read

    def _settled(self, posted: Posted) -> bool:
        """Whether whole polls began after a post was listed: it must be stored by now."""
        since = [number for number in self._whole[-40:] if number > posted.listed_in]
        old = time.monotonic() - posted.listed_on >= self.place.settle_s
        whole = old and len(since) >= self.place.settle_polls
        return whole and not posted.deleted and not posted.by_brand and not posted.answered

    def _expendable(self, posted: Posted) -> bool:
        """Whether a post may go while it is read: it was stored, or no poll began since it came."""
        fresh = posted.listed_in == self.polls and not self.place.settle_s
        kept = posted.deleted or posted.by_brand or posted.answered
        return self._settled(posted) or (fresh and not kept)

    def _behind(self) -> int:
        recent = self.posted[-1000:]
        last = self._whole[-1] if self._whole else 0
        return sum(each.listed_in >= last for each in recent)

    def _poll(self, kill_after_s: float | None = None, **order: object) -> Outcome:
        """Let the worker poll, unless the platform asked for rest; clear what went wrong."""
        if self._rest_until is not None and self.now < self._rest_until:
            self.now = self._rest_until + timedelta(seconds=self.dice.randint(1, 60))
            self._list_late()
        if self.place.told_the_time:
            self.server.tell("tune", now=self.now.timestamp())
        own = bool(order.get("own"))
        self.polls += not own
        outcome = self.worker.poll(kill_after_s, now=self.now.isoformat(), **order)
        if outcome.ok and not outcome.holes and not own:
            self._whole.append(self.polls)
        if outcome.retry_at is not None:
            self._rest_until = datetime.fromisoformat(outcome.retry_at)
            self.troubles["rests"] += 1
        if outcome.error is not None:
            self.errors[outcome.error] += 1
        if not own and self._faulted:
            self.server.tell("clear_faults")
            self._faulted = False
        return outcome

    # ------------------------------------------------------------ what goes wrong

    def _be_failed(self) -> None:
        if self.place.mishaps and self.dice.random() < 0.5:
            begin, end = self.dice.choice(self.place.mishaps)(self.dice)
            self.troubles[" ".join(name for name, _ in begin)] += 1
            self.server.many(begin)
            self._poll()
            self.server.many(end)
            return
        self._fault()
        self._poll()

    def _fault(self, kind: Callable[..., dict[str, object]] | None = None) -> None:
        """Let some of the next requests fail."""
        make = kind or (
            a_hang if self.dice.random() < 0.04 else self.dice.choice(self.place.faults)
        )
        details = make(self.dice, self.now.timestamp())
        times = None if self.dice.random() < 0.06 else self.dice.choice((1, 1, 1, 2))
        self.troubles[f"{details['kind']} {details.get('status', '')}".strip()] += 1
        if self.dice.random() < 0.5:
            self._after_some_requests(details, times)
        else:
            self.server.tell("fault", **details, times=times)
        self._faulted = True

    def _after_some_requests(self, details: dict[str, object], times: int | None) -> None:
        """Let a fault strike in mid-read: some requests pass before it."""
        calls = [("fault", {**details, "times": times or 3})]
        self.server.tell("act", path="", calls=calls, skip=self.dice.randint(1, 4))

    def _be_killed(self) -> None:
        """Let the worker die: between two pages, before one is stored, or at any instant."""
        self.troubles["killed"] += 1
        chance = self.dice.random()
        if chance < 0.3:
            self._poll(die_after_page=self.dice.randint(1, 3))
        elif chance < 0.6:
            self._poll(die_judging=self.dice.randint(1, 3))
        elif chance < 0.9:
            self._poll(kill_after_s=self.dice.choice((0.02, 0.05, 0.1, 0.3)))
        else:
            self._fault(a_hang)
            self._poll(kill_after_s=self.dice.uniform(0.1, 0.5))

    def _be_overtaken(self) -> None:
        """Let posts come and go between two pages of one reading."""
        since = self.now - timedelta(seconds=5)
        fresh = [self._wanted(since) for _ in range(self.dice.randint(1, 12))]
        fresh = [each for each in fresh if each.listed]
        made = [self.place.post(each) for each in fresh]
        by_text = {each.text: each for each in fresh}
        skip = self.dice.randint(0, 3)
        self.server.tell("act", path=self.place.follows, calls=made, skip=skip)
        if self.place.anchored is not None:
            times = self.dice.randint(1, 3)
            last = [("delete", {self.place.native: r"\1"})]
            self.server.tell("act", path=self.place.anchored, calls=last, times=times)
        else:
            some = [each for each in self.posted[-60:] if self._expendable(each)]
            chosen = self.dice.sample(some, min(len(some), self.dice.randint(0, 4)))
            gone = [("delete", self._named(each)) for each in chosen]
            self.server.tell("act", path=self.place.follows, calls=gone, skip=skip)
        outcome = self._poll()
        for method, details, result in self.server.tell("acted"):
            if method == "fault":
                continue
            if method == "delete":
                self._was_deleted(details[self.place.native], outcome)
            else:
                self._note(self._of(details, by_text), result)
                self.troubles["posted in mid-read"] += 1
        self.server.tell("clear_faults")

    def _of(self, details: Mapping[str, object], by_text: Mapping[str, Wanted]) -> Wanted:
        """Return the post that a control was told to make."""
        said = json.dumps(details)
        return next(each for text, each in by_text.items() if text in said)

    def _was_deleted(self, native: str, outcome: Outcome) -> None:
        posted = self._by_native[native]
        self.troubles["deleted in mid-read"] += 1
        if (outcome.holes or not outcome.ok) and not self._settled(posted):
            self.excused.add(posted.key)
        posted.deleted = True

    def _tune(self) -> None:
        chosen = {name: self.dice.randint(*ends) for name, ends in self._tunes.items()}
        self.server.tell("tune", **chosen)

    def _lose_a_page(self) -> None:
        """Have the worker drop a page, where nothing that it reads again can heal it."""
        self._calm()
        reread = timedelta(seconds=self.place.reread_s)
        swept = timedelta(seconds=self.place.swept_s)
        self._post_for_long(
            150, 3 * reread
        )  # more than a listing shows again by its last page alone
        assert self._poll(lose_a_page=True).ok
        for _ in range(4):  # until no listing and no feed shows it again
            self._post_for_long(60, max(3 * reread, swept / 3))
        self._calm()

    def _post_for_long(self, posts: int, length: timedelta) -> None:
        before = self.now
        self.now += length
        self._post(min(posts, self.place.burst), since=before)
        self._list_late()
        time.sleep(self.place.settle_s)

    # ------------------------------------------------------------ time

    def _pass_time(self) -> None:
        seconds = self.dice.choices(
            (
                self.dice.randint(1, 300),
                self.dice.randint(300, 1800),
                self.dice.randint(3600, 7200),
            ),
            (70, 27, 3),
        )[0]
        self.now += timedelta(seconds=seconds)

    def _calm(self) -> None:
        """Poll until all that stands there was read."""
        self.server.tell("clear_faults")
        quiet = 0
        for _ in range(TRIES):
            self.now += timedelta(seconds=30)
            self._list_late()
            outcome = self._poll()
            own = self._poll(own=True)
            whole = outcome.ok and own.ok and not outcome.holes
            quiet = quiet + 1 if whole and not outcome.new else 0
            if quiet == QUIET_POLLS:
                return
            time.sleep(self.place.settle_s)
        raise AssertionError(f"{self.place.name}: not all was read: {dict(self.errors)}")

    def _settle(self) -> None:
        if self.late:
            last = max(each.due for each in self.late)
            self.now = max(self.now, datetime.fromtimestamp(last, UTC))
        self._calm()
