"""What commands do and answer, on a real file."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.commands import USAGES, menu
from bot.chat.incoming import ReplyTo
from bot.chat.lists import LISTED
from bot.chat.replies import Say
from bot.chat.taps import TapKind, decode, encode
from monitor.desk import roles
from monitor.model import MessageRef, Notice, NoticeKind, State
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import (
    CARE,
    EMRE,
    FOREIGN,
    LENA,
    MALLORY,
    VERA,
    ZUZANA,
    Counter,
    a_counter,
)
from tests.builders import NOON, a_mention, minutes


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = a_counter(tmp_path)
    yield made
    made.bench.store.close()


# ---------------------------------------------------------------- who may


def test_every_command_of_the_desk_is_described() -> None:
    assert tuple(USAGES) == roles.commands()
    assert all(len(does) <= 256 for _, does in menu())


def test_help_lists_what_ones_role_allows(counter: Counter) -> None:
    viewer = counter.command("/help", who=VERA)
    lead = counter.command("/start", who=LENA)

    assert "/queue" in viewer
    assert "/resolve" not in viewer
    assert "/mute" in lead


def test_a_stranger_gets_help_to_be_let_in_and_nothing_else(counter: Counter) -> None:
    counter.complain()

    helped = counter.command("/start", who=MALLORY, chat=MALLORY.telegram_id)
    refused = counter.command("/queue", who=MALLORY, chat=MALLORY.telegram_id)

    assert "/link CODE" in helped
    assert "/queue" not in helped
    assert "not linked" in refused
    assert "#1" not in refused
    assert [(e.action, e.allowed) for e in counter.log()] == [("start", True), ("queue", False)]


def test_a_stranger_who_goes_on_gets_silence_and_fills_no_log(counter: Counter) -> None:
    for _ in range(40):
        counter.command("/queue", who=MALLORY)

    last = counter.command("/queue", who=MALLORY)

    assert last == ""
    assert len(counter.log()) == 10


def test_a_linked_person_in_a_foreign_chat_is_told_how_to_link_it(counter: Counter) -> None:
    told = counter.command("/queue", chat=FOREIGN)

    assert "not linked" in told
    assert not counter.log()[-1].allowed


def test_a_linked_person_may_ask_in_private(counter: Counter) -> None:
    item = counter.complain()

    assert f"#{item}" in counter.command("/queue", chat=ZUZANA.telegram_id)


@pytest.mark.parametrize("written", ["/log", "/mute Acme 2h"])
def test_what_is_for_leads_is_refused_to_agents_and_logged(counter: Counter, written: str) -> None:
    told = counter.command(written)

    assert "for leads and above" in told
    assert not counter.log()[-1].allowed


def test_the_log_says_in_whole_words_who_may_not_read_of_customers(counter: Counter) -> None:
    counter.complain()

    counter.command("/customer @jana", who=VERA)

    refused = counter.log()[-1]
    assert not refused.allowed
    assert refused.detail == "/customer is for agents and above. You are a viewer."


def test_a_viewer_resolves_nothing(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item)

    told = counter.command(f"/resolve {item}", who=VERA)

    assert "You are a viewer" in told
    assert counter.bench.item(item).item.state is State.ANSWERED


def test_an_unknown_command_is_answered_with_the_nearest(counter: Counter) -> None:
    assert counter.command("/quue") == "There is no /quue. Did you mean /queue?"
    assert "/help" in counter.command("/zzz")


# ---------------------------------------------------------------- naming an item


@pytest.mark.parametrize("written", ["/item 1", "/item #1", "/why 1"])
def test_an_item_is_named_by_its_number(counter: Counter, written: str) -> None:
    counter.complain()

    assert "#1" in counter.command(written)


def test_an_item_is_named_by_a_reply_to_its_card(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item)

    told = counter.command("/resolve", reply_to=counter.under(item))

    assert told == f"#{item} is resolved."


def test_an_item_is_named_by_a_reply_to_a_notice(counter: Counter) -> None:
    item = counter.complain()
    standing = counter.bench.item(item)
    notice = Notice(kind=NoticeKind.UNCLAIMED, item=item, name="claim:1:100%", at=NOON, tell="chat")
    with counter.bench.store.writing():
        counter.dispatch.announce(standing, (notice,), counter.now)
    counter.deliver()
    message = next(n for n in range(100, 110) if _is_notice(counter, n))
    shown = ReplyTo(
        message_id=message, text="late", datas=(encode(TapKind.SHOW, item),), from_bot=True
    )

    assert f"#{item}" in counter.command("/why", reply_to=shown)


def _is_notice(counter: Counter, message: int) -> bool:
    parcel = counter.bench.store.outbox.parcel_at(MessageRef(chat_id=CARE, message_id=message))
    return parcel is not None and parcel.kind is Kind.NOTICE


def test_a_reply_to_a_message_about_several_items_names_none(counter: Counter) -> None:
    first, second = counter.complain("sample:1", "jana"), counter.complain("sample:2", "omar")
    several = ReplyTo(
        message_id=555,
        text=f"#{first} and #{second}",
        datas=(encode(TapKind.SHOW, first), encode(TapKind.SHOW, second)),
        from_bot=True,
    )

    told = counter.command("/resolve", reply_to=several)

    assert told == "Write /resolve ID, or reply to its card."


def test_a_reply_to_an_answer_names_the_item_it_is_about(counter: Counter) -> None:
    item = counter.complain()
    (reply,) = counter.hear(counter.a_command(f"/item {item}"))
    assert isinstance(reply, Say)
    counter.front_desk.said(reply, MessageRef(chat_id=CARE, message_id=700), counter.now)

    told = counter.command(
        "/why", reply_to=ReplyTo(message_id=700, text="no number here", from_bot=True)
    )

    assert f"#{item}" in told


@pytest.mark.parametrize("written", ["/item", "/item twelve", "/why", "/resolve"])
def test_a_command_without_its_item_is_answered_with_how_it_is_written(
    counter: Counter, written: str
) -> None:
    told = counter.command(written)

    name = written.split(maxsplit=1)[0]
    assert told == f"Write {name} ID, or reply to its card."
    assert counter.log() == []


def test_an_item_nobody_knows_is_refused(counter: Counter) -> None:
    assert counter.command("/item 4711") == "There is no item #4711."


# ---------------------------------------------------------------- acts


def test_merging_joins_an_item_to_another(counter: Counter) -> None:
    first, second = counter.complain("sample:1", "jana"), counter.complain("sample:2", "omar")

    told = counter.command(f"/merge {second} {first}")

    assert told == f"#{second} is a part of #{first} now."
    assert counter.bench.item(second).item.merged_into == first


def test_merging_takes_the_item_replied_to(counter: Counter) -> None:
    first, second = counter.complain("sample:1", "jana"), counter.complain("sample:2", "omar")

    counter.command(f"/merge {first}", reply_to=counter.under(second))

    assert counter.bench.item(second).item.merged_into == first


@pytest.mark.parametrize("written", ["/merge", "/merge 1", "/merge 1 2 3", "/merge one two"])
def test_a_merger_of_unclear_items_is_answered_with_how_it_is_written(
    counter: Counter, written: str
) -> None:
    assert counter.command(written).startswith("Write /merge A B")


def test_undo_says_where_the_item_stands(counter: Counter) -> None:
    item = counter.complain()
    counter.tap(TapKind.ANSWERED, item)

    assert counter.command(f"/undo {item}") == f"Undone: #{item} is open again."


# ---------------------------------------------------------------- lists


def test_the_queue_leaves_out_what_is_answered(counter: Counter) -> None:
    waiting, answered = counter.complain("sample:1", "jana"), counter.complain("sample:2", "omar")
    counter.tap(TapKind.ANSWERED, answered)

    told = counter.command("/queue")

    assert f"#{waiting}" in told
    assert f"#{answered}" not in told


def test_what_nobody_took_in_time_hides_no_answer_that_is_due_earlier(counter: Counter) -> None:
    for number in range(9):
        counter.complain(f"sample:early{number}", f"a{number}")
        newest = max(one.item.id for one in counter.bench.store.items.queue())
        counter.tap(TapKind.CLAIM, newest)
    counter.now += minutes(10)
    for number in range(9):
        counter.complain(f"sample:late{number}", f"b{number}")
    counter.now += minutes(20.5)

    told = counter.command("/queue").splitlines()

    assert told[0] == "In the queue: 18 · 9 overdue"
    assert all(line.startswith("🔴") for line in told[1:-1])
    assert not any("@b" in line for line in told)


def test_mine_lists_what_i_claimed(counter: Counter) -> None:
    mine, others = counter.complain("sample:1", "jana"), counter.complain("sample:2", "omar")
    counter.tap(TapKind.CLAIM, mine)
    counter.tap(TapKind.CLAIM, others, who=EMRE)

    told = counter.command("/mine")

    assert f"#{mine}" in told
    assert f"#{others}" not in told


def test_mine_hides_nothing_owed_behind_what_was_answered_long_ago(counter: Counter) -> None:
    for number in range(1, LISTED + 1):
        counter.complain(f"sample:{number}", f"author{number}")
        counter.tap(TapKind.CLAIM, number)
        counter.tap(TapKind.ANSWERED, number)
    counter.now += minutes(25 * 60)
    counter.complain("sample:owed", "jana")
    owed = LISTED + 1
    counter.tap(TapKind.CLAIM, owed)

    told = counter.command("/mine")

    assert f"#{owed}" in told.splitlines()[1]


def test_the_log_shows_who_did_what_to_an_item(counter: Counter) -> None:
    first, second = counter.complain("sample:1", "jana"), counter.complain("sample:2", "omar")
    counter.tap(TapKind.CLAIM, first)
    counter.tap(TapKind.CLAIM, second, who=EMRE)

    of_one = counter.command(f"/log {first}", who=LENA)
    of_all = counter.command("/log", who=LENA)

    assert "Zuzana" in of_one
    assert "Emre" not in of_one
    assert "Emre" in of_all


def test_brands_and_stats_count_what_waits(counter: Counter) -> None:
    counter.complain()

    assert "1 waiting" in counter.command("/brands")
    assert "Acme: 1 waiting" in counter.command("/stats")
    counter.now = NOON + minutes(1)
    assert "Received: 1, before 0" in counter.command("/stats 3")
    assert "1 to 31" in counter.command("/stats 0")


def test_stats_count_who_still_waits_as_late(counter: Counter) -> None:
    counter.complain()
    counter.now = NOON + minutes(25 * 60)

    told = counter.command("/stats 1")

    assert "Late: -, before 100 % of 1" in told
    assert "Within 60 min: -, before 0 % of 1" in told


def test_the_team_is_told_with_what_each_has(counter: Counter) -> None:
    item = counter.complain()
    counter.bench.desk.claim(item, counter.bench.member(number=1), NOON)
    counter.now = NOON + minutes(1)

    told = counter.command("/team")

    assert "has 1" in told
    assert "1 claim" in told


@pytest.mark.parametrize(
    ("written", "day"),
    [
        pytest.param("/summary", "2026-03-06", id="today"),
        pytest.param("/summary yesterday", "2026-03-05", id="yesterday"),
        pytest.param("/summary 2026-02-28", "2026-02-28", id="a date"),
        pytest.param("/summary week", "2026-03-06", id="the week until today"),
    ],
)
def test_a_summary_is_queued_for_the_day_asked_for(
    counter: Counter, written: str, day: str
) -> None:
    counter.command(written)

    (parcel,) = counter.waiting(Kind.SUMMARY)
    kind = "weekly" if "week" in written else "daily"
    found = json.loads(parcel.payload)
    assert (found["kind"], found["day"], found["chat"]) == (kind, day, "care")


def test_a_summary_asked_for_twice_comes_twice(counter: Counter) -> None:
    counter.command("/summary")
    counter.deliver()
    counter.now += minutes(1)
    counter.command("/summary")

    assert len(counter.waiting(Kind.SUMMARY)) == 1


@pytest.mark.parametrize(
    "written", ["/summary soon", "/summary 2031-01-01", "/summary 06/03", "/summary 0001-01-01"]
)
def test_a_day_that_is_none_is_answered_with_how_it_is_written(
    counter: Counter, written: str
) -> None:
    assert counter.command(written)
    assert counter.waiting(Kind.SUMMARY) == ()


# ---------------------------------------------------------------- search and missed posts


def _harmless(counter: Counter, how_many: int) -> None:
    posts = [
        a_mention(f"Acme parade number {n}", key=f"sample:{n}", author=f"fan{n}")
        for n in range(1, how_many + 1)
    ]
    counter.bench.take(*posts, now=counter.now)


def test_a_search_shows_five_posts_and_the_older_ones_behind_a_button(counter: Counter) -> None:
    _harmless(counter, 7)
    (reply,) = counter.hear(counter.a_command("/search parade"))
    assert isinstance(reply, Say)
    *_, ((older),) = reply.message.buttons
    assert older.data is not None
    data = decode(older.data)
    assert data is not None

    replies = counter.hear(counter.a_tap(data.kind, data.number, data.argument, at=800))

    (page,) = [each for each in replies if isinstance(each, Say)]
    missed = [button for row in page.message.buttons for button in row]
    assert [button.label for button in missed] == ["Missed 1", "Missed 2"]


def test_words_too_long_for_a_button_have_no_older_page(counter: Counter) -> None:
    _harmless(counter, 7)

    (reply,) = counter.hear(counter.a_command("/search parade number " + "acme " * 20))

    assert isinstance(reply, Say)
    assert all(button.label != "Older" for row in reply.message.buttons for button in row)


@pytest.mark.parametrize("written", ["/search", '/search "', "/search ' OR 1=1 --", "/search *"])
def test_no_search_is_taken_for_a_query_language(counter: Counter, written: str) -> None:
    _harmless(counter, 1)

    assert counter.command(written)


@pytest.mark.parametrize(
    "named",
    [
        "https://sample.example/1",
        "http://www.sample.example/1/?utm=x#top",
        "sample:1",
        "look: https://sample.example/1.",
    ],
)
def test_a_missed_post_becomes_an_item_from_when_it_was_first_seen(
    counter: Counter, named: str
) -> None:
    _harmless(counter, 1)
    counter.now += minutes(45)

    told = counter.command(f"/missed {named}")

    standing = counter.bench.item(1, counter.now)
    assert told.startswith("#1 is open.")
    assert standing.item.opened_at == NOON
    assert standing.readings.responses[0].breached
    assert counter.bench.taught() == [(1, "missed")]
    assert len(counter.waiting(Kind.CARD)) == 1


def test_a_post_that_has_an_item_is_not_missed(counter: Counter) -> None:
    item = counter.complain()

    told = counter.command("/missed sample:1")

    assert told == f"This post is #{item} already; it is open."
    assert counter.bench.taught() == []


def test_a_post_nobody_kept_is_told_with_what_to_do(counter: Counter) -> None:
    told = counter.command("/missed https://sample.example/unknown")

    assert "not kept here" in told
    assert "/search" in told


def test_missed_under_a_review_digest_takes_the_posts_number(counter: Counter) -> None:
    texts = ("Acme perhaps", "perhaps Acme too")
    posts = [a_mention(t, key=f"sample:{n}", author=f"a{n}") for n, t in enumerate(texts, 1)]
    counter.bench.take(*posts, now=counter.now)
    counter.dispatch.reviews(counter.now)
    counter.deliver()
    digest = ReplyTo(message_id=100, text="What are these?", from_bot=True)

    unclear = counter.command("/missed", reply_to=digest)
    told = counter.command("/missed 2", reply_to=digest)

    assert unclear.startswith("Which of them?")
    assert told.startswith("#1 is open.")
    assert counter.bench.taught() == [(2, "missed")]


@pytest.mark.parametrize(
    ("written", "complaint", "request_"),
    [("complaint", 1, None), ("Request", None, 1), ("both", 1, 1), ("", None, None)],
)
def test_missed_may_say_which_it_is(
    counter: Counter, written: str, complaint: int | None, request_: int | None
) -> None:
    _harmless(counter, 1)

    told = counter.command(f"/missed sample:1 {written}")

    assert told.startswith("#1 is open.")
    [lesson] = counter.bench.store.notes.lessons()
    assert (lesson.how, lesson.complaint, lesson.request) == ("missed", complaint, request_)


def test_missed_behind_a_button_of_a_search_opens_the_post(counter: Counter) -> None:
    _harmless(counter, 1)

    answer = counter.tap(TapKind.REVIEW, 1, "missed", at=800)

    assert answer.text.startswith("#1 is open.")


def test_a_post_about_a_competitor_alone_opens_nothing(counter: Counter) -> None:
    counter.bench.take(a_mention("rivalco parade"), now=counter.now)

    told = counter.command("/missed sample:1")

    assert told == "This post names no brand that has a clock."
    assert counter.bench.taught() == []


# ---------------------------------------------------------------- a word taken back


def a_review(counter: Counter) -> ReplyTo:
    """Let a post in doubt come, and its digest arrive as message 100."""
    counter.bench.take(a_mention("Acme perhaps", posted_at=counter.now), now=counter.now)
    counter.dispatch.reviews(counter.now)
    counter.deliver()
    return ReplyTo(message_id=100, text="What is this?", from_bot=True)


@pytest.mark.parametrize("under", [True, False], ids=["under the digest", "alone"])
def test_undo_takes_the_last_word_in_a_review_back_and_its_item(
    counter: Counter, under: bool
) -> None:
    digest = a_review(counter)
    counter.tap(TapKind.REVIEW, 1, "both", at=100)
    counter.deliver()
    counter.now += minutes(4)

    told = counter.command("/undo", reply_to=digest if under else None)

    assert told == 'Undone: "both". #1 is taken back. The post waits for review again.'
    assert counter.bench.item(1, counter.now).item.state is State.VOID
    assert [parcel.message_id for parcel in counter.waiting(Kind.REVIEW)] == [100]
    assert len(counter.waiting(Kind.EDIT)) == 1
    assert counter.bench.taught() == []
    assert counter.tap(TapKind.REVIEW, 1, "neither", at=100).text == "Kept: no answer is needed."


def test_undo_leaves_an_item_that_somebody_took(counter: Counter) -> None:
    a_review(counter)
    counter.tap(TapKind.REVIEW, 1, "complaint", at=100)
    counter.deliver()
    counter.tap(TapKind.CLAIM, 1, who=EMRE)

    told = counter.command("/undo")

    assert told == 'Undone: "complaint". #1 is left as before.'
    assert counter.bench.item(1, counter.now).item.state is State.CLAIMED


@pytest.mark.parametrize("late", [False, True])
def test_undo_alone_without_a_word_to_undo_says_how_it_is_written(
    counter: Counter, late: bool
) -> None:
    if late:
        a_review(counter)
        counter.tap(TapKind.REVIEW, 1, "neither", at=100)
        counter.now += minutes(5.1)

    told = counter.command("/undo")

    assert told.startswith("Write /undo ID, or reply to its card.")
    assert told.endswith("What you say of a post can be undone for 5 minutes.")
    assert all(entry.action != "undo" for entry in counter.log())


# ---------------------------------------------------------------- muting


def test_a_lead_mutes_a_brands_warnings_and_lifts_it(counter: Counter) -> None:
    muted = counter.command("/mute acme 2h", who=LENA)
    until = counter.bench.store.notes.muted_until("Acme", "care", counter.now)
    lifted = counter.command("/mute Acme off", who=LENA)

    assert muted.startswith("Acme: no warnings until")
    assert until == counter.now + timedelta(hours=2)
    assert lifted == "Acme: warnings are on."
    assert counter.bench.store.notes.muted_until("Acme", "care", counter.now) is None
    assert [entry.action for entry in counter.log()] == ["mute", "mute"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("/mute", "Write /mute BRAND", id="nothing"),
        pytest.param("/mute Acme", "Write /mute BRAND", id="no time"),
        pytest.param("/mute Acm 2h", "Did you mean Acme?", id="a mistyped brand"),
        pytest.param("/mute Acme soon", "For how long?", id="no duration"),
        pytest.param("/mute Acme 2d", "at most 24h", id="too long"),
    ],
)
def test_a_mute_that_is_unclear_is_answered_with_how_it_is_written(
    counter: Counter, written: str, told: str
) -> None:
    assert told in counter.command(written, who=LENA)
