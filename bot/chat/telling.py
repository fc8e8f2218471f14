"""Who hears of a notice, where, and when: by role and shift, in private or in the chat, or later.

A person who allows it is told alone; everybody else is called by name in the chat. While nobody is
on shift, and in a chat's quiet hours, what is no breach is held, and told at once when that ends.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.chat.routes import TERMINAL_ID, Place, Routes
from monitor.errors import StoreError
from monitor.handling.shifts import Shifts
from monitor.model import Item, Member, MemberId, Notice, NoticeKind, Role
from monitor.store.outbox import Kind, Parcel, Priority
from monitor.store.shifts import Held, Why
from monitor.store.store import Store

MOST_CALLED = 5
_IN_FULL = 60  # notices of a message: it has room for the lines of a few of them
_LATELY = timedelta(minutes=5)
_ONE_BY_ONE = 5  # messages of notices within it that go as they come
_TOGETHER = timedelta(minutes=1)  # between two of them when there are more
_SOON = timedelta(seconds=30)  # until one that tells of a customer's missed target
_NO_CHAT = timedelta(hours=1)  # until a chat is looked for again
_FAULTY = timedelta(minutes=1)  # until a notice on which we fail is tried again
_log = logging.getLogger(__name__)
_ROLES = {"lead": Role.LEAD, "manager": Role.MANAGER}
_MISSED = frozenset({NoticeKind.BREACH, NoticeKind.UNRESOLVED, NoticeKind.PROMISE_PAST})
_FOR_ALL = frozenset({NoticeKind.BREACH})  # the chat hears of it whoever was told alone
_NEVER_HELD = frozenset(
    {
        NoticeKind.LEASE_ENDING,  # of an act a moment ago: who is up to act is up to hear
        NoticeKind.HANDED_TO,
        NoticeKind.TAKEN_OVER,
        NoticeKind.PROMISE_SOON,  # its hour was chosen by a member
    }
)


class Telling:
    """Queues notices. One belongs to one thread, as its store does."""

    def __init__(self, store: Store, shifts: Shifts, routes: Callable[[], Routes]) -> None:
        self._store = store
        self._shifts = shifts
        self._routes = routes

    def tell(
        self, item: Item, notices: Sequence[Notice], now: datetime, *, waited: Why | None = None
    ) -> None:
        """Queue or hold notices of an item, inside the transaction that marks them told.

        What `waited` for somebody on shift does not wait for the end of a quiet as well: where
        shifts lie within quiet hours, it would go from the one to the other for ever.
        """
        place = self._routes().for_cards(item.brand)
        if place is None:
            self._wait_for_chat(notices, now)
            return
        muted = self._store.notes.muted_until(item.brand, place.name, now) is not None
        for notice in notices:
            if not muted or is_urgent(notice) or notice.kind in _NEVER_HELD:
                self._tell(place, item, notice, now, waited)

    def release(self, now: datetime) -> int:
        """Tell what was held until now, all of it together; return how much it was.

        After a chat's quiet a step is left out whose clock was told past its target meanwhile; who
        comes on shift was told nothing.
        """
        if not self._store.shifts.due(now):
            return 0
        with self._store.writing():
            released = self._store.shifts.release(now)
            for held in released:
                self._tell_late(held, released, now)
            return len(released)

    def _tell_late(self, held: Held, released: Sequence[Held], now: datetime) -> None:
        """Tell a notice that was held; one on which we fail waits on, and stops no other."""
        try:
            listed = self._store.items.get(held.notice.item)
            if listed is not None and not self._overtaken(held, released):
                self.tell(listed.item, [held.notice], now, waited=held.why)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - see above
            _log.exception("what was held of item %d could not be told", held.notice.item)
            self._store.shifts.hold(replace(held, until=now + _FAULTY))

    def fall_back(self, parcel: Parcel, now: datetime) -> bool:
        """Tell in the chat what a person could not be told alone; False for any other parcel.

        The person is told alone no more until they write to the bot again.
        """
        payload = json.loads(parcel.payload)
        place = self._routes().place(str(payload.get("chat", "")))
        if parcel.kind is not Kind.NOTICE or parcel.chat_id <= 0 or place is None:
            return False
        if place.chat_id == parcel.chat_id:  # the chat is one person's
            return False
        member = self._store.people.by_telegram(parcel.chat_id)
        if member is not None:
            self._store.shifts.unreachable(member.id)
            self._store.people.log(
                now, "private message", actor=member, allowed=False, detail="not delivered"
            )
        called = [member.id] if member else []
        for entry in payload["notices"]:
            again = {**entry, "to": called}
            self._queue(place, again, parcel.priority, now, mark=f":for:{parcel.chat_id}")
        self._queue_rest(place, payload, called)
        self._store.outbox.drop(parcel.id)
        return True

    # ------------------------------------------------------------ whom, and when

    def _tell(
        self, place: Place, item: Item, notice: Notice, now: datetime, waited: Why | None
    ) -> None:
        quiet = self._quiet_until(place, notice, now)
        awake = waited is Why.NOBODY or self._is_for_who_works(notice, item, now)
        if quiet is not None and not awake:
            self._hold(place, notice, Why.QUIET, quiet)
            return
        hearers = self._hearers(notice, item, now)
        if hearers is not None:
            self._deliver(place, notice, hearers, now)
            return
        until = self._shifts.roster(now).up_at([item.brand], now)
        if until is None:
            self._deliver(place, notice, (), now)
            return
        self._hold(place, notice, Why.NOBODY, until)
        self._tell_lead(place, item, until, now)

    def _is_for_who_works(self, notice: Notice, item: Item, now: datetime) -> bool:
        """Return whether a notice is meant for those on shift, and somebody is."""
        return notice.tell == "on shift" and bool(self._shifts.roster(now).there([item.brand], now))

    def _quiet_until(self, place: Place, notice: Notice, now: datetime) -> datetime | None:
        """Return until when a notice waits for the end of its chat's quiet, None if it does not."""
        until = self._shifts.quiet_until(place.name, now)
        if until is None or notice.kind in _NEVER_HELD:
            return None
        if is_missed(notice) and not self._shifts.silences_breaches(place.name):
            return None
        return until

    def _hearers(self, notice: Notice, item: Item, now: datetime) -> tuple[Member, ...] | None:
        """Return who is meant, nobody by name for the chat; None: nobody is on shift, wait.

        What is on shift alone to be told, and cannot wait, goes to the leads.
        """
        members = self._store.people.members()
        if notice.tell in ("on shift", "reserve"):
            return self._on_duty(notice, item, now)
        if notice.tell in _ROLES:
            return _of_role(members, _ROLES[notice.tell])
        named = notice.to or ((item.owner,) if notice.tell == "owner" else ())
        return tuple(one for one in members if one.id in named)

    def _on_duty(self, notice: Notice, item: Item, now: datetime) -> tuple[Member, ...] | None:
        roster, brands = self._shifts.roster(now), [item.brand]
        if notice.tell == "reserve":
            return roster.stand_ins(brands, now)
        there = roster.up(brands, now)
        if there or not roster.planned(brands):
            return there
        return self._leads(self._store.people.members()) if is_missed(notice) else None

    def _leads(self, members: Sequence[Member]) -> tuple[Member, ...]:
        return _of_role(members, Role.LEAD) or _of_role(members, Role.MANAGER)

    def _tell_lead(self, place: Place, item: Item, until: datetime, now: datetime) -> None:
        """Tell the leads, once until somebody comes, that what falls due is held."""
        key, value = f"nobody:{place.name}", until.isoformat()
        known = (self._store.notes.value(key) or "").split()
        if value in known:
            return
        ahead = [each for each in known if datetime.fromisoformat(each) > now]
        self._store.notes.keep(key, " ".join([*ahead, value]))
        notice = Notice(
            kind=NoticeKind.NOBODY_ON_SHIFT,
            item=item.id,
            name=f"{NoticeKind.NOBODY_ON_SHIFT}:{value}",
            at=now,
            tell="lead",
        )
        self._deliver(place, notice, self._leads(self._store.people.members()), now)

    def _hold(self, place: Place, notice: Notice, why: Why, until: datetime) -> None:
        self._store.shifts.hold(Held(notice=notice, chat=place.name, why=why, until=until))

    def _wait_for_chat(self, notices: Sequence[Notice], now: datetime) -> None:
        """Hold what nobody can be told: no chat is there yet."""
        for notice in notices:
            until = now + _NO_CHAT
            self._store.shifts.hold(Held(notice=notice, chat="", why=Why.NOWHERE, until=until))

    def _overtaken(self, waited: Held, released: Sequence[Held]) -> bool:
        """Return whether the team was told already that a held step's clock is past its target."""
        notice = waited.notice
        if waited.why is Why.NOBODY or notice.tell == "on shift":
            return False
        clock, _, _ = notice.name.rpartition(":")
        if notice.share is None or is_missed(notice):
            return False
        held = {other.notice.name for other in released if other.notice.item == notice.item}
        told = self._store.events.told(notice.item)
        return any(_is_past(name, clock) and name not in held for name in told)

    # ------------------------------------------------------------ where

    def _deliver(
        self, place: Place, notice: Notice, hearers: Sequence[Member], now: datetime
    ) -> None:
        """Queue a notice: alone for those who allow it, in the chat for all others."""
        priority = Priority.BREACH if is_urgent(notice) else Priority.WARNING
        alone = [each for each in hearers if _is_told_alone(each, place)]
        for member in alone:
            private = Place(name=place.name, chat_id=member.telegram_id or 0)
            self._queue(private, _entry(notice, ()), priority, now)
        called = [member.id for member in hearers if member not in alone]
        if called or not hearers or notice.kind in _FOR_ALL:
            self._queue(place, _entry(notice, called), priority, now)

    def _queue(
        self,
        place: Place,
        entry: dict[str, Any],
        priority: int,
        now: datetime,
        *,
        mark: str = "",
    ) -> None:
        """Queue a notice; one that finds another still waiting is told in the same message."""
        goes_at = self._paced(place, entry, now)
        waiting = next(extendable(self._store, place, Kind.NOTICE), None)
        if waiting is not None:
            payload = json.loads(waiting.payload)
            payload = _with_entry(payload, entry)
            sooner = None if waiting.attempts else goes_at  # one that failed waits as it was told
            self._store.outbox.extend(waiting.id, json.dumps(payload), priority, sooner)
            return
        self._store.outbox.put(
            chat_id=place.chat_id,
            topic=place.topic,
            kind=Kind.NOTICE,
            item=entry["item"],
            dedupe=f"notice:{entry['item']}:{entry['name']}:{place.chat_id}{mark}",
            priority=priority,
            now=now,
            not_before=goes_at,
            payload=json.dumps({"notices": [entry], "chat": place.name}),
        )

    def _queue_rest(self, place: Place, told: dict[str, Any], called: Sequence[MemberId]) -> None:
        """Let the message that waits for a chat count the items that another one only counted."""
        waiting = next(extendable(self._store, place, Kind.NOTICE), None)
        if waiting is not None and "rest" in told:
            known = json.loads(waiting.payload)
            payload = _with_rest(known, told["rest"], told["rest_late"], called)
            self._store.outbox.extend(waiting.id, json.dumps(payload), waiting.priority)

    def _paced(self, place: Place, entry: dict[str, Any], now: datetime) -> datetime:
        """Return when a message of notices may go: of many, one a minute tells of all.

        They would otherwise take the room of the cards, of which each shows somebody new. What a
        customer waited too long for goes sooner.
        """
        sent = self._store.outbox.sent_of(Kind.NOTICE, place.chat_id, now - _LATELY)
        if len(sent) < _ONE_BY_ONE:
            return now
        pause = _SOON if _missed(NoticeKind(entry["kind"]), entry["share"]) else _TOGETHER
        return max(now, min(sent[-1], now) + pause)  # the clock may have been set back since


def is_urgent(notice: Notice) -> bool:
    """Return whether a notice tells of a target that was missed, also that nobody claimed."""
    return notice.kind in _MISSED or (notice.share or 0.0) >= 1.0


def is_missed(notice: Notice) -> bool:
    """Return whether a notice tells of a customer's target that was missed: it is never held."""
    return _missed(notice.kind, notice.share)


def _missed(kind: NoticeKind, share: float | None) -> bool:
    return kind is not NoticeKind.UNCLAIMED and (kind in _MISSED or (share or 0.0) >= 1.0)


def extendable(store: Store, place: Place, kind: Kind) -> Iterator[Parcel]:
    """Yield the messages of a kind that are not on their way yet: more can be put into them."""
    for one in store.outbox.waiting(place.chat_id, kind):
        if one.topic == place.topic and one.message_id is None and not one.doubted:
            yield one


def _of_role(members: Sequence[Member], role: Role) -> tuple[Member, ...]:
    return tuple(one for one in members if one.role is role)[:MOST_CALLED]


def _is_told_alone(member: Member, place: Place) -> bool:
    """Return whether a member is told in private: not in a terminal, nor in a chat of their own."""
    elsewhere = place.chat_id not in (TERMINAL_ID, member.telegram_id)
    return member.reachable and bool(member.telegram_id) and elsewhere


def _is_past(name: str, clock: str) -> bool:
    """Return whether a name told of a step of this clock at its target or later."""
    of, _, share = name.rpartition(":")
    return of == clock and share.endswith("%") and float(share[:-1]) >= 100


def _with_entry(payload: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Return what a message tells with one more notice.

    The most urgent are kept in full; of thousands the items of the others are enough.
    """
    entries = _joined(payload["notices"], entry)
    if len(entries) <= _IN_FULL:
        return {**payload, "notices": entries}
    *kept, over = sorted(entries, key=lambda one: not _is_late(one))
    late = [over["item"]] if _is_late(over) else []
    return _with_rest({**payload, "notices": kept}, [over["item"]], late, over["to"])


def _is_late(entry: dict[str, Any]) -> bool:
    return _missed(NoticeKind(entry["kind"]), entry["share"])


def _with_rest(
    payload: dict[str, Any], items: Sequence[int], late: Sequence[int], called: Sequence[MemberId]
) -> dict[str, Any]:
    """Return what a message tells with more items that are counted only, and who is called."""
    more = {"rest": items, "rest_late": late, "rest_to": called}
    return payload | {key: _with_new(payload.get(key, []), each) for key, each in more.items()}


def _with_new(known: Sequence[int], others: Sequence[int]) -> list[int]:
    return [*known, *(each for each in others if each not in known)]


def _joined(entries: list[dict[str, Any]], entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return notices with one more; of one that is there already, all who are called."""
    same = [one for one in entries if (one["item"], one["name"]) == (entry["item"], entry["name"])]
    if not same:
        return [*entries, entry]
    called = dict.fromkeys([*(same[0].get("to") or ()), *entry["to"]])
    return [{**one, "to": [*called]} if one is same[0] else one for one in entries]


def _entry(notice: Notice, called: Sequence[MemberId]) -> dict[str, Any]:
    return {
        "item": notice.item,
        "kind": notice.kind,
        "name": notice.name,
        "target": notice.target,
        "share": notice.share,
        "tell": notice.tell,
        "at": notice.at.isoformat(),
        "to": list(called),
    }
