"""The command `customer`: what is known of one person on one platform."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli import frame, tables
from bot.cli.opened import desk
from bot.cli.records import instant, instant_or_none, seconds
from monitor.desk.customers import Contact, Customer, Known, Note, Outcome
from monitor.desk.promises import Promise
from monitor.errors import ConfigError
from monitor.handling.customers import CustomerBook
from monitor.mistakes import unknown
from monitor.store.store import Store

Record = dict[str, Any]


def customer(
    platform: Annotated[str, typer.Argument(metavar="PLATFORM", help="Such as reddit.")],
    handle: Annotated[
        str, typer.Argument(metavar="HANDLE", help="With or without '@'; or the account's id.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is known of a person: contacts, waits, notes, promises."""
    with desk() as opened:
        account = _found(opened.store, platform, handle)
        found = CustomerBook(opened.store).read(account.account, opened.now)
        if as_json:
            frame.print_json(record(found))
            return
        for line in _lines(found, opened.settings.desk.timezone):
            typer.echo(line)


def _found(store: Store, platform: str, handle: str) -> Known:
    name = platform.casefold()
    found = store.customers.find(handle.removeprefix("@"), name)
    if found:
        return found[0]
    if not store.customers.has_platform(name):
        known = store.customers.platforms()
        hint = unknown(name, known) if known else "no post is kept yet"
        raise ConfigError(f"PLATFORM: nothing is kept of {platform!r}; {hint}")
    raise ConfigError(f"HANDLE: nobody called {handle!r} has written on {name}")


# ---------------------------------------------------------------- for programs


def record(found: Customer) -> Record:
    """Return a customer as JSON: the keys are a promise."""
    first = found.accounts[0]
    return {
        **_account(first),
        "accounts": [_account(each) for each in found.accounts],
        "links": [
            {
                "accounts": [_place(found, link.one), _place(found, link.other)],
                "by": link.by,
                "at": instant(link.at),
            }
            for link in found.links
        ],
        "tags": list(found.tags),
        "preferences": [_note(each) for each in found.preferences],
        "notes": [_note(each) for each in found.notes],
        **_counts(found),
        "contacts": [_contact(each) for each in found.contacts],
        "promises": [_promise(each) for each in found.promises],
    }


def _account(known: Known) -> Record:
    account = known.account
    return {
        "platform": account.platform,
        "id": account.key,
        "handle": known.handle,
        "name": known.name,
    }


def _place(found: Customer, account: object) -> Record:
    return next(_account(each) for each in found.accounts if each.account == account)


def _note(note: Note) -> Record:
    return {
        "id": note.id,
        "text": note.text,
        "item": note.item,
        "by": note.by,
        "at": instant(note.at),
    }


def _counts(found: Customer) -> Record:
    voice, waits = found.voice, found.waits
    return {
        "posts": voice.posts,
        "languages": dict(voice.languages),
        "praise": {"posts": voice.praise, "last_at": instant_or_none(voice.praised_at)},
        "churn_risk": voice.leaving,
        "churn_risk_at": instant_or_none(voice.leaving_at),
        "contact_count": found.needed,
        "repeat_contacts": found.repeats,
        "waits": {
            "count": waits.count,
            "median_s": _seconds(waits.median),
            "longest_s": _seconds(waits.longest),
        },
    }


def _contact(each: Contact) -> Record:
    return {
        "item": each.item,
        "brand": each.brand,
        "platform": each.platform,
        "url": each.url,
        "flags": sorted(each.flags),
        "posted_at": instant(each.posted_at),
        "seen_at": instant(each.seen_at),
        "state": each.state,
        "outcome": each.outcome,
        "owner": each.owner,
        "answered_at": instant_or_none(each.answer_at),
        "answer_url": each.answer_url,
        "customer_wait_s": _seconds(each.customer_wait),
        "team_time_s": _seconds(each.team_time),
        "breached": each.breached,
        "repeat": each.repeat,
    }


def _promise(each: Promise) -> Record:
    return {
        "id": each.id,
        "item": each.item,
        "text": each.text,
        "by": each.by,
        "made_at": instant(each.made_at),
        "due_at": instant(each.due_at),
        "outcome": each.outcome,
        "settled_at": instant_or_none(each.settled_at),
    }


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else seconds(length)


# ---------------------------------------------------------------- for people


def _lines(found: Customer, zone: ZoneInfo) -> Iterator[str]:
    for each in found.accounts:
        who = tables.line(each.handle) or "(no handle)"
        shown = f" ({tables.line(each.name)})" if each.name not in ("", each.handle) else ""
        yield f"account: {each.account.platform} {who}{shown}"
    if found.tags:
        yield f"tags: {' '.join(f'#{tag}' for tag in found.tags)}"
    yield from _figures(found, zone)
    for note in found.preferences:
        yield f"prefers: {_written(note, zone)}"
    for note in found.notes:
        yield f"note {note.id}: {_written(note, zone)}"
    for promise in found.promises:
        became = promise.outcome or "stands"
        due = tables.local(promise.due_at, zone)
        yield f"promised for {due}: {tables.line(promise.text, 200)} ({promise.by}; {became})"
    for contact in found.contacts:
        yield f"#{contact.item}: {', '.join(_said(contact, zone))}"


def _figures(found: Customer, zone: ZoneInfo) -> Iterator[str]:
    voice, waits = found.voice, found.waits
    yield f"contacts: {found.needed}, {found.repeats} of them within a week of the one before"
    if waits.median is not None and waits.longest is not None:
        times = f"median {tables.length(waits.median)}, longest {tables.length(waits.longest)}"
        yield f"waited: {times}, over {waits.count} answers"
    spoken = ", ".join(f"{code} {count}" for code, count in voice.languages) or "-"
    yield f"posts: {voice.posts}, by language: {spoken}"
    yield f"praise: {voice.praise}, last {_at(voice.praised_at, zone)}"
    risk = "not known" if voice.leaving is None else f"{voice.leaving:.0%}"
    yield f"risk of leaving: {risk}"


def _written(note: Note, zone: ZoneInfo) -> str:
    return f"{tables.line(note.text, 1000)} ({note.by}, {tables.local(note.at, zone)})"


def _said(contact: Contact, zone: ZoneInfo) -> Iterator[str]:
    yield f"{tables.local(contact.posted_at, zone)} about {tables.line(contact.brand)}"
    again = contact.outcome is Outcome.WAITING and contact.answer_at is not None
    waited = None if again else contact.customer_wait  # to the first answer
    yield contact.outcome + (f" after {tables.length(waited)}" if waited is not None else "")
    if contact.breached:
        yield "too late"
    if contact.repeat:
        yield "again within a week"


def _at(at: datetime | None, zone: ZoneInfo) -> str:
    return tables.local(at, zone)
