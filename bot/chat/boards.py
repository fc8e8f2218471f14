"""The pinned board: how the desk stands, in a few lines that change only when it does."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.duties import duty_line
from bot.chat.phrases import phrase, phrases
from bot.chat.text import Message, Style, Text, join, lines, words
from bot.chat.views import Mark
from bot.chat.wording import day_clock, dotted, name, relative, target_due
from bot.locale.tongue import mark
from monitor.desk.shifts import Duty
from monitor.model import ItemId, Target

_MOST_ON_SHIFT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """An item that falls due soon."""

    item: ItemId
    brand: str
    target: Target
    due_at: datetime
    mark: Mark | None = None  # a warning that its answer's clock has reached


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """All that a board shows."""

    zone: ZoneInfo
    language: str
    now: datetime
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
    on_shift: tuple[Duty, ...] = ()
    next_shift: datetime | None = None  # somebody comes, where nobody is there


def board(view: BoardView, *, demo: bool = False) -> Message:
    """Return the board of a chat."""
    show = words(" · DEMO" if demo else "", Style.BOLD)
    head = words("📌 ", Style.BOLD) + phrase("The desk", Style.BOLD) + show
    late, paused, answered = view.overdue, view.paused, view.answered
    overdue = phrases("{count} overdue", "{count} overdue", late, Style.BOLD)
    counts = dotted(
        _signed(Mark.WAITING, phrases("{count} waiting", "{count} waiting", view.waiting)),
        _signed(
            Mark.IN_PROGRESS,
            phrases("{count} in progress", "{count} in progress", view.in_progress),
        ),
    )
    resting = dotted(
        _signed(Mark.PAUSED, phrases("{count} paused", "{count} paused", paused)) if paused else (),
        _signed(Mark.ANSWERED, phrases("{count} answered", "{count} answered", answered))
        if answered
        else (),
    )
    coming = (_next(each, view) for each in view.next_due)
    first = _signed(Mark.OVERDUE, overdue) if late else ()
    return Message(
        lines(head, first, counts, resting, *coming, _on_shift(view), *_sources(view)), silent=True
    )


def _signed(sign: Mark, told: Text) -> Text:
    return words(f"{sign} ") + told


def _next(each: Next, view: BoardView) -> Text:
    due = target_due(each.target, relative(each.due_at, view.zone, view.language))
    item = words(f"#{each.item}", Style.BOLD)
    told = dotted(phrase("next: {item} {due}", item=item, due=due), name(each.brand))
    return _signed(each.mark, told) if each.mark is not None else told


def _on_shift(view: BoardView) -> Text:
    """Return who is on shift and until when; nothing where no shifts are planned."""
    if view.on_shift:
        shown = (
            duty_line(replace(duty, shift=""), view.zone, view.language, view.now)
            for duty in view.on_shift[:_MOST_ON_SHIFT]
        )
        return words("👥 ") + join(words(", "), shown)
    if view.next_shift is None:
        return ()
    when = day_clock(view.next_shift, view.zone, view.language)
    return words("👥 ") + phrase("nobody is on shift until {when}", Style.BOLD, when=when)


def _sources(view: BoardView) -> list[Text]:
    told = (
        (view.blind, mark("⚠️ {source} cannot be read since {when}")),
        (view.partly, mark("⚠️ {source} is read only in part since {when}")),
        (view.resting, mark("⏸️ {source} is not read until {when}")),
        (view.quiet, mark("🔇 {source} is unusually quiet since {when}")),
    )
    return [
        phrase(how, source=name(source), when=day_clock(at, view.zone, view.language))
        for sources, how in told
        for source, at in sources
    ]
