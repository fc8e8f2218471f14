"""Twelve people and their customers: who does what with an item, and when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation.editions import TEAM
from tests.simulation.world import Post

if TYPE_CHECKING:
    from tests.simulation.play import Case, Play

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
_AGENTS = tuple(name for name, role in TEAM if role == "agent")
_REASONS = ("not a complaint", "not about us", "spam", "duplicate")


class Team:
    """Takes up items as people do: mostly soon, mostly well, and sometimes neither."""

    def __init__(self, play: "Play") -> None:
        self._play = play
        self._dice = play.dice

    def meets(self, case: "Case") -> None:
        """Plan what becomes of an item that was just seen."""
        after = self._reaction()
        chosen = self._dice.choices(
            (
                self._takes_it,
                self._answers_outside,
                self._dismisses,
                self._overlooks,
                self._holds_back,
                self._hesitates,
                self._is_withdrawn,
            ),
            (66, 10, 8, 3, 5, 4, 4),
        )[0]
        self._later(after, lambda: chosen(case))
        if self._chance(0.03):
            self._answers_on_the_dot(case)
        if self._dice.random() < 0.12:
            wait = self._dice.expovariate(1 / (20 * MINUTE))
            self._later(wait, lambda: self._writes_again(case))
        self._later(self._dice.uniform(10, 20) * DAY, lambda: self._clears_away(case))

    def _clears_away(self, case: "Case") -> None:
        """Dismiss what nobody took care of for weeks, as leads do with a queue that fills up."""
        if self._play.is_owed(case):
            self._do(case, "dismiss", "Lena", reason=self._dice.choice(_REASONS))

    def _reaction(self) -> float:
        """Return seconds until somebody looks; by night nobody does for long."""
        seconds = self._dice.lognormvariate(5.6, 1.1)
        hour = (self._play.time.at + timedelta(seconds=seconds)).hour
        asleep = hour >= 22 or hour < 4
        return seconds + (self._dice.uniform(0.2, 4) * HOUR if asleep else 0.0)

    def _later(self, seconds: float, happening: Callable[[], object]) -> None:
        self._play.later(seconds, happening)

    def _chance(self, share: float) -> bool:
        return self._dice.random() < self._play.year.often(share)

    def _agent(self) -> str:
        return self._dice.choice(_AGENTS)

    def _do(self, case: "Case", act: str, who: str, **detail: Any) -> bool:
        return self._play.act(case, act, who, **detail)

    # ------------------------------------------------------------ ways to take an item up

    def _takes_it(self, case: "Case") -> None:
        who = self._agent()
        self._do(case, "claim", who)
        if self._chance(0.05):  # two press at once
            self._do(case, "claim", self._agent())
        if self._chance(0.05):
            self._later(self._dice.uniform(20, 9 * MINUTE), lambda: self._lets_go(case, who))
            return
        if self._chance(0.04):
            self._do(case, "undo", who)
        if self._chance(0.06):
            wait = self._dice.uniform(20, 12 * MINUTE)
            self._later(wait, lambda: self._passes_on(case, who))
            return
        self._later(self._dice.lognormvariate(5.4, 0.9), lambda: self._answers(case, who))

    def _passes_on(self, case: "Case", who: str) -> None:
        """Hand an item to a colleague, or have a lead take it over."""
        if self._chance(0.3):
            taker = "Otto"
            self._do(case, "take over", taker)
        else:
            taker = self._agent()
            self._do(case, "hand over", who, to=taker)
        if self._chance(0.1):
            self._later(40.0, lambda: self._do(case, "undo", who))
        if self._chance(0.2):
            self._later(2 * MINUTE, lambda: self._passes_on(case, taker))
        else:
            wait = self._dice.lognormvariate(5.4, 0.9)
            self._later(wait, lambda: self._answers(case, taker))

    def _lets_go(self, case: "Case", who: str) -> None:
        self._do(case, "release", who if self._chance(0.8) else "Lena")
        self._later(self._dice.uniform(MINUTE, HOUR), lambda: self._takes_it(case))

    def _answers_outside(self, case: "Case") -> None:
        self._reply(case, -self._dice.uniform(0, 3 * MINUTE))
        self._goes_on(case, self._agent())

    def _answers_on_the_dot(self, case: "Case") -> None:
        """Answer at the very moment at which a target is over, or a microsecond later."""
        minutes = self._dice.choice((10, 30, 30, 30, 45, 120))
        at = self._play.time.at + timedelta(minutes=minutes, microseconds=self._dice.choice((0, 1)))
        self._play.at(at, lambda: self._appears(case, case.posts[0], at))

    def _dismisses(self, case: "Case") -> None:
        who = self._agent()
        done = self._do(case, "dismiss", who, reason=self._dice.choice(_REASONS))
        if done and self._chance(0.3):
            wait = self._dice.choice((30.0, 200.0, 299.9, 300.0, 301.0, 900.0))
            self._later(wait, lambda: self._do(case, "undo", who))
            self._later(wait + 5 * MINUTE, lambda: self._takes_it(case))
        elif self._chance(0.2):
            self._later(self._dice.uniform(MINUTE, 6 * HOUR), lambda: self._asks(case))

    def _overlooks(self, case: "Case") -> None:
        self._later(self._dice.uniform(2 * HOUR, 60 * HOUR), lambda: self._takes_it(case))

    def _holds_back(self, case: "Case") -> None:
        who = self._agent()
        self._do(case, "claim", who)
        if self._chance(0.5):
            seconds = self._dice.choice((600, 3600, 7200, 86_400))
            self._do(case, "snooze", who, seconds=seconds)
        else:
            hours = self._dice.choice((1, 6, 30))
            reason = self._dice.choice(("customer", "third party"))
            self._do(case, "wait", who, reason=reason, seconds=hours * 3600)
        wait = self._dice.uniform(MINUTE, 4 * HOUR)
        if self._chance(0.5):
            self._later(wait, lambda: self._do(case, "resume", who))
        if self._chance(0.2):
            self._later(40.0, lambda: self._do(case, "undo", who))
        self._later(wait + self._dice.uniform(0, HOUR), lambda: self._answers(case, who))

    def _hesitates(self, case: "Case") -> None:
        """Claim and do nothing: the lease ends, somebody else takes over."""
        self._do(case, "claim", self._agent())
        after = self._dice.choice((19 * MINUTE, 21 * MINUTE, 30 * MINUTE))
        self._later(after, lambda: self._takes_it(case))

    def _is_withdrawn(self, case: "Case") -> None:
        """The customer deletes the post, and perhaps it comes back."""
        self._delete(case, self._dice.choice(case.posts))
        if self._chance(0.5):
            self._later(self._dice.uniform(MINUTE, 2 * HOUR), lambda: self._comes_back(case))
        self._later(self._dice.uniform(MINUTE, 3 * HOUR), lambda: self._takes_it(case))

    # ------------------------------------------------------------ ways to answer

    def _answers(self, case: "Case", who: str) -> None:
        way = self._dice.choices(
            ("both", "outside", "tap", "late proof", "undone", "never"), (44, 24, 14, 8, 5, 5)
        )[0]
        if way == "never":
            return
        if way in ("both", "outside"):
            self._reply(case, self._dice.uniform(-4 * MINUTE, 0))
        if way != "outside":
            self._later(self._dice.uniform(0, 3 * MINUTE), lambda: self._taps(case, who))
        if way == "late proof":
            self._later(self._dice.uniform(2 * MINUTE, 3 * HOUR), lambda: self._reply(case, -5.0))
        if way == "undone":
            wait = 3 * MINUTE + self._dice.choice((10.0, 240.0, 290.0, 320.0))
            self._later(wait, lambda: self._do(case, "undo", who))
            self._later(wait + 20 * MINUTE, lambda: self._taps(case, who))
        self._later(4 * MINUTE, lambda: self._goes_on(case, who))

    def _taps(self, case: "Case", who: str) -> None:
        url = f"https://example.org/{self._dice.randrange(10**6)}" if self._chance(0.2) else None
        if self._do(case, "answered", who, url=url) and url is None and self._chance(0.15):
            link = f"https://example.org/{self._dice.randrange(10**6)}"
            wait = self._dice.choice((20.0, 290.0, 900.0))
            self._later(wait, lambda: self._do(case, "link", who, url=link))

    def _reply(self, case: "Case", after: float) -> None:
        """Let the brand's own account answer the newest post, or one before it."""
        to = case.posts[-1] if self._chance(0.9) else self._dice.choice(case.posts)
        answer = self._appears(case, to, self._play.time.at + timedelta(seconds=round(after, 3)))
        if self._chance(0.06):
            wait = self._dice.choice((MINUTE, 4 * MINUTE, HOUR, 30 * HOUR))
            self._later(wait, lambda: self._loses(case, answer))

    def _appears(self, case: "Case", to: Post, at: datetime) -> Post:
        answer = self._play.world.answer(to, case.brand, at)
        case.answers.append(answer)
        self._play.appears(answer)
        return answer

    def _loses(self, case: "Case", answer: Post) -> None:
        self._play.appears(self._play.world.deleted(answer))
        if self._chance(0.3):
            self._later(self._dice.uniform(MINUTE, HOUR), lambda: self._play.appears(answer))
        else:
            self._later(self._dice.uniform(5 * MINUTE, 5 * HOUR), lambda: self._takes_it(case))

    # ------------------------------------------------------------ what comes after

    def _goes_on(self, case: "Case", who: str) -> None:
        chosen = self._dice.choices(
            (
                lambda: self._resolves(case, who),
                lambda: self._waits(case, who),
                lambda: self._asks(case),
                lambda: self._thanks(case),
                lambda: self._edits(case),
                lambda: None,  # nothing more: silence resolves it
            ),
            (38, 8, 14, 12, 4, 24),
        )[0]
        self._later(self._dice.expovariate(1 / (40 * MINUTE)), chosen)

    def _resolves(self, case: "Case", who: str) -> None:
        done = self._do(case, "resolve", who)
        if done and self._chance(0.08):
            wait = self._dice.choice((60.0, 299.0, 300.0, 300.5))
            self._later(wait, lambda: self._do(case, "undo", who))
        elif self._chance(0.15):
            wait = self._dice.choice((MINUTE, 4 * MINUTE, 6 * MINUTE, 20 * HOUR))
            self._later(wait, lambda: self._asks(case))

    def _waits(self, case: "Case", who: str) -> None:
        self._do(case, "wait", who, reason=self._dice.choice(("customer", "third party")))
        if self._chance(0.6):
            self._later(self._dice.uniform(HOUR, 30 * HOUR), lambda: self._asks(case))

    def _asks(self, case: "Case") -> None:
        self._write(case, "complaint" if self._chance(0.6) else "request")
        reaction = self._reaction()
        self._later(reaction, lambda: self._answers(case, self._agent()))

    def _thanks(self, case: "Case") -> None:
        self._write(case)
        if self._chance(0.5):
            wait = self._dice.uniform(0, 2 * HOUR)
            self._later(wait, lambda: self._resolves(case, self._agent()))

    def _writes_again(self, case: "Case") -> None:
        flags = self._dice.choice((("complaint",), ("request",), ("review",), ()))
        self._write(case, *flags)

    def _write(self, case: "Case", *flags: str) -> None:
        """Have the customer write again, perhaps some minutes before anybody can see it."""
        play = self._play
        lag = self._dice.choice((0.0, 0.0, 0.0, 5 * MINUTE, 20 * MINUTE))
        to = case.posts[0]
        post = play.world.written(
            play.world.verdict(*flags),
            case.brand,
            to.mention.platform,
            case.author,
            max(play.time.at - timedelta(seconds=lag), to.mention.posted_at),
            to=to,
        )
        play.counts.posts += 1
        case.posts.append(post)
        play.appears(post)

    def _edits(self, case: "Case") -> None:
        play = self._play
        flags = self._dice.choice((("complaint",), ("request",), ()))
        post = self._dice.choice(case.posts)
        changed = play.world.edited(post, play.world.verdict(*flags), play.time.at)
        case.posts[case.posts.index(post)] = changed
        play.appears(changed)

    def _delete(self, case: "Case", post: Post) -> None:
        self._play.appears(self._play.world.deleted(post))

    def _comes_back(self, case: "Case") -> None:
        for post in case.posts[:1]:
            self._play.appears(post)
