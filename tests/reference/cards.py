"""What a card says, read as its reader would: first sign, what is due and when, who has it."""

import re
from collections.abc import Iterator, Sequence

from tests.reference.clocks import CLAIM, Clock
from tests.reference.desk import Item

Fault = tuple[str, object, object]
Piece = tuple[str, int | None]  # words, and the instant that a client shows in their place
_TARGETS = {
    "first_response": "first response",
    "next_response": "next response",
    "resolution": "resolution",
}
_LATE_WARNING = 0.75  # steps from this share on warn in a stronger colour
_SIGNS = {
    "void": "🚫",
    "waiting": "⏸️",
    "snoozed": "⏸️",
    "resolved": "🏁",
}


def card_faults(item: Item, card: Sequence[Piece], at: int) -> Iterator[Fault]:
    """Yield what a card says that is not so."""
    words = "".join(text for text, _ in card)
    state = item.state(at)
    sign = _sign(item, at)
    if not words.startswith(sign):
        yield "card: sign", words[:3], sign
    if state in ("void", "resolved"):
        return
    response = next((one for one in item.clocks(at) if one.runs and "response" in one.target), None)
    due = response or next(
        (one for one in item.clocks(at) if one.runs and one.target == "resolution"), None
    )
    yield from _due_faults(card, words, due)
    if response is not None:
        yield from _owner_faults(item, card, words, at)
        late = "overdue" in words.split("\n", maxsplit=1)[0]
        if late != response.breached:
            yield "card: overdue", late, response.breached
    elif (given := _answered(item, at)) is None:
        return  # nobody asks any more, and nobody was answered
    elif "answered" not in words.split("\n", maxsplit=1)[0]:
        yield "card: answered", words.split("\n", maxsplit=1)[0], "answered"
    else:
        yield from _answer_faults(given, card, words)


def _sign(item: Item, at: int) -> str:
    """Return the sign of how an item stands: what is overdue first, then what was done."""
    state = item.state(at)
    if state == "void":
        return _SIGNS[state]
    running = [one for one in item.clocks(at) if one.runs and "response" in one.target]
    if any(one.breached for one in running):
        return "🔴"
    if state in _SIGNS and not _crossed(item, running):  # a pause stops no response clock
        return _SIGNS[state]
    if state == "answered":
        given = _answered(item, at)
        return "✅" if given is None or given.proven else "☑️"
    return _warning(item, running, at)


def _crossed(item: Item, running: Sequence[Clock]) -> list[float]:
    return [
        share
        for one in running
        for share, *_ in item.terms.newest.steps
        if one.spent >= round(share * one.allowed)
    ]


def _warning(item: Item, running: Sequence[Clock], at: int) -> str:
    crossed = _crossed(item, running)
    if crossed:
        return "🟠" if max(crossed) >= _LATE_WARNING else "🟡"
    return "🟣" if item.owner(at) else "🔵"


def _after(card: Sequence[Piece], words: str) -> int | None:
    """Return the instant that stands behind some words, None where there is none."""
    before = ""
    for text, at in card:
        if at is not None and before.rstrip().endswith(words):
            return at
        before += text
    return None


def _due_faults(card: Sequence[Piece], words: str, due: Clock | None) -> Iterator[Fault]:
    if due is None:
        return
    named = _TARGETS[due.target]
    if due.due is None:
        if f"{named} is paused" not in words and "response" in due.target:
            yield "card: paused", words, named
        return
    shown = _after(card, f"{named} due")
    if shown != due.due:
        yield "card: due", (named, shown), due.due


def _owner_faults(item: Item, card: Sequence[Piece], words: str, at: int) -> Iterator[Fault]:
    owner, lease = item.owner(at), item.lease(at)
    if owner:
        if f"{owner} has it" not in words:
            yield "card: owner", words, owner
        shown = _after(card, "back to the queue")
        if item.state(at) == "claimed" and shown != lease:
            yield "card: lease", shown, lease
        return
    if "Nobody has it" not in words:
        yield "card: owner", words, "nobody"
    claim = next((one for one in item.clocks(at) if one.runs and one.target == CLAIM), None)
    shown = _after(card, "claim due")
    if shown != (claim.due if claim else None):
        yield "card: claim due", shown, claim.due if claim else None


def _answered(item: Item, at: int) -> Clock | None:
    """Return the latest response that was given; one that was fixed stays, whatever came later."""
    given = [one for one in item.clocks(at) if "response" in one.target and one.end is not None]
    return max(given, key=lambda one: one.cycle, default=None)


def _answer_faults(clock: Clock, card: Sequence[Piece], words: str) -> Iterator[Fault]:
    """Yield what the card of an answered item says wrongly of its latest answer."""
    instant = next((when for _, when in card if when is not None), None)
    if instant != clock.end:
        yield "card: answered at", instant, clock.end
    unproven = "not proven yet" in words
    if unproven == clock.proven:
        yield "card: proven", not unproven, clock.proven
    past = re.search(r"past the target", words) is not None
    wanted = clock.breached and clock.counted
    if past != wanted:
        yield "card: past the target", past, wanted
