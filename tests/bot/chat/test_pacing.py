"""Many notices: a few go as they come, then one message a minute tells of all."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.store.outbox import Kind, Priority
from tests.bot.chat.test_sending import CARE, SETTINGS, Post, a_post
from tests.builders import a_mention

pytestmark = pytest.mark.anyio
WORDS = ("melon", "harbor", "violet", "copper", "meadow", "lantern", "pepper", "saddle", "timber")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = a_post(tmp_path, SETTINGS)
    yield made
    made.bench.store.close()


def complain(post: Post, number: int) -> None:
    """Let somebody complain whom nobody has complained like."""
    text = f"Acme complaint about {WORDS[number]} and {WORDS[number - 1]} number {number * 7919}"
    mention = a_mention(text, key=f"sample:{number}", author=WORDS[number], posted_at=post.now)
    post.take(mention)


async def notices_sent(post: Post) -> int:
    """Send what may go now; return how many messages of notices ever arrived."""
    while await post.sender.send_one():
        pass
    sent = post.bench.store.outbox.sent_of(Kind.NOTICE, CARE, post.now - timedelta(hours=9))
    return len(sent)


async def test_the_sixth_message_within_five_minutes_waits_for_the_others(post: Post) -> None:
    post.sender._budgets._limited = False
    for number in range(9):  # each is unclaimed for five minutes ten seconds after the one before
        complain(post, number)
        await notices_sent(post)
        post.passed(timedelta(seconds=10))
    post.passed(timedelta(minutes=3, seconds=30))
    counts = []
    for _ in range(15):
        post.tick()
        counts.append(await notices_sent(post))
        post.passed(timedelta(seconds=10))

    waited = counts.count(5)
    assert counts[-1] == 6
    assert waited >= 5  # the last four came while a minute passed, and went together
    last = post.chat.texts()[-1]
    assert all(f"#{number}" in last for number in (6, 7, 8, 9))


async def test_few_notices_go_as_they_come(post: Post) -> None:
    complain(post, 1)
    await notices_sent(post)
    post.passed(timedelta(minutes=5, seconds=1))

    post.tick()
    (waiting,) = post.bench.store.outbox.waiting(CARE, Kind.NOTICE)

    assert waiting.not_before == post.now
    assert waiting.priority <= Priority.WARNING


async def test_a_missed_target_waits_half_as_long_and_takes_the_others_along(
    post: Post,
) -> None:
    complain(post, 1)
    await notices_sent(post)
    post.passed(timedelta(minutes=15))
    complain(post, 2)
    await notices_sent(post)
    post.passed(timedelta(minutes=15, seconds=1))
    outbox = post.bench.store.outbox
    with post.bench.store.writing():
        for number in range(5):
            outbox.put(
                chat_id=CARE,
                topic=12,
                kind=Kind.NOTICE,
                dedupe=f"before:{number}",
                priority=Priority.WARNING,
                now=post.now,
            )
        for parcel in outbox.waiting(CARE, Kind.NOTICE):
            outbox.sent(parcel.id, post.now, 900 + parcel.id)

    post.tick()
    (waiting,) = outbox.waiting(CARE, Kind.NOTICE)

    assert len(json.loads(waiting.payload)["notices"]) > 2
    assert waiting.priority == Priority.BREACH
    assert waiting.not_before == post.now + timedelta(seconds=30)
