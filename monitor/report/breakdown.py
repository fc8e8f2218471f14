"""Pure: what a period came to, part by part: by brand, by language, by hour and so on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitor.report.summary import Share, Spread


class By(StrEnum):
    """What the parts of a report are."""

    BRAND = "brand"
    PLATFORM = "platform"
    LANGUAGE = "language"
    LABEL = "label"
    TOPIC = "topic"
    MEMBER = "member"
    HOUR = "hour"
    WEEKDAY = "weekday"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one part came to."""

    name: str  # a brand's name, "tr", "complaint and request", "17" (hour), "0" (Monday); "": none
    received: int  # void ones left out
    answered: int
    unproven: int  # of those answered, known by a tap alone
    unanswered: int
    within_30: Share  # of customer wait
    within_60: Share
    customer_wait: Spread
    team_time: Spread  # what was found late left out
    breached: Share  # first responses past their target, of those due by now
    found_late: int
    void: int  # not counted as received


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A brand that is watched without a clock, beside the others."""

    brand: str
    competitor: bool
    posts: int
    complaints: Share | None  # of the posts that were judged; None: none was
    topics: tuple[tuple[str, int], ...]  # most first; empty where no post has one


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A period, part by part."""

    by: By
    since: datetime
    until: datetime
    zone: ZoneInfo
    rows: tuple[Row, ...]  # most received first; hours and weekdays in their own order
    total: Row  # named ""
    rivals: tuple[Rival, ...] = ()
