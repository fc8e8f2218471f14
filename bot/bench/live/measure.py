"""Everything `mentiondesk bench live` tells, beside what is wanted of it."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from bot.bench.live import contest
from monitor.errors import MonitorError

POSTS = 1_000  # of a round where all are hits
ROUNDS = 5
EVENTS = 1_000_000  # through a desk whose memory is watched
PACE = 20_000.0  # of these, events a second
SECONDS = 20.0  # of a scene
WANTED = {
    "times_by_hand": 5.0,
    "one_in_hundred_events_per_second": 50_000,
    "stored_after_ms_p99": 50.0,
    "loop_lag_ms_p99": 20.0,
    "loop_lag_ms_max": 100.0,
    "rss_mb": 400,
    "cpu_times_of_six_platforms": 1.3,
    "p99_times_beside_a_dead_platform": 1.1,
}
_ROOT = Path(__file__).parents[3]


def run(size: int = EVENTS, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Return the figures; `size` is the number of events that memory is watched for."""
    from classifiers.pipeline import load

    rates = contest.rates(load("fast"), POSTS, rounds)
    steady = scene(seconds=seconds)
    shared = [_shared(seconds) for _ in range(rounds)]
    long = scene(events_per_second=PACE, hits=0.001, seconds=max(seconds, size / PACE))
    found = {
        "times_by_hand": rates["times_by_hand"],
        "one_in_hundred_events_per_second": rates["one_in_hundred_events_per_second"],
        "stored_after_ms_p99": steady["stored_after_ms"]["p99"],
        "loop_lag_ms_p99": steady["loop_lag_ms"]["p99"],
        "loop_lag_ms_max": steady["loop_lag_ms"]["max"],
        "rss_mb": long["rss_mb"]["peak"],
        "cpu_times_of_six_platforms": round(median(cpu for cpu, _ in shared), 2),
        "p99_times_beside_a_dead_platform": round(median(late for _, late in shared), 2),
    }
    return {
        "rounds": rounds,
        "pipeline": rates,
        "steady": steady,
        "long": long,
        "found": found,
        "wanted": WANTED,
        "reached": {name: reached(name, found[name]) for name in WANTED},
    }


def scene(**told: Any) -> dict[str, Any]:
    """Return what a scene in a process of its own came to. Raises: MonitorError if it failed."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "bot.bench.live.scene", json.dumps(told)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise MonitorError(f"bench live: {reason[0]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _shared(seconds: float) -> tuple[float, float]:
    """Return the processor time of six platforms beside one, and the p99 beside a dead one."""
    one, six = scene(platforms=1, seconds=seconds), scene(platforms=6, seconds=seconds)
    beside = scene(platforms=6, seconds=seconds, dead=1)
    late = beside["stored_after_ms"]["p99"] / six["stored_after_ms"]["p99"]
    return six["cpu_s"] / one["cpu_s"], late


def reached(name: str, value: float | None) -> bool:
    """Return whether a figure is what is wanted; one that is not known is not."""
    if value is None:
        return False
    least = name in ("times_by_hand", "one_in_hundred_events_per_second")
    return value >= WANTED[name] if least else value <= WANTED[name]
