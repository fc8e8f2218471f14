"""How fast the whole desk is, seen from outside: from a post on Reddit to its card in a chat.

`python -m tests.chaos.card_bench` prints one JSON object. Between Reddit and the Bot API on
loopback runs the real process, polling every 5 seconds, with the shipped judge.
"""

import argparse
import json
import math
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from classifiers.pipeline import load
from monitor.model import Passage
from tests.chaos import complaints
from tests.chaos.street import HOUSES, houses
from tests.end_to_end.world import World, a_world
from tests.servers.loopback import Asked

EVERY_S = 5
POSTS = 60
CARD_WANTED_S = 2.0  # from the poll that saw the post
RSS_WANTED_MB = 400
SEED = 20260306


class Stopwatch:
    """When each post was first listed to the desk, on the Bot API server's clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._unlisted: set[str] = set()
        self._lock = threading.Lock()
        self.visible: dict[str, float] = {}
        self.listed: dict[str, float] = {}
        self.chats: dict[str, int] = {}
        world.reddit.before_answer = self._asked

    def now(self) -> float:
        """Return seconds on the clock by which the Bot API server stamps its calls."""
        return self._world.telegram.state.clock.now()

    def post(self, number: int, brand: str) -> None:
        """Make a complaint visible on Reddit."""
        text = complaints.complaint(number, brand)
        with self._lock:
            name = self._world.reddit.add_submission(text, author=f"customer_{number}")
            self.visible[name] = self.now()
            self.chats[name] = HOUSES[brand]
            self._unlisted.add(name)

    def _asked(self, asked: Asked) -> None:
        if asked.path.rstrip("/").endswith(("/new", "/search")):
            with self._lock:
                self.listed |= dict.fromkeys(self._unlisted, self.now())
                self._unlisted.clear()

    def shown(self) -> dict[str, float]:
        """Return when the card of each post arrived in its chat."""
        arrived = {name: self._arrived(name, chat) for name, chat in self.chats.items()}
        state = self._world.telegram.state
        at: dict[tuple[int, int], float] = {}
        for chat in HOUSES.values():
            calls = [call for call in state.calls if _sent(call, chat)]
            found = [each for each in state.messages(chat) if each.from_bot]
            at |= {
                (chat, message.message_id): call["at"]
                for message, call in zip(found, calls, strict=True)
            }
        return {name: at[place] for name, place in arrived.items()}

    def _arrived(self, name: str, chat: int) -> tuple[int, int]:
        return chat, self._world.card(name, chat).message_id


def _sent(call: dict[str, Any], chat: int) -> bool:
    there = call["method"] == "sendMessage" and call["chat_id"] == str(chat)
    return there and bool(call["status"] == 200)


def measured(posts: int, every_s: int, folder: Path) -> dict[str, Any]:
    """Return the figures of one run with `posts` complaints and as many harmless posts."""
    dice = Random(SEED)
    first, *numbers = islice(flagged(), posts + 1)
    with a_world(folder, tuple(HOUSES.values())) as world:
        houses(world, every=f"{every_s}s")
        process = world.run()
        idle_mb = process.rss_mb()
        first_post = world.reddit.add_submission(complaints.complaint(first, "Acme"))
        world.card(first_post, HOUSES["Acme"])
        loaded_mb = process.rss_mb()
        watch = Stopwatch(world)
        for number, brand in zip(numbers, cycle(HOUSES), strict=False):
            watch.post(number, brand)
            world.reddit.add_submission(complaints.harmless(number, brand))
            time.sleep(dice.uniform(1.0, 3.0))
        shown = watch.shown()
        figures = {
            "posts": posts,
            "every_s": every_s,
            "visible_to_card_s": spread([shown[one] - watch.visible[one] for one in shown]),
            "poll_to_card_s": spread([shown[one] - watch.listed[one] for one in shown]),
            "rss_mb": {
                "idle": round(idle_mb),
                "judge_loaded": round(loaded_mb),
                "at_the_end": round(process.rss_mb()),
                "peak": round(process.peak_rss_mb()),
            },
        }
        process.stop()
    return figures


def flagged() -> Iterator[int]:
    """Yield the numbers of complaints that the judge flags: the others get no card."""
    judge = load("auto")
    for number in count(1):
        passage = Passage(text=complaints.complaint(number, "Acme"))
        if next(iter(judge.classify([passage]))).flagged:
            yield number


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, 99th percentile (nearest rank) and maximum."""
    ordered = sorted(values)
    rank = math.ceil(0.99 * len(ordered)) - 1
    found = {"median": median(ordered), "p99": ordered[rank], "max": ordered[-1]}
    return {name: round(value, 3) for name, value in found.items()}


def main(arguments: Sequence[str]) -> None:
    """Measure, and print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--every", type=int, default=EVERY_S, help="seconds between two polls")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(given.posts, given.every, Path(folder))
    within = figures["poll_to_card_s"]["p99"] <= CARD_WANTED_S
    light = figures["rss_mb"]["peak"] <= RSS_WANTED_MB
    wanted = {"card_wanted_s": CARD_WANTED_S, "card_reached": within}
    memory = {"rss_wanted_mb": RSS_WANTED_MB, "rss_reached": light}
    sys.stdout.write(json.dumps({**figures, **wanted, **memory}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
