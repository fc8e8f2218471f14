"""The year: what is written outside, what the team does, and what is checked when."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from bot.chat.payloads import SummaryKind, SummaryOrder
from monitor.errors import RefusedError
from monitor.model import Cursor, ItemId, Member, Page, State
from tests.simulation.desk import RealDesk, SimulatedTime
from tests.simulation.editions import (
    CHATS,
    PLATFORMS,
    RIVAL,
    Edition,
    editions,
    settings,
)
from tests.simulation.instants import micros
from tests.simulation.team import Team
from tests.simulation.watching import Name, summed
from tests.simulation.wire import Wire
from tests.simulation.world import Post, World
from tests.simulation.year import Year

Happening = Callable[[], object]
_SEE_EVERY = {"reddit": 60, "x": 90, "bluesky": 20, "mastodon": 120}  # seconds between two polls
_OWN_EVERY = 150
_REGULARLY = timedelta(minutes=30)
_BOARDS = 3  # hours between two looks at what is pinned
_WHOLE_QUEUE = 6  # hours between two looks at the clocks of what is answered, too
_MOST_CHECKS = 600  # in an hour, beside all that happens: more do nothing new
_MOMENT = timedelta(milliseconds=3)


@dataclass
class Case:
    """Somebody's matter with a brand, as the world knows it."""

    brand: str
    author: str
    posts: list[Post]
    answers: list[Post] = field(default_factory=list)
    number: ItemId | None = None

    @property
    def name(self) -> Name:
        """What tells its item from others."""
        first = self.posts[0].mention
        return self.brand, first.platform, first.thread, f"id-{self.author}"


@dataclass(slots=True)
class Counts:
    """What was played."""

    posts: int = 0
    events: int = 0
    acts: int = 0
    refused: int = 0
    restarts: int = 0
    steps: int = 0
    looks: int = 0  # at single items
    whole: int = 0  # at the whole desk
    faults: list[str] = field(default_factory=list)  # found on this side of the line


class Ear(logging.Handler):
    """Hears what the desk logs as an error: nothing of the kind may happen in a year."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what was said."""
        told = record.exc_info[1] if record.exc_info else ""
        self._faults.append(f"{record.getMessage()}: {told!r}")


class Play:
    """Plays a year through the real desk and tells the reference all of it."""

    def __init__(self, folder: Path, wire: Wire, year: Year) -> None:
        self.year = year
        self.dice = Random(year.seed)
        self.world = World(Random(year.seed + 1), year.share_flagged)
        self.wire = wire
        self.time = SimulatedTime(year.begins)
        self.counts = Counts()
        logging.getLogger().addHandler(Ear(self.counts.faults))
        self._order = count()
        self._agenda: list[tuple[datetime, int, Happening]] = []
        self._unseen: dict[str, list[Post]] = {}
        self._polls: set[str] = set()
        self._blind: dict[str, datetime] = {}  # sources that cannot be read, until when
        self._down_until: datetime | None = None
        self._checks: dict[datetime, int] = {}
        self._restless = False
        self._stirs = False  # something happened that the desk hears of
        self._cases: dict[str, Case] = {}
        self.team = Team(self)
        self.editions = iter(editions(modes=True))
        edition = next(self.editions)
        self.desk = RealDesk(folder, edition, self.time)
        self._tell_edition(edition)

    # ------------------------------------------------------------ the agenda

    def at(self, when: datetime, happening: Happening) -> None:
        """Have something happen at an instant, but not before now."""
        heappush(self._agenda, (max(when, self.time.at), next(self._order), happening))

    def later(self, seconds: float, happening: Happening) -> None:
        """Have something happen in a while."""
        self.at(self.time.at + timedelta(seconds=round(seconds, 3)), happening)

    def run(self) -> None:
        """Play to the end."""
        self._plan()
        while self.time.at < self.year.ends:
            self._step()

    def _plan(self) -> None:
        first = self.year.begins + timedelta(hours=1)
        self._write(self.world.times(self.year.posts, first, self.year.days - 1))
        self._regularly()
        self._hourly()
        for edition in self.editions:
            if edition.since < self.year.ends:  # those before its beginning come at once
                self.at(edition.since, lambda edition=edition: self._new_edition(edition))  # type: ignore[misc]
        for _ in range(self.year.days // 9):
            self._some_day(self._breaks_down)
        for _ in range(self.year.days // 5):
            self._some_day(self._goes_blind)
        for _ in range(self.year.days // 3):
            self._some_day(self._reads_a_file)

    def _reads_a_file(self) -> None:
        """Have somebody import old posts: they are history, until some of them are seen live."""
        if self._down_until is not None:
            return
        platform = self.dice.choice(PLATFORMS)
        ages = (timedelta(hours=self.dice.uniform(10, 200)) for _ in range(12))
        posts = [self.world.post(self.time.at - age, platform) for age in ages]
        self.counts.posts += len(posts)
        self._take(posts, platform, live=False)
        live = [post for post in posts if post.mention.posted_at > self.year.begins]
        for post in live[::2]:
            self.later(900.0, partial(self.appears, post))

    def _some_day(self, happening: Happening) -> None:
        after = timedelta(seconds=self.dice.uniform(0, self.year.days * 86_400))
        self.at(self.year.begins + after, happening)

    def _step(self) -> None:
        """Go on to whatever comes first, and let the desk do what is due then."""
        soonest = self._agenda[0][0]
        check = None if self._down_until or self._restless else self.desk.next_check()
        if check is not None and check < soonest:
            soonest = check
            self._watch_checks(check)
        self.time.at = max(soonest, self.time.at + timedelta(microseconds=1))
        self._stirs = check is not None and check <= self.time.at
        while self._agenda and self._agenda[0][0] <= self.time.at:
            heappop(self._agenda)[2]()
        if self._down_until is None and self._stirs:
            self._tick()

    def _watch_checks(self, check: datetime) -> None:
        """Note a desk that looks at items again and again, and leave its checks alone from then."""
        hour = check.replace(minute=0, second=0, microsecond=0)
        self._checks = {hour: self._checks.get(hour, 0) + 1}
        if self._checks[hour] > _MOST_CHECKS:
            self._restless = True
            self.counts.faults.append(f"{check}: the desk looks at items without end")

    def _tick(self) -> None:
        self.counts.steps += 1
        self.desk.tick()
        now = self.time.at
        self.wire.tell("tick", micros(now), told=self._told())
        self.desk.ledger.move_to_current(now)  # a job of every half minute
        self.wire.tell("moved", micros(now))
        if self.desk.mailing.deliver(self.desk.office, now):
            self._send_soon()
        for number in self.desk.touched:
            self._look(number)
        self.desk.touched.clear()

    def _send_soon(self) -> None:
        if "sending" not in self._polls:
            self._polls.add("sending")
            self.later(2.0, self._sends)

    def _sends(self) -> None:
        self._polls.discard("sending")
        self._stirs = True

    def _told(self) -> list[tuple[Name, str, str, str]]:
        store = self.desk.office.workshop.store
        found = []
        for notice in self.desk.told:
            listed = store.items.get(notice.item)
            if listed is not None:
                author = listed.item.author.id if listed.item.author else ""
                name = (listed.item.brand, listed.item.platform, listed.item.thread, author)
                found.append((name, notice.kind.value, notice.name, notice.tell))
        self.desk.told.clear()
        return found

    def _look(self, number: ItemId) -> None:
        self.counts.looks += 1
        shown = self.desk.watcher.item(number, self.time.at)
        self.wire.tell("item", micros(self.time.at), shown=shown)

    # ------------------------------------------------------------ what is checked when

    def _regularly(self) -> None:
        self.later(_REGULARLY.total_seconds(), self._regularly)
        if self._down_until is None:
            self._stirs = True
            self.desk.office.summaries(self.time.at)

    def _hourly(self) -> None:
        hour = self.time.at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        self.at(hour, self._hourly)
        if self._down_until is None:
            self.at(self.time.at + _MOMENT, self.whole)
            if hour.hour == 11:
                self.at(self.time.at + 2 * _MOMENT, self._daily)

    def whole(self) -> None:
        """Have the whole desk looked at."""
        if self._down_until is not None:
            return
        self._stirs = True
        self.counts.whole += 1
        if self.time.at.hour % _BOARDS == 0:
            self.desk.office.dispatch.boards(self.time.at)
        self.desk.tick()
        now = self.time.at
        self.wire.tell("tick", micros(now), told=self._told())
        watcher = self.desk.watcher
        every = now.hour % _WHOLE_QUEUE == now.day % _WHOLE_QUEUE  # each hour has its days
        self.wire.tell(
            "whole",
            micros(now),
            listed=list(watcher.listed()),
            queue=watcher.queue(now) if every else watcher.owed(now),
            every=every,
            boards={chat: watcher.board(chat, now) for chat in CHATS},
        )

    def _daily(self) -> None:
        if self._down_until is not None:
            return
        office, now = self.desk.office, self.time.at
        office.dispatch.reviews(now)
        office.prune(now)
        day = (now.astimezone(self.desk.app.settings.desk.timezone) - timedelta(days=1)).date()
        for chat in CHATS:
            order = SummaryOrder(kind=SummaryKind.DAILY, day=day, chat=chat)
            said = summed(office.drawing.summary(chat, order, now))
            self.wire.tell("summary", micros(now), chat=chat, day=day.isoformat(), said=said)

    def _every_item(self) -> None:
        """Look at each listed item in full, and whether its card in the chat says what is so."""
        for one in self.desk.office.workshop.store.items.queue():
            self._look(one.item.id)

    # ------------------------------------------------------------ what breaks, and what changes

    def _breaks_down(self) -> None:
        """Let the desk be down for a while, then start again."""
        if self._down_until is not None:
            return
        length = timedelta(seconds=self.dice.choice((5, 40, 400, 3000, 9000, 30_000)))
        self._down_until = self.time.at + length
        self.at(self._down_until, self._starts_again)

    def _starts_again(self, edition: Edition | None = None) -> None:
        self._down_until = None
        self.counts.restarts += 1
        self.desk.restart(edition or self.desk.edition)
        if edition is not None:
            self._tell_edition(edition)
        self.at(self.time.at, self._after_restart)

    def _after_restart(self) -> None:
        self._tick()
        self._every_item()
        self.whole()

    def _new_edition(self, edition: Edition) -> None:
        """Have the settings changed: by a restart, or applied while the desk runs."""
        if self._down_until is not None:
            self.at(self._down_until + timedelta(seconds=90), lambda: self._new_edition(edition))
        elif edition.mode == "now":
            self._starts_again(edition)
        else:
            self.desk.apply(edition)
            self._tell_edition(edition)
            self.at(self.time.at, self._after_restart)

    def _tell_edition(self, edition: Edition) -> None:
        text = settings(edition, self.desk.database)
        self.wire.tell("settings", micros(self.time.at), text=text, mode=edition.mode)

    def _goes_blind(self) -> None:
        source = self.dice.choice([*PLATFORMS, *(f"{each}:own" for each in PLATFORMS)])
        length = self.dice.choice((600, 3600, 3600, 20_000, 90_000))
        self._blind[source] = self.time.at + timedelta(seconds=length)

    # ------------------------------------------------------------ what is written, and seen

    def _write(self, times: Iterator[tuple[datetime, str]]) -> None:
        following = next(times, None)
        if following is not None:
            at, platform = following
            self.at(at, lambda: self._written(times, platform))

    def _written(self, times: Iterator[tuple[datetime, str]], platform: str) -> None:
        self._write(times)
        post = self.world.post(self.time.at, platform)
        self.counts.posts += 1
        if post.flagged and RIVAL not in post.brands:
            author = post.mention.author
            assert author is not None
            self._cases[post.mention.key] = Case(post.brands[0], author.handle, [post])
        self.appears(post)

    def appears(self, post: Post) -> None:
        """Have a post found by the next poll of its source."""
        source = post.mention.platform + (":own" if post.own else "")
        self._unseen.setdefault(source, []).append(post)
        self._poll_soon(source)

    def _poll_soon(self, source: str) -> None:
        if source in self._polls:
            return
        self._polls.add(source)
        every = _OWN_EVERY if source.endswith(":own") else _SEE_EVERY[source]
        wait = self.dice.uniform(1, every)
        until = self._blind.get(source)
        when = self.time.at + timedelta(seconds=round(wait, 6))
        self.at(max(when, until) if until else when, lambda: self._poll(source))

    def _poll(self, source: str) -> None:
        self._polls.discard(source)
        if self._down_until is not None:
            self._polls.add(source)
            self.at(self._down_until + timedelta(seconds=7), lambda: self._poll(source))
            return
        posts = self._unseen.pop(source, [])
        self._take(posts, source)

    def _take(self, posts: list[Post], source: str, *, live: bool = True) -> None:
        now = self.time.at
        self._stirs = True
        mentions = tuple(each.mention for each in posts)
        page = Page(mentions=mentions, cursor=Cursor(now.isoformat()))
        self.wire.tell("page", micros(now), posts=[told(each) for each in posts], live=live)
        self.counts.events += len(posts)
        self.desk.take(page, source, live=live)
        for post in posts:
            case = self._cases.pop(post.mention.key, None)
            if case is not None:
                self.team.meets(case)

    # ------------------------------------------------------------ what members do

    def act(self, case: Case, act: str, who: str, **detail: Any) -> bool:
        """Have a member do something; return whether the desk let them."""
        if self._down_until is not None:
            return False
        number = self.number_of(case)
        if number is None:
            return False
        self.counts.acts += 1
        self._stirs = True
        member = self.desk.members[who]
        try:
            self._do(number, act, member, detail)
        except RefusedError:
            self.counts.refused += 1
            said: Mapping[str, Any] = {"name": case.name, "act": act, "who": who}
            self.wire.tell("refused", micros(self.time.at), **said)
            return False
        self.counts.events += 1
        self.wire.tell("act", micros(self.time.at), name=case.name, act=act, who=who, detail=detail)
        return True

    def _do(self, number: ItemId, act: str, member: Member, detail: Mapping[str, Any]) -> None:
        desk, now = self.desk.office.workshop.desk, self.time.at
        seconds = detail.get("seconds")
        length = timedelta(seconds=seconds) if seconds else None
        taker = self.desk.members.get(detail.get("to", ""), member)
        doings: dict[str, Callable[[], object]] = {
            "claim": lambda: desk.claim(number, member, now),
            "release": lambda: desk.release(number, member, now),
            "answered": lambda: desk.answered(number, member, now, detail["url"]),
            "hand over": lambda: desk.hand_over(number, member, taker, "please", now),
            "take over": lambda: desk.take_over(number, member, now),
            "wait": lambda: desk.wait(number, member, now, detail["reason"], length),
            "snooze": lambda: desk.snooze(number, member, now, length or timedelta(hours=1)),
            "resume": lambda: desk.resume(number, member, now),
            "resolve": lambda: desk.resolve(number, member, now),
            "dismiss": lambda: desk.not_for_us(number, member, now, detail["reason"]),
            "undo": lambda: desk.undo(number, member, now),
            "link": lambda: desk.link_answer(number, member, now, detail["url"]),
        }
        doings[act]()

    def is_owed(self, case: Case) -> bool:
        """Return whether the item waits for somebody to do something."""
        number = self.number_of(case)
        found = self.desk.office.workshop.store.items.get(number) if number is not None else None
        return found is not None and found.item.state in (State.OPEN, State.CLAIMED, State.WAITING)

    def number_of(self, case: Case) -> ItemId | None:
        """Return the item's number, None while the desk has none."""
        if case.number is None:
            found = self.desk.office.workshop.store.items.find(*case.name)
            case.number = found.id if found else None
        return case.number


def told(post: Post) -> dict[str, Any]:
    """Return a post in plain values."""
    mention, verdict = post.mention, post.verdict
    return {
        "key": mention.key,
        "platform": mention.platform,
        "thread": mention.thread,
        "author": mention.author.id if mention.author else "",
        "handle": mention.author.handle if mention.author else "",
        "posted": micros(mention.posted_at),
        "edited": micros(mention.edited_at) if mention.edited_at else None,
        "text": mention.text,
        "url": mention.url,
        "reply_to": mention.reply_to,
        "deleted": mention.deleted,
        "own": post.own,
        "brands": post.brands,
        "flags": verdict.flags,
        "language": verdict.language,
        "urgency": verdict.urgency,
        "topic": verdict.topic,
    }
