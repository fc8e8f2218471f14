"""An item in one line of a list: mark, number, due, brand, author, and how the post begins."""

from collections.abc import Sequence

from bot.chat.phrases import phrase
from bot.chat.text import Style, Text, lines, post, words
from bot.chat.views import CardView
from bot.chat.wording import dotted, handle, local_time, name, one_line, relative, state_name
from monitor.model import State

FEW = 12  # lists up to this long quote each post
_QUOTE_UNITS = 60
_TIGHT_UNITS = 16
_UNSETTLED = (State.OPEN, State.CLAIMED, State.WAITING, State.SNOOZED)


def entries(views: Sequence[CardView]) -> Text:
    """Return a line for each item; a long list has short lines, for all to fit."""
    tight = len(views) > FEW
    return lines(*(entry(view, tight=tight) for view in views))


def entry(view: CardView, *, tight: bool = False) -> Text:
    """Return one item's line."""
    units = _TIGHT_UNITS if tight else 2 * _TIGHT_UNITS
    sign = words(f"{view.mark} ") + words(f"#{view.item}", Style.BOLD)
    owner = name(view.owner, most_units=units) if view.owner else ()
    return dotted(
        sign,
        _when(view),
        name(view.brand, most_units=units),
        handle(view.author, units),
        owner,
        () if tight else opening(view),
    )


def opening(view: CardView, most_units: int = _QUOTE_UNITS) -> Text:
    """Return how the post begins, on one line."""
    if view.hidden:
        return phrase("private", Style.ITALIC)
    if view.excerpt is None:
        return ()
    return post(one_line(view.excerpt.text, most_units), Style.ITALIC)


def soonest_first(views: Sequence[CardView]) -> list[CardView]:
    """Return the items in the order in which they fall due; what is due no more comes last."""
    return sorted(views, key=_order)


def unsettled(view: CardView) -> bool:
    """Return whether the desk still has to do something for a customer who waits."""
    return view.state in _UNSETTLED and view.owed and not view.muted


def _order(view: CardView) -> tuple[bool, float, tuple[float, float], int]:
    due = view.due_at if view.owed else None
    return (due is None, due.timestamp() if due else 0.0, view.pressing, view.item)


def _when(view: CardView) -> Text:
    zone, language = view.zone, view.language
    if view.muted:
        return phrase("history")
    if view.ended is not None:
        return words(state_name(view.state))
    if view.answer is not None and not view.owed:
        return phrase("answered {when}", when=relative(view.answer.at, zone, language))
    if view.due_at is None:
        return phrase("posted {when}", when=local_time(view.wrote_at, zone, language))
    return phrase("answer due {when}", when=relative(view.due_at, zone, language))
