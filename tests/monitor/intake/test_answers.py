"""Answered anywhere: which conversations are read, and what is found there."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from monitor.errors import UnavailableError
from monitor.handling.tick import Tick
from monitor.intake.answers import Clocks, Looked, look, wanted
from monitor.model import ItemId, NoticeKind, State
from tests.builders import NOON, a_mention, a_reply, minutes
from tests.desk import Bench, a_bench
from tests.fakes import Conversations

FIRST = ItemId(1)
DUE = NOON + minutes(30)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return a_bench(tmp_path)


def looked_at(bench: Bench, now: datetime, *mentions: object) -> Looked:
    """Read the conversation of the first item, in which these posts stand."""
    platform = Conversations()
    platform.stands["sample:1"] = mentions  # type: ignore[assignment]
    return look(platform, "sample:1", bench.pipeline, bench.store, now)


def after_the_warnings(bench: Bench) -> None:
    """Let time pass until nothing but the breach is left to be told."""
    for minute in (5, 6, 15, 24, 29):
        bench.tick(NOON + minutes(minute))
    bench.told.clear()


def test_a_conversation_is_wanted_shortly_before_its_breach_and_not_earlier(bench: Bench) -> None:
    bench.take(a_mention())
    after_the_warnings(bench)

    wanted_at = [
        wanted(bench.ledger, Clocks("sample"), DUE + minutes(late), 10)
        for late in (-1, -0.5, 0.4, 0.6)
    ]

    assert wanted_at == [(), ("sample:1",), ("sample:1",), ()]


def test_the_one_that_is_due_first_is_looked_at_first(bench: Bench) -> None:
    for number, minute in ((1, 0.3), (2, 0.1), (3, 0.2)):
        bench.take(
            a_mention(key=f"sample:{number}", author=f"a{number}"), now=NOON + minutes(minute)
        )
    for minute in (5, 6, 15, 16, 24, 25, 29):
        bench.tick(NOON + minutes(minute))

    found = wanted(bench.ledger, Clocks("sample"), DUE, 2)

    assert found == ("sample:2", "sample:3")


def test_a_clock_that_changed_meanwhile_is_read_anew(bench: Bench) -> None:
    clocks = Clocks("sample")
    bench.take(a_mention())
    after_the_warnings(bench)
    before = wanted(bench.ledger, clocks, DUE, 10)

    bench.take(a_reply(posted_at=DUE - minutes(1)), now=DUE)
    more = a_mention("please, hello?", key="sample:3", thread="sample:1", posted_at=DUE)
    bench.take(more, now=DUE)

    assert before == ("sample:1",)
    assert wanted(bench.ledger, clocks, DUE, 10) == ()


def test_many_warnings_at_the_same_moment_do_not_crowd_a_breach_out(bench: Bench) -> None:
    bench.take(a_mention(key="sample:0", author="first"))
    words = [f"acme complaint {chr(97 + n % 26) * 9} {n}" for n in range(40)]
    later = [a_mention(words[n], key=f"sample:{n + 1}", author=f"a{n}") for n in range(40)]
    bench.take(*later, now=NOON + minutes(15))
    for minute in (5, 6, 15, 20.1, 24, 29):
        bench.tick(NOON + minutes(minute))

    assert wanted(bench.ledger, Clocks("sample"), DUE - minutes(0.5), 2) == ("sample:0",)


def test_a_reply_that_is_found_there_stops_the_clock_before_a_breach_is_told(bench: Bench) -> None:
    bench.take(a_mention())
    after_the_warnings(bench)
    reply = a_reply(posted_at=NOON + minutes(28))

    looked = looked_at(bench, DUE - minutes(0.2), a_mention(), reply)
    bench.tick(DUE + minutes(1))

    standing = bench.item(now=DUE + minutes(1))
    assert looked.taken.items == (FIRST,)
    assert standing.item.state is State.ANSWERED
    assert standing.item.answer is not None
    assert standing.item.answer.at == NOON + minutes(28)
    assert bench.told == []


def test_a_conversation_that_was_just_read_is_not_wanted_again(bench: Bench) -> None:
    bench.take(a_mention())
    after_the_warnings(bench)
    looked_at(bench, DUE - minutes(0.7), a_mention())

    again = wanted(bench.ledger, Clocks("sample"), DUE, 10)

    assert again == ()


def test_an_early_look_does_not_count_for_a_breach(bench: Bench) -> None:
    bench.take(a_mention())
    after_the_warnings(bench)
    looked_at(bench, DUE - minutes(2), a_mention())

    again = wanted(bench.ledger, Clocks("sample"), DUE, 10)

    assert again == ("sample:1",)


def test_a_tap_of_answered_is_looked_into_before_a_claim_and_each_of_them_once(
    bench: Bench,
) -> None:
    bench.take(a_mention(key="sample:1"), a_mention(key="sample:2", author="peter"))
    bench.desk.claim(ItemId(2), bench.member(), NOON + minutes(1))
    bench.desk.answered(FIRST, bench.member(), NOON + minutes(2))
    tapped = wanted(bench.ledger, Clocks("sample"), NOON + minutes(2), 10)

    for thread in tapped:
        look(Conversations(), thread, bench.pipeline, bench.store, NOON + minutes(2))

    assert tapped == ("sample:1", "sample:2")
    assert wanted(bench.ledger, Clocks("sample"), NOON + minutes(3), 10) == ()


def test_an_unproven_answer_becomes_proven_when_it_is_found(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.answered(FIRST, bench.member(), NOON + minutes(10))
    unproven = bench.item(now=NOON + minutes(10)).item.answer

    looked_at(bench, NOON + minutes(11), a_mention(), a_reply(posted_at=NOON + minutes(9)))

    answer = bench.item(now=NOON + minutes(11)).item.answer
    assert unproven is not None
    assert not unproven.proven
    assert answer is not None
    assert answer.proven
    assert answer.url == "https://sample.example/2"


def test_a_deleted_reply_opens_a_new_cycle(bench: Bench) -> None:
    bench.take(a_mention())
    bench.take(a_reply(posted_at=NOON + minutes(5)), now=NOON + minutes(6))

    looked_at(bench, NOON + minutes(40), a_mention(), a_reply(deleted=True))

    standing = bench.item(now=NOON + minutes(41))
    assert standing.item.state is State.OPEN
    assert standing.readings.responses[-1].started_at == NOON + minutes(40)


def test_what_customers_wrote_there_and_no_poll_brought_is_taken_in(bench: Bench) -> None:
    bench.take(a_mention())
    more = a_mention("still nothing, please", key="sample:4", thread="sample:1")
    other = a_mention("acme: a complaint too", key="sample:5", thread="sample:1", author="eva")
    noise = a_mention("lovely weather", key="sample:6", thread="sample:1", author="joe")

    looked_at(bench, NOON + minutes(5), a_mention(), more, other, noise)

    assert [post.mention.key for post in bench.store.posts.of_item(1)] == ["sample:1", "sample:4"]
    assert bench.item(2, NOON + minutes(6)).item.state is State.OPEN
    assert bench.store.posts.get("sample:6") is None
    source = bench.store.sources.get("sample")
    assert source is not None
    assert source.cursor == "next"


def test_a_post_that_is_gone_there_leaves_a_tombstone(bench: Bench) -> None:
    bench.take(a_mention())

    looked_at(bench, NOON + minutes(5), a_mention(deleted=True))

    assert bench.item(now=NOON + minutes(6)).item.state is State.VOID


def test_a_look_that_fails_is_told_and_stays_wanted(bench: Bench) -> None:
    bench.take(a_mention())
    bench.desk.claim(FIRST, bench.member(), NOON + minutes(1))
    down = Conversations(error=UnavailableError("sample", "down"))

    looked = look(down, "sample:1", bench.pipeline, bench.store, NOON + minutes(2))

    assert looked.error is down.fault
    assert wanted(bench.ledger, Clocks("sample"), NOON + minutes(2), 10) == ("sample:1",)


def test_a_held_back_breach_is_told_once_nothing_holds_it_any_more(bench: Bench) -> None:
    bench.take(a_mention())
    after_the_warnings(bench)
    held = Tick(bench.ledger, bench._hear, lambda *_: True)
    revision = bench.store.items.undrawn(5)[0].revision

    for second in range(1, 20):
        held.run(DUE + minutes(second / 60))
    while_held = list(bench.told)
    bench.tick(DUE + minutes(0.5))

    assert while_held == []
    assert [(one.kind, one.name) for one in bench.told] == [
        (NoticeKind.BREACH, "first_response:1:100%")
    ]
    assert bench.store.items.undrawn(5)[0].revision == revision + 1


def test_a_platform_that_was_never_polled_is_not_looked_at(bench: Bench) -> None:
    platform = Conversations()

    looked = look(platform, "sample:1", bench.pipeline, bench.store, NOON)

    assert (looked.taken.read, platform.read) == (0, [])


def test_a_conversation_in_which_nothing_can_be_read_harms_nothing(bench: Bench) -> None:
    bench.take(a_mention())
    nonsense = replace(a_mention(key="sample:7"), posted_at=None)  # type: ignore[arg-type]

    looked = looked_at(bench, NOON + minutes(5), nonsense)

    assert isinstance(looked.error, UnavailableError)
