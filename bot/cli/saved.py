"""`mentiondesk saved`: what the team answers again and again, as a list or as its file."""

from typing import Annotated

import typer

from bot.cli import frame
from bot.cli.opened import desk
from monitor.errors import ConfigError
from monitor.store.saved_replies import SavedRow


def saved(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
    as_toml: Annotated[
        bool, typer.Option("--toml", help="Print them as the file that `[replies] file` names.")
    ] = False,
) -> None:
    """List the saved replies, and how often each was sent.

    With --toml what leads changed in the chat can be put back into the file.
    """
    if as_json and as_toml:
        raise ConfigError("saved: --json and --toml: one of them")
    with desk() as opened:
        kept = opened.store.saved_replies.all()
    if as_json:
        frame.print_json([_record(each) for each in kept])
    elif as_toml:
        from monitor.desk.reply_file import spelled

        typer.echo(spelled(each.reply for each in kept), nl=False)
    else:
        _list(kept)


def _record(row: SavedRow) -> dict[str, object]:
    reply = row.reply
    return {
        "name": reply.name,
        "language": reply.language,
        "topic": reply.topic,
        "brands": list(reply.brands),
        "link": reply.link or None,
        **{part: text or None for part, text in reply.texts.items()},
        "sent": row.uses,
    }


def _list(kept: tuple[SavedRow, ...]) -> None:
    if not kept:
        frame.say(
            "Nothing is saved yet: /saved add in the chat, or [replies] file in the settings."
        )
    for each in kept:
        reply = each.reply
        typer.echo(
            f"{reply.name} ({reply.language}, {reply.topic or 'any topic'}): sent {each.uses}"
        )
