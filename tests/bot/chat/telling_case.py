"""Notices told at a front desk, and who heard them: where their tests start."""

from datetime import datetime
from pathlib import Path

from bot.chat.text import plain
from monitor.handling.tick import Tick
from monitor.model import ItemId, MessageRef, Notice, NoticeKind, Target
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import (
    EMRE,
    LENA,
    SETTINGS,
    ZUZANA,
    Counter,
    a_counter,
)
from tests.builders import NOON

# NOON is a Friday, 13:00 in Bratislava.
SHIFT = """
[[shift]]
name = "early"
chat = "care"
mon = ["08:00-16:00"]
tue = ["08:00-16:00"]
fri = ["08:00-13:30"]
members = ["Zuzana", "Emre"]
"""
NOBODY = (
    "nobody is on shift until 9 Mar 08:00 · what falls due is told then, a missed target at once"
)
QUIET = SETTINGS.replace("id = -1001", 'id = -1001\nquiet = ["12:30-15:00"]')


def a_desk(path: Path, settings: str = SETTINGS) -> Counter:
    return a_counter(path, settings_text=settings)


def tick(desk: Counter, now: datetime) -> None:
    """Let time do its work, as the office does."""
    desk.now = now
    desk.dispatch.release(now)
    Tick(desk.bench.ledger, desk.dispatch.announce).run(now)


def heard(desk: Counter, now: datetime | None = None) -> list[tuple[int, str]]:
    """Take every notice out of the queue, as (chat, first line and who is called)."""
    found = []
    while out := desk.sending.take(now or desk.now, (), ()):
        ref = out.ref or MessageRef(chat_id=out.parcel.chat_id, message_id=900 + out.parcel.id)
        desk.sending.arrived(out, ref, desk.now)
        if out.parcel.kind is Kind.NOTICE:
            text = plain(out.drawn.message.text).split("\n")
            called = [line for line in text[1:] if line.startswith("For ")]
            found.append((out.parcel.chat_id, " | ".join([text[0], *called])))
    return found


def sounds(desk: Counter) -> list[tuple[int, bool]]:
    """Take every notice out of the queue, as (chat, whether it makes a sound)."""
    found = []
    while out := desk.sending.take(desk.now, (), ()):
        ref = out.ref or MessageRef(chat_id=out.parcel.chat_id, message_id=900 + out.parcel.id)
        desk.sending.arrived(out, ref, desk.now)
        if out.parcel.kind is Kind.NOTICE:
            found.append((out.parcel.chat_id, not out.drawn.message.silent))
    return found


def private(desk: Counter, *people: object) -> None:
    """Let people talk with the bot alone."""
    for person in people:
        desk.command("/queue", who=person, chat=person.telegram_id)  # type: ignore[attr-defined,arg-type]


def heard_in(desk: Counter, chat: int) -> list[str]:
    """Take the notices of one chat out of the queue."""
    others = tuple(each.telegram_id for each in (ZUZANA, EMRE, LENA))
    found = []
    while out := desk.sending.take(desk.now, others, ()):
        ref = out.ref or MessageRef(chat_id=chat, message_id=900 + out.parcel.id)
        desk.sending.arrived(out, ref, desk.now)
        text = plain(out.drawn.message.text).split("\n")
        found.append(" | ".join([text[0], text[-1]]))
    return found


def a_notice(item: ItemId, share: float) -> Notice:
    """Return a breach for the lead, or that nobody took it, for those on shift."""
    breach = share == 1.0
    target = Target.FIRST_RESPONSE if breach else Target.CLAIM
    return Notice(
        kind=NoticeKind.BREACH if breach else NoticeKind.UNCLAIMED,
        item=item,
        name=f"{target}:1:{share:.0%}",
        at=NOON,
        tell="lead" if breach else "on shift",
        target=target,
        share=share,
    )
