"""The desk told a second time: what the world did goes in, and how each item stands comes out.

It hears what the connectors saw, what members did and that time passed. What the product wrote
down of it is never looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

from tests.reference.book import Book, Judged, Library
from tests.reference.clocks import Clock, Story, read
from tests.reference.endings import Away
from tests.reference.facts import Fact
from tests.reference.hours import DAY, MINUTE, SECOND
from tests.reference.telling import Word, is_crossed, said, shares
from tests.reference.terms import FOREVER, Term, Terms

LEASE = 20 * MINUTE  # a claim without a reply goes back to the queue after this
FOUND_LATE = 15 * MINUTE
LOOK_BACK = 24 * 60 * MINUTE
_PAUSES = {"customer": 2 * DAY, "third party": 3 * DAY}  # where no length was chosen
REMINDED = 5 * MINUTE  # before a claim ends
MANY = 2  # hand-overs that the leads are told of
TIME = "time"  # who ended a lease, a pause, a silence
_ACTS = {
    "claim": "claimed",
    "release": "released",
    "answered": "tapped",
    "resume": "resumed",
    "resolve": "resolved",
    "dismiss": "voided",
}
_GOES_ON = frozenset({"undone", "reply_gone", "restored"})
Name = tuple[str, str, str, str]  # brand, platform, thread, author
Post = Mapping[str, Any]


@dataclass(slots=True)
class Item:
    """What the team owes one author in one thread about one brand."""

    name: Name
    judged: Judged
    terms: Terms
    opened: int
    posted: int
    muted: bool
    edition: int
    facts: list[Fact] = field(default_factory=list)
    posts: dict[str, bool] = field(default_factory=dict)  # key: whether it still stands
    told: set[str] = field(default_factory=set)
    fixed: dict[tuple[str, int], Clock] = field(default_factory=dict)
    look_at: int = 0  # when time does something to it next
    was_moved: bool = False  # it came under other terms at some time
    may_go_on: bool = False  # something happened that may let an ended clock run on
    _story: Story | None = None
    _read: tuple[int, list[Clock]] | None = None
    _last: int = 0

    @property
    def found_late(self) -> bool:
        """Whether it was first seen long after it was posted."""
        return self.opened - self.posted > FOUND_LATE

    def happened(self, kind: str, at: int, now: int, **more: Any) -> Fact:
        """Note something that happened, and return it."""
        fact = Fact(kind, at, now, len(self.facts), **more)
        self.facts.append(fact)
        self._story = self._read = None
        self.look_at = 0
        self.may_go_on |= kind in _GOES_ON
        return fact

    def corrected(self, fact: Fact) -> None:
        """Put a fact in the place of the one that stood there."""
        self.facts[fact.place] = fact
        self._story = self._read = None
        self.look_at = 0

    def changed(self, terms: Terms, edition: int) -> None:
        """Put the item under other terms."""
        self.terms, self.edition = terms, edition
        self.was_moved = True
        self._read = None
        self.look_at = 0

    def story(self, now: int) -> Story:
        """Return what its facts say. They change only when something happens."""
        if self._story is None:
            self._story = Story.of(self.facts, now)
        return self._story

    def clocks(self, now: int) -> list[Clock]:
        """Return its clocks; what was fixed stays as it was fixed."""
        if self.muted:
            return []
        if self._read is None or self._read[0] != now:
            found = read(self.story(now), self.terms, now, found_late=self.found_late)
            self._number(found)
            known = {one.name for one in found}
            gone = [one for name, one in self.fixed.items() if name not in known]
            shown = [*(self._as_fixed(one) for one in found), *gone]
            self._read = (now, sorted(shown, key=_place) if gone else shown)
        return self._read[1]

    def _number(self, found: Sequence[Clock]) -> None:
        """Leave a number to the response that was fixed under it, should others come before it."""
        number = 0
        for clock in [one for one in found if "response" in one.target]:
            number += 1
            while number > 1 and self._is_of_another(number, clock):
                number += 1
            clock.cycle = number
        self._last = number

    def _is_of_another(self, number: int, clock: Clock) -> bool:
        fixed = self.fixed.get(("next_response", number))
        return fixed is not None and (fixed.start, fixed.asked) != (clock.start, clock.asked)

    def last_number(self, now: int) -> int:
        """Return the number of the latest response that the facts still know of."""
        self.clocks(now)
        return self._last

    def _as_fixed(self, clock: Clock) -> Clock:
        fixed = self.fixed.get(clock.name)
        if fixed is None:
            return clock
        clock.fixed = True
        fixed.proven = clock.proven  # its proof may come later
        for name in ("spent", "allowed", "due", "breached", "counted", "policy"):
            setattr(clock, name, getattr(fixed, name))
        return clock

    def state(self, now: int) -> str:
        """Return where the item stands."""
        if self.muted:
            return "open"
        story = self.story(now)
        pause = story.pause()
        if story.void is not None:
            return "void"
        if story.resolved():
            return "resolved"
        if pause is not None:
            return "snoozed" if pause.kind == "snoozed" else "waiting"
        if not story.owed():
            return "answered"
        return "claimed" if self.owner(now) else "open"

    def owner(self, now: int) -> str:
        """Return who has it, "" for nobody."""
        owner = ""
        for fact in sorted(self.story(now).facts, key=lambda one: one.at):
            if fact.kind == "claimed":
                owner = fact.who
            elif fact.kind in ("released", "lease_ended"):
                owner = ""
        return owner

    def owner_before(self, claim: Fact) -> str:
        """Return who had it when it was claimed, "" for nobody."""
        owner = ""
        for fact in self.story(0).facts:
            if fact.place >= claim.place:
                break
            if fact.kind == "claimed":
                owner = fact.who
            elif fact.kind in ("released", "lease_ended"):
                owner = ""
        return owner

    def lease(self, now: int) -> int | None:
        """Return when a claim ends by itself: only what its owner still owes can be taken back."""
        if self.state(now) != "claimed":
            return None
        lease: int | None = None
        last = 0
        for fact in sorted(self.story(now).facts, key=lambda one: one.at):
            last = fact.at
            if fact.kind == "claimed":
                lease = fact.at + LEASE
            elif fact.kind in ("reply", "tapped", "paused", "resolved"):
                lease = None
            elif _asks_again(fact) and (lease is None or lease <= fact.at):
                lease = fact.at + LEASE
        return last + LEASE if lease is None else lease

    def hand_overs(self, now: int) -> int:
        """Return how often somebody else took it than who had it before."""
        owners = [one.who for one in self.story(now).facts if one.kind == "claimed"]
        return sum(one != other for one, other in pairwise(owners))

    def silent_until(self, now: int) -> int | None:
        """Return when silence resolves it; None while it owes something or is paused."""
        if self.muted or self.state(now) != "answered":
            return None
        since = self.story(now).resolving.silent_since
        if since is None:
            return None
        for term, following in _spans(self.terms):
            until = max(since + term.policy.auto_resolve, term.since)
            if until < following:
                return until
        return None

    def due(self, now: int) -> Clock | None:
        """Return the clock that is due next, of those that run."""
        running = [one for one in self.clocks(now) if one.runs]
        if not running:
            return None
        return min(running, key=lambda one: FOREVER + 1 if one.due is None else one.due)


def _place(clock: Clock) -> tuple[int, int]:
    return ("response" not in clock.target) + (clock.target == "resolution"), clock.cycle


def _spans(terms: Terms) -> Iterator[tuple[Term, int]]:
    ends = [one.since for one in terms.spans[1:]] + [FOREVER]
    yield from zip(terms.spans, ends, strict=True)


def _asks_again(fact: Fact) -> bool:
    if fact.kind == "post":
        return fact.wants
    return fact.kind in ("resumed", "reopened", "restored", "reply_gone")


@dataclass(slots=True)
class Desk:
    """All items, as the world made them."""

    library: Library
    rivals: frozenset[str]
    switched_on: int
    book: Book | None = None
    items: dict[Name, Item] = field(default_factory=dict)
    of_post: dict[str, list[Item]] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)  # as it was last seen
    seen: dict[str, int] = field(default_factory=dict)
    answers: dict[str, list[Post]] = field(default_factory=dict)  # replies, by what they answer
    joined: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)  # brands of a writer
    history: set[str] = field(default_factory=set)  # keys of posts that are not live
    listed: set[Name] = field(default_factory=set)  # neither resolved nor void nor muted
    by_day: dict[int, dict[Name, Item]] = field(default_factory=dict)  # by when they were opened
    _soon: list[tuple[int, int, Name]] = field(default_factory=list)  # a heap: what to look at when
    _looked: set[Name] = field(default_factory=set)
    _pushed: int = 0

    # ------------------------------------------------------------ what the connectors saw

    def page(self, posts: Sequence[Post], now: int, *, live: bool = True) -> set[Name]:
        """Take in what was seen at once; return the items that it touched.

        What is read from a file is history, whatever its age.
        """
        ordered = sorted(posts, key=lambda one: (one["deleted"], one["posted"]))
        fresh, again = self._sorted(ordered)
        touched: set[Name] = set()
        for post in [one for one in fresh if not one["own"]]:
            touched |= self._new(post, now, live=live)
        for post in [one for one in fresh if one["own"]]:
            touched |= self._reply(post, now)
        for post in [one for one in again if one["key"] in self.posts]:
            touched |= self._again(post, now, live=live)
        return touched

    def _sorted(self, ordered: Sequence[Post]) -> tuple[list[Post], list[Post]]:
        """Return what is seen for the first time, and what is known or stands there twice."""
        fresh: dict[str, Post] = {}
        again = []
        for post in ordered:
            if post["key"] in self.posts or post["key"] in fresh:
                again.append(post)
            elif not post["deleted"]:
                fresh[post["key"]] = post
        return list(fresh.values()), again

    def _new(self, post: Post, now: int, *, live: bool) -> set[Name]:
        writer = (post["platform"], post["thread"], post["author"])
        brands = set(post["brands"]) or self.joined.get(writer, set())
        if not brands:
            return set()
        post = {**post, "brands": tuple(sorted(brands))}
        self.posts[post["key"]], self.seen[post["key"]] = post, now
        self.joined.setdefault(writer, set()).update(brands)
        if self._is_old(post, live=live):
            self.history.add(post["key"])
        return {
            name
            for brand in sorted(brands - self.rivals)
            for name in self._admit(post, brand, now, now, post["posted"])
        }

    def _is_old(self, post: Post, *, live: bool) -> bool:
        return not live or post["posted"] < self.switched_on - LOOK_BACK

    def _admit(self, post: Post, brand: str, seen: int, now: int, asked: int) -> set[Name]:
        """Open the item of a post, or let the post join the one that its author has."""
        name = (brand, post["platform"], post["thread"], post["author"])
        item = self.items.get(name)
        wanted = bool({"complaint", "request"} & set(post["flags"]))
        if item is None:
            if not wanted:
                return set()
            self._open(name, post, seen, now, asked)
        else:
            self._join(item, post, seen, now, asked, wanted=wanted)
        return {name}

    def _open(self, name: Name, post: Post, seen: int, now: int, asked: int) -> None:
        assert self.book is not None
        judged = Judged(
            brand=name[0],
            platform=name[1],
            language=post["language"],
            labels=frozenset(post["flags"]),
            topic=post["topic"],
            urgency=post["urgency"],
            customers=frozenset({f"{name[1]}:{post['handle']}"}),
        )
        terms = Terms((Term(0, self.book.policy_for(judged)),))
        muted = post["key"] in self.history
        item = Item(name, judged, terms, seen, asked, muted, self.book.edition)
        self.items[name] = item
        self._counts_from(item)
        self._belongs(item, post)
        item.happened("post", seen, now, key=post["key"], posted=asked)
        self._earlier(item, post, now)

    def _counts_from(self, item: Item) -> None:
        self.by_day.setdefault(item.opened // DAY, {})[item.name] = item

    def opened(self, since: int, until: int) -> list[Item]:
        """Return the items first seen live in [since, until)."""
        days = range(since // DAY, until // DAY + 1)
        found: dict[Name, Item] = {}  # once, though history lies on the day it was read as well
        for day in days:
            found |= self.by_day.get(day, {})
        return [item for item in found.values() if since <= item.opened < until and not item.muted]

    def _judged(self, item: Item) -> Judged:
        """Return what rules may ask of an item now: what those of its posts say that stand."""
        standing = sorted(
            (self.posts[key] for key, stands in item.posts.items() if stands),
            key=lambda post: post["posted"],
        )
        topics = [post["topic"] for post in standing if post["topic"]]
        named = [topic for topic in topics if topic != "other"]
        opener = next(iter(item.posts))
        speaks = [self.posts[opener]] if item.posts[opener] else standing
        return replace(
            item.judged,
            language=speaks[0]["language"] if speaks else item.judged.language,
            labels=frozenset(flag for post in standing for flag in post["flags"]),
            topic=next(iter([*named, *topics]), None),
            urgency=max((post["urgency"] for post in standing), default=None),
        )

    def _ask_rules(self, item: Item, now: int) -> None:
        """Let an item go on under another policy where another rule fits by now."""
        item.judged = self._judged(item)
        self._put_under(item, now, "now", only_if_other=True)

    def _put_under(self, item: Item, now: int, mode: str, *, only_if_other: bool = False) -> None:
        """Let an item come under the edition in force; steps that lie ahead are told again."""
        assert self.book is not None
        policy = self.book.policy_for(item.judged)
        if only_if_other and policy.name == item.terms.newest.name:
            return
        if mode == "recompute":
            self._fix(item, now)  # what may not be revised any more is not counted anew
        item.changed(item.terms.under(policy, now, mode), self.book.edition)
        self._tell_anew(item, now)

    def _tell_anew(self, item: Item, now: int) -> None:
        """Let steps that lie ahead of clocks that run be told again."""
        item.may_go_on = False
        running = {one.name: one for one in item.clocks(now) if one.runs}
        for name in list(item.told):
            target, _, rest = name.partition(":")
            cycle, _, share = rest.partition(":")
            clock = running.get((target, int(cycle))) if cycle.isdigit() else None
            if clock is not None and not is_crossed(
                clock.spent, float(share.removesuffix("%")) / 100, clock.allowed
            ):
                item.told.discard(name)

    def _belongs(self, item: Item, post: Post) -> None:
        item.posts[post["key"]] = True
        owners = self.of_post.setdefault(post["key"], [])
        if item not in owners:
            owners.append(item)

    def _join(
        self, item: Item, post: Post, seen: int, now: int, asked: int, *, wanted: bool
    ) -> None:
        history = post["key"] in self.history
        wants = bool(post["flags"]) and not history
        told = [one for one in item.facts if one.kind == "post" and one.key == post["key"]]
        unheard = wanted and bool(told) and self._came_since(item, told[-1], now)
        if told and (told[-1].wants or not wants) and not unheard:
            return  # nothing that its item does not know
        self._belongs(item, post)
        state = item.state(now)
        if item.muted and wants:
            self._unmute(item, post, now)
        if state == "void" and wanted:
            self._counts_again(item, post["key"], now)
        if item.state(now) == "waiting" and not history:
            item.happened("resumed", now, now)
        item.happened("post", seen, now, key=post["key"], posted=asked, wants=wants)
        self._earlier(item, post, now)
        if state == "void":
            self._fix(item, now)  # what waited for that; the page may bring back more
        self._ask_rules(item, now)

    def _came_since(self, item: Item, post: Fact, now: int) -> bool:
        """Return whether a post came to an item that was dismissed, so that nobody saw it ask."""
        voided = [one for one in item.story(now).facts if one.kind == "voided"]
        return item.state(now) == "void" and bool(voided) and post.place > voided[-1].place

    def _counts_again(self, item: Item, key: str, now: int) -> None:
        """Let a dismissed item count again, but for what was dismissed by then."""
        voided = [one for one in item.story(now).facts if one.kind == "voided"]
        if voided[-1].reason in ("spam", "not about us"):
            return
        for other, stands in item.posts.items() if voided[-1].who else ():
            said = [one for one in item.facts if one.kind == "post" and one.key == other]
            if stands and other != key and said[0].place < voided[-1].place:
                posted = said[0].posted
                item.happened("post", voided[-1].at, now, key=other, posted=posted, wants=False)
        item.happened("restored", now, now, key=key)

    def _unmute(self, item: Item, post: Post, now: int) -> None:
        """Let an item that was stored as history count, from the moment it was seen live."""
        item.muted = False
        item.opened, item.posted = now, post["posted"]
        self._counts_from(item)
        item.happened("unmuted", now, now, key=post["key"], posted=post["posted"])

    def _earlier(self, item: Item, post: Post, now: int) -> None:
        """Count the brand's replies to a post that were found before the post itself was."""
        for reply in self.answers.get(post["key"], []):
            if not self.posts[reply["key"]]["deleted"] and item.name[0] in reply["brands"]:
                self._answer(item, reply, post, now)

    def _reply(self, reply: Post, now: int) -> set[Name]:
        """Let what an own account wrote stop the clocks of those whom it answers."""
        self.posts[reply["key"]], self.seen[reply["key"]] = reply, now
        self.answers.setdefault(reply["reply_to"], []).append(reply)
        touched = set()
        for item in self.of_post.get(reply["reply_to"], []):
            if item.name[0] in reply["brands"]:
                self._answer(item, reply, self.posts[reply["reply_to"]], now)
                touched.add(item.name)
        return touched

    def _answer(self, item: Item, reply: Post, post: Post, now: int) -> None:
        """Note an answer; it was written after what it answers, whatever two clocks say."""
        if any(one.kind == "reply" and one.key == reply["key"] for one in item.facts):
            return
        at = max(reply["posted"], post["posted"] + 1)
        item.happened("reply", at, now, key=reply["key"], url=reply["url"])

    def _again(self, post: Post, now: int, *, live: bool) -> set[Name]:
        """Look at a known post that came again: gone, back, changed, or history seen live."""
        before = self.posts[post["key"]]
        post = {**before, **post, "brands": before["brands"]}
        self.posts[post["key"]] = post
        if post["deleted"]:
            return set() if before["deleted"] else self._gone(before, now)
        if before["own"]:
            return self._stands_again(before, now) if before["deleted"] else set()
        if before["deleted"]:
            return self._back(post, now)
        touched = self._edited(post, before, now)
        if post["key"] in self.history and not self._is_old(post, live=live):
            touched |= self._seen_live(before, now)
        return touched

    def _seen_live(self, post: Post, now: int) -> set[Name]:
        self.history.discard(post["key"])
        muted = [item for item in self.of_post.get(post["key"], []) if item.muted]
        for item in muted:
            self._unmute(item, post, now)
        if muted:
            return {item.name for item in muted}
        brands = sorted(set(post["brands"]) - self.rivals)
        return {
            name for brand in brands for name in self._admit(post, brand, now, now, post["posted"])
        }

    def _gone(self, post: Post, now: int) -> set[Name]:
        if post["own"]:
            return self._lost_answer(post, now)
        touched = set()
        for item in self.of_post.get(post["key"], []):
            stood = item.state(now) != "void"
            item.happened("deleted", now, now, key=post["key"])
            item.posts[post["key"]] = False
            if stood and not any(item.posts.values()):
                item.happened("voided", now, now, reason="deleted")
            touched.add(item.name)
        return touched

    def _lost_answer(self, reply: Post, now: int) -> set[Name]:
        touched = set()
        for item in self._answered_by(reply["key"]):
            item.happened("reply_gone", now, now, key=reply["key"])
            touched.add(item.name)
        return touched

    def _answered_by(self, key: str) -> list[Item]:
        to = self.posts[key]["reply_to"]
        return [
            item
            for item in self.of_post.get(to, [])
            if any(one.kind == "reply" and one.key == key for one in item.facts)
        ]

    def _stands_again(self, reply: Post, now: int) -> set[Name]:
        """Count a reply that came back: it answers from now on, whoever knew of it before."""
        touched = set()
        known = self._answered_by(reply["key"])
        others = self.of_post.get(reply["reply_to"], [])
        named = [one for one in others if one.name[0] in reply["brands"] and one not in known]
        for item in [*known, *named]:
            item.happened("reply", now, now, key=reply["key"], url=reply["url"])
            touched.add(item.name)
        return touched

    def _back(self, post: Post, now: int) -> set[Name]:
        touched = set()
        for item in self.of_post.get(post["key"], []):
            reasons = [one.reason for one in item.story(now).facts if one.kind == "voided"]
            item.posts[post["key"]] = True
            if item.state(now) != "void" or not reasons or reasons[-1] == "deleted":
                item.happened("restored", now, now, key=post["key"])
                self._fix(item, now)
                touched.add(item.name)
        return touched

    def _edited(self, post: Post, before: Post, now: int) -> set[Name]:
        """Judge a changed text anew: what it asks for now starts when the change was seen."""
        if post["text"] == before["text"]:
            return set()
        touched = {item.name for item in self.of_post.get(post["key"], [])}
        asked = post["edited"] or now
        for brand in sorted(set(before["brands"]) - self.rivals):
            touched |= self._admit(post, brand, now, now, asked)
        for name in touched:
            self._ask_rules(self.items[name], now)
        return touched

    # ------------------------------------------------------------ what members did

    def act(self, name: Name, act: str, who: str, now: int, detail: Mapping[str, Any]) -> None:
        """Note what a member did; that it was allowed is the product's word."""
        item = self.items[name]
        if act == "undo":
            self._undo(item, now)
        elif act == "link":
            self._link(item, detail["url"], now)
        elif act in ("hand over", "take over"):  # who takes what nobody has, claims it
            taker = detail.get("to", who)
            by = who if item.owner(now) or taker != who else ""
            item.happened("claimed", now, now, who=taker, by=by)
        elif act in ("wait", "snooze"):
            self._pause(item, "waiting" if act == "wait" else "snoozed", who, now, detail)
        else:
            said = {key: detail[key] for key in ("url", "reason") if key in detail}
            item.happened(_ACTS[act], now, now, who=who, **said)

    def _pause(self, item: Item, kind: str, who: str, now: int, detail: Mapping[str, Any]) -> None:
        reason = detail.get("reason", "")
        until = now + (detail["seconds"] * SECOND if "seconds" in detail else _PAUSES[reason])
        item.happened("paused", now, now, who=who, pause=kind, reason=reason, until=round(until))

    def _undo(self, item: Item, now: int) -> None:
        acts = [one for one in item.story(now).facts if one.who not in ("", TIME)]  # of members
        latest = max(acts, key=lambda one: (one.learned, one.place))
        item.happened("undone", now, now, undoes=latest.place)
        if latest.kind == "resolved":
            self._asked_meanwhile(item, latest, now)

    def _asked_meanwhile(self, item: Item, resolved: Fact, now: int) -> None:
        """End a wait that a Resolve had ended, and did not after all, with a question since."""
        pause = item.story(now).pause()
        posts = (one for one in item.facts if one.kind == "post" and one.wants)
        asked = next((one for one in posts if one.place > resolved.place), None)
        if pause is not None and pause.kind == "waiting" and asked is not None:
            item.happened("resumed", asked.learned, now)

    def _link(self, item: Item, url: str, now: int) -> None:
        """Give a tap its link, and leave everything else of it as it was."""
        tap = [one for one in item.story(now).facts if one.kind == "tapped"][-1]
        item.corrected(replace(tap, url=url))

    def missed(self, key: str, now: int) -> set[Name]:
        """Open what the judge overlooked: the clock starts when the post was first seen."""
        post = self.posts[key]
        found: set[Name] = set()
        for brand in sorted(set(post["brands"]) - self.rivals):
            name = (brand, post["platform"], post["thread"], post["author"])
            if name not in self.items:
                seen = self.seen[key]
                self._open(name, post, seen, now, post["posted"])
            found.add(name)
        return found

    # ------------------------------------------------------------ what time does

    def applied(self, book: Book, now: int, mode: str) -> set[Name]:
        """Put all open items under a new edition."""
        self.book = book
        open_items = [item for item in self.items.values() if self._is_older(item, now)]
        for item in open_items:
            item.judged = self._judged(item)
            self._put_under(item, now, mode)
        return {item.name for item in open_items}

    def _is_older(self, item: Item, now: int) -> bool:
        """Return whether an open item is not under the edition in force."""
        assert self.book is not None
        return item.edition != self.book.edition and not item.muted and self._is_listed(item, now)

    def moved(self, now: int) -> set[Name]:
        """Put what was opened again since under the edition in force."""
        older = [name for name in self._looked if self._is_older(self.items[name], now)]
        for name in older:
            item = self.items[name]
            item.judged = self._judged(item)
            self._put_under(item, now, "now")
        self._looked.clear()
        return set(older)

    def look_at(self, names: Iterable[Name]) -> None:
        """Have items looked at when time does something to them next: they were changed."""
        for name in names:
            self._push(name, self.items[name].look_at)

    def _push(self, name: Name, at: int) -> None:
        self._pushed += 1
        heappush(self._soon, (at, self._pushed, name))

    def tick(self, now: int) -> dict[Name, list[Word]]:
        """Let time do its work; return what is told of whom."""
        told: dict[Name, list[Word]] = {}
        while self._soon and self._soon[0][0] <= now:
            at, _, name = heappop(self._soon)
            item = self.items[name]
            if at < item.look_at:
                continue  # it was looked at since
            self._looked.add(name)
            told.setdefault(name, []).extend(self._look(item, now))
            self._push(name, item.look_at)
        return told

    def _look(self, item: Item, now: int) -> list[Word]:
        if item.muted:
            item.look_at = FOREVER
            return []
        words: list[Word] = []
        while (passed := self._passed(item, now)) is not None:
            words.append(passed)
        if item.may_go_on and item.was_moved:
            self._tell_anew(item, now)
        words += self._of_claims(item, now)
        snoozed, taken = item.state(now) == "snoozed", item.state(now) == "claimed"
        found = said(item.clocks(now), item.terms, item.told, snoozed=snoozed, taken=taken)
        item.told |= found.names
        self._fix(item, now)
        item.look_at = self._look_next(item, now)
        (self.listed.add if self._is_listed(item, now) else self.listed.discard)(item.name)
        return [*words, *found.words]

    def _is_listed(self, item: Item, now: int) -> bool:
        return item.state(now) not in ("resolved", "void")

    def _passed(self, item: Item, now: int) -> Word | None:
        """Do what time did to an item, as of its own instant; None: nothing more."""
        state = item.state(now)
        lease = item.lease(now)
        if lease is not None and lease <= now:
            item.happened("lease_ended", lease, now, who=TIME)
            return Word("lease_ended", "", 0, 0.0, "chat")
        pause = item.story(now).pause()
        if state in ("waiting", "snoozed") and pause and pause.until and pause.until <= now:
            item.happened("resumed", pause.until, now, who=TIME)
            return Word("resumed", "", 0, 0.0, "chat")
        silent = item.silent_until(now)
        if silent is not None and silent <= now:
            item.happened("resolved", silent, now, who=TIME)
            return Word("resolved", "", 0, 0.0, "")
        return None

    def _of_claims(self, item: Item, now: int) -> Iterator[Word]:
        """Yield that a claim ends soon, and that an item was passed on too often: once each."""
        lease, passed_on = item.lease(now), item.hand_overs(now)
        yield from self._of_hand_over(item, now)
        if item.state(now) != "claimed":
            return
        if lease is not None and now >= lease - REMINDED and f"lease:{lease}" not in item.told:
            item.told.add(f"lease:{lease}")
            yield Word("lease_ending", "", 0, 0.0, "owner")
        if passed_on >= MANY and f"passed on:{passed_on}" not in item.told:
            item.told.add(f"passed on:{passed_on}")
            yield Word("handed_over", "", 0, 0.0, "lead")

    def _of_hand_over(self, item: Item, now: int) -> Iterator[Word]:
        """Yield who is told that an item was given to somebody: who has it now, and who had it."""
        claims = [one for one in item.story(now).facts if one.kind == "claimed"]
        last = claims[-1] if claims else None
        if last is None or not last.by or item.owner(now) != last.who:
            return
        name = f"handed:{last.place}"
        if name in item.told or item.state(now) in ("resolved", "void"):
            return
        item.told.add(name)
        before = item.owner_before(last)
        if last.who != last.by:
            yield Word("handed_to", "", 0, 0.0, "owner")
        if before not in ("", last.by, last.who):
            yield Word("taken_over", "", 0, 0.0, "owner")

    def _fix(self, item: Item, now: int) -> None:
        """Fix what may not be revised any more; of a void item nothing new is fixed."""
        if item.story(now).void is not None:
            return
        for clock in item.clocks(now):
            over = clock.settled is not None and clock.settled < now
            if clock.end is not None and over and clock.name not in item.fixed:
                item.fixed[clock.name] = clock
                clock.fixed = True

    def _look_next(self, item: Item, now: int) -> int:
        """Return an instant before which time changes nothing of an item."""
        lease = item.lease(now)
        found = [FOREVER, *([] if lease is None else [lease - REMINDED, lease])]
        found += [at for at in [item.silent_until(now)] if at is not None]
        pause = item.story(now).pause()
        if pause is not None and pause.until is not None:
            found.append(pause.until)
        fixes = item.story(now).void is None
        for clock in item.clocks(now):
            if fixes and clock.settled is not None and clock.name not in item.fixed:
                found.append(max(clock.settled, now) + 1)
            if clock.runs:
                found += self._crossings(item, clock)
        return min(at for at in found if at > now)

    def _crossings(self, item: Item, clock: Clock) -> Iterator[int]:
        """Yield when a running clock crosses its steps, as far as they are not crossed yet."""
        taken = item.state(0) == "claimed"
        away: tuple[Away, ...] = ()
        if clock.target == "resolution":
            away = tuple(item.story(0).resolving.runs[-1].away)
        begins = item.terms.begins(clock.start, None)
        for share in shares(clock, item.terms.newest, taken=taken):
            at = item.terms.due(begins, round(share * clock.allowed) + int(share >= 1), away)
            if at is not None:
                yield at
