"""One scene of the live desk in a process of its own: platforms, rates, and what came of them.

`python -m bot.bench.live.scene '{"platforms": 6, …}'` prints one JSON object. It is the desk that
`run` runs, with its jobs, threads, store, judge and sender; only platforms and chat are in memory.
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any

from bot.bench.live.feed import Dead, Feed
from bot.bench.live.posts import BRAND
from bot.chat.incoming import Handler
from bot.chat.text import Message
from bot.daemon import Daemon
from bot.wiring import App, LazyJudge
from monitor.model import MessageRef, Passage
from monitor.ports import Connector
from monitor.settings import parse

_LOOK_S = 0.01  # between two looks at the loop
_SETTINGS = """
[[chat]]
name = "care"
id = -100
[[brand]]
name = "{brand}"
keywords = ["{keyword}"]
{sections}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What happens, for how long."""

    platforms: int = 1
    events_per_second: float = 1_000.0  # of all living platforms together
    hits: float = 0.01
    seconds: float = 20.0
    dead: int = 0  # platforms more, that hang and fail
    warm_s: float = 3.0  # before anything is counted


class Quiet:
    """A chat service that takes everything at once and hears nothing."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.sent = 0

    async def send(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        """Return where the message would stand."""
        self.sent += 1
        return MessageRef(chat_id=chat_id, message_id=next(self._numbers), topic=topic)

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """Take the edit."""

    async def delete(self, ref: MessageRef) -> None:
        """Take it away."""

    async def pin(self, ref: MessageRef) -> None:
        """Pin it."""

    async def answer_tap(self, tap_id: str, text: str = "", *, alert: bool = False) -> None:
        """Tell nobody."""

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], language: str | None = None
    ) -> None:
        """Show no menu."""

    async def receive(self, handler: Handler) -> None:
        """Hear nothing until cancelled."""
        await asyncio.Event().wait()


class MadeUp(App):
    """The desk with platforms in memory and the fast judge."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        living = [f"living{number}" for number in range(scene.platforms)]
        dead = [f"dead{number}" for number in range(scene.dead)]
        sections = "\n".join(f"[connectors.{name}]" for name in (*living, *dead))
        text = _SETTINGS.format(brand=BRAND.name, keyword=BRAND.keywords[0], sections=sections)
        super().__init__(parse(text, folder / "settings.toml", (*living, *dead)), {})
        self.judge = LazyJudge("fast")
        rate = scene.events_per_second / max(1, scene.platforms)
        self.feeds = [Feed(name, rate, scene.hits, self.matcher) for name in living]
        self._dead = [Dead(name) for name in dead]

    def connectors(self) -> dict[str, Connector]:
        """Return the made-up platforms."""
        every: list[Connector] = [*self.feeds, *self._dead]
        return {each.platform: each for each in every}

    def every(self, platform: str) -> float:
        """Return the default of the settings; what a stream tells of is read when it is told."""
        return 60.0


async def play(scene: Scene, folder: Path) -> dict[str, Any]:
    """Return what `seconds` of the scene came to, after a few for warmth."""
    app = MadeUp(folder, scene)
    list(app.judge.classify([Passage(text="warm up")]))
    courier = Quiet()
    daemon = Daemon(app, courier)
    running = asyncio.create_task(daemon.run())
    await asyncio.sleep(scene.warm_s)
    for feed in app.feeds:
        feed.waits.clear()
    read = sum(feed.read for feed in app.feeds)
    cpu, began, memory = time.process_time(), time.monotonic(), rss_mb()
    lags = await _lags(scene.seconds)
    figures = {
        **asdict(scene),
        "events": sum(feed.read for feed in app.feeds) - read,
        "cpu_s": round(time.process_time() - cpu, 3),
        "wall_s": round(time.monotonic() - began, 3),
        "stored_after_ms": spread_ms([wait for feed in app.feeds for wait in feed.waits]),
        "loop_lag_ms": spread_ms(lags),
        "rss_mb": {"warm": memory, "end": rss_mb(), "peak": peak_mb()},
        "sent": courier.sent,
    }
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return figures


async def _lags(seconds: float) -> list[float]:
    """Return how much later than asked the loop came back, again and again."""
    lags: list[float] = []
    end = time.monotonic() + seconds
    while (asked := time.monotonic()) < end:
        await asyncio.sleep(_LOOK_S)
        lags.append(max(0.0, time.monotonic() - asked - _LOOK_S))
    return lags


def spread_ms(seconds: Sequence[float]) -> Mapping[str, float | int | None]:
    """Return how many there are, their median, 99th percentile and maximum in milliseconds."""
    if len(seconds) < 2:
        return {"count": len(seconds), "median": None, "p99": None, "max": None}
    cuts = quantiles(seconds, n=100, method="inclusive")
    found = {"median": cuts[49], "p99": cuts[98], "max": max(seconds)}
    return {"count": len(seconds)} | {name: round(each * 1e3, 2) for name, each in found.items()}


def rss_mb() -> int:
    """Return the memory held now; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize() // (1 << 20)


def peak_mb() -> int:
    """Return the most memory held so far; macOS counts in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def main(arguments: Sequence[str]) -> None:
    """Play one scene and print its figures."""
    scene = Scene(**json.loads(arguments[0] if arguments else "{}"))
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(play(scene, Path(folder)))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
