"""What the product shows of an item, in plain values for the reference to look at."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.chat.text import Text
from bot.cli import records
from bot.cli.records import Records
from bot.office import Office
from monitor.clock.why import Explained, explain_readings
from monitor.model import Item, ItemId, Result, State
from monitor.report.summary import Summary
from tests.simulation.editions import chat_of
from tests.simulation.instants import length, micros, micros_or_none

Shown = dict[str, Any]
Name = tuple[str, str, str, str]


def name_of(item: Item) -> Name:
    """Return what tells an item from others, whoever numbers them."""
    author = item.author.id if item.author else ""
    return item.brand, item.platform, item.thread, author


class Watcher:
    """Looks at items through the same doors as the team and the command line."""

    def __init__(self, office: Office, sent: Mapping[str, Text]) -> None:
        """`sent` are the cards that were sent, by their prints."""
        self._office = office
        self._sent = sent
        self._store = office.workshop.store
        self._ledger = office.workshop.ledger
        self._records = Records(self._store)

    def item(self, number: ItemId, now: datetime) -> Shown:
        """Return an item with its clocks, its row in the queue, its results and its card."""
        entry = records.entry(self._ledger, number, now)
        standing, item = entry.standing, entry.standing.item
        results = self._store.events.results_of(number)
        why = explain_readings(standing.readings, standing.terms, found_late=item.found_late)
        listed = self._store.items.get(number)
        assert listed is not None
        return {
            "number": number,
            "name": name_of(item),
            "state": item.state.value,
            "owner": self._records.name(item.owner) or "",
            "lease": micros_or_none(item.lease_ends_at),
            "paused_until": micros_or_none(item.paused_until),
            "muted": item.muted,
            "found_late": item.found_late,
            "hand_overs": item.hand_overs,
            "policy": item.policy,
            "answer": _answer(self._records, item),
            "stored": (
                listed.item.state.value,
                listed.due.target.value if listed.due.target else None,
                micros_or_none(listed.due.due_at),
            ),
            "row": self._records.item(entry),
            "clocks": [_clock(each) for each in why],
            "results": [_result(each) for each in results],
            "told": self._store.events.told(number),
            "case": self._case(item),
            "folded": item.fold_of is not None,
            "card": self._card(item, now),
        }

    def _card(self, item: Item, now: datetime) -> list[tuple[str, int | None]] | None:
        """Return the card as it was sent; where its like never was, as it would be."""
        drawing = self._office.drawing
        shown = drawing.shown(item.id, now)
        text = self._sent.get(shown) if shown is not None else None
        if text is None:
            drawn = drawing.card(item.id, chat_of(item.brand), now)
            text = drawn.message.text if drawn is not None else None
        return None if text is None else [(span.text, micros_or_none(span.at)) for span in text]

    def _case(self, item: Item) -> tuple[Any, ...] | None:
        """Return the item's share in the summary of its day."""
        until = item.opened_at + timedelta(microseconds=1)
        cases = self._store.figures.cases(item.opened_at, until, [item.brand])
        for case in cases:
            if case.item == item.id:
                return (
                    case.state.value,
                    case.void_reason,
                    case.found_late,
                    case.hand_overs,
                    micros_or_none(case.answered_at),
                    _length_or_none(case.customer_wait),
                    _length_or_none(case.team_time),
                    case.proven,
                )
        return None

    def queue(self, now: datetime) -> list[Mapping[str, Any]]:
        """Return the queue as `mentiondesk queue --json` prints it, with each item's name."""
        found = records.queue(self._ledger, now)
        return [{**self._records.item(each), "name": name_of(each.standing.item)} for each in found]

    def owed(self, now: datetime) -> list[Mapping[str, Any]]:
        """Return the rows of those items in the queue that owe an answer."""
        owing = (one for one in self._store.items.queue() if one.item.state is not State.ANSWERED)
        found = [records.entry(self._ledger, one.item.id, now) for one in owing]
        waiting = [each for each in found if each.standing.readings.due_next() is not None]
        return [
            {**self._records.item(each), "name": name_of(each.standing.item)} for each in waiting
        ]

    def listed(self) -> Iterator[tuple[Name, str, str | None, int | None]]:
        """Yield each listed item as it is stored: name, state, target and due time."""
        for one in self._store.items.queue():
            target = one.due.target.value if one.due.target else None
            yield name_of(one.item), one.item.state.value, target, micros_or_none(one.due.due_at)

    def board(self, chat: str, now: datetime) -> list[str]:
        """Return the words of a chat's board."""
        message = self._office.drawing.board(chat, now).message
        return "".join(span.text for span in message.text).split("\n")


def _answer(known: Records, item: Item) -> tuple[int, str | None, bool, str] | None:
    found = item.answer
    if found is None:
        return None
    return micros(found.at), found.url, found.proven, known.name(found.by) or ""


def _clock(each: Explained) -> dict[str, Any]:
    return {
        "target": each.target.value,
        "cycle": each.cycle,
        "start": micros(each.started_at),
        "end": micros_or_none(each.ended_at),
        "due": micros_or_none(each.due_at),
        "spent": length(each.team_time),
        "allowed": length(each.allowed),
        "wait": length(each.customer_wait),
        "breached": each.breached,
        "counted": each.counted,
        "parts": [
            (
                micros(part.start),
                micros(part.end),
                part.counted,
                part.why,
                part.policy,
                part.policy_version,
                part.calendar,
                part.calendar_version,
            )
            for part in each.segments
        ],
        "notes": each.notes,
    }


def _result(each: Result) -> dict[str, Any]:
    return {
        "target": each.target.value,
        "cycle": each.cycle,
        "start": micros(each.started_at),
        "end": micros(each.ended_at),
        "due": micros(each.due_at),
        "spent": length(each.team_time),
        "wait": length(each.customer_wait),
        "breached": each.breached,
        "counted": each.counted,
        "proven": each.proven,
    }


def _length_or_none(span: timedelta | None) -> int | None:
    return None if span is None else length(span)


def summed(summary: Summary) -> dict[str, Any]:
    """Return what a summary says, in plain values."""

    def spread(each: Any) -> tuple[int, float | None, float | None]:
        return (
            each.count,
            each.median.total_seconds() if each.median is not None else None,
            each.ninetieth.total_seconds() if each.ninetieth is not None else None,
        )

    def hours(each: Any) -> tuple[Any, ...]:
        return (
            each.received,
            (each.answered.part, each.answered.whole),
            (each.within_60.part, each.within_60.whole),
            spread(each.customer_wait),
        )

    return {
        "received": summary.received,
        "answered": summary.answered,
        "unproven": summary.unproven,
        "unanswered": summary.unanswered,
        "waiting": summary.waiting,
        "within_30": (summary.within_30.part, summary.within_30.whole),
        "within_60": (summary.within_60.part, summary.within_60.whole),
        "customer_wait": spread(summary.customer_wait),
        "team_time": spread(summary.team_time),
        "kept": {each.target.value: (each.kept, each.promised) for each in summary.kept},
        "hand_overs": summary.hand_overs,
        "languages": dict(summary.languages),
        "platforms": dict(summary.platforms),
        "labels": dict(summary.labels),
        "competitors": dict(summary.competitors),
        "office": hours(summary.office),
        "off_hours": hours(summary.off_hours),
        "found_late": summary.found_late,
        "void": dict(summary.void),
    }
