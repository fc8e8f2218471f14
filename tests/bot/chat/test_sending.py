"""From what is stored to what stands in the chat: queued, sent, doubted, recovered."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.chat.dispatch import LISTED, OVERFLOW, Dispatch
from bot.chat.drawing import Drawing, Drawn
from bot.chat.incoming import Handler
from bot.chat.routes import Routes
from bot.chat.sender import Sender, SendingDesk
from bot.chat.text import Message, plain
from monitor.errors import (
    ChatGoneError,
    ChatMovedError,
    DeliveryError,
    InDoubtError,
    MessageGoneError,
    MessageRefusedError,
    SlowDownError,
    TopicGoneError,
)
from monitor.handling.tick import Tick
from monitor.model import ItemId, Mention, MessageRef
from monitor.settings import parse
from monitor.store.outbox import Kind, Priority
from tests.builders import NOON, a_brand, a_mention, minutes
from tests.desk import Bench, a_bench

pytestmark = pytest.mark.anyio
Returned = TypeVar("Returned")
CARE = -100
SETTINGS = """
[[chat]]
name = "care"
id = -100
topic = 12

[[brand]]
name = "Acme"
keywords = ["acme"]
chat = "care"
"""


@dataclass
class Chat:
    """A chat service in memory that can be told to fail."""

    faults: list[Exception | None] = field(default_factory=list)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: list[int | None] = field(default_factory=list)
    pinned: list[int] = field(default_factory=list)

    def _fail(self) -> None:
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault

    async def send(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        number = len(self.messages) + 1
        if self.faults and isinstance(self.faults[0], InDoubtError):
            self.messages[number] = message
        self._fail()
        self.topics.append(topic)
        self.messages[number] = message
        return MessageRef(chat_id=chat_id, message_id=number, topic=topic)

    async def edit(self, ref: MessageRef, message: Message) -> None:
        self._fail()
        if ref.message_id not in self.messages:
            raise MessageGoneError("message to edit not found")
        self.messages[ref.message_id] = message

    async def delete(self, ref: MessageRef) -> None:
        del self.messages[ref.message_id]

    async def pin(self, ref: MessageRef) -> None:
        self.pinned.append(ref.message_id)

    async def answer_tap(self, tap_id: str, text: str = "", *, alert: bool = False) -> None: ...

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], language: str | None = None
    ) -> None: ...

    async def receive(self, handler: Handler) -> None: ...

    def texts(self) -> list[str]:
        return [plain(message.text) for message in self.messages.values()]


async def here(act: Callable[[], Returned]) -> Returned:
    """Run what belongs to the desk thread in this one."""
    return act()


@dataclass
class Post:
    """A desk with a chat, on a clock that the test turns."""

    bench: Bench
    chat: Chat
    dispatch: Dispatch
    routes: Callable[[], Routes]
    sender: Sender = field(init=False)
    now: datetime = NOON

    def take(self, *mentions: Mention) -> None:
        self.bench.take(*mentions, now=self.now)
        self.dispatch.cards(self.now)

    def tick(self) -> None:
        Tick(self.bench.ledger, self.dispatch.announce).run(self.now)
        self.dispatch.cards(self.now)

    async def send_all(self) -> int:
        count = 0
        while await self.sender.send_one():
            self.dispatch.cards(self.now)
            count += 1
        return count

    def passed(self, length: timedelta) -> None:
        self.now += length


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = a_post(tmp_path, SETTINGS)
    yield made
    made.bench.store.close()


def a_post(path: Path, text: str) -> Post:
    bench = a_bench(path, a_brand())
    settings = parse(text, path / "mentiondesk.toml")
    drawing = Drawing(bench.ledger, settings)

    def routes() -> Routes:
        return Routes(settings, bench.brands, bench.store.people.chats())

    dispatch = Dispatch(bench.store, drawing, routes)
    with bench.store.writing():
        bench.store.people.link_chat("care", CARE, NOON)
    chat = Chat()
    desk = SendingDesk(bench.store, drawing)
    made = Post(bench=bench, chat=chat, dispatch=dispatch, routes=routes)
    made.sender = Sender(chat, lambda: desk, here, lambda: made.now, limited=False)
    return made


def cards(post: Post, item: int = 1) -> list[tuple[int, bool]]:
    found = post.bench.store.outbox.cards_of(ItemId(item))
    return [(card.ref.message_id, card.live) for card in found]


async def test_an_item_gets_one_card_in_its_topic(post: Post) -> None:
    post.take(a_mention())
    post.dispatch.cards(post.now)

    await post.send_all()

    assert len(post.chat.messages) == 1
    assert post.chat.topics == [12]
    assert cards(post) == [(1, True)]


async def test_a_card_is_edited_when_what_it_shows_changes_and_only_then(post: Post) -> None:
    post.take(a_mention())
    await post.send_all()
    before = post.chat.messages[1]

    post.passed(minutes(3))
    post.tick()
    quiet = await post.send_all()
    post.bench.desk.claim(ItemId(1), post.bench.member(), post.now)
    post.dispatch.cards(post.now)
    await post.send_all()

    assert quiet == 0
    assert post.chat.messages[1] != before
    assert "Zuzana" in post.chat.texts()[0]


async def test_an_item_answered_before_its_card_left_needs_none(post: Post) -> None:
    post.take(a_mention())
    post.passed(minutes(1))
    post.bench.desk.answered(ItemId(1), post.bench.member(), post.now)
    post.dispatch.cards(post.now)

    await post.send_all()

    assert post.chat.messages == {}


async def test_a_breach_is_told_once(post: Post) -> None:
    post.take(a_mention())
    await post.send_all()

    for _ in range(3):
        post.passed(minutes(11))
        post.tick()
        await post.send_all()
    post.tick()
    await post.send_all()

    told = Counter(text.splitlines()[0] for text in post.chat.texts()[1:])
    assert told
    assert set(told.values()) == {1}


async def test_a_warning_that_is_no_longer_true_is_not_sent(post: Post) -> None:
    post.take(a_mention())
    await post.send_all()
    post.passed(minutes(31))
    post.tick()
    post.bench.desk.answered(ItemId(1), post.bench.member(), post.now)
    post.dispatch.cards(post.now)

    await post.send_all()

    assert len(post.chat.messages) == 1


async def test_a_lost_answer_costs_one_second_card_at_most(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [InDoubtError("the answer was lost")]
    await post.send_all()

    post.passed(minutes(2))
    await post.send_all()

    assert len(post.chat.messages) == 2
    assert cards(post) == [(2, True)]


async def test_a_send_that_never_left_is_not_doubled(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [DeliveryError("no connection"), DeliveryError("no connection")]
    await post.send_all()

    for _ in range(4):
        post.passed(minutes(2))
        await post.send_all()

    assert len(post.chat.messages) == 1


async def test_a_process_that_died_while_sending_sends_once_more(post: Post) -> None:
    post.take(a_mention())
    [parcel] = post.bench.store.outbox.due(post.now)
    with post.bench.store.writing():
        post.bench.store.outbox.doubt(parcel.id)
    assert await post.send_all() == 0

    desk = SendingDesk(post.bench.store, Drawing(post.bench.ledger, parse(SETTINGS, Path("x"))))
    assert desk.recover() == 1
    await post.send_all()

    assert len(post.chat.messages) == 1


async def test_a_pause_that_telegram_asks_for_is_kept_to_the_second(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [SlowDownError("retry after 17", 17)]
    await post.send_all()

    post.passed(timedelta(seconds=16))
    early = await post.send_all()
    post.passed(timedelta(seconds=1))
    await post.send_all()

    assert early == 0
    assert len(post.chat.messages) == 1


async def test_a_group_that_became_a_supergroup_is_followed(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [ChatMovedError("moved", -100500)]

    await post.send_all()

    [card] = post.bench.store.outbox.cards_of(ItemId(1))
    assert card.ref.chat_id == -100500
    assert post.bench.store.people.chats()[0].chat_id == -100500


async def test_what_waits_for_a_chat_that_removed_the_bot_is_kept(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [ChatGoneError("kicked")]
    await post.send_all()
    gone_at = post.bench.store.people.chats()[0].gone_at

    post.passed(minutes(6))
    await post.send_all()

    assert gone_at == NOON
    assert len(post.chat.messages) == 1
    assert post.bench.store.people.chats()[0].gone_at is None


async def test_a_closed_topic_does_not_lose_the_card(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [TopicGoneError("topic closed")]

    await post.send_all()

    assert post.chat.topics == [None]


async def test_a_message_that_is_refused_goes_out_bare(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [MessageRefusedError("can't parse entities")]

    await post.send_all()

    assert len(post.chat.messages) == 1
    assert all(not span.style for span in post.chat.messages[1].text)


async def test_a_card_that_somebody_deleted_comes_again(post: Post) -> None:
    post.take(a_mention())
    await post.send_all()
    gone = post.chat.messages.pop(1)
    post.chat.messages[99] = gone

    post.bench.desk.claim(ItemId(1), post.bench.member(), post.now)
    post.dispatch.cards(post.now)
    await post.send_all()

    assert [live for _, live in cards(post)] == [False, True]


async def test_more_cards_than_a_chat_takes_become_a_digest(post: Post) -> None:
    names = "abcdefghijklmnopqrst"
    post.take(
        *(
            a_mention(
                f"Acme complaint about {name * 5} {name * 7}", key=f"sample:{name}", author=name
            )
            for name in names
        )
    )
    assert len(post.bench.store.outbox.waiting(CARE)) == len(names) > OVERFLOW

    post.dispatch.fold_overflow(post.now)
    await post.send_all()

    assert len(post.chat.messages) < len(names) / 2
    digest = post.chat.texts()[-1]
    assert all(f"#{number}" in digest for number in range(7, len(names) + 1))


async def test_the_look_back_comes_in_one_digest(post: Post) -> None:
    past = NOON - minutes(120)
    post.take(a_mention(key="sample:1", posted_at=past))
    post.take(a_mention("a complaint on Acme", key="sample:2", author="peter", posted_at=past))
    post.passed(timedelta(seconds=11))

    await post.send_all()

    assert len(post.chat.messages) == 1
    assert "#1" in post.chat.texts()[0]
    assert "#2" in post.chat.texts()[0]


async def test_what_one_digest_cannot_hold_comes_together_in_the_next(post: Post) -> None:
    past = NOON - minutes(120)
    for number in range(LISTED + 5):
        word = f"{chr(97 + number // 26)}{chr(97 + number % 26)}" * 4
        text = f"Acme complaint about {word} and {word[::-1]}"
        post.take(a_mention(text, key=f"sample:{number}", author=word, posted_at=past))
    post.passed(timedelta(seconds=11))

    await post.send_all()

    first, second = post.chat.texts()
    assert f"{LISTED} posts" in first
    assert "5 posts" in second


async def test_posts_in_doubt_come_in_a_digest_once(post: Post) -> None:
    post.take(a_mention("perhaps Acme"))

    first = post.dispatch.reviews(post.now)
    second = post.dispatch.reviews(post.now)
    await post.send_all()

    assert (first, second) == (1, 0)
    assert len(post.chat.messages) == 1


def posts_of(post: Post) -> list[list[int]]:
    return [json.loads(one.payload)["posts"] for one in post.bench.store.outbox.waiting(CARE)]


def sure_ones(post: Post, count: int) -> None:
    for number in range(count):
        text = f"Acme word{number} has a {'' if number % 2 else 'complaint'} number {number * 7919}"
        mention = a_mention(text, key=f"sample:{number}", author=f"a{number}", posted_at=post.now)
        post.bench.take(mention, now=post.now)


async def test_once_a_day_a_few_sure_posts_come_along_to_check_the_judge(post: Post) -> None:
    sure_ones(post, 12)
    same_day = post.dispatch.reviews(post.now)
    post.passed(timedelta(hours=20))  # 8 in the morning: the hour has not come
    too_early = post.dispatch.reviews(post.now)
    post.passed(timedelta(hours=2))
    post.bench.take(a_mention("perhaps Acme", key="sample:99", author="z"), now=post.now)

    counts = [post.dispatch.reviews(post.now) for _ in range(2)]

    first = posts_of(post)
    post.passed(timedelta(days=1))
    post.dispatch.reviews(post.now)
    assert (same_day, too_early, counts) == (0, 0, [4, 0])
    assert [len(posts) for posts in first] == [4]
    flagged = [post.bench.store.posts.by_id(number) for number in first[0][1:]]
    assert {one.classification.flagged for one in flagged if one and one.classification} == {
        True,
        False,
    }
    assert not set(first[0]) & set(posts_of(post)[-1])
    assert len(posts_of(post)[-1]) == 3


@pytest.mark.parametrize("setting", ["judge_checks = 0", "judge_checks = 1"])
async def test_how_many_checks_come_is_set(tmp_path: Path, setting: str) -> None:
    post = a_post(tmp_path, f"[desk]\n{setting}\n{SETTINGS}")
    sure_ones(post, 12)
    post.passed(timedelta(hours=24))

    assert post.dispatch.reviews(post.now) == int(setting[-1])
    post.bench.store.close()


async def test_the_board_is_pinned_once_and_edited_when_it_changes(post: Post) -> None:
    post.dispatch.boards(post.now)
    await post.send_all()
    post.dispatch.boards(post.now)
    assert await post.send_all() == 0

    post.take(a_mention())
    post.dispatch.boards(post.now)
    post.passed(timedelta(seconds=16))
    await post.send_all()

    assert post.chat.pinned == [1]
    assert "1 waiting" in post.chat.texts()[0]


async def test_when_the_first_of_a_crowd_is_answered_the_next_one_gets_a_card(post: Post) -> None:
    text = "Acme network is down in the whole city again, this is a complaint about your service"
    post.take(a_mention(text, key="sample:1"))
    post.take(a_mention(text + "!", key="sample:2", author="peter"))
    await post.send_all()
    assert len(post.chat.messages) == 1

    post.bench.desk.answered(ItemId(1), post.bench.member(), post.now)
    post.dispatch.cards(post.now)
    await post.send_all()

    assert [live for _, live in cards(post, 2)] == [True]


async def test_an_item_that_is_shown_nowhere_gets_a_card_after_all(post: Post) -> None:
    post.take(a_mention())
    with post.bench.store.writing():
        for parcel in post.bench.store.outbox.due(post.now):
            post.bench.store.outbox.drop(parcel.id)

    forgotten = post.dispatch.audit(post.now)
    await post.send_all()

    assert forgotten == 1
    assert cards(post) == [(1, True)]


async def test_a_doubted_card_that_somebody_found_is_not_sent_again(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [InDoubtError("the answer was lost")]
    await post.send_all()
    with post.bench.store.writing():
        found = MessageRef(chat_id=CARE, message_id=1, topic=12)
        post.bench.store.outbox.add_card(ItemId(1), found, "", post.now)

    post.passed(minutes(2))
    await post.send_all()

    assert list(post.chat.messages) == [1]
    assert cards(post) == [(1, True)]


async def test_of_two_cards_of_an_item_the_older_one_gives_way(post: Post) -> None:
    post.take(a_mention())
    desk = SendingDesk(post.bench.store, Drawing(post.bench.ledger, parse(SETTINGS, Path("x"))))
    out = desk.take(post.now, (), ())
    assert out is not None
    older = MessageRef(chat_id=CARE, message_id=50, topic=12)
    post.chat.messages[50] = out.drawn.message
    with post.bench.store.writing():
        post.bench.store.outbox.add_card(ItemId(1), older, "", post.now)

    desk.arrived(out, await post.chat.send(CARE, 12, out.drawn.message), post.now)
    await post.send_all()

    assert [live for _, live in cards(post)] == [False, True]
    assert "newer message" in plain(post.chat.messages[50].text)


async def test_a_fault_nobody_thought_of_puts_a_send_in_doubt_and_stops_nothing(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [ValueError("a library's own fault")]
    await post.send_all()

    post.passed(minutes(2))
    await post.send_all()

    assert len(post.chat.messages) == 1
    assert cards(post) == [(1, True)]


async def test_a_parcel_that_cannot_be_drawn_holds_nobody_up(post: Post) -> None:
    with post.bench.store.writing():
        post.bench.store.outbox.put(
            chat_id=CARE, topic=None, kind=Kind.SUMMARY, dedupe="faulty", priority=0, now=post.now,
            payload='{"kind": "weekly", "day": "0001-01-01", "chat": "care"}',
        )  # fmt: skip
    post.take(a_mention())

    await post.send_all()

    assert [live for _, live in cards(post)] == [True]
    [faulty] = post.bench.store.outbox.waiting(CARE)
    assert faulty.kind is Kind.SUMMARY


async def test_a_closed_general_topic_is_asked_again_later_and_not_at_once(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [TopicGoneError("topic closed"), TopicGoneError("general topic closed")]

    tries = await post.send_all()
    post.passed(minutes(6))
    await post.send_all()

    assert tries == 2
    assert len(post.chat.messages) == 1


async def test_edits_of_a_busy_chat_hold_no_other_chat_up(post: Post) -> None:
    outbox = post.bench.store.outbox
    with post.bench.store.writing():
        for number in range(30):
            outbox.put(
                chat_id=CARE, topic=None, kind=Kind.EDIT, dedupe=f"edit:{number}", now=post.now,
                priority=Priority.EDIT, message_id=number,
            )  # fmt: skip
        outbox.put(
            chat_id=-200, topic=None, kind=Kind.EDIT, dedupe="other", now=post.now,
            priority=Priority.EDIT, message_id=1,
        )  # fmt: skip

    found = outbox.due(post.now, held=(), slow=(CARE,), limit=20)

    assert [parcel.chat_id for parcel in found] == [-200]


async def test_a_change_that_comes_while_a_menu_is_on_its_way_is_shown(post: Post) -> None:
    post.take(a_mention())
    await post.send_all()
    outbox = post.bench.store.outbox
    [card] = outbox.cards_of(ItemId(1))
    with post.bench.store.writing():
        post.dispatch.put_edit(card, ItemId(1), post.now, '{"menu": "wait"}', urgent=True)
        [menu] = outbox.due(post.now)
        outbox.doubt(menu.id)
    post.bench.desk.claim(ItemId(1), post.bench.member(), post.now)
    post.dispatch.cards(post.now)

    with post.bench.store.writing():
        outbox.edited(menu)
    await post.send_all()

    assert "Zuzana" in post.chat.texts()[0]


async def test_two_names_of_one_chat_keep_a_board_each(tmp_path: Path) -> None:
    settings = (
        SETTINGS
        + """
[[chat]]
name = "sales"
id = -100
topic = 13
"""
    )
    post = a_post(tmp_path, settings)
    with post.bench.store.writing():
        post.bench.store.people.link_chat("sales", CARE, NOON)

    for _ in range(3):
        post.dispatch.boards(post.now)
        await post.send_all()
        post.passed(timedelta(seconds=16))

    boards = {chat.name: chat.board_message_id for chat in post.bench.store.people.chats()}
    assert boards == {"care": 1, "sales": 2}
    assert len(post.chat.messages) == 2
    post.bench.store.close()


async def test_cards_of_a_group_that_became_a_supergroup_are_sent_anew(post: Post) -> None:
    post.take(a_mention())
    await post.send_all()

    post.bench.desk.claim(ItemId(1), post.bench.member(), post.now)
    post.dispatch.cards(post.now)
    post.chat.faults = [ChatMovedError("moved", -100500)]
    await post.send_all()

    found = post.bench.store.outbox.cards_of(ItemId(1))
    assert [(card.ref.chat_id, card.live) for card in found] == [(CARE, False), (-100500, True)]


async def test_a_card_that_the_chat_refused_is_tried_again_later(post: Post) -> None:
    post.take(a_mention())
    post.chat.faults = [MessageRefusedError("group send failed")] * 2
    await post.send_all()
    assert post.chat.messages == {}

    post.dispatch.audit(post.now)
    early = await post.send_all()
    post.passed(minutes(3))
    await post.send_all()

    assert early == 0
    assert cards(post) == [(1, True)]


async def test_an_item_of_the_look_back_that_asks_again_gets_a_card(post: Post) -> None:
    post.take(a_mention(posted_at=NOON - minutes(120)))
    post.passed(timedelta(seconds=11))
    await post.send_all()
    post.bench.desk.answered(ItemId(1), post.bench.member(), post.now)
    post.dispatch.cards(post.now)
    post.passed(minutes(10))

    again = a_mention(
        "please, still nothing", key="sample:2", thread="sample:1", posted_at=post.now
    )
    post.take(again)
    await post.send_all()

    assert [live for _, live in cards(post)] == [True]


async def test_a_new_copy_of_what_only_a_digest_shows_gets_a_card(post: Post) -> None:
    text = "Acme network is down in the whole city again, this is a complaint about your service"
    post.take(a_mention(text, key="sample:1", posted_at=NOON - minutes(120)))
    post.passed(timedelta(seconds=11))
    await post.send_all()

    post.take(a_mention(text + "!", key="sample:2", author="peter", posted_at=post.now))
    await post.send_all()

    assert [live for _, live in cards(post, 2)] == [True]


async def test_a_refused_digest_gives_its_items_a_card_each(post: Post) -> None:
    post.take(a_mention(posted_at=NOON - minutes(120)))
    post.passed(timedelta(seconds=11))
    post.chat.faults = [MessageRefusedError("no")] * 2
    await post.send_all()

    assert [live for _, live in cards(post)] == [True]


async def test_a_refused_review_asks_about_each_of_its_posts_alone(post: Post) -> None:
    post.take(a_mention("perhaps Acme"), a_mention("Acme perhaps", key="sample:2", author="eva"))
    post.dispatch.reviews(post.now)
    post.chat.faults = [MessageRefusedError("no")] * 2
    await post.send_all()

    assert len(post.chat.messages) == 2


async def test_a_post_that_is_in_doubt_anew_comes_in_another_digest(post: Post) -> None:
    post.take(a_mention("perhaps Acme"))
    post.dispatch.reviews(post.now)
    await post.send_all()

    post.passed(minutes(30))
    post.take(a_mention("perhaps Acme, perhaps not"))
    post.dispatch.reviews(post.now)
    await post.send_all()

    assert len(post.chat.messages) == 2


async def test_an_item_whose_card_cannot_be_looked_at_keeps_no_other_back(
    post: Post, tmp_path: Path
) -> None:
    post.take(a_mention())
    await post.send_all()
    with post.bench.store.writing():
        post.bench.store.outbox.show(MessageRef(chat_id=CARE, message_id=1), "stale")
    broken = Dispatch(
        post.bench.store, Faulty(post.bench.ledger, parse(SETTINGS, tmp_path)), post.routes
    )
    post.bench.take(a_mention("Acme, please", key="sample:2", author="eva"), now=post.now)
    with post.bench.store.writing():
        post.bench.store.items.touch(ItemId(1))

    broken.cards(post.now)
    await post.send_all()

    assert [live for _, live in cards(post, 2)] == [True]


class Faulty(Drawing):
    """Fails on item 1."""

    def card(self, item: ItemId, *rest: Any, **more: Any) -> Drawn | None:
        if item == 1:
            raise ValueError("our own fault")
        return super().card(item, *rest, **more)
