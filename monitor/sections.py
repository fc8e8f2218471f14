"""The tables of the settings file, as frozen values with their defaults."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    field_validator,
)

from monitor import fields
from monitor.durations import spell_duration

AROUND_THE_CLOCK = "around the clock"  # the calendar that needs no section

Duration = Annotated[
    timedelta, PlainValidator(fields.duration), PlainSerializer(spell_duration, str)
]
Zone = Annotated[ZoneInfo, PlainValidator(fields.zone), PlainSerializer(str, str)]
TimeOfDay = Annotated[time, PlainValidator(fields.time_of_day)]
Share = Annotated[float, PlainValidator(fields.share), PlainSerializer(fields.spelled_share, str)]
LocalPath = Annotated[Path, AfterValidator(fields.local_path)]
Text = Annotated[str, AfterValidator(fields.text)]
Customer = Annotated[str, AfterValidator(fields.customer)]
OpenSpan = Annotated[str, PlainValidator(fields.open_span)]
Language = Annotated[str, AfterValidator(fields.language)]
PostLanguage = Annotated[str, AfterValidator(fields.post_language)]
Country = Annotated[str, AfterValidator(fields.country)]
BaseUrl = Annotated[str, AfterValidator(lambda value: fields.url(value, ("https", "http")))]
Link = Annotated[str, AfterValidator(fields.link)]
StreamUrl = Annotated[str, AfterValidator(lambda value: fields.url(value, ("wss", "ws")))]
Tell = Literal["chat", "on shift", "owner", "lead", "reserve", "manager"]
_OneOrMany = BeforeValidator(fields.one_or_many)


class Section(BaseModel):
    """A table of the settings: frozen, and an unknown key in it is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)


class ConnectorOptions(Section):
    """What every connector's section understands."""

    every: Duration = timedelta(seconds=60)  # between two polls


class DeskSettings(Section):
    """`[desk]`: what holds for the whole desk."""

    database: LocalPath = Path("mentiondesk.db")  # absolute once loaded
    timezone: Zone = ZoneInfo("UTC")
    language: Language = "en"
    look_back: Duration = timedelta(hours=24)  # before a source's switch-on, still live
    found_late: Duration = timedelta(minutes=15)  # first seen so long after it was posted
    keep: Duration = timedelta(days=400)
    judge_checks: Annotated[int, Field(ge=0, le=3)] = 3  # sure posts a day in a chat's reviews


class TelegramSettings(Section):
    """`[telegram]`: where the Bot API is."""

    base_url: BaseUrl = "https://api.telegram.org/bot"


class ChatSettings(Section):
    """`[[chat]]`: one place in Telegram where cards are shown."""

    name: Text
    id: Annotated[int, PlainValidator(fields.chat_id)]
    topic: Annotated[int, Field(gt=0)] | None = None  # a forum topic
    review_topic: Annotated[int, Field(gt=0)] | None = None
    review_chat: Text | None = None  # the name of another chat
    summary_at: TimeOfDay = time(9)  # in the chat's own zone
    weekly_on: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "never"] = "mon"
    language: Language = "en"  # the desk's, if none is given
    timezone: Zone = ZoneInfo("UTC")  # the desk's, if none is given
    quiet: tuple[OpenSpan, ...] = ()  # every day, in the chat's zone: only breaches make a sound
    quiet_breaches: bool = False  # they wait for the end of it, too


class BrandSettings(Section):
    """`[[brand]]`: what is watched for."""

    name: Text
    keywords: Annotated[tuple[Text, ...], Field(min_length=1)]
    required: tuple[Text, ...] = ()
    exclude: tuple[Text, ...] = ()
    blocked_authors: tuple[Text, ...] = ()
    blocked_places: tuple[Text, ...] = ()
    languages: tuple[PostLanguage, ...] = ()
    own_accounts: Annotated[
        tuple[tuple[str, str], ...],
        PlainValidator(fields.own_accounts),
        PlainSerializer(fields.accounts_section),
    ] = ()  # (platform, handle)
    chat: Text | None = None  # a chat's name; the first chat, if none is given
    competitor: bool = False  # counted, no clock


class StepSettings(Section):
    """One step of a policy: whom to tell at which share of a target."""

    at: Share  # 0.8 for "80%"
    tell: Tell = "chat"


DEFAULT_STEPS = (
    StepSettings(at=0.5, tell="chat"),
    StepSettings(at=0.8, tell="owner"),
    StepSettings(at=1.0, tell="lead"),
    StepSettings(at=2.0, tell="manager"),
    StepSettings(at=4.0, tell="manager"),
)


class PolicySettings(Section):
    """`[[policy]]`: the targets, when they count, and whom to tell."""

    name: Text = "always"
    first_response: Duration = timedelta(minutes=30)
    next_response: Duration = timedelta(minutes=60)
    claim: Duration = timedelta(minutes=5)
    resolution: Duration = timedelta(hours=24)
    auto_resolve: Duration = timedelta(hours=48)  # an answered item silent for so long
    calendar: Text = AROUND_THE_CLOCK
    steps: tuple[StepSettings, ...] = DEFAULT_STEPS  # by share, smallest first

    @field_validator("steps")
    @classmethod
    def _ascending(cls, steps: tuple[StepSettings, ...]) -> tuple[StepSettings, ...]:
        ordered = tuple(sorted(steps, key=lambda step: step.at))
        for one, other in pairwise(ordered):
            if one.at == other.at:
                raise ValueError(
                    f"expected each share once, got '{fields.spelled_share(one.at)}' twice"
                )
        return ordered


class RuleWhen(Section):
    """What an item must be for a rule: all that is given must hold; empty means any."""

    brand: Annotated[tuple[Text, ...], _OneOrMany] = ()
    platform: Annotated[tuple[Text, ...], _OneOrMany] = ()
    language: Annotated[tuple[PostLanguage, ...], _OneOrMany] = ()
    label: Annotated[tuple[Literal["complaint", "request", "review"], ...], _OneOrMany] = ()
    topic: Annotated[tuple[Text, ...], _OneOrMany] = ()
    urgency: Annotated[int, Field(ge=0, le=2)] | None = None  # at least
    customer: Annotated[tuple[Customer, ...], _OneOrMany] = ()  # "reddit:dora", or a tag: "#vip"


class RuleSettings(Section):
    """`[[rule]]`: which policy an item gets; the first that fits wins."""

    policy: Text
    when: RuleWhen = RuleWhen()


class WeekSettings(Section):
    """What a calendar and a shift have in common: the hours of a week, and the days without."""

    name: Text
    timezone: Zone = ZoneInfo("UTC")  # the desk's, if none is given
    mon: tuple[OpenSpan, ...] = ()  # "HH:MM-HH:MM", half-open; "22:00-06:00" belongs to Monday
    tue: tuple[OpenSpan, ...] = ()
    wed: tuple[OpenSpan, ...] = ()
    thu: tuple[OpenSpan, ...] = ()
    fri: tuple[OpenSpan, ...] = ()
    sat: tuple[OpenSpan, ...] = ()
    sun: tuple[OpenSpan, ...] = ()
    holidays: Country | None = None  # closed on its public holidays
    closed: tuple[date, ...] = ()
    extra: Mapping[date, tuple[OpenSpan, ...]] = Field(default_factory=dict)

    @property
    def week(self) -> tuple[tuple[str, ...], ...]:
        """The spans of Monday to Sunday, as `parse_open_span` reads them."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


class CalendarSettings(WeekSettings):
    """`[[calendar]]`: the hours in which response clocks run."""


class ShiftSettings(WeekSettings):
    """`[[shift]]`: who is there for which brands, in which hours of the week."""

    chat: Text | None = None  # for the brands of this chat
    brands: tuple[Text, ...] = ()  # for these; with neither, for all
    members: Annotated[tuple[Text, ...], Field(min_length=1)]  # by name or id: `team list`
    rotation: Literal["daily", "weekly"] | None = None  # None: all of them, every time
    starts: date = date(2024, 1, 1)  # on which the first turn begins; a Monday
    at_once: Annotated[int, Field(ge=1)] = 1  # how many have a turn together
    reserve: tuple[Text, ...] = ()  # who steps in; in a rotation by default who is next


class PolicyBook(Section):
    """All that decides a clock; it is versioned as a whole."""

    policy: tuple[PolicySettings, ...] = (PolicySettings(),)  # the first is the default
    rule: tuple[RuleSettings, ...] = ()
    calendar: tuple[CalendarSettings, ...] = ()


class RepliesSettings(Section):
    """`[replies]`: what the team answers again and again."""

    file: LocalPath | None = None  # of saved replies, which can be changed in a chat, too


class SurgesSettings(Section):
    """`[surges]`: when so many write at once that the team is told of it."""

    tell: bool = True
    people: Annotated[int, Field(ge=3)] = 8  # in an hour, at least
    growth: Annotated[float, Field(ge=1.5)] = 3.0  # times what is usual, at least


class ArchiveSettings(Section):
    """`[[archive]]`: which columns of a file of old posts mean what.

    A column is named as the file's first row names it; a dot leads into an object ("user.name").
    """

    name: Text  # for `backfill file --shape`
    platform: Text  # whose posts they are: it begins their keys
    id: Text
    text: Annotated[tuple[Text, ...], _OneOrMany, Field(min_length=1)]  # joined where several
    posted_at: Text
    time_format: Text | None = None  # as strptime spells it; None: RFC 3339, or seconds since 1970
    timezone: Zone = ZoneInfo("UTC")  # of times that name none
    author: Text | None = None  # the handle
    author_id: Text | None = None  # None: the handle
    author_name: Text | None = None
    thread: Text | None = None
    reply_to: Text | None = None
    url: Text | None = None
    place: Text | None = None
    language: Text | None = None
    files: Annotated[tuple[Text, ...], _OneOrMany] = ()  # file names it is taken for: "*.csv"
    encoding: Text = "utf-8"  # of CSV
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","  # of CSV


class Settings(PolicyBook):
    """The whole file. `connectors` holds raw sections: each connector checks its own."""

    desk: DeskSettings = DeskSettings()
    telegram: TelegramSettings = TelegramSettings()
    chat: tuple[ChatSettings, ...] = ()
    brand: tuple[BrandSettings, ...] = ()
    shift: tuple[ShiftSettings, ...] = ()
    replies: RepliesSettings = RepliesSettings()
    surges: SurgesSettings = SurgesSettings()
    archive: tuple[ArchiveSettings, ...] = ()
    connectors: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """The folder of the settings file: relative paths start there."""
        return self._folder

    @field_validator("policy")
    @classmethod
    def _never_without(cls, policy: tuple[PolicySettings, ...]) -> tuple[PolicySettings, ...]:
        return policy or (PolicySettings(),)
