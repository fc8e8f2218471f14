"""The sources at work: what they ask for is read, and a platform that asks for rest gets it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sources import Sources
from bot.timekeeping import Timekeeper
from bot.wiring import App
from monitor.errors import ConnectorError, RateLimitError, UnavailableError
from monitor.settings import parse
from tests.builders import a_mention, a_page
from tests.fakes import Pages, WordJudge

pytestmark = pytest.mark.anyio
SETTINGS = """
[[brand]]
name = "Acme"
keywords = ["acme"]

[connectors.sample]
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = App(parse(SETTINGS, tmp_path / "mentiondesk.toml"), {}, Timekeeper())
    made.judge = WordJudge()
    yield made
    made.close_workshop()


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
