"""Pure: what a member promised a customer, when its owner is reminded, and whether it was kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.errors import RefusedError
from monitor.model import ItemId, MemberId

REMINDED_BEFORE = timedelta(minutes=15)
GRACE = timedelta(minutes=15)  # who calls on the minute says so a little later
LONGEST = timedelta(days=90)
LONGEST_TEXT = 200  # characters


class Kept(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    LATE = "late"  # done, but only after its time
    BROKEN = "broken"
    DROPPED = "dropped"  # taken back: the customer was told otherwise, or it was a slip


class Told(StrEnum):
    """Of what the team was told."""

    SOON = "soon"
    PAST = "past"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a customer was promised, by when."""

    id: int
    item: ItemId
    member: MemberId  # who made it
    by: str  # the member's name
    text: str
    made_at: datetime
    due_at: datetime
    told: Told | None = None  # the last of it
    outcome: Kept | None = None  # None: it stands
    settled_at: datetime | None = None
    settled_by: MemberId | None = None

    @property
    def remind_at(self) -> datetime:
        """When its owner is reminded: of one that is close, half way."""
        return self.due_at - min(REMINDED_BEFORE, (self.due_at - self.made_at) / 2)

    def tells(self, now: datetime) -> Told | None:
        """Return what the team must be told of it by `now`, each once; the last of them is told."""
        if self.outcome is not None:
            return None
        if now > self.due_at:
            return Told.PAST if self.told is not Told.PAST else None
        return Told.SOON if now >= self.remind_at and self.told is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What the promises that fell due in a period came to; dropped ones count for nothing."""

    due: int  # those kept, late and broken
    kept: int
    late: int
    broken: int
    dropped: int
    open: int  # past their time, and nobody has said yet what became of them; broken until then


def promised(text: str, due_at: datetime, now: datetime) -> str:
    """Return the text of a promise fit to be kept. Raises: RefusedError."""
    said = " ".join(text.split())
    if not said:
        raise RefusedError("What was promised? Write it after the time.")
    if len(said) > LONGEST_TEXT:
        raise RefusedError("A promise has at most {most} characters.", most=LONGEST_TEXT)
    if due_at <= now:
        raise RefusedError("That time has passed.")
    if due_at - now > LONGEST:
        raise RefusedError("A promise reaches at most {days} days ahead.", days=LONGEST.days)
    return said


def outcome(promise: Promise, said: Kept, now: datetime) -> Kept:
    """Return what a member's word makes of a promise: who is kept waiting past it is kept late.

    Raises: RefusedError where it is settled already.
    """
    if promise.outcome is not None:
        raise RefusedError("It is settled already.")
    if said is Kept.KEPT and now > promise.due_at + GRACE:
        return Kept.LATE
    return said
