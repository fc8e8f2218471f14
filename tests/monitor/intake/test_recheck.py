"""Second looks: what they find, whose turn it is, and that the platform's rules are kept."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.errors import UnavailableError
from monitor.intake.answers import Looked
from monitor.intake.polling import poll
from monitor.intake.recheck import MOST, due_batches, recheck
from monitor.model import ItemId, Mention, State
from tests.builders import NOON, a_mention, a_page, a_reply, minutes
from tests.desk import LOOK_BACK, Bench, a_bench
from tests.fakes import Look, Pages

DAY = timedelta(days=1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return a_bench(tmp_path)


def look_again(look: Look, bench: Bench, now: datetime) -> Looked:
    """Let a turn of second looks come up; it is one batch at most."""
    for keys in due_batches(look, "sample", bench.store, now):
        return recheck(look, keys, bench.pipeline, bench.store, now)
    return Looked()


class Moody(Look):
    """A platform that trips over one post, and shows none after it."""

    def __init__(self, odd: str) -> None:
        super().__init__()
        self.shown: set[str] = set()
        self._odd = odd

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterator[Mention]:
        for key in keys:
            if key == self._odd:
                raise TypeError("'NoneType' object is not subscriptable")
            self.shown.add(key)
            yield a_mention(f"acme complaint {key[-1]}", key=key, author=f"a{key[-1]}")


def harmless(bench: Bench, count: int, now: datetime = NOON) -> None:
    """Keep so many posts that need no answer."""
    words = [f"acme is {number} {chr(97 + number % 26) * 9}" for number in range(count)]
    mentions = [
        a_mention(words[number], key=f"sample:{number}", author=f"a{number}", posted_at=now)
        for number in range(count)
    ]
    bench.take(*mentions, now=now)


def test_a_second_look_voids_the_item_of_a_deleted_post_and_moves_no_cursor(bench: Bench) -> None:
    poll(Pages(a_page(a_mention(), cursor="one")), bench.pipeline, bench.store, LOOK_BACK, NOON)
    look = Look(a_mention(deleted=True))

    looked = look_again(look, bench, NOON + minutes(9))

    source = bench.store.sources.get("sample")
    assert source is not None
    assert source.cursor == "one"
    assert (look.keys, looked.taken.items) == (["sample:1"], (ItemId(1),))
    assert bench.item(now=NOON + minutes(9)).item.state is State.VOID


def test_a_reply_that_was_taken_back_is_seen_at_the_second_look(bench: Bench) -> None:
    bench.take(a_mention())
    reply = a_reply(posted_at=NOON + minutes(3))
    bench.take(reply, now=NOON + minutes(4))
    gone = a_mention(key="sample:2", thread="sample:1", author="acme_care", deleted=True)

    look_again(Look(gone), bench, NOON + minutes(40))

    standing = bench.item(now=NOON + minutes(41))
    assert standing.item.state is State.OPEN
    assert standing.readings.responses[-1].started_at == NOON + minutes(40)


def test_resolved_items_are_not_looked_at_again(bench: Bench) -> None:
    bench.take(a_mention())
    member = bench.member()
    bench.desk.answered(ItemId(1), member, NOON + minutes(1))
    bench.desk.resolve(ItemId(1), member, NOON + minutes(2))
    look = Look()

    look_again(look, bench, NOON + minutes(9))

    assert look.keys == []


def test_a_post_that_was_gone_is_looked_at_again_and_found(bench: Bench) -> None:
    bench.take(a_mention())
    bench.take(a_mention(deleted=True), now=NOON + minutes(5))

    look = Look(a_mention())
    look_again(look, bench, NOON + minutes(15))

    assert look.keys == ["sample:1"]
    assert bench.item(now=NOON + minutes(16)).item.state is State.OPEN


def test_a_text_that_was_deleted_leaves_the_store_and_a_tombstone_stays(bench: Bench) -> None:
    bench.take(a_mention())

    look_again(Look(a_mention(deleted=True)), bench, NOON + minutes(15))

    post = bench.store.posts.get("sample:1")
    assert post is not None
    assert (post.mention.deleted, post.mention.text) == (True, "")
    assert bench.item(now=NOON + minutes(16)).item.state is State.VOID


def test_the_oldest_look_has_its_turn_first_and_an_answerless_key_does_not_stop_it(
    bench: Bench,
) -> None:
    bench.take(a_mention(key="sample:1"), a_mention(key="sample:2", author="peter"))
    look = Look()
    look_again(look, bench, NOON + minutes(10))
    bench.take(a_mention(key="sample:3", author="eva"), now=NOON + minutes(5))

    [batch] = due_batches(look, "sample", bench.store, NOON + minutes(20))

    assert batch == ("sample:3", "sample:1", "sample:2")


def test_a_look_that_is_made_seldom_is_not_made_at_every_turn(bench: Bench) -> None:
    bench.take(a_mention())
    look = Look(every=DAY)

    turns = [NOON + minutes(10 * number) for number in range(1, 6 * 36)]
    for turn in turns:
        look_again(look, bench, turn)

    assert look.keys == ["sample:1"]


def test_what_came_before_a_failure_is_taken_in_and_the_rest_stays_due(bench: Bench) -> None:
    bench.take(a_mention(key="sample:1"), a_mention(key="sample:2", author="peter"))
    look = Look(a_mention(key="sample:1", deleted=True), error=UnavailableError("sample", "down"))

    looked = look_again(look, bench, NOON + minutes(15))

    assert looked.error is not None
    assert bench.item(1, NOON + minutes(15)).item.state is State.VOID
    [batch] = due_batches(look, "sample", bench.store, NOON + minutes(15))
    assert batch == ("sample:2", "sample:1")  # it may come back


def test_a_post_on_which_its_platform_always_fails_keeps_the_others_from_nothing(
    bench: Bench,
) -> None:
    bench.take(
        *(a_mention(f"acme complaint {n}", key=f"sample:{n}", author=f"a{n}") for n in range(8))
    )
    look = Moody("sample:0")

    looked, at = Looked(), NOON
    for _ in range(15):
        at += 2 * look.recheck_every
        strewn = looked.error is not None
        [batch] = due_batches(look, "sample", bench.store, at, strewn=strewn)
        looked = recheck(look, batch, bench.pipeline, bench.store, at)

    assert look.shown == {f"sample:{n}" for n in range(1, 8)}


def test_all_that_is_stored_is_looked_at_within_the_time_the_rules_give_without_a_burst(
    bench: Bench,
) -> None:
    harmless(bench, 60)
    look = Look(within=2 * DAY)
    checked_at: dict[str, list[datetime]] = {}
    most = 0

    for turn in (NOON + minutes(10 * number) for number in range(6 * 24 * 6)):
        before = len(look.keys)
        look_again(look, bench, turn)
        for key in look.keys[before:]:
            checked_at.setdefault(key, [NOON]).append(turn)
        most = max(most, len(look.keys) - before)

    gaps = [later - earlier for at in checked_at.values() for earlier, later in pairwise(at)]
    assert len(checked_at) == 60
    assert max(gaps) <= 2 * DAY
    assert most == 1
    assert len(look.keys) <= 60 * 6


def test_after_a_standstill_what_is_late_does_not_wait_for_its_share(bench: Bench) -> None:
    harmless(bench, 40)
    look = Look(within=2 * DAY)

    look_again(look, bench, NOON + 3 * DAY)

    assert len(look.keys) == 40


def test_no_call_asks_for_more_than_a_platform_can_bear(bench: Bench) -> None:
    bench.judge.broken = True  # it would only take long
    harmless(bench, MOST + 1)
    look = Look(within=2 * DAY)

    batches = due_batches(look, "sample", bench.store, NOON + 3 * DAY)

    assert [len(batch) for batch in batches] == [MOST, 1]
