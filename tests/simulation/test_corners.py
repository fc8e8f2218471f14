"""Corners of the rules that a year seldom comes upon: played by hand, checked as the year is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.simulation.instants import micros
from tests.simulation.play import Case, Play
from tests.simulation.wire import Wire
from tests.simulation.year import Year

Doing = Callable[[Play, Case], object]
Script = Sequence[tuple[float, Doing]]  # minutes after the post, and what happens then
WHO = "Ana"
DAY = 24 * 60.0
AROUND = timedelta(days=12)


def does(act: str, **detail: object) -> Doing:
    return lambda play, case: play.act(case, act, WHO, **detail)


def writes(*flags: str) -> Doing:
    def doing(play: Play, case: Case) -> None:
        to = case.posts[0]
        verdict, mention = play.world.verdict(*flags), to.mention
        at = play.time.at
        case.posts.append(
            play.world.written(verdict, case.brand, mention.platform, case.author, at, to=to)
        )
        play.appears(case.posts[-1])

    return doing


def replies(play: Play, case: Case) -> None:
    play.appears(play.world.answer(case.posts[0], case.brand, play.time.at))


def is_deleted(play: Play, case: Case) -> None:
    play.appears(play.world.deleted(case.posts[0]))


def comes_back(play: Play, case: Case) -> None:
    play.appears(case.posts[0])


answered = (3.0, does("answered", url=None))
resolved = (5.0, does("resolve"))
asked = (5.2, writes("complaint"))
undone = (9.0, does("undo"))
snoozed = (4.0, does("snooze", seconds=3600))
waits = (4.0, does("wait", reason="customer", seconds=3600))
CORNERS: Mapping[str, Script] = {
    "a snooze, then a Resolve that is undone": (answered, snoozed, resolved, undone),
    "a question before the Resolve is undone": (answered, snoozed, resolved, asked, undone),
    "the same for a wait": (answered, waits, resolved, asked, undone),
    "thanks before the Resolve is undone": (answered, waits, resolved, (5.2, writes()), undone),
    "a question after a wait was dismissed": (
        (3.0, does("wait", reason="customer", seconds=3600)),
        (5.0, does("dismiss", reason="not a complaint")),
        asked,
    ),
    "a question after a snooze was dismissed": (
        (3.0, does("snooze", seconds=3600)),
        (5.0, does("dismiss", reason="not a complaint")),
        asked,
    ),
    "a reply and days of silence after spam": (
        (3.0, does("dismiss", reason="spam")),
        (9.0, replies),
        (2.5 * DAY, writes()),
    ),
    "days of silence, and then a question to what was dismissed": (
        (3.0, replies),
        (9.0, does("dismiss", reason="duplicate")),
        (2.5 * DAY, writes("request")),
    ),
    "a post that is gone for days": (
        answered,
        (9.0, is_deleted),
        (2.5 * DAY, comes_back),
    ),
    "a post that was urgent, and comes back to an item that no longer is": (
        (10.5, is_deleted),
        (12.0, writes()),
        (22.2, comes_back),
    ),
}
URGENT = frozenset({"a post that was urgent, and comes back to an item that no longer is"})


@pytest.mark.parametrize("corner", CORNERS)
def test_the_desk_agrees_with_the_second_reading_in_a_corner(corner: str, tmp_path: Path) -> None:
    year = Year(posts=0, seed=1, days=4)
    since, until = micros(year.begins - AROUND), micros(year.ends + AROUND)
    wire = Wire(since=since, until=until, rivals=())
    play = Play(tmp_path, wire, year)

    play_by_hand(play, CORNERS[corner], urgency=2 if corner in URGENT else None)
    verdict = wire.verdict()
    play.desk.close()

    assert (verdict["disagreements"], play.counts.faults) == (0, []), verdict["examples"]
    assert (play.counts.refused, verdict["items"]) == (0, 1)


def play_by_hand(play: Play, script: Script, *, urgency: int | None) -> None:
    """Have one customer complain, and play what the script says of it."""
    at = play.time.at + timedelta(hours=9)
    verdict = play.world.verdict("complaint")
    if urgency is not None:
        verdict = replace(verdict, urgency=urgency)
    post = play.world.written(verdict, "Etna", "bluesky", "c", at)
    case = Case("Etna", "c", [post])
    play.at(at, lambda: play.appears(post))
    for after, doing in script:
        play.at(at + timedelta(minutes=after), lambda doing=doing: doing(play, case))  # type: ignore[misc]
    play.run()
