"""What happens outside while the desk is killed: posts, replies, deletions, taps."""

import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

from classifiers.pipeline import load
from monitor.model import Passage
from monitor.ports import Classifier
from tests.chaos import complaints
from tests.end_to_end.world import ADA, World, item_of
from tests.servers.bot_api_state import Stored

HOUSES = {"Acme": 9001, "Zenbyte": 9002, "Korvex": 9003}  # a brand, and the chat of its cards
HOUR_S = 3600.0


def houses(world: World, every: str = "1s", **tables: Any) -> None:
    """Write settings for the brands, each with a chat of its own."""
    world.configure(
        chat=[{"name": brand, "id": chat} for brand, chat in HOUSES.items()],
        brand=[
            {
                "name": brand,
                "keywords": [brand.lower()],
                "chat": brand,
                "own_accounts": {"reddit": [f"{brand.lower()}_care"]},
            }
            for brand in HOUSES
        ],
        connectors={"reddit": world.reddit_section(every=every)},
        **tables,
    )


@dataclass(slots=True, kw_only=True)
class Posted:
    """One post on Reddit and what the desk owes for it."""

    name: str
    number: int
    brand: str
    author: str
    flagged: bool
    at: float
    deleted_at: float | None = None
    joins: "Posted | None" = None  # the post of the same customer that it follows

    @property
    def key(self) -> str:
        """Its identity in the store."""
        return f"reddit:{self.name}"


@dataclass(slots=True, kw_only=True)
class Replied:
    """One public reply of a brand."""

    name: str
    to: Posted
    at: float


@dataclass(slots=True)
class Street:
    """Everything that happens, in an order that the dice decide."""

    world: World
    dice: Random
    posted: list[Posted] = field(default_factory=list)
    replied: list[Replied] = field(default_factory=list)
    tapped: list[str] = field(default_factory=list)  # what each tap asked for
    judge: Classifier = field(default_factory=lambda: load("auto"))
    _numbers: int = 0

    def begin(self) -> None:
        """Let there be posts from before the desk was ever switched on."""
        for brand in HOUSES:
            self._submit(brand, complaints.complaint(self._next(), brand), since=HOUR_S)

    def happen(self) -> None:
        """Let a round's worth of things happen."""
        for _ in range(self.dice.choice((1, 1, 2))):
            self._complain()
        if self.dice.random() < 0.4:
            brand = self.dice.choice(list(HOUSES))
            self._submit(brand, complaints.harmless(self._next(), brand))
        for chance, act in (
            (0.35, self._follow_up),
            (0.4, self._reply),
            (0.6, self.tap),
            (0.15, self._regret),
            (0.1, self._delete_old),
        ):
            if self.dice.random() < chance:
                act()

    def _complain(self) -> Posted:
        brand = self.dice.choice(list(HOUSES))
        return self._submit(brand, complaints.complaint(self._next(), brand))

    def _submit(self, brand: str, text: str, since: float = 0.0) -> Posted:
        at = time.time() - since
        author = f"customer_{self._numbers}"
        name = self.world.reddit.add_submission(text, author=author, at=at)
        return self._note(name, brand, author, text, at)

    def _note(
        self, name: str, brand: str, author: str, text: str, at: float, joins: Posted | None = None
    ) -> Posted:
        verdict = next(iter(self.judge.classify([Passage(text=text)])))
        posted = Posted(
            name=name,
            number=self._numbers,
            brand=brand,
            author=author,
            flagged=verdict.flagged,
            at=at,
            joins=joins,
        )
        self.posted.append(posted)
        return posted

    def _follow_up(self) -> None:
        if before := self._standing():
            text = self.dice.choice((complaints.follow_up, complaints.thanks))(self._next())
            at = time.time()
            name = self.world.reddit.add_comment(before.name, text, author=before.author, at=at)
            self._note(name, before.brand, before.author, text, at, joins=before)

    def _reply(self) -> None:
        """Let a brand answer one whose card was there in an earlier round."""
        carded = [
            each for each in self._roots() if self.world.cards_of(each.name, self._chat(each))
        ]
        if carded:
            to, at = self.dice.choice(carded), time.time()
            author = f"{to.brand.lower()}_care"
            text = f"Sorry, we look into it at once, number {to.number}."
            name = self.world.reddit.add_comment(to.name, text, author=author, at=at)
            self.replied.append(Replied(name=name, to=to, at=at))

    def tap(self) -> None:
        """Press a button on any message that is a card, an orphan too."""
        cards = [card for chat in HOUSES.values() for card in self.world.cards(chat)]
        if cards:
            self.press(self.dice.choice(cards), self.dice.choice(("c", "c", "a")))

    def press(self, card: Stored, letter: str) -> None:
        """Press a button that is, or once was, under a card."""
        data = f"{letter}:{item_of(card)}"
        self.world.telegram.state.tap_stale(card.chat_id, card.message_id, data, ADA)
        self.tapped.append(data)

    def _regret(self) -> None:
        """Post something and delete it at once: the desk may or may not see it."""
        posted = self._complain()
        self._delete(posted)

    def _delete_old(self) -> None:
        if before := self._standing():
            self._delete(before)

    def _delete(self, posted: Posted) -> None:
        self.world.reddit.delete(posted.name)
        posted.deleted_at = time.time()

    def _standing(self) -> Posted | None:
        roots = self._roots()
        return self.dice.choice(roots) if roots else None

    def _roots(self) -> list[Posted]:
        return [each for each in self.posted if not each.joins and each.deleted_at is None]

    def _chat(self, posted: Posted) -> int:
        return HOUSES[posted.brand]

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers
