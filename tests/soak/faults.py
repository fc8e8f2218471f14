"""The faults of a soak: when they come, how long they last, and what coverage must say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.sources.processes import Call

KEPT_S = 0.4  # of a stream's long break: how far back it can be resumed


class Leaves(StrEnum):
    """What a fault leaves behind in the coverage of its platform."""

    NOTHING = "nothing"
    LAG = "lag"  # what was posted meanwhile is read later
    HOLE = "hole"  # what was posted meanwhile cannot be read any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with one platform, or with the desk itself."""

    name: str
    platform: str  # "" is the desk itself: it is killed and started again
    start: float  # share of the whole time
    length_s: float
    leaves: Leaves
    begin: Sequence[Call] = field(default_factory=tuple)
    end: Sequence[Call] = field(default_factory=tuple)
    after: Sequence[Call] = field(default_factory=tuple)  # once it was polled again
    burst: int = 0  # posts that come at once as it begins
    last_posts: int = 0  # posts that come right before it ends


def schedule(total_s: float) -> list[Fault]:
    """Return the faults of a soak that lasts so long, in order."""
    minute = max(10.0, min(total_s / 12, 150.0))  # as long as an outage is
    clear: Call = ("clear_faults", {})
    short = minute * 0.6
    return sorted(
        [
            Fault(
                name="Reddit is down",
                platform="reddit",
                start=0.08,
                length_s=minute,
                leaves=Leaves.LAG,
                begin=[_failing(503)],
                end=[clear],
            ),
            Fault(
                name="X asks us to wait for long",
                platform="x",
                start=0.12,
                length_s=minute,
                leaves=Leaves.LAG,
                begin=[_too_many("x-rate-limit-reset")],
                end=[clear],
            ),
            Fault(
                name="Mastodon hangs",
                platform="mastodon",
                start=0.2,
                length_s=short,
                leaves=Leaves.NOTHING,  # its stream goes on
                begin=[("fault", {"kind": "hang", "seconds": 5.0, "path": "timelines|search"})],
                end=[clear],
            ),
            Fault(
                name="Hacker News answers with pages for people",
                platform="hackernews",
                start=0.25,
                length_s=minute,
                leaves=Leaves.LAG,
                begin=[("fault", {"kind": "html", "status": 200})],
                end=[clear],
            ),
            Fault(
                name="a feed is overtaken",
                platform="rss",
                start=0.35,
                length_s=short,
                leaves=Leaves.HOLE,
                begin=[("fault", {"kind": "reset"}), ("tune", {"page_most": 10})],
                end=[clear],
                after=[("tune", {"page_most": 50})],
                burst=30,
            ),
            Fault(
                name="a listing of Reddit is overtaken",
                platform="reddit",
                start=0.42,
                length_s=short,
                leaves=Leaves.HOLE,
                begin=[_failing(502), ("tune", {"page_most": 3, "listing_end": 30})],
                end=[clear],  # the listing stays as short: a longer one would heal it
                burst=60,
            ),
            Fault(
                name="Bluesky's stream is cut",
                platform="bluesky",
                start=0.5,
                length_s=1.0,
                leaves=Leaves.NOTHING,
                begin=[("stream", {"cut_after": 3}), ("break_streams", {})],
            ),
            Fault(
                name="Bluesky's stream is away for longer than it can be resumed",
                platform="bluesky",
                start=0.55,
                length_s=minute,
                leaves=Leaves.HOLE,
                begin=[
                    ("stream", {"refuse": True, "kept_s": minute * KEPT_S}),
                    ("break_streams", {}),
                ],
                end=[("stream", {"refuse": False})],
                burst=4,
                last_posts=1,
            ),
            Fault(
                name="the desk is killed",
                platform="",
                start=0.68,
                length_s=0.0,
                leaves=Leaves.LAG,
            ),
            Fault(
                name="the post that Reddit's next page follows is deleted",
                platform="reddit",
                start=0.76,
                length_s=short,
                leaves=Leaves.NOTHING,
                begin=[
                    (
                        "act",
                        {
                            "path": r"GET /r/.*[?&]after=(t\d_\w+)",
                            "calls": [("delete", {"name": r"\1"})],
                            "times": 2,
                        },
                    ),
                ],
                end=[clear],
                burst=20,
            ),
            Fault(
                name="Mastodon fails and its streams break",
                platform="mastodon",
                start=0.8,
                length_s=minute,
                leaves=Leaves.LAG,
                begin=[_failing(500), ("break_streams", {})],
                end=[clear],
            ),
            Fault(
                name="X drops every connection",
                platform="x",
                start=0.84,
                length_s=minute,
                leaves=Leaves.LAG,
                begin=[("fault", {"kind": "reset"})],
                end=[clear],
            ),
        ],
        key=lambda each: each.start,
    )


def _failing(status: int) -> Call:
    return "fault", {"kind": "status", "status": status, "body": {"error": "oops"}}


def _too_many(header: str) -> Call:
    """Return a 429; the soak fills in when the platform may be asked again."""
    return "fault", {"kind": "status", "status": 429, "headers": {header: "RESET"}, "times": 1}
