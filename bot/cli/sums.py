"""What a day or a week came to for the whole desk, as JSON and in words."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from bot.cli.opened import Opened
from bot.cli.records import Record, instant, seconds
from bot.locale.tongue import LANGUAGES
from monitor.errors import ConfigError
from monitor.handling.late import late
from monitor.mistakes import unknown
from monitor.report.summary import Summary, days, gather, summarize
from monitor.settings import brands

_COUNTED = ("languages", "platforms", "labels", "topics", "competitors", "void")
_TIMES = frozenset({"median", "ninetieth", "handling_median"})  # of which None is a time too


def language(opened: Opened, asked: str | None) -> str:
    """Return the language that is asked for, else the desk's. Raises: ConfigError."""
    if asked is not None and asked not in LANGUAGES:
        raise ConfigError(f"--language: unknown language {asked!r}; {unknown(asked, LANGUAGES)}")
    return asked or opened.settings.desk.language


def summary(opened: Opened, last: date, count: int = 1) -> Summary:
    """Return what the `count` local days that end with `last` came to."""
    watched = brands(opened.settings)
    own = [brand.name for brand in watched if not brand.competitor]
    with opened.store.reading():
        facts = gather(
            opened.store,
            days(last, opened.settings.desk.timezone, count),
            opened.now,
            brands=own,
            competitors=[brand.name for brand in watched if brand.competitor],
            late=tuple(late(opened.ledger, own, opened.now)),
            look_back=opened.settings.desk.look_back,
            platforms=opened.settings.connectors,
        )
    return summarize(facts)


def record(found: Any) -> Record:
    """Return figures as one JSON object; lengths of time are seconds, in names that end in _s."""
    return dict(_pair(each.name, getattr(found, each.name)) for each in fields(found))


def _pair(name: str, value: Any) -> tuple[str, Any]:
    if name in _COUNTED and isinstance(value, tuple):
        return name, dict(value)
    is_time = isinstance(value, timedelta) or (value is None and name in _TIMES)
    return (f"{name}_s" if is_time else name), _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case timedelta():
            return seconds(value)
        case datetime():
            return instant(value)
        case Enum():
            return value.value
        case date() | ZoneInfo():
            return str(value)
        case tuple():
            return [_plain(each) for each in value]
    return record(value) if is_dataclass(value) else value


def in_words(found: Summary, language: str) -> Iterator[str]:
    """Yield a summary in lines for people."""
    from bot.chat.summaries import summary_message
    from bot.chat.text import plain
    from bot.locale.tongue import speaking, tr

    with speaking(language):
        message = summary_message(found, tr("the whole desk"), language)
    yield from plain(message.text).splitlines()
