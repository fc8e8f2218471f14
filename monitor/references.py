"""Names in the settings that stand for nothing, or for two things, and hours that overlap."""

from collections.abc import Iterable, Iterator
from datetime import date
from importlib.metadata import entry_points
from itertools import pairwise

from monitor.durations import DAY_MINUTES, parse_open_span
from monitor.mistakes import got, key, unknown
from monitor.model import TOPICS
from monitor.sections import AROUND_THE_CLOCK, Settings, ShiftSettings, WeekSettings

PLATFORMS = ("reddit", "x", "bluesky", "mastodon", "hackernews", "rss", "file", "sample")
PLUG_INS = "mentiondesk.connectors"  # the entry point group of further platforms
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK_MINUTES = 7 * DAY_MINUTES


def wrong(settings: Settings, platforms: Iterable[str]) -> list[str]:
    """Return a line for each mistake; `platforms` are known beside the built-in ones."""
    known = _known_platforms(settings, platforms)
    return [
        *_doubled("chat", [each.name for each in settings.chat]),
        *_doubled("brand", [each.name for each in settings.brand]),
        *_doubled("policy", [each.name for each in settings.policy]),
        *_doubled("calendar", [each.name for each in settings.calendar]),
        *_doubled("shift", [each.name for each in settings.shift]),
        *_doubled("archive", [each.name for each in settings.archive]),
        *_wrong_chats(settings),
        *_wrong_shifts(settings),
        *_wrong_calendars(settings),
        *_wrong_policies(settings),
        *_wrong_rules(settings),
        *_wrong_platforms(settings, known),
    ]


def _known_platforms(settings: Settings, platforms: Iterable[str]) -> set[str]:
    """Return the platforms that may be named; installed packages are asked only if need be."""
    known = {*PLATFORMS, *platforms}
    if known.issuperset(name for _, name in _platforms_named(settings)):
        return known
    return known | {each.name for each in entry_points(group=PLUG_INS)}


def _doubled(table: str, names: list[str]) -> Iterator[str]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield f"{table}.{key(name)}: there is another [[{table}]] of this name"


def _not_among(place: str, kind: str, name: str, known: Iterable[str]) -> Iterator[str]:
    names = list(known)
    if name not in names:
        hint = unknown(name, names) if names else f"there is no [[{kind}]] section"
        yield f"{place}: unknown {kind} {got(name)}" + (f"; {hint}" if hint else "")


def _wrong_chats(settings: Settings) -> Iterator[str]:
    names = [each.name for each in settings.chat]
    places: dict[tuple[int, int | None], str] = {}
    for chat in settings.chat:
        where = f"chat.{key(chat.name)}"
        other = places.setdefault((chat.id, chat.topic), chat.name)
        if other != chat.name:
            yield f"{where}.id: the same chat and topic as chat.{key(other)}"
        if chat.review_chat is not None:
            yield from _not_among(f"{where}.review_chat", "chat", chat.review_chat, names)
        yield from _wrong_quiet(f"{where}.quiet", chat.quiet)
    for brand in settings.brand:
        if brand.chat is not None:
            yield from _not_among(f"brand.{key(brand.name)}.chat", "chat", brand.chat, names)


def _wrong_quiet(where: str, quiet: tuple[str, ...]) -> Iterator[str]:
    """Yield a line for each overlap, across midnight too, and one for a day that is all quiet."""
    spans = sorted(_minutes(quiet))
    again = [(opens + DAY_MINUTES, closes, span) for opens, closes, span in spans[:1]]
    for (_, closes, one), (opens, _, other) in pairwise(spans + again):
        if opens < closes:
            yield f"{where}: '{other}' overlaps '{one}'"
    if sum(closes - opens for opens, closes, _ in spans) >= DAY_MINUTES:
        yield f"{where}: expected hours that leave some of the day; quiet for ever hears nothing"


def _wrong_shifts(settings: Settings) -> Iterator[str]:
    chats = [each.name for each in settings.chat]
    brands = [each.name for each in settings.brand]
    for shift in settings.shift:
        where = f"shift.{key(shift.name)}"
        if shift.chat is not None:
            yield from _not_among(f"{where}.chat", "chat", shift.chat, chats)
            if shift.brands:
                yield f"{where}: expected either chat or brands, got both"
        for name in shift.brands:
            yield from _not_among(f"{where}.brands", "brand", name, brands)
        yield from _wrong_turns(where, shift)
        yield from _wrong_hours(where, shift)


def _wrong_turns(where: str, shift: ShiftSettings) -> Iterator[str]:
    folded = [name.casefold() for name in shift.members]
    for place, name in enumerate(folded):
        if name in folded[:place]:
            yield f"{where}.members: {got(shift.members[place])} is named twice"
    if shift.rotation is None and shift.at_once > 1:
        yield f"{where}.at_once: expected a rotation; without one all members are there"
    if shift.rotation is not None and shift.at_once > len(shift.members):
        yield f"{where}.at_once: expected at most {len(shift.members)}, the number of members"


def _wrong_policies(settings: Settings) -> Iterator[str]:
    known = [AROUND_THE_CLOCK, *(each.name for each in settings.calendar)]
    for policy in settings.policy:
        where = f"policy.{key(policy.name)}.calendar"
        yield from _not_among(where, "calendar", policy.calendar, known)


def _wrong_rules(settings: Settings) -> Iterator[str]:
    policies = [each.name for each in settings.policy]
    brands = [each.name for each in settings.brand]
    for number, rule in enumerate(settings.rule, start=1):
        yield from _not_among(f"rule[{number}].policy", "policy", rule.policy, policies)
        for name in rule.when.brand:
            yield from _not_among(f"rule[{number}].when.brand", "brand", name, brands)
        for name in rule.when.topic:
            yield from _not_among(f"rule[{number}].when.topic", "topic", name, TOPICS)


def _wrong_platforms(settings: Settings, known: set[str]) -> Iterator[str]:
    for place, name in _platforms_named(settings):
        if name not in known:
            yield f"{place}: unknown platform {got(name)}; {unknown(name, known)}"


def _platforms_named(settings: Settings) -> Iterator[tuple[str, str]]:
    for name in settings.connectors:
        yield f"connectors.{key(name)}", name
    for brand in settings.brand:
        for name in dict.fromkeys(platform for platform, _ in brand.own_accounts):
            yield f"brand.{key(brand.name)}.own_accounts.{key(name)}", name
    for number, rule in enumerate(settings.rule, start=1):
        for name in rule.when.platform:
            yield f"rule[{number}].when.platform", name
        for customer in rule.when.customer:
            if not customer.startswith("#"):
                yield f"rule[{number}].when.customer", customer.partition(":")[0]


def _wrong_calendars(settings: Settings) -> Iterator[str]:
    for calendar in settings.calendar:
        where = f"calendar.{key(calendar.name)}"
        if calendar.name == AROUND_THE_CLOCK:
            yield f"{where}: this name is taken by the built-in calendar"
        yield from _wrong_hours(where, calendar)


def _wrong_hours(where: str, calendar: WeekSettings) -> Iterator[str]:
    """Yield a line for each mistake in a week, and in the days beside it."""
    if not any(calendar.week):
        yield f"{where}: expected opening hours on at least one day of the week"
    yield from _overlaps(where, calendar)
    for day, spans in calendar.extra.items():
        yield from _wrong_extra(f"{where}.extra.{day}", day, spans, calendar)


def _wrong_extra(
    where: str, day: date, spans: tuple[str, ...], calendar: WeekSettings
) -> Iterator[str]:
    if not spans:
        yield f"{where}: expected opening hours; a day without any belongs to closed"
    if day in calendar.closed:
        yield f"{where}: this day is also in closed"
    for (_, closes, one), (opens, _, other) in pairwise(sorted(_minutes(spans))):
        if opens < closes:
            yield f"{where}: '{other}' overlaps '{one}'"


def _minutes(spans: tuple[str, ...], start: int = 0) -> Iterator[tuple[int, int, str]]:
    for span in spans:
        opens, closes = parse_open_span(span)
        yield start + opens, start + closes, span


def _overlaps(where: str, calendar: WeekSettings) -> Iterator[str]:
    """Yield a line for each span that begins before an earlier one ends, Sunday's night too."""
    week = sorted(
        each
        for number, spans in enumerate(calendar.week)
        for each in _minutes(spans, number * DAY_MINUTES)
    )
    again = [(opens + _WEEK_MINUTES, closes, span) for opens, closes, span in week[:1]]
    for (_, closes, one), (opens, _, other) in pairwise(week + again):
        if opens < closes:
            day = WEEKDAYS[opens // DAY_MINUTES % 7]
            yield f"{where}.{day}: '{other}' overlaps '{one}'"
