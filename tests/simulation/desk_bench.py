"""A year of a twelve-person team through the real desk, checked after each event.

`python -m tests.simulation.desk_bench` prints one JSON object.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.chat.budgets import GROUP_PER_MINUTE
from bot.chat.payloads import SummaryKind, SummaryOrder
from monitor.report.summary import days, gather, summarize
from tests.simulation.breaking import RULES, break_rule
from tests.simulation.editions import BRANDS, CHATS, RIVAL
from tests.simulation.instants import micros
from tests.simulation.play import Play
from tests.simulation.wire import Wire
from tests.simulation.year import BEGINS, Year

POSTS = 200_000
SEED = 20260101
DAYS = 365
_BEFORE, _AFTER = timedelta(days=12), timedelta(days=45)  # of what else is looked at


def measured(year: Year, folder: Path) -> dict[str, Any]:
    """Return the figures of one year, or of so many days."""
    since, until = micros(year.begins - _BEFORE), micros(year.ends + _AFTER)
    wire = Wire(since=since, until=until, rivals=(RIVAL,))
    began = time.perf_counter()
    play = Play(folder, wire, year)
    play.run()
    verdict = wire.verdict()
    took = time.perf_counter() - began
    counts = play.counts
    mailing = play.desk.mailing
    items = verdict["items"]
    summing = _summing(play)
    play.desk.close()
    return {
        "posts": counts.posts,
        "events": counts.events,
        "disagreements": verdict["disagreements"] + len(counts.faults),
        "posts_per_s": round(counts.posts / took, 1),
        "seconds": round(took, 1),
        "items": items,
        "looks": verdict["looks"],
        "whole_desk": verdict["whole"],
        "restarts": counts.restarts,
        "steps": counts.steps,
        "refused": counts.refused,
        "kinds": verdict["kinds"],
        "faults": counts.faults[:20],
        "examples": verdict["examples"],
        "sends": {kind.value: number for kind, number in mailing.sends.items()},
        "edits": {kind.value: number for kind, number in mailing.edits.items()},
        "messages_per_item": round(sum(mailing.of_item.values()) / max(items, 1), 2),
        "busiest_minute_of_budget": round(mailing.busiest / GROUP_PER_MINUTE, 2),
        **summing,
    }


def _summing(play: Play) -> dict[str, float]:
    """Return the seconds that a summary takes once all the data is there: of a day, of it all."""
    office, now = play.desk.office, play.time.at
    zone = play.desk.app.settings.desk.timezone
    yesterday = (now.astimezone(zone) - timedelta(days=1)).date()
    order = SummaryOrder(kind=SummaryKind.DAILY, day=yesterday, chat=next(iter(CHATS)))
    began = time.perf_counter()
    office.drawing.summary(order.chat, order, now)
    of_a_day = time.perf_counter() - began
    period = days(yesterday, zone, (yesterday - play.year.begins.date()).days + 1)
    facts = gather(
        office.workshop.store,
        period,
        now,
        brands=BRANDS,
        competitors=[RIVAL],
        late=(),
        look_back=play.desk.app.settings.desk.look_back,
    )
    summarize(facts)
    of_all = time.perf_counter() - began - of_a_day
    return {"summary_of_a_day_s": round(of_a_day, 3), "summary_of_all_s": round(of_all, 3)}


def _fast() -> Path | None:
    """Return a folder in memory, where the machine has one: no disk is measured here."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None


def _day(spelled: str) -> datetime:
    """Return the midnight at which a day of the year begins, "06-29"."""
    return datetime.strptime(f"{BEGINS.year}-{spelled}", "%Y-%m-%d").replace(tzinfo=UTC)


def main(arguments: Sequence[str]) -> None:
    """Measure, and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--begin", type=_day, default=BEGINS, metavar="MM-DD")
    parser.add_argument("--harsh", action="store_true", help="do often what is seldom done")
    parser.add_argument("--break", dest="rule", choices=sorted(RULES), metavar="RULE")
    parser.add_argument("--rules", action="store_true", help="name the rules, break none")
    given = parser.parse_args(arguments)
    if given.rules:
        sys.stdout.write(json.dumps({name: rule.says for name, rule in RULES.items()}) + "\n")
        return
    if given.rule:
        break_rule(given.rule)
    year = Year(
        posts=given.posts,
        seed=given.seed,
        days=given.days,
        begins=given.begin,
        harsh=given.harsh,
    )
    with tempfile.TemporaryDirectory(dir=_fast()) as folder:
        figures = measured(year, Path(folder))
    broken = {"broken": given.rule} if given.rule else {}
    sys.stdout.write(json.dumps({**figures, **broken}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
