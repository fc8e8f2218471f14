"""A week's picture on its way: from the outbox through the real client to a strict Bot API."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import TypeVar

import pytest
from rich.console import Console

from bot.chat.album import Album
from bot.chat.bot_api import BotApiChat
from bot.chat.dispatch import Dispatch
from bot.chat.drawing import Drawing
from bot.chat.heatmaps import queue_picture
from bot.chat.payloads import PictureOrder
from bot.chat.pictures import Easel
from bot.chat.receiving import Pace
from bot.chat.routes import TERMINAL_ID, Place, Routes
from bot.chat.screen import Screen
from bot.chat.sender import Sender, SendingDesk
from bot.chat.terminal import TerminalChat
from bot.chat.text import CAPTION_UNITS, Message, plain, units, words
from bot.office import sketched
from bot.wiring import App
from monitor.errors import ChatGoneError, InDoubtError, MessageRefusedError, PictureError
from monitor.report.charts import WeekPicture, draw
from monitor.settings import parse
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import CARE, VERA, Counter, a_counter
from tests.builders import NOON, a_brand, a_mention, minutes
from tests.desk import Bench, a_bench
from tests.servers.bot_api import TOKEN, BotApiServer

pytestmark = pytest.mark.anyio
Returned = TypeVar("Returned")
GROUP = -1001
DAY = date(2026, 3, 6)
QUICK = Pace(connect=0.5, write=0.5, read=0.5, poll=5, first_gap=0.01, longest_gap=0.05, calm=0.2)
SETTINGS = """
[desk]
database = "desk.db"
timezone = "Europe/Bratislava"
[[chat]]
name = "care"
id = -1001
topic = 12
[[brand]]
name = "Acme"
keywords = ["acme"]
chat = "care"
"""


class Hand:
    """Draws at once, in this process; a fault is raised in its stead."""

    def __init__(self) -> None:
        self.fault: PictureError | None = None
        self.drawn: list[WeekPicture] = []

    def __call__(self, picture: WeekPicture) -> bytes:
        self.drawn.append(picture)
        if self.fault is not None:
            raise self.fault
        return draw(picture)

    def stop(self) -> None: ...


async def here(act: Callable[[], Returned]) -> Returned:
    return act()


@dataclass
class Post:
    """A desk that sends to a Bot API server, on a clock that the test turns."""

    bench: Bench
    dispatch: Dispatch
    sender: Sender
    easel: Easel
    hand: Hand
    now: list[datetime] = field(default_factory=lambda: [NOON + timedelta(days=1)])

    def order(self) -> None:
        place = Place(name="care", chat_id=GROUP, topic=12)
        with self.bench.store.writing():
            queue_picture(self.bench.store.outbox, place, DAY, self.now[0])

    async def send_all(self) -> None:
        """Send until nothing waits; pictures are asked for again each second."""
        for _ in range(600):
            if not await self.sender.send_one():
                if not self.bench.store.outbox.waiting(GROUP):
                    return
                self.now[0] += timedelta(seconds=1)
                await asyncio.sleep(0.02)  # the easel draws in a thread of its own
        raise AssertionError("it never went out")


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.state.add_chat(GROUP, topics=[12])
        yield running


@asynccontextmanager
async def a_post(path: Path, server: BotApiServer) -> AsyncIterator[Post]:
    bench = a_bench(path, a_brand())
    bench.source()
    settings = parse(SETTINGS, path / "mentiondesk.toml")
    hand = Hand()
    app = App(settings, {})
    easel = Easel(hand, lambda order, now: sketched(app, order, now))
    drawing = Drawing(bench.ledger, settings, easel=easel)

    def routes() -> Routes:
        return Routes(settings, bench.brands, bench.store.people.chats())

    desk = SendingDesk(bench.store, drawing)
    async with BotApiChat(TOKEN, server.base_url, QUICK) as chat:
        now = [NOON + timedelta(days=1)]
        sender = Sender(chat, lambda: desk, here, lambda: now[0], limited=False)
        dispatch = Dispatch(bench.store, drawing, routes)
        yield Post(bench=bench, dispatch=dispatch, sender=sender, easel=easel, hand=hand, now=now)
    easel.close()
    bench.store.close()


@pytest.fixture
async def post(tmp_path: Path, server: BotApiServer) -> AsyncIterator[Post]:
    async with a_post(tmp_path, server) as made:
        yield made


# ------------------------------------------------------------ to Telegram


async def test_a_picture_stands_in_its_topic_with_its_words_below(
    post: Post, server: BotApiServer
) -> None:
    post.bench.take(a_mention(), now=NOON + minutes(1))
    post.order()

    await post.send_all()

    (stored,) = server.state.messages(GROUP)
    assert (stored.kind, stored.topic, stored.silent) == ("photo", 12, True)
    assert stored.text.startswith("🗓️ When people write, and how many it takes · care\nFri 6 Mar ·")
    assert stored.photo == {
        "width": 1080,
        "height": 1540,
        "file_size": len(server.state.pictures[GROUP, stored.message_id]),
    }
    assert sum(map(sum, post.hand.drawn[0].heat.arrivals)) == 1


async def test_a_summary_s_picture_is_queued_once(post: Post, server: BotApiServer) -> None:
    post.order()
    post.order()

    await post.send_all()

    assert len(server.state.messages(GROUP)) == 1


async def test_a_card_goes_out_while_a_picture_is_being_drawn(
    post: Post, server: BotApiServer
) -> None:
    post.order()
    await post.sender.send_one()  # hands it to the easel
    post.bench.take(a_mention(), now=post.now[0])
    post.dispatch.cards(post.now[0])

    await post.sender.send_one()
    await post.send_all()

    assert [each.kind for each in server.state.messages(GROUP)] == ["text", "photo"]


async def test_a_picture_that_cannot_be_drawn_comes_as_its_words(
    post: Post, server: BotApiServer
) -> None:
    post.hand.fault = PictureError("picture: not drawn: no room")
    post.order()

    await post.send_all()

    (stored,) = server.state.messages(GROUP)
    assert stored.kind == "text"
    assert "Nothing came in." in stored.text


async def test_a_chat_that_takes_no_photos_gets_the_words_and_is_not_taken_for_gone(
    post: Post, server: BotApiServer
) -> None:
    server.state.chats[GROUP].photos_forbidden = True
    post.order()

    await post.send_all()

    (stored,) = server.state.messages(GROUP)
    assert stored.kind == "text"
    assert stored.text.startswith("🗓️ When people write")


async def test_a_picture_whose_answer_was_lost_is_sent_once_more(
    post: Post, server: BotApiServer
) -> None:
    server.fault("swallow", "sendPhoto", times=1)
    post.order()

    await post.send_all()

    assert [each.kind for each in server.state.messages(GROUP)] == ["photo", "photo"]
    assert len(post.hand.drawn) == 1


async def test_a_flood_holds_a_picture_back_and_loses_none(
    post: Post, server: BotApiServer
) -> None:
    server.fault("flood", "sendPhoto", times=1, seconds=0.1)
    post.order()

    await post.send_all()

    assert [each.kind for each in server.state.messages(GROUP)] == ["photo"]


async def test_the_faults_of_a_photo_are_named_as_those_of_a_text(server: BotApiServer) -> None:
    message = Message(words("below"), picture=b"no PNG at all")
    async with BotApiChat(TOKEN, server.base_url, QUICK) as chat:
        with pytest.raises(MessageRefusedError, match=r"(?i)image_process_failed"):
            await chat.send(GROUP, 12, message)
        server.fault("status", "sendPhoto", times=1)
        with pytest.raises(InDoubtError):
            await chat.send(GROUP, 12, message)
        server.state.kick(GROUP)
        with pytest.raises(ChatGoneError):
            await chat.send(GROUP, 12, message)


def test_the_words_below_a_picture_are_cut_to_what_fits_there() -> None:
    long = words("word " * 1000)

    assert units(plain(Message(long, picture=b"x").text)) <= CAPTION_UNITS
    assert Message(long, picture=b"x").bare().picture is None


# ------------------------------------------------------------ by command


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = a_counter(tmp_path)
    yield made
    made.bench.store.close()


@pytest.mark.parametrize(
    ("written", "weeks"),
    [
        pytest.param("/heatmap", 8, id="as usual"),
        pytest.param("/heatmap 1", 1, id="one week"),
        pytest.param("/heatmap 52", 52, id="a year"),
    ],
)
def test_whoever_is_linked_may_ask_for_a_picture(
    counter: Counter, written: str, weeks: int
) -> None:
    said = counter.command(written, who=VERA)

    (parcel,) = counter.waiting(Kind.PICTURE)
    order = PictureOrder.model_validate_json(parcel.payload)
    assert said == ""
    assert order == PictureOrder(chat="care", day=NOON.date(), weeks=weeks)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("/heatmap 0", id="none"),
        pytest.param("/heatmap 53", id="more than a year"),
        pytest.param("/heatmap 00521", id="much more, behind zeros"),
        pytest.param("/heatmap a lot", id="no number"),
        pytest.param("/heatmap -1", id="less than none"),
    ],
)
def test_a_number_of_weeks_that_makes_no_sense_is_explained(counter: Counter, written: str) -> None:
    said = counter.command(written)

    assert said == "Write /heatmap, or /heatmap and how many weeks, 1 to 52."
    assert counter.waiting(Kind.PICTURE) == ()


def test_alone_with_the_bot_one_is_shown_the_first_chat_s_week(counter: Counter) -> None:
    counter.command("/heatmap", who=VERA, chat=VERA.telegram_id)

    (parcel,) = counter.waiting(Kind.PICTURE, VERA.telegram_id)
    assert '"chat":"care"' in parcel.payload
    assert counter.waiting(Kind.PICTURE, CARE) == ()


def test_without_an_easel_the_words_are_sent(counter: Counter) -> None:
    counter.command("/heatmap")

    out = counter.sending.take(counter.now, (), ())

    assert out is not None
    assert out.drawn.message.picture is None
    assert "how many it takes" in plain(out.drawn.message.text)


# ------------------------------------------------------------ in a terminal


def kept_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_a_terminal_says_where_it_put_a_picture(tmp_path: Path) -> None:
    printed = StringIO()
    screen = Screen(lambda: NOON, console=Console(file=printed, width=200))
    chat = TerminalChat(now=lambda: NOON, screen=screen, person="Ada", album=Album(tmp_path))

    for _ in range(2):
        await chat.send(TERMINAL_ID, None, Message(words("the week"), picture=b"a PNG"))

    files = kept_in(tmp_path)
    assert [each.read_bytes() for each in files] == [b"a PNG", b"a PNG"]
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in files)
    assert all(f"The picture: {each}" in printed.getvalue() for each in files)


async def test_a_terminal_that_cannot_keep_a_picture_says_so(tmp_path: Path) -> None:
    printed = StringIO()
    screen = Screen(lambda: NOON, console=Console(file=printed, width=200))
    album = Album(tmp_path / "nowhere")
    chat = TerminalChat(now=lambda: NOON, screen=screen, person="Ada", album=album)

    await chat.send(TERMINAL_ID, None, Message(words("the week"), picture=b"a PNG"))

    assert "the week" in printed.getvalue()
    assert "The picture could not be kept: No such file or directory" in printed.getvalue()


def test_a_new_album_is_its_owner_s_alone() -> None:
    path = Album().keep(b"a PNG")

    try:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.read_bytes() == b"a PNG"
    finally:
        path.unlink()
        path.parent.rmdir()
