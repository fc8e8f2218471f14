"""Who is on shift until when, in a few words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.phrases import phrase
from bot.chat.text import Text, join, words
from bot.chat.wording import clock, day_clock, name, one_line
from monitor.desk.shifts import AHEAD, Duty

_NEAR = timedelta(hours=20)  # the time alone says which day is meant


def duty_line(duty: Duty, zone: ZoneInfo, language: str, now: datetime) -> Text:
    """Return who is on shift and until when, such as "Zuzana until 16:00"."""
    shift = words(f"({one_line(duty.shift)})") if duty.shift else ()
    if duty.until - now >= AHEAD:
        return join(words(" "), (name(duty.member.name), shift))
    until = until_when(duty.until, zone, language, now)
    told = phrase("{name} until {when}", name=name(duty.member.name), when=until)
    return join(words(" "), (told, shift))


def until_when(at: datetime, zone: ZoneInfo, language: str, now: datetime) -> str:
    """Return the local time of an instant, with its day where it is not close."""
    return (clock if at - now < _NEAR else day_clock)(at, zone, language)
