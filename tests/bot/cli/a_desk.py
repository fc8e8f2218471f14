"""A desk with a past, in a folder with its settings: what the reading commands are asked about."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.model import ItemId, MessageRef
from tests.bot.cli.running import ran
from tests.builders import LEAD, a_mention, minutes
from tests.desk import Bench, a_bench

SETTINGS = """
[desk]
database = "desk.db"
timezone = "Europe/Bratislava"

[[brand]]
name = "Acme"
keywords = ["acme"]
own_accounts = { sample = ["acme_care"] }

[[brand]]
name = "Rival"
keywords = ["rivalco"]
competitor = true
"""
WAITING, CLAIMED, ANSWERED, PAUSED, RESOLVED, VOID = (ItemId(number) for number in range(1, 7))


BASE = datetime.now(UTC).replace(microsecond=0) - minutes(40)  # when it all happened


def text(minute: float) -> str:
    """Return the instant `minute` minutes after BASE as commands print it."""
    return (BASE + minutes(minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def a_desk_with_a_past(folder: Path) -> Bench:
    """Return a desk with an item in each state; what happened to them is told by their names."""
    (folder / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    bench = a_bench(folder)
    zuzana = bench.member()
    bench.member("Peter", LEAD, 2)
    for number in range(1, 7):
        mention = a_mention(
            f"Acme complaint number {number}, please",
            key=f"sample:{number}",
            author=f"customer{number}",
            posted_at=BASE - minutes(10 - number),
        )
        bench.take(mention, now=BASE - minutes(6 - number), since=BASE)
    bench.desk.claim(CLAIMED, zuzana, BASE + minutes(2))
    for item in (ANSWERED, RESOLVED):
        bench.take(_reply(item), now=BASE + minutes(11))
    bench.desk.resolve(RESOLVED, zuzana, BASE + minutes(12))
    bench.desk.answered(PAUSED, zuzana, BASE + minutes(12), "https://sample.example/told")
    bench.desk.wait(PAUSED, zuzana, BASE + minutes(13), "customer")
    bench.desk.not_for_us(VOID, zuzana, BASE + minutes(13), "spam")
    with bench.store.writing():
        card = MessageRef(chat_id=-100, message_id=7)
        bench.store.outbox.add_card(CLAIMED, card, "shown", BASE)
        bench.store.people.log(BASE, "link", stranger=("Eve", 66), allowed=False, detail="wrong")
    bench.store.close()
    return bench


def _reply(item: ItemId) -> Any:
    return a_mention(
        "We are sorry",
        key=f"sample:reply-{item}",
        thread=f"sample:{item}",
        author="acme_care",
        reply_to=f"sample:{item}",
        posted_at=BASE + minutes(10),
    )


def answer(*arguments: str | Path, folder: Path) -> Any:
    """Return the one JSON value that a command printed."""
    done = ran(*arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
