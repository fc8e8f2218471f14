"""The table of jobs: each at its interval, none twice at once, and no error stops it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from bot.jobs import Job, Table
from bot.timekeeping import JumpWatch
from monitor.errors import ConfigError, UnavailableError

pytestmark = pytest.mark.anyio


async def turn(table: Table, until: Callable[[], bool]) -> None:
    """Turn the table until something is seen, for ten seconds at most."""
    running = asyncio.create_task(table.run())
    async with asyncio.timeout(10):
        while not until() and not running.done():  # noqa: ASYNC110 - any condition may be asked
            await asyncio.sleep(0.02)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def counting(seen: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        seen.append(name)

    return work


async def test_every_job_is_done_at_once_and_again_later() -> None:
    seen: list[str] = []
    jobs = [Job(name=name, every_s=1, work=counting(seen, name)) for name in ("tick", "poll")]

    await turn(Table(jobs), lambda: seen.count("tick") > 1 and seen.count("poll") > 1)

    assert set(seen[:2]) == {"tick", "poll"}


async def test_a_job_that_fails_neither_stops_the_others_nor_itself() -> None:
    seen: list[str] = []

    async def failing() -> None:
        seen.append("failing")
        raise UnavailableError("reddit", "down") if len(seen) % 2 else ValueError("a fault")

    jobs = [
        Job(name="poll", every_s=1, work=failing),
        Job(name="tick", every_s=1, work=counting(seen, "tick")),
    ]

    await turn(Table(jobs), lambda: seen.count("failing") > 1 and seen.count("tick") > 1)

    assert seen.count("failing") > 1


async def test_a_job_still_under_way_is_not_started_again() -> None:
    started: list[str] = []
    seen: list[str] = []

    async def slow() -> None:
        started.append("slow")
        await asyncio.sleep(60)

    jobs = [
        Job(name="slow", every_s=1, work=slow),
        Job(name="tick", every_s=1, work=counting(seen, "tick")),
    ]

    await turn(Table(jobs), lambda: len(seen) > 2)

    assert started == ["slow"]


async def test_a_wrong_setting_ends_the_table() -> None:
    async def refused() -> None:
        raise ConfigError("MENTIONDESK_TELEGRAM_TOKEN: refused")

    with pytest.raises(ExceptionGroup) as caught:
        await Table([Job(name="poll", every_s=1, work=refused)]).run()

    assert caught.group_contains(ConfigError, match="refused")


async def test_all_jobs_are_set_anew_after_the_clock_was_set() -> None:
    seen: list[str] = []
    ahead = timedelta()

    def now() -> datetime:
        return datetime.now(UTC) + ahead

    table = Table([Job(name="daily", every_s=3600, work=counting(seen, "daily"))], JumpWatch(now))

    def look() -> bool:
        nonlocal ahead
        if seen:
            ahead = timedelta(hours=-3)
        return len(seen) > 1

    await turn(table, look)

    assert seen == ["daily", "daily"]
