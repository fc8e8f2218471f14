"""What goes wrong on the machine and at the platform: a clear line, and nothing lost."""

import resource
import sqlite3
import threading
from contextlib import closing

import pytest

from tests.end_to_end.test_run import BROKEN, LATE, TWICE, link
from tests.end_to_end.test_telegram_faults import lines
from tests.end_to_end.world import World

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_a_database_that_another_program_locks_for_ten_seconds_is_waited_for(
    world: World,
) -> None:
    world.run()
    with closing(sqlite3.connect(world.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        posts = [world.reddit.add_submission(text) for text in (BROKEN, LATE)]
        threading.Event().wait(10)
        other.execute("COMMIT")

    for post in posts:
        world.card(post)
    assert "Traceback" not in world.log()
    assert len(world.cards()) == 2


def test_a_full_disk_is_told_and_nothing_is_lost(world: World) -> None:
    process = world.run()
    before = world.card(world.reddit.add_submission(BROKEN))
    written = max(each.stat().st_size for each in world.folder.iterdir())
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (written, resource.RLIM_INFINITY))
    posts = [world.reddit.add_submission(text) for text in (LATE, TWICE)]
    world.until(lambda: lines(world, "nothing is lost"), "the full disk is told")

    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, UNLIMITED)

    for post in posts:
        world.card(post)
    assert before.text
    assert "Traceback" not in world.log()
    assert process.stop() == 0
    assert world.command("db", "check").code == 0


@pytest.mark.parametrize(
    ("status", "begins", "ends"),
    [
        (401, "reddit fails", "reddit works again"),
        (429, "reddit rests", "reddit is read again"),  # it asks for patience: that is no failure
    ],
)
def test_a_platform_that_gives_nothing_is_told_once_and_read_again(
    world: World, status: int, begins: str, ends: str
) -> None:
    world.run()
    headers = {"retry-after": "1"} if status == 429 else {}
    world.reddit.fault("status", path="GET /r/acme/comments", status=status, headers=headers)
    world.until(lambda: lines(world, begins), "the beginning is told")
    post = world.reddit.add_submission(BROKEN)
    asked = len(world.reddit.requests)
    comments = "/r/acme/comments"
    world.until(
        lambda: any(comments in path for path in world.reddit.paths()[asked:]), "another try"
    )
    world.reddit.clear_faults()

    world.card(post)

    world.until(lambda: lines(world, ends), "the end is told")
    assert len(lines(world, begins)) == 1
    assert "Traceback" not in world.log()


def test_a_platform_that_is_down_at_the_start_is_read_when_it_comes_back(world: World) -> None:
    world.reddit.fault("reset")
    world.begin("run")
    world.until(lambda: lines(world, "reddit fails"), "the failure is told")
    world.reddit.clear_faults()
    world.until(lambda: world.polls_of(world.running), "the desk reads")

    world.card(world.reddit.add_submission(BROKEN))


def test_a_platform_that_hangs_delays_neither_taps_nor_the_end(world: World) -> None:
    link(world)
    process = world.run()
    card = world.card(world.reddit.add_submission(BROKEN))
    world.reddit.fault("hang", seconds=60)
    asked = len(world.reddit.requests)
    world.until(lambda: len(world.reddit.requests) > asked, "a request that hangs")

    told = world.answered(world.tap(card, "Claim"))

    assert "yours" in told
    assert process.stop() == 0
