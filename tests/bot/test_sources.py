"""The sources at work: what they ask for is read, and a platform that asks for rest gets it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.jobs import Job, Table
from bot.looking import Looking
from bot.sources import Sources
from bot.timekeeping import Timekeeper
from bot.wiring import App
from monitor.errors import ConnectorError, RateLimitError, UnavailableError
from monitor.handling.tick import Tick
from monitor.intake.spending import month_of
from monitor.model import ItemId, Notice, Role, State, Window
from monitor.ports import Connector
from monitor.settings import parse
from tests.builders import a_mention, a_page, a_reply, minutes
from tests.fakes import (
    Conversations,
    Look,
    Pages,
    Paid,
    PaidConversations,
    Stream,
    WordJudge,
)

pytestmark = pytest.mark.anyio
SETTINGS = """
[[brand]]
name = "Acme"
keywords = ["acme"]
own_accounts = { sample = ["acme_care"] }

[connectors.sample]
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = App(parse(SETTINGS, tmp_path / "mentiondesk.toml"), {}, Timekeeper())
    made.judge = WordJudge()
    yield made
    made.close_workshop()


@asynccontextmanager
async def at_work(
    app: App, *platforms: Connector, looking: Looking | None = None, turning: bool = False
) -> AsyncIterator[Sources]:
    """Hold sources at work; with `turning` their jobs are done again and again."""

    async def changed() -> None:
        return None

    connectors = {platform.platform: platform for platform in platforms}
    sources = Sources(app, connectors, changed, looking=looking)
    table = Table(sources.jobs() if turning else [])
    sources.listen(table.wake)
    turn = asyncio.create_task(table.run())
    try:
        yield sources
    finally:
        turn.cancel()
        with suppress(asyncio.CancelledError):
            await turn
        sources.close()
        for thread in sources.threads:
            thread.submit(app.close_workshop).result()
            thread.shutdown()


async def seen(condition: Callable[[], bool]) -> bool:
    """Return whether something came to be, within ten seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - any condition may be asked
                await asyncio.sleep(0.01)
    return condition()


def job_of(sources: Sources, name: str) -> Job:
    return next(job for job in sources.jobs() if job.name == name)


async def read(app: App, pages: Pages, times: int = 1) -> int:
    """Let the poll of a platform come up so many times; return how often it concerned items."""
    heard: list[int] = []

    async def changed() -> None:
        heard.append(1)

    sources = Sources(app, {"sample": pages}, changed)
    poll = next(job for job in sources.jobs() if job.name == "poll sample")
    for _ in range(times):
        await poll.work()
    for thread in sources.threads:
        thread.submit(app.close_workshop).result()
        thread.shutdown()
    return len(heard)


async def test_a_page_that_concerns_items_is_told(app: App) -> None:
    now = datetime.now(UTC)

    heard = await read(app, Pages(a_page(a_mention(posted_at=now))))

    assert heard == 1


async def test_a_page_that_concerns_nobody_is_not(app: App) -> None:
    heard = await read(app, Pages(a_page(a_mention("the weather"))))

    assert heard == 0


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        pytest.param(
            RateLimitError("sample", "slow", datetime.now(UTC) + timedelta(hours=1)),
            1,
            id="asked for an hour",
        ),
        pytest.param(
            RateLimitError("sample", "slow", datetime.now(UTC) - timedelta(hours=1)),
            3,
            id="the hour is over",
        ),
        pytest.param(RateLimitError("sample", "slow"), 3, id="did not say how long"),
        pytest.param(UnavailableError("sample", "down"), 3, id="is only down"),
    ],
)
async def test_a_platform_is_left_alone_for_as_long_as_it_asked(
    app: App, error: ConnectorError, asked: int
) -> None:
    pages = Pages(error=error)

    await read(app, pages, times=3)

    assert len(pages.asked) == asked


async def test_news_of_a_stream_wake_its_poll_and_many_of_them_wake_it_once(app: App) -> None:
    stream = Stream()
    async with at_work(app, stream, turning=True):
        await seen(lambda: len(stream.asked) == 1)

        threads = [threading.Thread(target=stream.ring) for _ in range(50)]
        for thread in threads:
            thread.start()
        woken = await seen(lambda: len(stream.asked) > 1)
        await asyncio.sleep(0.2)

    assert woken
    assert len(stream.asked) < 10
    assert stream.closed


async def test_news_that_come_while_a_poll_is_under_way_are_read_after_it(app: App) -> None:
    stream = Stream(a_page())
    stream.on_page = lambda: stream.ring() if len(stream.asked) == 1 else None

    async with at_work(app, stream, turning=True):
        again = await seen(lambda: len(stream.asked) == 2)

    assert again


async def test_news_after_the_end_are_heard_by_nobody(app: App) -> None:
    stream = Stream()
    async with at_work(app, stream):
        pass

    stream.ring()

    assert stream.asked == []


async def test_a_poll_waits_for_as_long_as_the_money_asks(app: App) -> None:
    paid = Paid(a_page(), pace=timedelta(hours=2))

    async with at_work(app, paid) as sources:
        for _ in range(3):
            await job_of(sources, "poll sample").work()

    source = app.workshop().store.sources.get("sample")
    assert len(paid.asked) == 1
    assert source is not None
    assert source.pace == timedelta(hours=2)


async def test_a_rest_for_want_of_money_ends_when_there_is_some(app: App) -> None:
    over = month_of(datetime.now(UTC))[1]
    broke = Paid(a_page(), pace=over - datetime.now(UTC) + timedelta(days=1))
    rich = Paid(a_page())
    with app.workshop().store.writing():
        app.workshop().store.sources.switch_on("sample", "sample", datetime.now(UTC))

    for paid in (broke, rich):
        with app.workshop().store.writing():
            app.workshop().store.sources.rest("sample", over, "the month's budget is spent")
        async with at_work(app, paid) as sources:
            await job_of(sources, "poll sample").work()

    assert (len(broke.asked), len(rich.asked)) == (0, 1)


async def test_polls_that_fail_in_part_are_paced_too(app: App) -> None:
    now = datetime.now(UTC)
    page = replace(a_page(), window=Window(query="search acme", since=now, until=now))
    error = UnavailableError("sample", "there is no account @acme")
    paid = Paid(page, pace=timedelta(hours=2), error=error)

    async with at_work(app, paid) as sources:
        for _ in range(3):
            await job_of(sources, "poll sample").work()

    assert len(paid.asked) == 1


async def test_a_second_look_goes_on_batch_by_batch_and_ends_where_it_fails(app: App) -> None:
    look = Look(error=UnavailableError("sample", "down"))
    posted = datetime.now(UTC)
    mentions = [
        a_mention(f"acme complaint {n}", key=f"sample:{n}", author=f"a{n}", posted_at=posted)
        for n in range(3)
    ]

    async with at_work(app, Pages(a_page(*mentions))) as sources:
        await job_of(sources, "poll sample").work()
    async with at_work(app, look) as sources:
        await job_of(sources, "recheck sample").work()

    assert sorted(look.keys) == ["sample:0", "sample:1", "sample:2"]


async def test_an_act_does_not_wait_for_a_poll_that_hangs(app: App) -> None:
    hung, go_on = threading.Event(), threading.Event()
    hanging = Stream(a_page())
    hanging.shared = True

    def hang() -> None:
        hung.set()
        go_on.wait(10)

    hanging.on_page = hang
    async with at_work(app, hanging, turning=True) as sources:
        await seen(hung.is_set)

        done = await sources.act("sample", lambda one, _: one.platform)
        go_on.set()

    assert done == "sample"


class Near:
    """An item whose answer falls due in a moment, on a platform that shows its conversation."""

    def __init__(self, app: App, due_in_s: float = 0.0) -> None:
        self.app = app
        self.now = datetime.now(UTC)
        self.told: list[Notice] = []
        self.looking = Looking()
        self.platform = Conversations()
        first_seen = self.now - minutes(30) + timedelta(seconds=due_in_s)
        shop = app.workshop()
        with shop.store.writing():
            source = shop.store.sources.switch_on("sample", "sample", first_seen)
        shop.pipeline.take(a_page(a_mention(posted_at=first_seen)), source, first_seen)

    def tick(self, at: datetime) -> None:
        shop = self.app.workshop()
        tick = Tick(
            shop.ledger,
            lambda _, told, __: self.told.extend(told),
            lambda standing, notice, now: self.looking.holds(shop.store, standing, notice, now),
        )
        tick.run(at)

    @property
    def breaches(self) -> list[str]:
        return [one.name for one in self.told if one.name == "first_response:1:100%"]


async def test_a_breach_waits_for_a_look_and_is_not_told_when_a_reply_is_found(app: App) -> None:
    near = Near(app)
    reply = a_reply(posted_at=near.now - minutes(3))
    near.platform.stands["sample:1"] = (a_mention(), reply)

    async with at_work(app, near.platform, looking=near.looking, turning=True):
        near.tick(near.now + timedelta(seconds=1))
        held = list(near.breaches)
        found = await seen(lambda: bool(near.platform.read))
    near.tick(near.now + timedelta(seconds=2))

    item = app.workshop().ledger.standing(ItemId(1), near.now + timedelta(seconds=2)).item
    assert (held, found, near.breaches) == ([], True, [])
    assert item.state is State.ANSWERED


async def test_a_breach_is_told_after_a_look_that_found_no_reply(app: App) -> None:
    near = Near(app)

    async with at_work(app, near.platform, looking=near.looking, turning=True):
        await seen(lambda: bool(near.platform.read))
    near.tick(datetime.now(UTC) + timedelta(seconds=1))

    assert len(near.breaches) == 1


async def test_a_breach_waits_half_a_minute_for_a_look_that_hangs_and_no_longer(app: App) -> None:
    near, go_on = Near(app), threading.Event()

    def hang() -> None:
        go_on.wait(10)

    near.platform.before_reading = hang

    async with at_work(app, near.platform, looking=near.looking, turning=True):
        near.tick(near.now + timedelta(seconds=29))
        held = list(near.breaches)
        near.tick(near.now + timedelta(seconds=31))
        told = list(near.breaches)
        go_on.set()

    assert held == []
    assert len(told) == 1


@pytest.mark.parametrize("how", ["its polls fail", "it rests", "a look failed", "it cannot"])
async def test_no_breach_waits_for_a_platform_that_cannot_be_asked(app: App, how: str) -> None:
    near = Near(app)
    store = app.workshop().store
    with store.writing():
        if how == "its polls fail":
            store.sources.failed("sample", "down", near.now)
        elif how == "it rests":
            store.sources.rest("sample", near.now + minutes(10), "slow down")
    platform: Connector = near.platform if how != "it cannot" else Pages()
    if how == "a look failed":
        near.looking.failed("sample", "sample:1")

    async with at_work(app, platform, looking=near.looking):
        near.tick(near.now + timedelta(seconds=1))

    assert len(near.breaches) == 1


async def test_after_a_failed_look_the_platform_is_left_alone_for_a_while(app: App) -> None:
    near = Near(app)
    near.platform.fault = UnavailableError("sample", "down")

    async with at_work(app, near.platform, looking=near.looking) as sources:
        for _ in range(3):
            await job_of(sources, "look sample").work()

    assert near.platform.read == ["sample:1"]


async def test_a_conversation_that_cannot_be_read_keeps_no_other_from_being_looked_at(
    app: App,
) -> None:
    near = Near(app)
    near.platform.sealed = {"sample:0"}
    near.platform.stands["sample:1"] = (a_mention(), a_reply(posted_at=near.now - minutes(3)))
    early, shop = near.now - minutes(30) - timedelta(seconds=9), app.workshop()
    source = shop.store.sources.get("sample")
    assert source is not None
    first = a_mention("acme complaint 0", key="sample:0", author="a0", posted_at=early)
    shop.pipeline.take(a_page(first), source, early)

    async with at_work(app, near.platform, looking=near.looking) as sources:
        near.tick(near.now + timedelta(seconds=1))
        for _ in range(2):
            await job_of(sources, "look sample").work()
        near.tick(near.now + timedelta(seconds=2))

    assert near.platform.read == ["sample:0", "sample:1"]
    assert len(near.breaches) == 1
    assert app.workshop().ledger.standing(ItemId(1), near.now).item.state is State.ANSWERED


async def test_a_breach_waits_for_a_look_though_one_query_of_the_platform_fails(app: App) -> None:
    near, store = Near(app), app.workshop().store
    window = Window(query="another", since=near.now - minutes(1), until=near.now)
    with store.writing():
        store.sources.failed("sample", "r/gone: 403", near.now - minutes(60))
        store.sources.advance("sample", replace(a_page(), window=window), near.now)

    async with at_work(app, near.platform, looking=near.looking):
        near.tick(near.now + timedelta(seconds=1))

    assert near.breaches == []


async def test_looks_that_cost_money_are_counted_and_not_made_for_a_claim(app: App) -> None:
    near, shop = Near(app, due_in_s=15 * 60), app.workshop()
    paid = PaidConversations()
    with shop.store.writing():
        member = shop.store.people.join("Zuzana", 1, Role.AGENT, near.now)
    shop.desk.claim(ItemId(1), member, near.now)

    async with at_work(app, paid) as sources:
        await job_of(sources, "look sample").work()
        after_the_claim = list(paid.read)
        shop.desk.answered(ItemId(1), member, datetime.now(UTC))
        await job_of(sources, "look sample").work()

    spent = shop.store.coverage.expenses(near.now - timedelta(hours=2), near.now + minutes(5))
    assert (after_the_claim, paid.read) == ([], ["sample:1"])
    assert [one.cost_usd for one in spent if one.purpose == "thread"] == [0.1]


async def test_no_money_for_a_look_keeps_no_poll_from_being_made(app: App) -> None:
    near = Near(app)
    over = RateLimitError("sample", "the money is spent", near.now + timedelta(days=9))
    paid = PaidConversations(error=over)

    async with at_work(app, paid) as sources:
        await job_of(sources, "look sample").work()
        await job_of(sources, "poll sample").work()

    assert (paid.read, len(paid.asked)) == (["sample:1"], 1)


async def test_conversations_take_the_place_of_second_looks_a_few_at_a_time(app: App) -> None:
    near = Near(app, due_in_s=15 * 60)
    shop = app.workshop()
    source = shop.store.sources.get("sample")
    assert source is not None
    early = near.now - minutes(12)
    shop.pipeline.take(
        a_page(
            *(
                a_mention(f"acme complaint {n}", key=f"sample:{n}", author=f"a{n}", posted_at=early)
                for n in range(2, 5)
            )
        ),
        source,
        early,
    )

    async with at_work(app, near.platform, looking=near.looking) as sources:
        for _ in range(4):
            await job_of(sources, "look sample").work()

    assert near.platform.read == ["sample:1", "sample:2", "sample:3", "sample:4"]
