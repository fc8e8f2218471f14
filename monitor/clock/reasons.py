"""Why a part of a clock counts or not: reasons that can be put in the words of any language."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Because(StrEnum):
    """Each reason in English, with a place for its detail."""

    ALWAYS_OPEN = "around the clock"
    OPEN = "open hours"
    OUTSIDE = "outside opening hours"
    WEEKDAY = "closed on {}s"  # detail: the weekday in English
    HOLIDAY = "holiday: {}"  # detail: its name, as the `holidays` package has it
    CLOSED = "closed on {}"  # detail: the date, "2026-12-24"
    ANEW = "before it began anew"
    CUSTOMER = "paused: waiting for customer"
    THIRD_PARTY = "paused: waiting for third party"
    WAITING = "paused: waiting for {}"  # detail: for whom
    SNOOZED = "paused: snoozed"
    RESOLVED = "resolved"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a part of a clock counts or does not."""

    because: Because
    detail: str = ""

    def __str__(self) -> str:
        """Return the reason in English."""
        return self.because.value.format(self.detail)


def on_weekday(day: date) -> Reason:
    """Return that the doors are never open on this day of the week."""
    return Reason(because=Because.WEEKDAY, detail=WEEKDAYS[day.weekday()])


def away(why: str) -> Reason:
    """Return why a clock was away, from the words of the clock that was."""
    try:
        return Reason(because=Because(why))
    except ValueError:
        prefix = Because.WAITING.value.format("")
        return Reason(because=Because.WAITING, detail=why.removeprefix(prefix))
