"""Values that tests start from: everything that a test does not speak of has a harmless default."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.desk.saved_replies import SavedReply
from monitor.model import (
    Author,
    Brand,
    Classification,
    Cursor,
    Flag,
    Item,
    ItemId,
    Mention,
    Page,
    Role,
    Span,
)

NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
ONE_CHAT = """
[desk]
timezone = "Europe/Bratislava"
[[chat]]
name = "care"
id = -1001
[[brand]]
name = "Acme"
keywords = ["acme"]
chat = "care"
"""  # settings; what follows belongs to the brand


def at(text: str) -> datetime:
    """Return an instant from "2026-03-06 16:00", in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minutes(count: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=count)


def an_author(name: str = "jana") -> Author:
    """Return a customer."""
    return Author(id=f"id-{name}", handle=name, name=name.title())


def a_mention(
    text: str = "Acme lost my parcel, this is a complaint",
    *,
    key: str = "sample:1",
    thread: str | None = None,
    author: str | None = "jana",
    posted_at: datetime = NOON,
    reply_to: str | None = None,
    deleted: bool = False,
    platform: str = "sample",
) -> Mention:
    """Return a post on a platform."""
    return Mention(
        key=key,
        platform=platform,
        thread=thread or key,
        author=an_author(author) if author else None,
        text="" if deleted else text,
        url=f"https://{platform}.example/{key.partition(':')[2]}",
        posted_at=posted_at,
        reply_to=reply_to,
        deleted=deleted,
    )


def a_reply(
    *,
    key: str = "sample:2",
    to: str = "sample:1",
    thread: str = "sample:1",
    posted_at: datetime = NOON,
    deleted: bool = False,
) -> Mention:
    """Return what the brand's own account wrote in answer to a post."""
    return a_mention(
        "We are on it",
        key=key,
        thread=thread,
        author="acme_care",
        reply_to=to,
        posted_at=posted_at,
        deleted=deleted,
    )


def a_page(*mentions: Mention, cursor: str = "next") -> Page:
    """Return a page of posts."""
    return Page(mentions=mentions, cursor=Cursor(cursor))


def a_brand(name: str = "Acme", *, competitor: bool = False) -> Brand:
    """Return a watched brand whose own account on every test platform is "acme_care"."""
    return Brand(
        name=name,
        keywords=(name.lower(),),
        own_accounts=(("sample", "acme_care"), ("reddit", "acme_care")),
        chat="care",
        competitor=competitor,
    )


def a_verdict(
    *flags: Flag, language: str = "en", complaint: float = 0.9, reasons: tuple[Span, ...] = ()
) -> Classification:
    """Return what the judge says of a text."""
    return Classification(
        language=language,
        complaint=complaint if Flag.COMPLAINT in flags else 0.1,
        request=0.9 if Flag.REQUEST in flags else 0.1,
        flags=frozenset(flags),
        reasons=reasons,
        model="test/fast",
    )


AGENT = Role.AGENT
LEAD = Role.LEAD


def a_saved_reply(**changes: str | tuple[str, ...]) -> SavedReply:
    """Return a saved reply to a parcel that is late, but for `changes`."""
    parts: dict[str, Any] = {
        "name": "Late parcel",
        "language": "en",
        "topic": "delivery",
        "apology": "Hi {name}, we are sorry that your {brand} parcel is late.",
        "remedy": "Please see {link}.",
        "short": "Sorry, {name}! {link}",
        "link": "https://acme.example/late",
    }
    return SavedReply(**{**parts, **changes})


def every_day(hours: str) -> str:
    """Return a section's lines for a week of `hours`, such as "00:00-24:00"."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return "".join(f'{day} = ["{hours}"]\n' for day in days)


def an_item(thread: str = "sample:1", **changes: Any) -> Item:
    """Return what is owed to a customer since noon, but for `changes`."""
    parts: dict[str, Any] = {
        "id": ItemId(1),
        "brand": "Acme",
        "platform": "sample",
        "thread": thread,
        "author": an_author(),
        "policy": "always",
        "found_late": False,
        "opened_at": NOON,
        "posted_at": NOON,
    }
    return Item(**{**parts, **changes})
