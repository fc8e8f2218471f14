"""The commands that read the desk: queue, item, why, summary and log."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli import frame, records, tables
from bot.cli.moments import day, moment_or_none
from bot.cli.opened import Opened, desk
from bot.cli.records import Entry, Record, Records
from bot.locale.tongue import LANGUAGES
from monitor.clock.reading import Reading
from monitor.clock.why import Explained, as_text, explain_readings
from monitor.errors import ConfigError
from monitor.mistakes import unknown
from monitor.model import ItemId, Target
from monitor.store.items import Due
from monitor.store.people import LogEntry

NEWEST = 100  # lines of the log that are shown where nothing else is asked for
_TARGETS = {
    Target.FIRST_RESPONSE: "first response",
    Target.NEXT_RESPONSE: "next response",
    Target.CLAIM: "claim",
    Target.RESOLUTION: "resolution",
}
_MOST = 1_000_000_000
_ID = typer.Argument(metavar="ID", help="The item's number, with or without '#'.")
_JSON = typer.Option("--json", help="Print JSON.")
_LANGUAGE = typer.Option(help=f"{', '.join(LANGUAGES)}. Default: the desk's.")


def queue(
    *,
    brand: Annotated[str | None, typer.Option(help="Only items of this brand.")] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """List what waits for an answer, due soonest first."""
    with desk() as opened:
        found = [
            each
            for each in records.queue(opened.ledger, opened.now)
            if brand is None or each.standing.item.brand == brand
        ]
        if not found:
            _check_brand(opened, brand)
        if as_json:
            written = Records(opened.store)
            frame.print_json([written.item(each) for each in found])
            return
        _show_queue(opened, found)


def _check_brand(opened: Opened, brand: str | None) -> None:
    """Raise ConfigError where nothing was found because no brand has this name."""
    known = [each.name for each in opened.settings.brand]
    if brand is not None and brand not in known:
        raise ConfigError(f"--brand: unknown brand {brand!r}; {unknown(brand, known)}")


def _show_queue(opened: Opened, found: list[Entry]) -> None:
    if not found:
        frame.say("Nothing waits.")
        return
    heads = ("id", "due", "for", "state", "owner", "brand", "where", "author", "wants", "post")
    tables.show(heads, (_row(opened, each) for each in sorted(found, key=_by_answer)))


def _due(one: Entry) -> Reading | Due:
    """Return the answer that is owed, else what is due next: a missed claim hides no answer."""
    clock = records.response(one.standing.readings)
    return clock if clock is not None and clock.running else one.standing.due


def _by_answer(one: Entry) -> tuple[bool, float]:
    due_at = _due(one).due_at
    return due_at is None, due_at.timestamp() if due_at else 0.0


def _what_for(one: Entry) -> str:
    """Return what is due, and that nobody took the item in time."""
    target = _due(one).target
    claims = one.standing.readings.of(Target.CLAIM)
    missed = any(claim.running and claim.breached for claim in claims)
    return (_TARGETS[target] if target else "-") + (", claim missed" if missed else "")


def _row(opened: Opened, one: Entry) -> tuple[str, ...]:
    item = one.standing.item
    clock = records.response(one.standing.readings)
    late = " LATE" if clock and clock.running and clock.breached else ""
    standing = [post for post in one.posts if not post.mention.deleted]
    return (
        f"#{item.id}",
        tables.local(_due(one).due_at, opened.settings.desk.timezone) + late,
        _what_for(one),
        item.state.value,
        tables.line(Records(opened.store).name(item.owner) or "-"),
        tables.line(item.brand),
        item.platform,
        tables.line(item.author.handle) if item.author else "-",
        ", ".join(records.flags(one.posts)) or "-",
        tables.line(standing[0].mention.text) if standing else "(deleted)",
    )


def item(
    number: Annotated[str, _ID],
    *,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show one item with its posts, events and cards."""
    wanted = _number(number)
    with desk() as opened:
        with opened.store.reading():
            found = records.entry(opened.ledger, wanted, opened.now)
            shown = Records(opened.store).whole_item(found)
        if as_json:
            frame.print_json(shown)
            return
        for line in _item_lines(shown, opened.settings.desk.timezone):
            typer.echo(line)


def _item_lines(shown: Record, zone: ZoneInfo) -> Iterator[str]:
    for key, value in shown.items():
        if not isinstance(value, list | dict) or key == "flags":
            name = key.removesuffix("_at").removesuffix("_s").replace("_", " ")
            yield f"{name}: {_at(value, zone) if key.endswith('_at') else _shown(key, value)}"
    if shown["answer"]:
        answer = shown["answer"]
        proof = "proven" if answer["proven"] else "unproven"
        yield f"answer: {_at(answer['at'], zone)}, {proof}, by {answer['by'] or 'nobody known'}"
    for post in shown["posts"]:
        yield f"post {post['id']}, {_at(post['posted_at'], zone)}: {_value(post['text'])}"
    for event in shown["events"]:
        told = [event["kind"], event["actor"], event["reason"], event["url"]]
        taken_back = "" if event["counts"] else " (does not count)"
        words = ", ".join(tables.line(each, 200) for each in told if each)
        yield f"event {event['id']}, {_at(event['at'], zone)}: {words}{taken_back}"
    for card in shown["cards"]:
        live = "live" if card["live"] else "ended"
        yield f"card: message {card['message_id']} in chat {card['chat_id']}, {live}"


def _shown(key: str, value: object) -> str:
    """Return what stands under a key of an item, in the words of people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and key.endswith("_s"):
        return tables.length(timedelta(seconds=value))
    return _value(value)


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else tables.line(str(value), 1000)


def _at(instant: str | None, zone: ZoneInfo) -> str:
    return tables.local(datetime.fromisoformat(instant) if instant else None, zone)


def _number(text: str) -> ItemId:
    plain = text.removeprefix("#")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 19):
        raise ConfigError(f"ID: expected an item's number such as 12, got {text!r}")
    return ItemId(int(plain))


def why(
    number: Annotated[str, _ID],
    *,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Explain an item's clocks, segment by segment."""
    wanted = _number(number)
    with desk() as opened:
        with opened.store.reading():
            found = _explained(opened, wanted)
        if as_json:
            frame.print_json({"id": wanted, "clocks": [records.explained(each) for each in found]})
            return
        typer.echo(as_text(found, opened.settings.desk.timezone) or "It has no clock.")


def _explained(opened: Opened, item: ItemId) -> tuple[Explained, ...]:
    standing = opened.ledger.standing(item, opened.now)
    return explain_readings(standing.readings, standing.terms, found_late=standing.item.found_late)


def summary(
    *,
    on: Annotated[
        str | None, typer.Option("--day", metavar="DATE", help="The day; default: today.")
    ] = None,
    weekly: Annotated[
        bool, typer.Option("--week", help="Sum up the seven days that end with it.")
    ] = False,
    language: Annotated[str | None, _LANGUAGE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Sum up a day."""
    from bot.cli import sums

    with desk() as opened:
        zone, spoken = opened.settings.desk.timezone, sums.language(opened, language)
        last = day(on, "--day", zone, opened.now)
        found = sums.summary(opened, last, 7 if weekly else 1)
        if as_json:
            frame.print_json(sums.record(found))
            return
        for line in sums.in_words(found, spoken):
            typer.echo(line)


def log(
    *,
    since: Annotated[
        str | None, typer.Option(help="From then on: a date, an instant or '24h'.")
    ] = None,
    number: Annotated[
        str | None, typer.Option("--item", metavar="ID", help="Only what was done to this item.")
    ] = None,
    newest: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=_MOST,
            help="How many at most; 0: all. Default: 100, or all with --since.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show who did what.

    Oldest first, the newest 100 where nothing else is asked for.
    """
    with desk() as opened:
        zone = opened.settings.desk.timezone
        start = moment_or_none(since, "--since", zone, opened.now)
        default = 0 if start else NEWEST
        found = opened.store.people.entries(
            item=_number(number) if number else None,
            since=start,
            newest=default if newest is None else newest,
        )
        if as_json:
            for each in found:
                frame.print_json(_logged(each))
            return
        heads = ("at", "who", "did", "item", "allowed", "detail")
        tables.show(heads, (_log_row(each, zone) for each in found))


def _logged(entry: LogEntry) -> Record:
    nobody = entry.actor_name is None and entry.actor_telegram_id is None
    actor = {"name": entry.actor_name, "telegram_id": entry.actor_telegram_id}
    return {
        "at": records.instant(entry.at),
        "actor": None if nobody else actor,
        "action": entry.action,
        "item": entry.item,
        "allowed": entry.allowed,
        "detail": entry.detail,
    }


def _log_row(entry: LogEntry, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        tables.line(entry.actor_name or "-"),
        entry.action,
        f"#{entry.item}" if entry.item else "-",
        "yes" if entry.allowed else "NO",
        tables.line(entry.detail) or "-",
    )
