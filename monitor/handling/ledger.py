"""The ledger: an item's events are written, and what they now mean is written beside them."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.clock import notices
from monitor.clock.policy import Facts, Mode, Policy, Terms
from monitor.clock.reading import Readings, reaches_at, read
from monitor.clock.retelling import not_crossed
from monitor.clock.timeline import effective
from monitor.desk import claims, matters
from monitor.desk.lifecycle import fold, passed_on, unfolded
from monitor.desk.matters import Matter
from monitor.errors import RefusedError, StoreError
from monitor.handling.policies import CHANGES, Edition, Policies
from monitor.model import Event, EventKind, Item, ItemId, Result, State, Target
from monitor.store.items import Due
from monitor.store.store import Store

_log = logging.getLogger(__name__)
RESPONSES = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)
_POSTS = frozenset({EventKind.OPENED, EventKind.CUSTOMER_POST})
_COUNTED_ANEW = frozenset(  # what makes an item void, or no longer
    {EventKind.VOIDED, EventKind.RESTORED, EventKind.UNDONE, EventKind.POST_DELETED}
)
_BEGUN = frozenset({EventKind.OPENED, EventKind.UNMUTED})
_ENDS = frozenset({EventKind.BRAND_REPLY, EventKind.ANSWERED})
_CHANGED = frozenset(CHANGES.values())
_GOES_ON = frozenset(  # what may let a clock that had ended run on
    {EventKind.UNDONE, EventKind.REPLY_DELETED, EventKind.RESTORED}
)
_MOST_REMEMBERED = 50_000  # items, whose running clocks take some ten megabytes
_MOST_READ = 1024  # items, of which the latest reading is kept: some ten megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A clock that runs, as it stands until its item changes."""

    target: Target
    due_at: datetime
    broken_after: datetime  # past this instant, which lies later where the doors are shut
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """All that a reading of an item is made of, but for the instant."""

    opening: Item
    events: tuple[Event, ...]
    results: tuple[Result, ...]
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The latest reading of an item."""

    facts: _Facts
    now: datetime
    readings: Readings
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item, all that happened to it, and its clocks read at one instant."""

    item: Item
    events: tuple[Event, ...]
    terms: Terms
    readings: Readings
    due: Due  # when to look again is worked out as it is written

    @property
    def asking(self) -> frozenset[str | None]:
        """The keys of the item's posts that still want an answer."""
        if not self.readings.response_open:
            return frozenset()
        events = effective(self.events)
        gone = {one.key for one in events if one.kind is EventKind.REPLY_DELETED}
        ends = [e.at for e in events if e.kind in _ENDS and (not e.key or e.key not in gone)]
        posts = [one for one in events if one.kind in _POSTS and one.wants_answer]
        return frozenset(
            one.key for one in posts if all((one.posted_at or one.at) >= at for at in ends)
        )


class Ledger:
    """Reads items with their clocks, and records what happens to them."""

    def __init__(self, store: Store, policies: Policies) -> None:
        self.store = store
        self.policies = policies
        self._stuck: set[ItemId] = set()  # could not be moved; not tried again by this process
        self._running: dict[ItemId, tuple[int, tuple[Running, ...]]] = {}  # by revision
        self._known: dict[ItemId, _Known] = {}

    def standing(self, item: ItemId, now: datetime) -> Standing:
        """Return how an item stands at `now`. Raises: RefusedError if there is no such item."""
        found = self.store.items.get(item)
        if found is None:
            raise RefusedError("There is no item #{item}.", item=item)
        return self._stand(found.item, self.store.events.of_item(item), now)

    def running(self, item: ItemId, revision: int, now: datetime) -> tuple[Running, ...]:
        """Return the clocks of an item that run, paused ones left out.

        They are read once for each `revision` of the item: time alone moves none of them. What
        time ends, a pause or an item that stays silent, the tick writes as a change.
        """
        known = self._running.get(item)
        if known is None or known[0] != revision:
            if len(self._running) >= _MOST_REMEMBERED:
                self._running.clear()
            known = (revision, tuple(_running(self.standing(item, now))))
            self._running[item] = known
        return known[1]

    def record(self, item: ItemId, events: Sequence[Event], now: datetime) -> Standing:
        """Write events of an item and what they make of it, and return how it now stands."""
        with self.store.writing():
            self.store.events.add(events)
            standing = self.settle(item, now)
            if standing.item.state is State.RESOLVED and standing.readings.response_open:
                standing = self.record(item, [_reopened(item, now)], now)
            kinds = {event.kind for event in events}
            if kinds & _COUNTED_ANEW:
                self._recount(item)
            elif kinds & _BEGUN:
                self._recount(item, after=standing.item.posted_at)
            if kinds & _GOES_ON and any(one.kind in _CHANGED for one in standing.events):
                standing = self._told_again(standing, now)
            return standing

    def _recount(self, item: ItemId, after: datetime | None = None) -> None:
        """Have the cards of a person's other items count again how often they needed us.

        Where one was posted `after` this instant, an older contact was found that comes before it.
        """
        account = self.store.customers.of_item(item)
        if account is not None:
            self.store.customers.touch(account, after)

    def settle(self, item: ItemId, now: datetime) -> Standing:
        """Read an item's clocks anew, freeze what is due, and write where it stands."""
        with self.store.writing():
            standing = self.standing(item, now)
            results = standing.readings.results(now)
            if proofs := standing.readings.proofs():
                self.store.events.prove(item, proofs)
            if results:
                self.store.events.freeze(results)
                standing = self.standing(item, now)
            policy = standing.terms.newest
            named = replace(standing.item, policy=policy.name)
            due = replace(standing.due, next_check_at=self._next_check_at(standing, now))
            self.store.items.save(named, due, policy.edition)
            return replace(standing, item=named)

    def move_to_current(self, now: datetime, most: int | None = None) -> int:
        """Put the open items of older editions under the one in force, and return how many were.

        At most `most` of them are looked at; the rest is left for another time.

        Whoever applied it said how; once all are moved, what is opened again later comes under it
        as it then is. Another process may do the same meanwhile: each item is moved once. One on
        which we fail keeps what it has: it must not keep the desk from starting.
        """
        current = self.policies.current.number
        listed = (one.item.id for one in self.store.items.under_older(current))
        older = [item for item in listed if item not in self._stuck]
        moved = sum(self._moved(item, now) for item in older[:most])
        done = most is None or len(older) <= most
        if done and self.store.notes.applying(current) is not None:
            with self.store.writing():
                self.store.notes.policies_applied(current, now)
        return moved

    def _moved(self, item: ItemId, now: datetime) -> bool:
        try:
            with self.store.writing():
                return self._move(item, now)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - see move_to_current
            _log.exception("item %d stays under its older policy", item)
            self._stuck.add(item)
            return False

    def _move(self, item: ItemId, now: datetime) -> bool:
        found, edition = self.store.items.get(item), self.policies.current
        if found is None or found.policy_version == edition.number:
            return False
        self._put_under(found.item, self.policies.way(found.policy_version), now)
        return True

    def reroute(self, item: ItemId, now: datetime) -> bool:
        """Read anew what an item is about, and hand it the policy that its facts now ask for.

        To be called when a post joined it or was judged anew, or its author was given a tag.
        Returns whether it got another policy: from now on, its past stays as it was counted.
        """
        with self.store.writing():
            found = self.store.items.get(item)
            if found is None:
                return False
            known = self._describe(found.item)
            edition = self.policies.current
            if self._policy_for(edition, found.item, known).name == found.item.policy:
                return False
            older = found.policy_version != edition.number
            way = self.policies.way(found.policy_version) if older else ((edition, Mode.NOW),)
            self._put_under(found.item, way, now)
            return True

    def _policy_for(self, edition: Edition, item: Item, known: Matter) -> Policy:
        return edition.policy_for(self.facts(edition, item, known))

    def facts(self, edition: Edition, item: Item, known: Matter) -> Facts:
        """Return what the rules of an edition may ask of an item."""
        who, asked = item.author, any(rule.customers for rule in edition.rules)
        if who is None or not asked:
            return matters.facts(item, known)
        return matters.facts(item, known, self.store.customers.tags(item.platform, who.id))

    def _describe(self, item: Item) -> Matter:
        """Write what an item's posts say of its matter, if that is news, and return it."""
        known = matters.matter(self.store.posts.of_item(item.id))
        if matters.about(item, known) != item:
            self.store.items.leaning(
                item.id,
                topic=known.topic,
                urgency=known.urgency,
                churn_risk=known.churn_risk,
            )
        return known

    def _put_under(self, item: Item, way: Sequence[tuple[Edition, Mode]], since: datetime) -> None:
        """Record that an item comes under the policies that these editions have for it, in order.

        Results that are due to be fixed are fixed first: they must not be counted anew. The change
        comes after all that is known of the item, also what another process wrote after `since`.
        """
        known = self._describe(item)
        now = max(since, self.store.events.last_recorded(item.id) or since)
        if any(mode is Mode.RECOMPUTE for _, mode in way):
            self.settle(item.id, now)
        changes = [
            Event(
                id=0,
                item=item.id,
                kind=CHANGES[mode],
                at=now,
                recorded_at=now,
                reason=self._policy_for(edition, item, known).name,
                ref=edition.number,
            )
            for edition, mode in way
        ]
        self._told_again(self.record(item.id, changes, now), now)

    def _told_again(self, standing: Standing, now: datetime) -> Standing:
        """Let steps that were told, and are not crossed under newer policies, be told again."""
        item = standing.item.id
        again = not_crossed(standing.readings, self.store.events.told(item))
        if not again:
            return standing
        self.store.events.untell(item, again)
        return self.settle(item, now)

    def _stand(self, opening: Item, events: tuple[Event, ...], now: datetime) -> Standing:
        facts = _Facts(
            opening=unfolded(opening),
            events=events,
            results=self.store.events.results_of(opening.id),
            terms=self.policies.terms(events),
        )
        known = self._read(facts, now)
        return Standing(
            item=known.item,
            events=events,
            terms=facts.terms,
            readings=known.readings,
            due=_due(known.readings),
        )

    def _next_check_at(self, standing: Standing, now: datetime) -> datetime | None:
        """Return when the tick must look at an item again, None if time changes nothing of it."""
        item, told = standing.item, self.store.events.told(standing.item.id)
        if claims.hand_over_notices(item, standing.events, told):
            return now
        taken = item.state is State.CLAIMED
        reminder = claims.reminder(item, told)
        checks = (
            notices.next_check_at(standing.readings, standing.terms, told, now, reacted=taken),
            max(reminder.at, now) if reminder else None,
            item.lease_ends_at if taken else None,
            item.paused_until if item.state in (State.WAITING, State.SNOOZED) else None,
            now if passed_on(item, told) else None,
        )
        return min((at for at in checks if at is not None), default=None)

    def _read(self, facts: _Facts, now: datetime) -> _Known:
        """Return a reading at `now`: a card, its notice and `/why` ask for the same one in turn."""
        before = self._known.get(facts.opening.id)
        if before is not None and before.facts != facts:
            before = None
        if before is not None and before.now == now:
            return before
        if len(self._known) >= _MOST_READ:
            self._known.clear()
        known = self._known[facts.opening.id] = _known(facts, now, before)
        return known


def _known(facts: _Facts, now: datetime, before: _Known | None) -> _Known:
    """Return a reading at `now`; `before` is one of the same facts at another instant."""
    readings = read(
        facts.events,
        facts.terms,
        now,
        frozen=facts.results,
        found_late=facts.opening.found_late,
        muted=was_history(facts.opening, facts.events),
    )
    owed, answer = _owed(readings), readings.answer
    if before is not None and (owed, answer) == (_owed(before.readings), before.item.answer):
        item = before.item
    else:
        item = fold(facts.opening, facts.events, response_open=owed, answer=answer)
    return _Known(facts=facts, now=now, readings=readings, item=item)


def _reopened(item: ItemId, now: datetime) -> Event:
    """Return that an item is no longer resolved: its customer waits again, its answer is gone."""
    return Event(id=0, item=item, kind=EventKind.REOPENED, at=now, recorded_at=now)


def _running(standing: Standing) -> Iterator[Running]:
    for each in standing.readings.all:
        if each.running and each.due_at is not None:
            yield Running(
                target=each.target,
                due_at=each.due_at,
                broken_after=reaches_at(each, standing.terms, each.allowed, passed=True),
                counted=each.counted,
            )


def _owed(readings: Readings) -> bool:
    """Return whether an answer is owed; history has no readings, and was never answered."""
    return readings.response_open or not readings.responses


def was_history(opening: Item, events: Sequence[Event]) -> bool:
    """Return whether an item was stored as history, whatever became of it."""
    return opening.muted or any(event.kind is EventKind.UNMUTED for event in events)


def _due(readings: Readings) -> Due:
    upcoming = readings.due_next()
    return Due(
        target=upcoming.target if upcoming else None,
        due_at=upcoming.due_at if upcoming else None,
    )
