"""What a search in a chat asks for: words, and filters such as `platform:reddit` among them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from monitor.durations import parse_duration
from monitor.store.searching import ANYWHERE, LABELS, Filters

_YEARS = range(1970, 9000)  # beyond them an instant may have no date in another zone
_FILTER = re.compile(
    r"(?<!\S)(brand|platform|author|language|label|since|until):(\"[^\"]*\"|[^\s\"]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is searched for, and where."""

    words: str
    filters: Filters


def sought(asked: str, brands: Iterable[str], zone: ZoneInfo, now: datetime) -> Sought:
    """Return what `asked` means; a filter whose value says nothing is a word like any other."""
    named = {brand.casefold(): brand for brand in brands}
    readings: dict[str, Callable[[str], Any]] = {
        "brand": lambda value: named.get(value.casefold()),
        "platform": str.lower,
        "author": str,
        "language": str.lower,
        "label": lambda value: value.lower() if value.lower() in LABELS else None,
        "since": lambda value: _moment(value, zone, now),
        "until": lambda value: _moment(value, zone, now),
    }
    filters = ANYWHERE

    def take(found: re.Match[str]) -> str:
        nonlocal filters
        value = readings[found[1]](found[2].strip('"'))
        if not value:
            return found[0]
        filters = replace(filters, **{found[1]: value})
        return ""

    words = _FILTER.sub(take, asked)
    return Sought(words=" ".join(words.split()), filters=filters)


def _moment(value: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the first moment of a date in `zone`, or so long ago; None where it is neither."""
    try:
        begun = datetime.combine(date.fromisoformat(value), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        try:
            begun = now - parse_duration(value)
        except (ValueError, OverflowError):
            return None
    return begun if begun.year in _YEARS else None
