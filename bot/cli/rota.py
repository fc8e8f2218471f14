"""Who is on shift in the days to come, as `mentiondesk team shifts` prints it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.cli import frame, tables
from bot.cli.opened import Opened
from bot.cli.records import instant
from monitor.desk.shifts import Duty
from monitor.errors import ConfigError
from monitor.handling.shifts import Shifts
from monitor.settings import brands


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A duty, and the chat for whose brands it is; None where the settings name no chat."""

    chat: str | None
    duty: Duty


def show(opened: Opened, until: datetime, chat: str | None, *, as_json: bool) -> None:
    """Print who is on shift from now until `until`, and say which names are nobody's."""
    shifts = Shifts(opened.store, opened.settings)
    rows = list(_rows(opened, shifts, until, chat))
    for shift, name in shifts.unknown():
        frame.say(
            f"shift {shift!r}: no agent, lead or manager here is called {name!r};"
            " see `mentiondesk team list`"
        )
    if as_json:
        frame.print_json([_record(row) for row in rows])
    elif rows:
        zone = opened.settings.desk.timezone
        tables.show(
            ("chat", "member", "from", "until", "shift", "as"),
            (
                (
                    tables.line(row.chat or "-"),
                    tables.line(row.duty.member.name),
                    tables.local(row.duty.since, zone),
                    tables.local(row.duty.until, zone),
                    tables.line(row.duty.shift or "-"),
                    "reserve" if row.duty.reserve else "on shift",
                )
                for row in rows
            ),
        )
    else:
        frame.say("Nobody is on shift in that time: [[shift]] in the settings plans it.")


def _rows(opened: Opened, shifts: Shifts, until: datetime, chat: str | None) -> Iterator[Row]:
    """Yield the duties of each chat that has brands with a clock."""
    roster = shifts.roster(opened.now)
    own = [brand for brand in brands(opened.settings) if not brand.competitor]
    chats = list(dict.fromkeys(brand.chat for brand in own)) or [None]
    if chat is not None and chat not in chats:
        raise ConfigError(f"--chat: no brand's cards go to a chat {chat!r}")
    for each in chats if chat is None else [chat]:
        served = [brand.name for brand in own if brand.chat == each]
        for duty in roster.schedule(served, opened.now, until):
            yield Row(chat=each, duty=duty)


def _record(row: Row) -> dict[str, object]:
    duty = row.duty
    return {
        "chat": row.chat,
        "member": duty.member.name,
        "member_id": duty.member.id,
        "since": instant(duty.since),
        "until": instant(duty.until),
        "shift": duty.shift or None,
        "reserve": duty.reserve,
    }
