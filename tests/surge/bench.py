"""A crowd at the real desk, outbox and budgets, on a clock that the test turns.

`python -m tests.surge.bench [--people N] [--seed S]` prints one JSON object: what N complaints in
an hour cost the chat in sends and edits, how much of what one group takes was used, and how long
anybody waited to be shown. Members work meanwhile: they claim what is due next, and answer it.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot.chat.budgets import GROUP_PER_MINUTE, Budgets
from bot.chat.dispatch import Dispatch
from bot.chat.drawing import Drawing
from bot.chat.routes import Routes
from bot.chat.sender import SendingDesk
from bot.chat.surges import SurgeNews
from monitor.handling.tick import Tick
from monitor.intake.surge import SurgeWatch
from monitor.model import ItemId, Member, Mention, MessageRef, Role, State
from monitor.settings import brands, parse
from monitor.store.outbox import Kind
from tests.builders import NOON, ONE_CHAT, a_mention
from tests.desk import Bench, a_bench

CARE = -1001
SETTINGS = ONE_CHAT + 'own_accounts = { sample = ["acme_care"] }\n'
STEP = timedelta(seconds=1)
AFTER = timedelta(hours=1)  # is played on when nobody writes any more
MEMBERS = 6
WORKS = timedelta(minutes=3)  # on one answer
SAME = 0.4  # share of those who post nearly the same words
WORDS = (
    *("melon", "harbor", "violet", "copper", "meadow", "lantern", "pepper", "saddle", "timber"),
    *("walnut", "ribbon", "marble", "cactus", "pigeon", "button", "candle", "feather", "basket"),
)


@dataclass
class Tally:
    """What went out, and when."""

    sends: Counter[str] = field(default_factory=Counter)
    edits: int = 0
    by_minute: Counter[int] = field(default_factory=Counter)
    shown_at: dict[ItemId, datetime] = field(default_factory=dict)
    cards: Counter[ItemId] = field(default_factory=Counter)


class Square:
    """A desk with one group and members who work."""

    def __init__(self, path: Path, people: int, seed: int) -> None:
        self.settings = parse(SETTINGS, path / "mentiondesk.toml")
        watched = brands(self.settings)
        self.bench: Bench = a_bench(path, *watched)
        self.drawing = Drawing(self.bench.ledger, self.settings)
        store = self.bench.store

        def routes() -> Routes:
            return Routes(self.settings, watched, store.people.chats())

        self.dispatch = Dispatch(store, self.drawing, routes)
        self.sending = SendingDesk(store, self.drawing)
        zone = ZoneInfo("Europe/Bratislava")
        self.watch = SurgeWatch(store, watched, zone, SurgeNews(store, routes).tell)
        self.budgets = Budgets()
        self.tally = Tally()
        self.random = Random(seed)
        self.members = [
            self.bench.member(f"Member {number}", Role.AGENT, number)
            for number in range(1, MEMBERS + 1)
        ]
        self.busy: dict[int, tuple[ItemId, datetime]] = {}  # member → what, until when
        self.messages = count(1)
        self.replies = count(1)
        self.people = people
        with store.writing():
            store.people.link_chat("care", CARE, NOON)

    def past(self) -> None:
        """Let eight weeks pass in which two people an hour complain around noon."""
        for back in range(7, 57, 7):
            for beside in (-1, 0, 1):
                for number in range(2):
                    at = NOON - timedelta(days=back, hours=beside, minutes=10 + 20 * number)
                    self._take(self._complaint(f"old{back}x{beside + 1}x{number}", at), at)

    def play(self, until: datetime) -> None:
        """Let everything happen until `until`, second by second."""
        coming = iter(self._crowd())
        following = next(coming, None)
        now = NOON
        while now < until:
            while following is not None and following.posted_at <= now:
                self._take(following, now)
                following = next(coming, None)
            self._second(now)
            now += STEP

    def _second(self, now: datetime) -> None:
        Tick(self.bench.ledger, self.dispatch.announce).run(now)
        self.dispatch.cards(now)
        self.dispatch.fold_overflow(now)
        if now.second % 30 == 0:
            self.watch.look(now)
        if now.second % 15 == 0:
            self.dispatch.boards(now)
            self._work(now)
        self._send(now)

    # ------------------------------------------------------------ customers and members

    def _crowd(self) -> list[Mention]:
        """Return so many complaints within an hour, most of them in its first half."""
        moments = sorted(self.random.betavariate(1.3, 2.2) * 3600 for _ in range(self.people))
        return [
            self._complaint(f"p{number}", NOON + timedelta(seconds=moment))
            for number, moment in enumerate(moments)
        ]

    def _complaint(self, name: str, at: datetime) -> Mention:
        if self.random.random() < SAME:
            text = "Acme is down again and nobody answers us, this is a complaint from your users"
        else:
            chosen = " ".join(self.random.sample(WORDS, 9))
            text = f"Acme complaint, {chosen} {name}"
        return a_mention(text, key=f"sample:{name}", author=name, posted_at=at)

    def _take(self, mention: Mention, now: datetime) -> None:
        self.bench.take(mention, now=now, since=NOON)

    def _work(self, now: datetime) -> None:
        for member in self.members:
            item, until = self.busy.get(member.id, (None, now))
            if item is not None and until <= now:
                self._answer(item, now)
                del self.busy[member.id]
            if member.id not in self.busy:
                self._claim(member, now)

    def _claim(self, member: Member, now: datetime) -> None:
        """Let a member take what is due next, once it is shown to them."""
        for listed in self.bench.store.items.queue(limit=60):
            item = listed.item
            if item.state is State.OPEN and item.id in self.tally.shown_at:
                self.bench.desk.claim(item.id, member, now)
                self.busy[member.id] = (item.id, now + WORKS)
                return

    def _answer(self, item: ItemId, now: datetime) -> None:
        posts = self.bench.store.posts.of_item(item)
        reply = a_mention(
            "We are on it",
            key=f"sample:reply{next(self.replies)}",
            thread=posts[0].mention.thread,
            author="acme_care",
            reply_to=posts[0].mention.key,
            posted_at=now,
        )
        self._take(reply, now)

    # ------------------------------------------------------------ the chat

    def _send(self, now: datetime) -> None:
        """Send what the budgets let go in this second, as the sender does."""
        at = now.timestamp()
        while True:
            held = (CARE,) if self.budgets.free_at(CARE, at) > at else ()
            slow = (CARE,) if self.budgets.free_at(CARE, at, edit=True) > at else ()
            out = self.sending.take(now, held, slow)
            if out is None:
                return
            self.budgets.spend(CARE, at)
            ref = out.ref or MessageRef(chat_id=CARE, message_id=next(self.messages))
            self.sending.arrived(out, ref, now)
            self._count(out.parcel.kind, out.parcel.item, out.ref, out.parcel.payload, now)

    def _count(
        self, kind: Kind, item: ItemId | None, ref: MessageRef | None, payload: str, now: datetime
    ) -> None:
        self.tally.by_minute[int((now - NOON).total_seconds() // 60)] += 1
        if ref is not None:
            self.tally.edits += 1
            if kind is Kind.EDIT and item is not None:  # it counts those that are like it
                for like in self.bench.store.items.folded_under(item):
                    self.tally.shown_at.setdefault(like.item.id, now)
            return
        self.tally.sends[kind] += 1
        shown = [item] if kind is Kind.CARD and item is not None else []
        if kind is Kind.CARD and item is not None:
            self.tally.cards[item] += 1
            shown += [one.item.id for one in self.bench.store.items.folded_under(item)]
        if kind is Kind.DIGEST:
            shown = [ItemId(number) for number in json.loads(payload)["items"]]
            shown += [
                like.item.id for lead in shown for like in self.bench.store.items.folded_under(lead)
            ]
        for one in shown:
            self.tally.shown_at.setdefault(one, now)

    # ------------------------------------------------------------ what it came to

    def figures(self) -> dict[str, Any]:
        """Return what the crowd cost."""
        items = list(self._items())
        waits = sorted(self._waits(items))
        sends, edits = sum(self.tally.sends.values()), self.tally.edits
        busiest = max(self.tally.by_minute.values(), default=0)
        first_hour = sum(each for minute, each in self.tally.by_minute.items() if minute < 60)
        surges = self.bench.store.surges.since(NOON)
        return {
            "people": self.people,
            "items": len(items),
            "sends": sends,
            "edits": edits,
            "sends_per_item": round(sends / len(items), 3),
            "edits_per_item": round(edits / len(items), 3),
            "by_kind": dict(sorted(self.tally.sends.items())),
            "budget_share_hour": round(first_hour / (60 * GROUP_PER_MINUTE), 3),
            "budget_share_busiest_minute": round(busiest / GROUP_PER_MINUTE, 3),
            "cards_twice": sum(each > 1 for each in self.tally.cards.values()),
            "never_shown": sum(wait is None for wait in self._shown(items)),
            "shown_after_s_median": waits[len(waits) // 2] if waits else None,
            "shown_after_s_longest": waits[-1] if waits else None,
            "surges": len(surges),
            "surge_alerts": self.tally.sends.get(Kind.SURGE, 0),
            "surge_found_after_s": (
                (surges[0].found_at - NOON).total_seconds() if surges else None
            ),
        }

    def _items(self) -> Iterator[tuple[ItemId, datetime, bool]]:
        for listed in self.bench.store.items.every():
            item = listed.item
            if item.opened_at >= NOON and not item.muted:
                yield item.id, item.opened_at, item.fold_of is not None

    def _shown(self, items: list[tuple[ItemId, datetime, bool]]) -> Iterator[datetime | None]:
        for item, _, folded in items:
            shown = self.tally.shown_at.get(item)
            yield shown if shown or not folded else NOON  # it stands under another's card

    def _waits(self, items: list[tuple[ItemId, datetime, bool]]) -> Iterator[float]:
        for item, opened, _ in items:
            shown = self.tally.shown_at.get(item)
            if shown is not None:
                yield max((shown - opened).total_seconds(), 0.0)


def played(path: Path, people: int, seed: int = 1, after: timedelta = AFTER) -> dict[str, Any]:
    """Return the figures of a crowd of so many."""
    square = Square(path, people, seed)
    square.past()
    square.play(NOON + timedelta(hours=1) + after)
    figures = square.figures()
    square.bench.store.close()
    return figures


def main() -> None:
    """Print the figures of a crowd."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--people", type=int, default=500)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures = played(Path(folder), given.people, given.seed)
    figures["seconds"] = round(time.monotonic() - began, 1)
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
