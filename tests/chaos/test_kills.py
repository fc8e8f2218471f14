"""The desk is killed at random points and started again: nothing is lost, nothing is told twice.

`make chaos` kills it 50 times; MENTIONDESK_KILLS says how often, MENTIONDESK_DICE repeats a run.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from monitor.model import Role
from monitor.store.store import Store
from tests.chaos import accounts
from tests.chaos.moments import LOST_ANSWER, MOMENTS, PATIENCE_S, Moment
from tests.chaos.street import HOUSES, Street, houses
from tests.end_to_end.world import ADA, World, a_world

KILLS = int(os.environ.get("MENTIONDESK_KILLS", "6"))
QUIET_S = 120.0
POLICY = {"name": "always", "first_response": "40s", "claim": "15s", "steps": [{"at": "100%"}]}


def test_nothing_is_lost_and_nothing_told_twice_however_often_the_desk_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MENTIONDESK_DICE") or time.time_ns() % 1_000_000)
    dice = Random(seed)
    began = time.monotonic()
    with a_world(tmp_path, tuple(HOUSES.values())) as world:
        houses(world, policy=[POLICY])
        street = Street(world, dice)
        street.begin()
        died = Counter(_killed(world, street, moment, dice) for moment in _moments(dice))

        _run_until_quiet(world, street, seed)

        found = accounts.chats(world)
        doubts = died.total() + died[LOST_ANSWER]  # each can hit one send
        wrong = _wrong(world, street, found, doubts)
        _report(capsys, seed, began, world, street, died, found)
    assert not wrong, "\n".join([f"MENTIONDESK_DICE={seed}", *wrong])


def _let_in(world: World) -> None:
    """Let a member in, once the first run has left a database behind."""
    if len(world.processes) > 1:
        return
    with closing(Store(world.database)) as store, store.writing():
        store.people.join("Ada", ADA, Role.AGENT, datetime.now(UTC))


def _moments(dice: Random) -> Iterator[Moment]:
    """Yield each kind of moment once, in any order, then by chance."""
    each_once = dice.sample(MOMENTS, len(MOMENTS))
    for number in range(KILLS):
        yield each_once[number] if number < len(MOMENTS) else dice.choice(MOMENTS)


def _killed(world: World, street: Street, moment: Moment, dice: Random) -> str:
    """Let one round pass and kill the desk; return the kind of death."""
    before = dice.random() < 0.5
    if before:
        street.happen()
    come = moment.arm(street, dice)
    process = world.begin(name=f"killed-{len(world.processes):03d}")
    begun = time.monotonic()
    street_at = begun + dice.uniform(0.0, 2.0)
    while process.running and time.monotonic() < begun + PATIENCE_S and not come():
        if not before and time.monotonic() > street_at:
            street.happen()
            before = True
        time.sleep(0.001)
    assert process.running, process.err
    process.kill()
    _let_in(world)
    world.telegram.clear_faults()
    world.reddit.before_answer = None
    return moment.name


def _run_until_quiet(world: World, street: Street, seed: int) -> None:
    world.run()
    end = time.monotonic() + QUIET_S
    while unrest := accounts.unrest(world, street):
        assert world.running.running, world.running.err
        assert time.monotonic() < end, f"MENTIONDESK_DICE={seed}: {unrest}"
        time.sleep(0.1)
    assert world.running.stop() == 0


def _wrong(world: World, street: Street, found: accounts.Chats, doubts: int) -> list[str]:
    return [
        *accounts.faults_of_posts(world, street),
        *accounts.faults_of_items(world, street),
        *accounts.faults_of_messages(world, found, doubts),
        *accounts.faults_of_notices(world),
        *accounts.faults_of_answers(world, street),
        *accounts.faults_of_taps(world, street),
        *accounts.faults_of_coverage(world),
        *accounts.faults_of_database(world),
        *accounts.faults_of_answers_on_the_command_line(world),
    ]


def _report(
    capsys: pytest.CaptureFixture[str],
    seed: int,
    began: float,
    world: World,
    street: Street,
    died: Counter[str],
    found: accounts.Chats,
) -> None:
    figures = {
        "seed": seed,
        "kills": died.total(),
        "seconds": round(time.monotonic() - began, 1),
        "killed": dict(sorted(died.items())),
        "posts": len(street.posted),
        "flagged": sum(posted.flagged for posted in street.posted),
        "replies": len(street.replied),
        "taps": len(street.tapped),
        "items": len(world.rows("SELECT 1 FROM items")),
        "live_cards": len(world.rows("SELECT 1 FROM cards WHERE live = 1")),
        "notices_told": len(world.rows("SELECT 1 FROM told")),
        "sends_in_doubt": len(world.rows("SELECT 1 FROM outbox WHERE doubted")),
        "second_messages": len(found.orphans),
    }
    with capsys.disabled():
        sys.stdout.write(f"\nkill test: {json.dumps(figures)}\n")
