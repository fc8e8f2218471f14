"""`mentiondesk team`: who may speak to the desk, and the one-time codes that let them in."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer

from bot.cli import frame, rota, tables
from bot.cli.moments import span
from bot.cli.opened import Opened, desk
from bot.cli.records import instant
from monitor.errors import ConfigError, RefusedError
from monitor.model import Event, EventKind, ItemId, Member, Role

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is read as another: no I, L, O, 0, 1
LONGEST_AHEAD = timedelta(days=92)
LENGTH = 8  # 31 letters: 39 bits, with five wrong tries an hour for a person
_BY_HAND = "on the command line"

app = typer.Typer(
    help="Let people in, list them, remove them.", no_args_is_help=True, add_completion=False
)


@app.command()
def invite(
    *,
    role: Annotated[
        Role | None, typer.Option(help="What the person may do. Default: agent.")
    ] = None,
    chat: Annotated[
        str | None, typer.Option(metavar="NAME", help="Let a chat in under this name instead.")
    ] = None,
    valid: Annotated[str, typer.Option(help="How long the code works.")] = "24h",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a one-time code that lets a person or a chat in.

    A person sends /link CODE to the bot in private; for a chat it is sent in that chat.
    """
    if role is not None and chat is not None:
        raise ConfigError("team invite: give either --role for a person or --chat, not both")
    if chat is not None and not chat.strip():
        raise ConfigError("--chat: expected a name")
    length = span(valid, "--valid")
    granted = None if chat is not None else role or Role.AGENT
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    with desk(create=True) as opened:
        expires_at = opened.now + length
        with opened.store.writing():
            opened.store.people.invite(
                code, now=opened.now, expires_at=expires_at, role=granted, chat=chat
            )
            whom = f"chat {chat!r}" if chat is not None else f"a person as {granted}"
            opened.store.people.log(opened.now, "invite", detail=f"{whom}, {_BY_HAND}")
        if as_json:
            named = {} if chat is None else {"chat": chat}
            frame.print_json(
                {"code": code, "role": granted, **named, "expires_at": instant(expires_at)}
            )
            return
        typer.echo(f"/link {code}")
        until = tables.local(expires_at, opened.settings.desk.timezone)
        where = "in that chat" if chat is not None else "to the bot in private"
        frame.say(f"Lets {whom} in, once, until {until}: send it {where}.")


@app.command("list")
def list_members(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False
) -> None:
    """List who was let in."""
    with desk() as opened:
        members = opened.store.people.members()
        if as_json:
            frame.print_json([_record(member) for member in members])
            return
        if not members:
            frame.say("Nobody was let in yet: `mentiondesk team invite` makes a code.")
            return
        rows = (
            (str(each.id), tables.line(each.name), str(each.telegram_id or "-"), each.role.value)
            for each in members
        )
        tables.show(("id", "name", "telegram id", "role"), rows)


def _record(member: Member) -> dict[str, object]:
    return {
        "id": member.id,
        "name": member.name,
        "telegram_id": member.telegram_id,
        "role": member.role.value,
    }


@app.command()
def remove(
    whom: Annotated[str, typer.Argument(metavar="NAME|ID", help="As `team list` shows it.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take a person's rights away.

    What they had claimed goes back to the queue.
    """
    with desk() as opened, opened.store.writing():
        member = _named(whom, opened.store.people.members())
        freed = _freed(opened, member)
        opened.store.people.remove(member.id, opened.now)
        opened.store.people.log(opened.now, "remove", detail=f"{member.name}, {_BY_HAND}")
        if as_json:
            frame.print_json({**_record(member), "released": freed})
            return
        items = f"; back in the queue: {', '.join(f'#{item}' for item in freed)}" if freed else ""
        frame.say(f"{tables.line(member.name)} has no rights any more{items}.")


@app.command()
def shifts(
    *,
    until: Annotated[
        str, typer.Option("--for", metavar="LENGTH", help="How far ahead, such as 7d.")
    ] = "7d",
    chat: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only for the brands of this chat.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Show who is on shift, and who steps in, from now on."""
    length = span(until, "--for")
    if length > LONGEST_AHEAD:
        raise ConfigError("--for: expected at most 92d")
    with desk() as opened:
        rota.show(opened, opened.now + length, chat, as_json=as_json)


def _named(whom: str, members: tuple[Member, ...]) -> Member:
    """Return the one member that `whom` names. Raises: RefusedError."""
    found = called(whom, members)
    if not found:
        raise RefusedError(f"team: nobody here is called {whom!r}; see `mentiondesk team list`")
    if len(found) > 1:
        ids = ", ".join(str(each.id) for each in found)
        raise RefusedError(f"team: {len(found)} are called {whom!r}; give one of the ids {ids}")
    return found[0]


def called(whom: str, members: Sequence[Member]) -> list[Member]:
    """Return the members whose id `whom` is, or else those who have it as their name."""
    by_id = [each for each in members if str(each.id) == whom]
    return by_id or [each for each in members if each.name.casefold() == whom.strip().casefold()]


def _freed(opened: Opened, member: Member) -> list[ItemId]:
    """Put what a member holds back into the queue, and return it."""
    held = [each.item.id for each in opened.store.items.owned_by(member.id)]
    for item in held:
        released = Event(
            id=0, item=item, kind=EventKind.RELEASED, at=opened.now, recorded_at=opened.now
        )
        opened.ledger.record(item, [released], opened.now)
    return held
