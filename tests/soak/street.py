"""What people and the brand do on all platforms during a soak: little, and some are complaints."""

from dataclasses import dataclass, field
from random import Random

from classifiers.pipeline import load
from monitor.model import Passage
from monitor.ports import Classifier
from tests.chaos import complaints
from tests.soak.town import Town, present
from tests.sources.places import PLACES, Wanted
from tests.sources.processes import Call

COMPLAINTS = 0.12  # of all posts: a group takes 20 messages and edits a minute
EACH_S = 15.0  # between two posts on one platform, on average
MOST_WAIT_S = 40.0  # until the brand answers
SILENT = ("rss", "hackernews")  # nobody answers in feeds; Hacker News is answered in the app


@dataclass(slots=True, kw_only=True)
class Posted:
    """One post, and what the desk owes for it."""

    platform: str
    native: str
    key: str
    at: int
    flagged: bool = False
    answered_at: int | None = None
    answer: str | None = None  # the reply's key
    deleted: bool = False


@dataclass(slots=True)
class Answering:
    """A reply that the brand is about to write."""

    to: Posted
    at: float


@dataclass(slots=True)
class Streets:
    """Everything that happens."""

    town: Town
    dice: Random
    posted: list[Posted] = field(default_factory=list)
    judge: Classifier = field(default_factory=lambda: load("auto"))
    _next: dict[str, float] = field(default_factory=dict)
    _answers: list[Answering] = field(default_factory=list)
    _number: int = 0

    def begin(self) -> None:
        """Let each feed have an entry: one that is empty has nothing to be overtaken."""
        for age in range(3):
            self._make("rss", [self._text(harmless=True)], int(present()) - age)

    def happen(self, now: float, *, last_answers_at: float) -> None:
        """Let happen what is due."""
        for platform in PLACES:
            due = self._next.setdefault(platform, now + self.dice.uniform(0, EACH_S))
            if now >= due:
                self._next[platform] = now + self.dice.uniform(0.3, 1.7) * EACH_S
                self._post_one(platform, now, last_answers_at)
        for each in [each for each in self._answers if each.at <= now]:
            self._answers.remove(each)
            self._answer(each.to, now)

    def burst(self, platform: str, count: int) -> None:
        """Let many harmless posts come at once."""
        self._make(platform, [self._text(harmless=True) for _ in range(count)])

    def newest_before(self, platform: str, instant: float) -> float | None:
        """Return when one of the newest posts before an instant was made; some may be deleted."""
        found = [e.at for e in self.posted if e.platform == platform and e.at < int(instant)]
        return sorted(found)[-min(3, len(found))] if found else None

    def _post_one(self, platform: str, now: float, last_answers_at: float) -> None:
        harmless = self.dice.random() >= COMPLAINTS
        posted = self._make(platform, [self._text(harmless=harmless)])[0]
        if posted.flagged and platform != "rss" and self.dice.random() < 0.6:
            at = now + self.dice.uniform(5, MOST_WAIT_S)
            if at < last_answers_at:
                self._answers.append(Answering(posted, at))
        elif harmless and self.dice.random() < 0.1:
            self._delete_an_old_one(platform)

    def _text(self, *, harmless: bool) -> str:
        self._number += 1
        make = complaints.harmless if harmless else complaints.complaint
        return f"{make(self._number, 'Acme')} serial{self._number:07d}"

    def _make(self, platform: str, texts: list[str], at: int | None = None) -> list[Posted]:
        place, at = PLACES[platform], at or int(present())
        wanted = [
            Wanted(text=text, author=f"customer_{self._number}_{n}", at=at)
            for n, text in enumerate(texts)
        ]
        calls = [place.post(each) for each in wanted]
        natives = self.town.servers[platform].many(calls)
        flagged = [self._is_flagged(text, call) for text, call in zip(texts, calls, strict=True)]
        url = self.town.servers[platform].url
        made = [
            Posted(
                platform=platform,
                native=native,
                key=place.key(url, native, each),
                at=at,
                flagged=is_flagged,
            )
            for native, each, is_flagged in zip(natives, wanted, flagged, strict=True)
        ]
        self.posted += made
        return made

    def _is_flagged(self, text: str, call: Call) -> bool:
        """Whether a post asks for an answer, with and without what its platform puts before it."""
        said = [str(call[1][name]) for name in ("title", "text") if name in call[1]]
        passages = [Passage(text=text), Passage(text="\n\n".join(said))]
        return all(verdict.flagged for verdict in self.judge.classify(passages))

    def _answer(self, to: Posted, now: float) -> None:
        place, at = PLACES[to.platform], int(now)
        self._number += 1
        text = f"Sorry for that, we look into it at once. serial{self._number:07d}"
        wanted = Wanted(text=text, author=place.own, at=at, parent=to.native, by_brand=True)
        server = self.town.servers[to.platform]
        native = server.many([place.post(wanted)])[0]
        to.answered_at, to.answer = at, place.key(server.url, native, wanted)

    def _delete_an_old_one(self, platform: str) -> None:
        old = [
            each
            for each in self.posted
            if each.platform == platform
            and not (each.flagged or each.deleted)
            and each.at < present() - 60
        ]
        stored = {row["key"] for row in self.town.rows("SELECT key FROM posts")}
        found = next((each for each in reversed(old) if each.key in stored), None)
        if found is not None:
            place = PLACES[platform]
            gone: Call = ("delete", {place.native: found.native})
            self.town.servers[platform].many([gone])
            found.deleted = True
