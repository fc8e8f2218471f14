"""When the desk is killed: after some time, or in the middle of a step that matters."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from tests.chaos.street import Street
from tests.servers.bot_api import Fault
from tests.servers.loopback import Asked

Come = Callable[[], bool]
LOST_ANSWER = "after a lost answer"
LATE_S = 30.0  # an answer that comes after the kill
PATIENCE_S = 7.0  # a moment that does not come is now


@dataclass(frozen=True, slots=True)
class Moment:
    """A kind of moment: `arm` prepares the street for it and returns whether it has come."""

    name: str
    arm: Callable[[Street, Random], Come]


def after_a_while(street: Street, dice: Random) -> Come:
    """Return when some time has passed: mostly while the desk starts or loads its judge."""
    end = time.monotonic() + dice.uniform(0.2, 6.0)
    return lambda: time.monotonic() >= end


def as_a_send_leaves(street: Street, dice: Random) -> Come:
    """Return when a send is on its way and not taken."""
    return _spent(street.world.telegram.fault("delay", "sendMessage", times=1, seconds=LATE_S))


def as_a_send_was_taken(street: Street, dice: Random) -> Come:
    """Return when a message stands and the desk has no answer yet."""
    return _spent(street.world.telegram.fault("late", "sendMessage", times=1, seconds=LATE_S))


def as_an_edit_was_taken(street: Street, dice: Random) -> Come:
    """Return when a card was edited and the desk has no answer yet."""
    return _spent(street.world.telegram.fault("late", "editMessageText", times=1, seconds=LATE_S))


def as_a_tap_is_answered(street: Street, dice: Random) -> Come:
    """Return when a tap was acted on and is being answered: it will come again."""
    fault = street.world.telegram.fault("late", "answerCallbackQuery", times=1, seconds=LATE_S)
    street.tap()
    return _spent(fault)


def after_a_lost_answer(street: Street, dice: Random) -> Come:
    """Return some time after a send whose answer the network lost."""
    fault = street.world.telegram.fault("swallow", "sendMessage", times=1)
    rest = dice.uniform(0.0, 1.5)
    spent_at: list[float] = []

    def come() -> bool:
        if fault.times == 0:
            spent_at.append(time.monotonic())
        return bool(spent_at) and time.monotonic() - spent_at[0] >= rest

    return come


def in_a_poll(street: Street, dice: Random) -> Come:
    """Return while Reddit answers one of the first requests of the run."""
    asked: list[Asked] = []
    number = dice.randint(1, 12)
    street.world.reddit.before_answer = asked.append
    return lambda: len(asked) >= number


def after_a_commit(street: Street, dice: Random) -> Come:
    """Return right after the store was written for the n-th time."""
    number = dice.randint(1, 25)
    watch: list[sqlite3.Connection] = []
    versions: set[int] = set()

    def come() -> bool:
        with suppress(sqlite3.OperationalError):
            if not watch:
                uri = f"file:{street.world.database}?mode=ro"
                watch.append(sqlite3.connect(uri, uri=True))
            versions.add(watch[0].execute("PRAGMA data_version").fetchone()[0])
        if len(versions) <= number:
            return False
        watch[0].close()
        return True

    return come


def _spent(fault: Fault) -> Come:
    return lambda: fault.times == 0


MOMENTS = (
    Moment("after a while", after_a_while),
    Moment("after a commit", after_a_commit),
    Moment("as a send was taken", as_a_send_was_taken),
    Moment("as a send leaves", as_a_send_leaves),
    Moment("in a poll", in_a_poll),
    Moment(LOST_ANSWER, after_a_lost_answer),
    Moment("as an edit was taken", as_an_edit_was_taken),
    Moment("as a tap is answered", as_a_tap_is_answered),
)
