"""The team's taps teach the judge: by command, or at night in a process of its own.

`python -m bot.learning DATABASE` is that process. It is one of its own so that the desk stays
quick while it works, and so that its memory is given back when it ends. It is the most patient of
all processes: whatever else the machine has to do goes first.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import wiring
from monitor.errors import ClassifierError, MonitorError
from monitor.store.store import Store

if TYPE_CHECKING:
    from bot.wiring import Outcome

# The hours in which the fewest posts come and nobody waits for a card, in the desk's own zone:
# over before the morning's summary, which tells what came of it.
BEGINS, ENDS = time(3, 30), time(5, 30)
LOOK_EVERY_S = 600.0
NEW_TAPS = 50  # of which ten are held out: fewer would seldom change the verdict
_TRIED = "judge_tried"  # the number of the newest tap at the last attempt, and the model then
_NICEST = 19
_HOUSE = Path(__file__).parents[1]
_log = logging.getLogger(__name__)


def is_due(store: Store, zone: ZoneInfo, now: datetime) -> bool:
    """Return whether a challenger is to be built now; it is asked for once a night."""
    local = now.astimezone(zone)
    if not BEGINS <= local.time() < ENDS or not _is_news(store):
        return False
    with store.writing():
        return store.notes.day_done("", "learn", local.date(), now)


def _is_news(store: Store) -> bool:
    """Return whether there are new taps enough, or taps and a model that never learned them."""
    newest = store.notes.newest_tap()
    tried = json.loads(store.notes.value(_TRIED) or "{}")
    if newest - tried.get("tap", 0) >= NEW_TAPS:
        return True
    return bool(tried) and tried.get("model") != wiring.judge_identity()


async def in_background(database: Path) -> None:
    """Teach the judge in a process of its own; it ends with the desk, which loses nothing.

    `database` is an absolute path. Raises: ClassifierError where it failed.
    """
    kept = {name: each for name, each in os.environ.items() if "MENTIONDESK" not in name}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.learning",
        str(database),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd=_HOUSE,  # where it was started there may be a folder of the same name
        env=kept,  # it speaks to nobody, so it needs no secret
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise ClassifierError(f"the judge could not learn: {last}")


def learn(
    database: Path,
    now: datetime,
    *,
    dry_run: bool = False,
    told: Callable[[int, int], None] | None = None,
) -> "Outcome":
    """Return what became of a challenger taught by all taps, and tell the chats' next summary.

    With `dry_run` nothing is written and nobody is told. Raises: ClassifierError, StoreError.
    """
    with Store(database) as store:
        newest, lessons = store.notes.newest_tap(), list(store.notes.lessons())
        names = {member.id: member.name for member in store.people.members()}
        outcome = wiring.learn(database, lessons, names, now, dry_run=dry_run, told=told)
        if not dry_run:
            _keep(store, outcome, newest, now)
    return outcome


def roll_back(database: Path, now: datetime) -> int:
    """Let the adjustment before the present one hold again; return its number, 0 for none.

    Raises: ClassifierError where there is nothing to go back to.
    """
    shelf = wiring.judge_shelf(database)
    with shelf.held():
        number = shelf.roll_back(wiring.judge_identity())
    with Store(database) as store, store.writing():
        store.notes.tell_of_judge(went_back(number), now)
    return number


def went_back(number: int) -> str:
    """Return what is said of a judge that went back to adjustment `number`."""
    if number:
        return f"The judge went back to what it had learned with challenger {number}."
    return "The judge went back to what it was when it was installed."


def _keep(store: Store, outcome: "Outcome", newest: int, now: datetime) -> None:
    with store.writing():
        tried = {"tap": newest, "model": wiring.judge_identity()}
        store.notes.keep(_TRIED, json.dumps(tried))
        if outcome.number is not None:
            store.notes.tell_of_judge(news(outcome), now)


def news(outcome: "Outcome") -> str:
    """Return what a summary says of a challenger; a member is named in the report alone."""
    if not outcome.doubted:
        return outcome.summary
    count = len(outcome.doubted)
    whose = "one member contradict" if count == 1 else f"{count} members contradict"
    return (
        f"{outcome.summary} The taps of {whose} the others' and are weighed down: see"
        f" `mentiondesk train --report {outcome.number}`."
    )


def main(arguments: list[str]) -> int:
    """Teach the judge of the database named in `arguments`; return an exit code."""
    _give_way()
    try:
        outcome = learn(Path(arguments[0]), datetime.now(UTC))
    except MonitorError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(f"{outcome.summary}\n")
    return 0


def _give_way() -> None:
    """Let the desk go first: in time, and where memory is short it is this process that ends.

    Source: proc_pid_oom_score_adj(5); a process may always make itself the likelier victim.
    """
    os.nice(_NICEST)
    with suppress(OSError):  # there is no such file but on Linux
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
