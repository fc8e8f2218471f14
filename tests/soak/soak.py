"""`make soak MINUTES=30`: one `mentiondesk run` with every platform at once, and faults on time.

Faults are written down as they strike. At the end posts, answers, cards, memory and
`mentiondesk coverage --json` are compared with them. It prints one JSON account and ends with 1
where something is wrong.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.end_to_end.process import DeskProcess
from tests.soak import account
from tests.soak.account import Struck
from tests.soak.faults import Fault, Leaves, schedule
from tests.soak.street import Streets
from tests.soak.town import EVERY_S, LOOK_BACK_S, Town, a_town, present, written
from tests.sources.places import PLACES
from tests.sources.processes import Call

STEP_S = 0.25
AFTER_S = 3.0 * EVERY_S  # of a fault's end: it was polled by then, and its traces can go
SHORT_MEMORY = Fault(
    name="Bluesky's stream keeps less than the look-back",
    platform="bluesky",
    start=0.0,
    length_s=LOOK_BACK_S,
    leaves=Leaves.HOLE,
)
START_S = 60.0  # until every source was read once
QUIET_S = 120.0  # until all is read, drawn and sent
LAST_ANSWERS_S = 15.0  # before the end nobody answers any more
RSS_MOST_MB = 500


class Soak:
    """One soak, from its first post to its account."""

    def __init__(self, town: Town, total_s: float, dice: Random) -> None:
        self._town = town
        self._total_s = total_s
        self._faults = schedule(total_s)
        self._streets = Streets(town, dice)
        self._struck: list[Struck] = []
        self._memory: list[float] = []
        self._peaks: list[float] = []

    def run(self) -> dict[str, Any]:
        """Return the account of it all."""
        outage = max(each.length_s for each in self._faults if each.platform == "bluesky")
        self._town.configure(outage)
        self._streets.begin()
        began = present()
        self._town.start()
        self._wait(lambda: len(self._town.read()) >= len(PLACES), START_S, "every source is read")
        self._struck.append(Struck(fault=SHORT_MEMORY, began=began - LOOK_BACK_S, ended=present()))
        self._live()
        unrest = self._come_to_rest()
        coverage = account.read_json(self._town.command("coverage", "--json").out)
        written(self._town.folder, "coverage.json", coverage)
        self._note_memory()
        code = self._town.desk.stop()
        checked = self._town.command("db", "check")
        return self._account(coverage, unrest, code, checked)

    # ------------------------------------------------------------ while it lasts

    def _live(self) -> None:
        began = present()
        end = began + self._total_s
        waiting = [(began + each.start * self._total_s, each) for each in self._faults]
        going: list[tuple[float, Fault, float]] = []
        after: list[tuple[float, Fault]] = []
        while (now := present()) < end:
            for due in [each for each in waiting if each[0] <= now]:
                waiting.remove(due)
                going.append((now, due[1], now + due[1].length_s))
                self._begin(due[1], now)
            for each in [each for each in going if each[2] <= now]:
                going.remove(each)
                self._end(each[1], each[0])
                after.append((now + AFTER_S, each[1]))
            for back in [each for each in after if each[0] <= now]:
                after.remove(back)
                self._town.tell(back[1].platform, back[1].after)
            self._streets.happen(now, last_answers_at=end - LAST_ANSWERS_S)
            self._note_memory()
            time.sleep(STEP_S)
        for start, fault, _ in going:
            self._end(fault, start)
            after.append((end, fault))
        for _, fault in after:
            self._town.tell(fault.platform, fault.after)

    def _begin(self, fault: Fault, now: float) -> None:
        if not fault.platform:
            self._kill()
            self._struck.append(Struck(fault=fault, began=now, ended=present()))
            return
        reset = str(int(now + fault.length_s))
        self._town.tell(fault.platform, [_filled(call, reset) for call in fault.begin])
        if fault.burst:
            self._streets.burst(fault.platform, fault.burst)

    def _end(self, fault: Fault, began: float) -> None:
        if fault.platform:
            if fault.last_posts:
                self._streets.burst(fault.platform, fault.last_posts)
            self._town.tell(fault.platform, fault.end)
            before = self._streets.newest_before(fault.platform, began)
            struck = Struck(fault=fault, began=began, ended=present(), posted_before=before)
            self._struck.append(struck)

    def _kill(self) -> None:
        """Kill the desk as a power cut does, and start it again."""
        self._peaks.append(self._town.desk.peak_rss_mb())
        self._town.desk.kill()
        before = present()
        process = self._town.start()
        polled = "SELECT 1 FROM sources WHERE last_ok_at > ?"
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before))
        self._wait(lambda: self._town.rows(polled, at), START_S, "it reads again", process)

    # ------------------------------------------------------------ its end

    def _come_to_rest(self) -> list[str]:
        """Return what is still to do once it has had time enough: nothing."""
        end = time.monotonic() + QUIET_S
        while (unrest := self._unrest()) and time.monotonic() < end:
            time.sleep(1.0)
        time.sleep(6.0)  # a poll of each platform more
        return unrest

    def _unrest(self) -> list[str]:
        waits = "SELECT kind, item_id FROM outbox WHERE state IN ('queued', 'in_doubt')"
        undrawn = "SELECT id FROM items WHERE drawn <> revision AND muted = 0"
        fails = "SELECT name, error FROM sources WHERE failing_since IS NOT NULL"
        posts = account.faults_of_posts(account.of_posts(self._town))
        return [
            *(f"{row['kind']} of {row['item_id']} waits" for row in self._town.rows(waits)),
            *(f"item {row['id']} is not drawn" for row in self._town.rows(undrawn)),
            *(f"{row['name']} fails: {row['error']}" for row in self._town.rows(fails)),
            *posts,
            *account.faults_of_answers(self._town, self._streets.posted),
        ]

    def _account(
        self, coverage: list[dict[str, Any]], unrest: list[str], code: int, checked: DeskProcess
    ) -> dict[str, Any]:
        town, posted = self._town, self._streets.posted
        posts = account.of_posts(town)
        faults = [each.told() for each in sorted(self._struck, key=lambda one: one.began)]
        written(town.folder, "faults.json", faults)
        peak = max([*self._peaks, *self._memory])
        wrong = [
            *unrest,
            *account.faults_of_posts(posts),
            *account.faults_of_answers(town, posted),
            *account.faults_of_items(town, posted),
            *account.faults_of_coverage(coverage, self._struck),
            *account.faults_of_losses(town, coverage, posted),
            *([f"run ended with {code}"] if code else []),
            *([f"db check: {checked.out}{checked.err}"] if checked.code else []),
            *([f"{peak:.0f} MB of memory"] if peak > RSS_MOST_MB else []),
        ]
        flagged = [each for each in posted if each.flagged]
        return {
            "minutes": round(self._total_s / 60, 1),
            "posts": {
                name: {figure: each[figure] for figure in ("served", "stored", "missed", "doubled")}
                for name, each in posts.items()
            },
            "flagged": len(flagged),
            "lost_in_told_holes": len(account.lost(town, posted)),
            "answered": sum(each.answer is not None for each in posted),
            "live_cards": len(town.rows("SELECT 1 FROM cards WHERE live = 1")),
            "rss_mb": {
                "start": round(self._memory[0]),
                "end": round(self._memory[-1]),
                "peak": round(peak),
            },
            "faults": faults,
            "coverage": [_line(each) for each in coverage],
            "wrong": list(dict.fromkeys(wrong)),
            "result": "FAIL" if wrong else "PASS",
        }

    # ------------------------------------------------------------ small matters

    def _note_memory(self) -> None:
        if self._town.desk.running:
            self._memory.append(self._town.desk.rss_mb())

    def _wait(self, come: Any, seconds: float, what: str, process: Any = None) -> None:
        end = time.monotonic() + seconds
        while not come():
            desk = process or self._town.desk
            assert desk.running, f"the desk ended before {what}:\n{desk.err[-3000:]}"
            assert time.monotonic() < end, f"never came: {what}\n{desk.err[-3000:]}"
            time.sleep(0.1)


def _filled(call: Call, reset: str) -> Call:
    name, details = call
    if "headers" in details:
        headers = {
            key: reset if each == "RESET" else each for key, each in details["headers"].items()
        }
        return name, {**details, "headers": headers}
    return call


def _line(coverage: dict[str, Any]) -> dict[str, Any]:
    kept = ("source", "query", "holes", "overflows", "lag_s", "requests", "relevant")
    return {name: coverage[name] for name in kept}


def main(arguments: Sequence[str]) -> int:
    """Soak, print the account, and return the exit code."""
    parser = argparse.ArgumentParser(description="Every platform at once, with faults on time.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=20260306)
    parser.add_argument("--keep", type=Path, help="a folder for logs, settings and the database")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch, a_town(given.keep or Path(scratch)) as town:
        told = Soak(town, given.minutes * 60, Random(given.seed)).run()
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    sys.stderr.write(f"{told['result']}\n" + "".join(f"  {each}\n" for each in told["wrong"]))
    return 0 if told["result"] == "PASS" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
