"""The pinned board: how the desk stands, in a few lines that change only when it does."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.text import Message, Style, Text, lines, words
from bot.chat.views import Mark
from bot.chat.wording import TARGETS, day_clock, dotted, name, one_line, relative
from monitor.model import ItemId, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """An item that falls due soon."""

    item: ItemId
    brand: str
    target: Target
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """All that a board shows."""

    zone: ZoneInfo
    language: str
    waiting: int
    in_progress: int
    overdue: int
    paused: int
    answered: int
    next_due: tuple[Next, ...] = ()
    blind: tuple[tuple[str, datetime], ...] = ()  # sources that cannot be read, since when
    partly: tuple[tuple[str, datetime], ...] = ()  # of which a part fails, since when
    resting: tuple[tuple[str, datetime], ...] = ()  # that are left alone, until when
    quiet: tuple[tuple[str, datetime], ...] = ()  # quieter than they are used to, since when


def board(view: BoardView, *, demo: bool = False) -> Message:
    """Return the board of a chat."""
    head = words("📌 The desk" + (" · DEMO" if demo else ""), Style.BOLD)
    overdue = words(f"{Mark.OVERDUE} {view.overdue} overdue", Style.BOLD) if view.overdue else ()
    counts = dotted(
        words(f"{Mark.WAITING} {view.waiting} waiting"),
        words(f"{Mark.IN_PROGRESS} {view.in_progress} in progress"),
    )
    resting = dotted(
        words(f"{Mark.PAUSED} {view.paused} paused") if view.paused else (),
        words(f"{Mark.ANSWERED} {view.answered} answered") if view.answered else (),
    )
    coming = (_next(each, view) for each in view.next_due)
    return Message(lines(head, overdue, counts, resting, *coming, *_sources(view)), silent=True)


def _next(each: Next, view: BoardView) -> Text:
    due = words("next: ") + words(f"#{each.item}", Style.BOLD)
    due += words(f" {TARGETS[each.target]} due ")
    return dotted(due + relative(each.due_at, view.zone, view.language), name(each.brand))


def _sources(view: BoardView) -> list[Text]:
    told = (
        ("⚠️", view.blind, "cannot be read since"),
        ("⚠️", view.partly, "is read only in part since"),
        ("⏸️", view.resting, "is not read until"),
        ("🔇", view.quiet, "is unusually quiet since"),
    )
    return [
        words(f"{sign} {one_line(source)} {how} {day_clock(at, view.zone, view.language)}")
        for sign, sources, how in told
        for source, at in sources
    ]
