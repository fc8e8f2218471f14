"""What the parcels of the outbox ask to be drawn: small JSON, read here and nowhere else."""

from datetime import date
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from bot.chat.keyboards import Menu
from monitor.model import ItemId, MemberId, NoticeKind, Target

Order = TypeVar("Order", bound=BaseModel)
USUAL_WEEKS = 8  # make a habit: each hour of the week came eight times


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True)


class CardOrder(_Payload):
    """A card, with a menu open or not."""

    menu: Menu | None = None


class NoticeOrder(_Payload):
    """A notice, as it was told."""

    item: ItemId
    kind: NoticeKind
    name: str  # "first_response:1:80%": target, cycle, step
    target: Target | None = None
    tell: str = "chat"
    to: tuple[MemberId, ...] | None = None  # who is called by name; None: who has the role

    @property
    def cycle(self) -> int | None:
        """The cycle of its clock, None where the name tells of none."""
        parts = self.name.split(":")
        return int(parts[1]) if len(parts) == 3 and parts[1].isdecimal() else None

    @property
    def occasion(self) -> str:
        """What the name says after the kind: an event's number, or an instant."""
        return self.name.partition(":")[2]

    @property
    def promise(self) -> int | None:
        """The promise it is about: "promise:7:soon:member" names the seventh."""
        kind, number, *_ = (*self.name.split(":"), "")
        return int(number) if kind == "promise" and number.isdecimal() else None


class NoticesOrder(_Payload):
    """Notices that go out together."""

    notices: tuple[NoticeOrder, ...]
    chat: str = ""  # whose brands they are about, where one person is told alone
    rest: tuple[ItemId, ...] = ()  # items that are counted only
    rest_late: tuple[ItemId, ...] = ()  # those of them of which a target was missed
    rest_to: tuple[MemberId, ...] = ()  # who is called for their sake


class DigestOrder(_Payload):
    """Items shown together; `title` is "look_back", "overflow" or "similar"."""

    title: str
    items: tuple[ItemId, ...]


class ReviewOrder(_Payload):
    """Posts that a person must judge."""

    posts: tuple[int, ...]


class SummaryKind(StrEnum):
    """Over how many days a summary goes."""

    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def days(self) -> int:
        """How many days, the last one being the day it names."""
        return 1 if self is SummaryKind.DAILY else 7


class SummaryOrder(_Payload):
    """The summary of a chat; `day` is the (last) day that is summed up."""

    kind: SummaryKind
    day: date
    chat: str
    news: tuple[str, ...] = ()  # what became of the judge


class PictureOrder(_Payload):
    """The usual week of a chat as a picture; `day` is the last day that is counted."""

    chat: str
    day: date
    weeks: int = USUAL_WEEKS


class BoardOrder(_Payload):
    """The board of a chat."""

    chat: str


class RetractOrder(_Payload):
    """A card that gives way to a newer one of the same item."""

    item: ItemId


class SurgeOrder(_Payload):
    """What a chat is told of a surge: its alert, with the menu open or not, or that it is over."""

    surge: int
    menu: bool = False
    over: bool = False


class WordsOrder(_Payload):
    """A plain text."""

    text: str


class ReplyOrder(_Payload):
    """How a reply stands; `edition` is the text that the message was made for, None: the newest."""

    reply: int
    edition: int | None = None


def read(order: type[Order], payload: str) -> Order:
    """Return what a payload asks for. Raises: pydantic's ValidationError."""
    return order.model_validate_json(payload)
