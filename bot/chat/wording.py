"""The words on cards: names, counts, lengths of time and instants, each short enough for a phone.

What people wrote (a brand, a handle, a place) goes through `name`: one line, cut, and isolated
where it is written from right to left.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.units import format_unit

from bot.chat.phrases import phrase
from bot.chat.text import (
    LEFT_TO_RIGHT_MARK,
    RIGHT_TO_LEFT_MARK,
    Span,
    Style,
    Text,
    TimeForm,
    clean,
    cut_words,
    join,
    post,
    reads_right_to_left,
    right_to_left,
    words,
)
from bot.locale.tongue import LANGUAGES, SOURCE, digits, mark, markc, spoken, tr, trc
from monitor.model import Flag, Member, Role, State, Target

SEPARATOR: Text = (Span(" · "),)
NAME_UNITS = 40
_TARGETS = {
    Target.FIRST_RESPONSE: mark("first response"),
    Target.NEXT_RESPONSE: mark("next response"),
    Target.CLAIM: mark("claim"),
    Target.RESOLUTION: mark("resolution"),
}
TARGETS = _TARGETS
_DUE = {
    Target.FIRST_RESPONSE: mark("first response due {when}"),
    Target.NEXT_RESPONSE: mark("next response due {when}"),
    Target.CLAIM: mark("claim due {when}"),
    Target.RESOLUTION: mark("resolution due {when}"),
}
_STATES = {
    State.OPEN: mark("open"),
    State.CLAIMED: mark("claimed"),
    State.WAITING: mark("waiting"),
    State.SNOOZED: mark("snoozed"),
    State.ANSWERED: mark("answered"),
    State.RESOLVED: mark("resolved"),
    State.VOID: mark("void"),
}
_TOPICS = {  # as the judge has them; what fits no other is not named
    "delivery": mark("delivery"),
    "billing": mark("billing"),
    "quality": mark("quality"),
    "fault": mark("fault"),
    "staff": mark("staff"),
    "account": mark("account"),
    "app": mark("app"),
    "information": mark("information"),
    "refund": mark("refund"),
    "other": mark("other"),
}
_ROLES = {
    Role.VIEWER: mark("viewer"),
    Role.AGENT: mark("agent"),
    Role.LEAD: mark("lead"),
    Role.MANAGER: mark("manager"),
}
REASONS = (  # why an item is void, as the store has it
    mark("not a complaint"),
    mark("not about us"),
    mark("spam"),
    mark("duplicate"),
    mark("merged"),
    mark("deleted"),
    mark("taken back"),
)
ACTIONS = (  # as the log has them
    markc("in the log", "link"),
    markc("in the log", "claim"),
    markc("in the log", "release"),
    markc("in the log", "answered"),
    markc("in the log", "answer link"),
    markc("in the log", "no link"),
    markc("in the log", "wait"),
    markc("in the log", "snooze"),
    markc("in the log", "resume"),
    markc("in the log", "resolve"),
    markc("in the log", "not for us"),
    markc("in the log", "merge"),
    markc("in the log", "undo"),
    markc("in the log", "complaint"),
    markc("in the log", "request"),
    markc("in the log", "both"),
    markc("in the log", "neither"),
    markc("in the log", "missed"),
    markc("in the log", "mute"),
    markc("in the log", "reply"),
    markc("in the log", "reply draft"),
    markc("in the log", "reply send"),
    markc("in the log", "reply sent"),
    markc("in the log", "reply take back"),
    markc("in the log", "reply taken back"),
    markc("in the log", "reply not taken back"),
    markc("in the log", "reply refused"),
    markc("in the log", "reply cancelled"),
    markc("in the log", "customer"),
    markc("in the log", "note"),
    markc("in the log", "note deleted"),
    markc("in the log", "preference"),
    markc("in the log", "preference deleted"),
    markc("in the log", "tag"),
    markc("in the log", "untag"),
    markc("in the log", "customer link"),
    markc("in the log", "customer unlink"),
    markc("in the log", "promise"),
    markc("in the log", "promise kept"),
    markc("in the log", "promise late"),
    markc("in the log", "promise broken"),
    markc("in the log", "promise dropped"),
    markc("in the log", "words"),
    markc("in the log", "tap"),
    markc("in the log", "command"),
    markc("in the log", "anonymous"),
    markc("in the log", "bot removed"),
    markc("in the log", "bot let in again"),
    markc("in the log", "language"),
    markc("in the log", "hand over"),
    markc("in the log", "take over"),
    markc("in the log", "shift"),
    markc("in the log", "shift undo"),
    markc("in the log", "private message"),
    markc("in the log", "invite"),
    markc("in the log", "remove"),
    markc("in the log", "policy apply"),
    markc("in the log", "show"),
    markc("in the log", "similar"),
    markc("in the log", "review"),
    markc("in the log", "send"),
    markc("in the log", "rewrite"),
    markc("in the log", "drop"),
    markc("in the log", "back"),
    markc("in the log", "older"),
    markc("in the log", "skip link"),
    markc("in the log", "wait menu"),
    markc("in the log", "not menu"),
    markc("in the log", "hand menu"),
)
_SAID = {
    "": mark("deleted by its author"),
    "complaint": mark("complaint"),
    "request": mark("request"),
    "both": mark("both"),
    "neither": mark("neither"),
    "missed": mark("missed"),
    "judged": mark("judged"),
}
_UNKNOWN_LANGUAGE = "und"
_REMEMBERED = 512  # times and lengths as they are written: formatting one takes long
_UNITS = (
    ("duration-day", timedelta(days=1)),
    ("duration-hour", timedelta(hours=1)),
    ("duration-minute", timedelta(minutes=1)),
)
_TEENS = range(11, 14)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def one_line(text: str, most_units: int = NAME_UNITS) -> str:
    """Return `text` on one line, blanks folded, cut on a grapheme's border."""
    return cut_words(" ".join(clean(text[: 20 * most_units]).split()), most_units)


def name(text: str, *style: Style, most_units: int = NAME_UNITS) -> Text:
    """Return a name that somebody else chose, fit to stand within a line."""
    return post(one_line(text, most_units), *style) if text.strip() else ()


def called(member: Member | None) -> Text:
    """Return a member's name as a link that calls the person, where the chat service knows them."""
    shown = name(member.name) if member else ()
    if member is None or not member.telegram_id:
        return shown or phrase("you")
    return words(shown[0].text if shown else tr("you"), link=f"tg://user?id={member.telegram_id}")


def dotted(*texts: Text) -> Text:
    """Return the texts that are not empty, with a dot between them.

    A mark ends words that are written the other way than ours: without it a number after them
    joins them where a terminal knows no isolates.
    """
    *before, last = [text for text in texts if text] or [()]
    return join(SEPARATOR, (*map(_fenced, before), last))


def _fenced(text: Text) -> Text:
    if reads_right_to_left():
        return (*text, Span(RIGHT_TO_LEFT_MARK))
    return (*text, Span(LEFT_TO_RIGHT_MARK)) if text[-1].isolate else text


def handle(author: str, most_units: int = NAME_UNITS) -> Text:
    """Return "@dora"; nothing for an author nobody names."""
    shown = name(author, most_units=most_units)
    return (Span("@", isolate=shown[0].isolate), *shown) if shown else ()


def asked(flags: frozenset[Flag]) -> str:
    """Return what a post asks for, "" where the judge flagged neither."""
    if Flag.COMPLAINT in flags:
        return tr("Complaint and request") if Flag.REQUEST in flags else tr("Complaint")
    return tr("Request") if Flag.REQUEST in flags else ""


def state_name(state: State) -> str:
    """Return how an item stands, in one word."""
    return tr(_STATES[state])


def role_name(role: Role) -> str:
    """Return what a member is."""
    return tr(_ROLES[role])


def listed(parts: Iterable[str]) -> str:
    """Return words one after the other, parted as the language spoken now does it."""
    return trc("between the words of a list", ", ").join(parts)


def said_of(label: str) -> str:
    """Return what somebody said of a post; "" is of one that its author deleted."""
    return tr(_SAID[label]) if label in _SAID else label


def action_name(action: str) -> str:
    """Return what the log calls an act."""
    return trc("in the log", one_line(action))


def target_name(target: Target) -> str:
    """Return what a target is called."""
    return tr(_TARGETS[target])


def target_due(target: Target, when: Text) -> Text:
    """Return "first response due in 12 minutes"."""
    return phrase(_DUE[target], when=when)


def topic_name(topic: str | None) -> str:
    """Return what a post is about, "" where nobody knows or it fits no topic."""
    if topic is None or topic == "other":
        return ""
    return tr(_TOPICS[topic]) if topic in _TOPICS else one_line(topic)


def number(how_many: int, one: str, many: str = "") -> str:
    """Return "1 post" or "3 posts"."""
    return f"{how_many} {one if how_many == 1 else many or one + 's'}"


def ordinal(place: int) -> str:
    """Return "3rd" for 3; in other languages the number alone, what follows it stands around it."""
    if spoken() != SOURCE:
        return digits(place)
    ending = "th" if place % 100 in _TEENS else _ENDINGS.get(place % 10, "th")
    return f"{place}{ending}"


def length(time: timedelta, language: str) -> str:
    """Return a length of time in its two largest units, such as "1 hr 24 min"; minutes at least."""
    left = max(time, timedelta())
    if left < timedelta(minutes=1):
        return tr("<{length}", length=_unit("duration-minute", 1, language))
    parts = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        parts.append((unit, count))
    first = next(place for place, (_, count) in enumerate(parts) if count)
    shown = [_unit(*part, language) for part in parts[first : first + 2] if part[1]]
    return (
        shown[0] if len(shown) == 1 else tr("{larger} {smaller}", larger=shown[0], smaller=shown[1])
    )


def clock(at: datetime, zone: ZoneInfo, language: str) -> str:
    """Return the local time of an instant, such as "14:30"."""
    return format_time(at, "HH:mm", tzinfo=zone, locale=_locale(language))


def day_clock(at: datetime, zone: ZoneInfo, language: str) -> str:
    """Return the local day and time of an instant, such as "6 Mar 14:30"."""
    return _day_clock(at, trc("pattern of a day and a time", "d MMM HH:mm"), zone, language)


@lru_cache(maxsize=_REMEMBERED)
def _day_clock(at: datetime, pattern: str, zone: ZoneInfo, language: str) -> str:
    return format_datetime(at, pattern, tzinfo=zone, locale=_locale(language))


def relative(at: datetime, zone: ZoneInfo, language: str, *style: Style) -> Text:
    """Return an instant that the reader's client counts from now: "in 12 minutes"."""
    return _instant(at, day_clock(at, zone, language), TimeForm.RELATIVE, *style)


def local_time(
    at: datetime, zone: ZoneInfo, language: str, *style: Style, year: bool = False
) -> Text:
    """Return an instant that the reader's client writes as a day and a time.

    `year`: it may be of another one, and where no client writes it, that is told too.
    """
    pattern = trc("pattern of a day and a time", "d MMM HH:mm")
    shown = pattern.replace("MMM", "MMM y") if year else pattern
    return _instant(at, _day_clock(at, shown, zone, language), TimeForm.DAY_TIME, *style)


def language_name(code: str, language: str) -> str:
    """Return the name of the language `code`, or that nobody knows which it is."""
    if code == _UNKNOWN_LANGUAGE:
        return tr("unknown language")
    return str(_locale(language).languages.get(code, code))


def day_name(day: date, language: str) -> str:
    """Return a day, such as "Fri 6 Mar"."""
    pattern = trc("pattern of a day", "EEE d MMM")
    return format_date(day, pattern, locale=_locale(language))


def days_name(first: date, last: date, language: str) -> str:
    """Return the days from the first to the last, such as "Mon 2 Mar to Sun 8 Mar"."""
    end = day_name(last, language)
    return (
        end if first == last else tr("{first} to {last}", first=day_name(first, language), last=end)
    )


def share(part: int, whole: int) -> str:
    """Return "3 of 4 (75 %)"; of nothing, that there was none."""
    if not whole:
        return tr("none to count")
    percent = digits(100 * part // whole)
    return tr(
        "{part} of {whole} ({percent} %)", part=digits(part), whole=digits(whole), percent=percent
    )


def _instant(at: datetime, shown: str, form: TimeForm, *style: Style) -> Text:
    return (Span(shown, frozenset(style), at=at, form=form, isolate=right_to_left(shown)),)


@lru_cache(maxsize=_REMEMBERED)
def _unit(unit: str, count: int, language: str) -> str:
    return format_unit(count, unit, "short", locale=_locale(language), numbering_system="default")


def _locale(language: str) -> Locale:
    """Return how dates and lengths are written for readers of `language`."""
    return Locale(language if language in LANGUAGES else SOURCE)
