"""A year of a twelve-person team through the real desk, checked after each event.

`python -m tests.simulation.desk_bench` prints one JSON object.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.simulation.breaking import RULES, break_rule
from tests.simulation.editions import BEGINS, RIVAL
from tests.simulation.instants import micros
from tests.simulation.play import Play
from tests.simulation.wire import Wire

POSTS = 200_000
SEED = 20260101
DAYS = 365
_MARGIN = timedelta(days=60)


def measured(posts: int, seed: int, folder: Path, *, days: int = DAYS) -> dict[str, Any]:
    """Return the figures of one year."""
    since, until = micros(BEGINS - _MARGIN), micros(BEGINS + timedelta(days=days) + _MARGIN)
    wire = Wire(since=since, until=until, rivals=(RIVAL,))
    began = time.perf_counter()
    play = Play(folder, wire, posts=posts, seed=seed, days=days)
    play.run()
    verdict = wire.verdict()
    took = time.perf_counter() - began
    counts = play.counts
    mailing = play.desk.mailing
    items = verdict["items"]
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
    }


def _fast() -> Path | None:
    """Return a folder in memory, where the machine has one: no disk is measured here."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None


def main(arguments: Sequence[str]) -> None:
    """Measure, and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--break", dest="rule", choices=sorted(RULES), metavar="RULE")
    parser.add_argument("--rules", action="store_true", help="name the rules, break none")
    given = parser.parse_args(arguments)
    if given.rules:
        sys.stdout.write(json.dumps({name: rule.says for name, rule in RULES.items()}) + "\n")
        return
    if given.rule:
        break_rule(given.rule)
    with tempfile.TemporaryDirectory(dir=_fast()) as folder:
        figures = measured(given.posts, given.seed, Path(folder), days=given.days)
    broken = {"broken": given.rule} if given.rule else {}
    sys.stdout.write(json.dumps({**figures, **broken}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
