"""What a chat is told of a surge: how many write, what about, a few of them, and who waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.chat.phrases import phrase, phrases
from bot.chat.taps import TapKind, encode
from bot.chat.text import Button, ButtonStyle, Message, Row, Style, Text, lines, post, words
from bot.chat.wording import dotted, length, local_time, name, one_line, topic_name
from bot.locale.tongue import digits, tr
from monitor.intake.surge import Crowd
from monitor.store.surges import Surge, SurgeKind

SIGN = "🌊"
SILENCES = (1, 8, 24)  # hours
BACK = "back"
_QUOTE_UNITS = 110
_WORDS_UNITS = 60
_HARDLY = 0.5  # people an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgeView:
    """All that the messages about a surge show, and in whose words."""

    surge: Surge
    crowd: Crowd
    zone: ZoneInfo
    language: str
    silencer: str = ""  # who silenced it
    silent: bool = False


def alert(view: SurgeView, *, menu: bool = False, demo: bool = False) -> Message:
    """Return the alert of a surge; with `menu` its buttons say for how long it is silenced."""
    surge = view.surge
    head = _head(view, demo=demo)
    if surge.ended_at is not None:
        return Message(lines(head, *_body(view)), _next_row(view))
    rows = _silences(surge.id) if menu else _rows(view)
    return Message(lines(head, *_body(view)), rows)


def over(view: SurgeView, *, demo: bool = False) -> Message:
    """Return the one line that says that a surge is over."""
    surge, crowd = view.surge, view.crowd
    lasted = length(surge.lasted_until - surge.began_at, view.language)
    told = phrase(
        "{subject}: the surge is over after {length}.", subject=_subject(surge), length=lasted
    )
    wrote = phrases("{count} person wrote", "{count} people wrote", crowd.people)
    count = len(crowd.waiting)
    wait = phrases("{count} still waits", "{count} still wait", count) if count else ()
    sign = words(f"{SIGN} " + ("DEMO " if demo else ""))
    return Message(sign + dotted(told, wrote, wait), _next_row(view), silent=True)


def _head(view: SurgeView, *, demo: bool) -> Text:
    surge = view.surge
    sign = words(f"{SIGN} " + ("DEMO " if demo else ""), Style.BOLD)
    if surge.ended_at is not None:
        return sign + phrase("{subject}: a surge that is over", Style.BOLD, subject=_subject(surge))
    return sign + phrases(
        "{subject}: {count} person in an hour",
        "{subject}: {count} people in an hour",
        surge.people,
        Style.BOLD,
        subject=_subject(surge),
    )


def _subject(surge: Surge) -> Text:
    brand = name(surge.brand, Style.BOLD)
    if surge.kind is SurgeKind.TOPIC:
        topic = words(topic_name(surge.subject) or surge.subject, Style.BOLD)
        return phrase("{brand}, {topic}", Style.BOLD, brand=brand, topic=topic)
    if surge.kind is SurgeKind.PHRASE:
        said = post(one_line(surge.shown, _WORDS_UNITS), Style.BOLD)
        return phrase("{brand}, “{words}”", Style.BOLD, brand=brand, words=said)
    return brand


def _body(view: SurgeView) -> Iterator[Text]:
    surge, crowd = view.surge, view.crowd
    since = local_time(surge.began_at, view.zone, view.language)
    yield dotted(_usual(surge), _growth(surge), phrase("since {when}", when=since))
    yield dotted(_about(view), _words(view))
    for item, arrival in crowd.sample:
        quote = post(one_line(arrival.text, _QUOTE_UNITS), Style.ITALIC)
        yield dotted(words(f"#{item}", Style.BOLD), quote)
    yield _waiting(crowd)
    yield _silenced(view)


def _usual(surge: Surge) -> Text:
    if surge.expected < _HARDLY:
        return phrase("hardly anybody is usual at this time")
    return phrase("usual at this time: {count}", count=digits(max(round(surge.expected), 1)))


def _growth(surge: Surge) -> Text:
    """Return how many times what is usual came at the most."""
    if surge.expected < _HARDLY:
        return ()
    return phrase(
        "{growth} times that at its peak", growth=digits(round(surge.peak / surge.expected))
    )


def _about(view: SurgeView) -> Text:
    topic = view.crowd.topic
    if topic is None or view.surge.kind is SurgeKind.TOPIC:
        return ()
    return phrase("mostly about {topic}", topic=topic_name(topic) or topic)


def _words(view: SurgeView) -> Text:
    crowd, shown = view.crowd, view.surge.shown
    if not shown or not crowd.words_by or view.surge.kind is SurgeKind.PHRASE:
        return ()
    return phrase(
        "{count} of {all} say “{words}”",
        count=digits(crowd.words_by),
        all=digits(crowd.people),
        words=post(one_line(shown, _WORDS_UNITS)),
    )


def _waiting(crowd: Crowd) -> Text:
    if not crowd.waiting:
        return phrase("Nobody of them waits for an answer.")
    waits = phrases(
        "{count} waits for an answer, on a clock of their own",
        "{count} wait for an answer, each on a clock of their own",
        len(crowd.waiting),
    )
    taken = len(crowd.waiting) - len(crowd.free)
    if not taken:
        return waits
    return dotted(waits, phrases("{count} is taken", "{count} are taken", taken))


def _silenced(view: SurgeView) -> Text:
    until = view.surge.silenced_until
    if not view.silent or until is None:
        return ()
    when = local_time(until, view.zone, view.language)
    return phrase("silenced by {name} until {when}", name=name(view.silencer), when=when)


def _rows(view: SurgeView) -> tuple[Row, ...]:
    number = view.surge.id
    if view.silent:
        again = Button(tr("Speak again"), encode(TapKind.SURGE_SILENCE, number, "0"))
    else:
        again = Button(tr("Silence ▸"), encode(TapKind.SURGE_MENU, number))
    return ((*_next(view), again),)


def _next_row(view: SurgeView) -> tuple[Row, ...]:
    buttons = _next(view)
    return (buttons,) if buttons else ()


def _next(view: SurgeView) -> Row:
    if not view.crowd.waiting:
        return ()
    data = encode(TapKind.SURGE_NEXT, view.surge.id)
    return (Button(tr("Next ▸"), data, style=ButtonStyle.PRIMARY),)


def _silences(number: int) -> tuple[Row, ...]:
    hours = tuple(
        Button(
            tr("Silence {hours} h", hours=digits(each)),
            encode(TapKind.SURGE_SILENCE, number, str(each)),
        )
        for each in SILENCES
    )
    return (hours, (Button(tr("◂ Back"), encode(TapKind.SURGE_MENU, number, BACK)),))
