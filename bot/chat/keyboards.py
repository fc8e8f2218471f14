"""The buttons under a card, by how its item stands: none that would only be refused."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from bot.chat.taps import TapKind, encode
from bot.chat.text import Button, ButtonStyle, Row, cut_words, openable
from bot.chat.views import CardView
from bot.chat.wording import length
from bot.locale.tongue import digits, mark, spoken, tr, trn
from monitor.desk.acts import NOT_FOR_US, PAUSES
from monitor.model import ItemId, State

SNOOZES = (60, 240)  # minutes
LENGTHS = (4, 24)  # hours of a pause that is not as long as it may be
LONG_SNOOZES = (12, 24)  # hours
_IN_A_ROW = 4
_TAKERS_IN_A_ROW = 2
_NAME_UNITS = 24
_CLOSED = (State.RESOLVED, State.VOID)
_PAUSES = {"customer": mark("Customer"), "third party": mark("Third party")}
_LASTING = {
    "customer": mark("Customer {length}"),
    "third party": mark("Third party {length}"),
    "snooze": mark("Snooze {length}"),
}
_REASONS = {
    "not a complaint": mark("Not a complaint"),
    "not about us": mark("Not about us"),
    "spam": mark("Spam"),
    "duplicate": mark("Duplicate"),
}


class Menu(StrEnum):
    """The buttons under a card that a button with ▸ opened."""

    WAIT = "wait"
    LENGTHS = "lengths"
    NOT = "not"
    HAND = "hand"


def keyboard(view: CardView, menu: Menu | None = None) -> tuple[Row, ...]:
    """Return the buttons of a card; an item that is closed opens no menu."""
    if view.muted or view.state in _CLOSED:
        return _rows(_undo(view), see_row(view))
    if menu is Menu.WAIT:
        return _wait_menu(view.item)
    if menu is Menu.LENGTHS:
        return _lengths_menu(view.item)
    if menu is Menu.NOT:
        return _not_menu(view.item)
    if menu is Menu.HAND and view.owner is not None:
        return _hand_menu(view)
    menus, see = _menus(view), see_row(view)
    return _rows(_acts(view), menus, see) if view.owed else _rows(_acts(view), (*menus, *see))


def show_row(items: Iterable[ItemId], in_a_row: int = _IN_A_ROW) -> tuple[Row, ...]:
    """Return a button for each item that sends its card."""
    buttons = [Button(f"#{item}", encode(TapKind.SHOW, item)) for item in items]
    starts = range(0, len(buttons), in_a_row)
    return tuple(tuple(buttons[start : start + in_a_row]) for start in starts)


def _acts(view: CardView) -> Row:
    buttons = list(_undo(view))
    if view.state in (State.WAITING, State.SNOOZED):
        buttons.append(_button(view, tr("Resume"), TapKind.RESUME, ButtonStyle.PRIMARY))
    if view.owed:
        if view.owner is None:
            buttons.append(_button(view, tr("Claim"), TapKind.CLAIM, ButtonStyle.PRIMARY))
        buttons += _reply(view)
        buttons.append(_button(view, tr("Answered"), TapKind.ANSWERED, ButtonStyle.SUCCESS))
        if view.owner is not None:
            buttons.append(_button(view, tr("Release"), TapKind.RELEASE))
    else:
        buttons.append(_button(view, tr("Resolve"), TapKind.RESOLVE, ButtonStyle.SUCCESS))
        if view.answer is not None and view.answer.asks_link:
            buttons.append(_button(view, tr("No link"), TapKind.SKIP_LINK))
    return tuple(buttons)


def _reply(view: CardView) -> Row:
    """Return the button that asks for an answer; what was said in private is answered so."""
    offer = view.replying
    if offer is None or offer.sender or offer.taking_back or view.hidden:
        return ()
    if offer.why_not:
        return (_button(view, tr("Draft to copy"), TapKind.REPLY),) if view.url else ()
    return (_button(view, tr("Reply"), TapKind.REPLY, ButtonStyle.PRIMARY),)


def _menus(view: CardView) -> Row:
    waits = () if view.state is State.WAITING else (_button(view, tr("Wait ▸"), TapKind.WAIT_MENU),)
    if not view.owed:
        return waits
    not_ours = _button(view, tr("Not for us ▸"), TapKind.NOT_MENU)
    if view.owner is None:
        return (*waits, not_ours)
    return (*waits, not_ours, _button(view, tr("Hand over ▸"), TapKind.HAND_MENU))


def see_row(view: CardView) -> Row:
    """Return the buttons that show something else: the post, its like, what it is a part of."""
    buttons = []
    if view.url and openable(view.url):
        buttons.append(Button(tr("Open post"), url=view.url))
    if view.similar:
        similar = tr("Similar ({number})", number=digits(view.similar))
        buttons.append(_button(view, similar, TapKind.SIMILAR))
    if view.contact > 1 or view.notes or view.tags:
        buttons.append(_button(view, tr("Customer"), TapKind.CUSTOMER))
    if view.promise is not None:
        kept = encode(TapKind.PROMISE, view.promise.number, "kept")
        buttons.append(Button(tr("Promise kept"), kept))
    others = (view.fold_of, view.ended.merged_into if view.ended else None)
    return (*buttons, *(_show(other) for other in others if other is not None))


def _show(item: ItemId) -> Button:
    return Button(tr("Show #{item}", item=item), encode(TapKind.SHOW, item))


def _undo(view: CardView) -> Row:
    return (_button(view, tr("Undo"), TapKind.UNDO),) if view.undoable else ()


def _wait_menu(item: ItemId) -> tuple[Row, ...]:
    pauses = tuple(
        Button(tr(_PAUSES[reason]), encode(TapKind.WAIT, item, reason)) for reason in PAUSES
    )
    snoozes = tuple(
        Button(
            trn("Snooze {count} h", "Snooze {count} h", minutes // 60),
            encode(TapKind.SNOOZE, item, str(minutes)),
        )
        for minutes in SNOOZES
    )
    lengths = Button(tr("Another length ▸"), encode(TapKind.WAIT_LENGTHS, item))
    return (pauses, snoozes, (lengths,), (_back(item),))


def _lengths_menu(item: ItemId) -> tuple[Row, ...]:
    """Return shorter pauses, and longer snoozes; /wait takes any length up to the maximum."""
    pauses = (
        tuple(
            Button(
                _lasting(_LASTING[reason], hours),
                encode(TapKind.WAIT, item, f"{reason}:{60 * hours}"),
            )
            for hours in LENGTHS
        )
        for reason in PAUSES
    )
    snoozes = tuple(
        Button(_lasting(_LASTING["snooze"], hours), encode(TapKind.SNOOZE, item, f"{60 * hours}"))
        for hours in LONG_SNOOZES
    )
    return (*pauses, snoozes, (_back(item),))


def _lasting(message: str, hours: int) -> str:
    return tr(message, length=length(timedelta(hours=hours), spoken()))


def _not_menu(item: ItemId) -> tuple[Row, ...]:
    reasons = [
        Button(tr(_REASONS[reason]), encode(TapKind.NOT_FOR_US, item, reason))
        for reason in NOT_FOR_US
    ]
    return (tuple(reasons[:2]), tuple(reasons[2:]), (_back(item),))


def _hand_menu(view: CardView) -> tuple[Row, ...]:
    """Return a button for each member who may get the item, and for a lead who takes it."""
    buttons = [
        Button(cut_words(name, _NAME_UNITS), encode(TapKind.HAND_OVER, view.item, str(member)))
        for member, name in view.takers
    ]
    starts = range(0, len(buttons), _TAKERS_IN_A_ROW)
    rows = (tuple(buttons[start : start + _TAKERS_IN_A_ROW]) for start in starts)
    take = _button(view, tr("Take over (leads)"), TapKind.TAKE_OVER)
    return (*rows, (take,), (_back(view.item),))


def _back(item: ItemId) -> Button:
    return Button(tr("◂ Back"), encode(TapKind.BACK, item))


def _button(view: CardView, label: str, kind: TapKind, style: ButtonStyle | None = None) -> Button:
    return Button(label, encode(kind, view.item), style=style)


def _rows(*rows: Row) -> tuple[Row, ...]:
    return tuple(filter(None, rows))
