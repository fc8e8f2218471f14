"""Parcels drawn from a real store: what they say at the moment of sending, and what is let be."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.bot_api import BotApiChat
from bot.chat.drawing import Drawing, Drawn
from bot.chat.payloads import SummaryKind, SummaryOrder
from bot.chat.taps import TapKind, encode
from bot.chat.text import plain
from monitor.model import ItemId, MessageRef, Role
from monitor.settings import Settings, parse
from monitor.store.outbox import Kind, Parcel
from monitor.store.surges import Surge, SurgeKind
from tests.builders import NOON, a_brand, a_mention, minutes
from tests.desk import Bench, a_bench
from tests.servers.bot_api import TOKEN, BotApiServer

GROUP, ADA = -1001, 501
ONE, TWO = ItemId(1), ItemId(2)
SETTINGS = """
[desk]
timezone = "Europe/Bratislava"

[[chat]]
name = "care"
id = -1001
language = "{language}"
timezone = "{zone}"

[[brand]]
name = "Acme"
keywords = ["acme"]
chat = "care"

[[brand]]
name = "Rival"
keywords = ["rival"]
competitor = true

[[policy]]
name = "always"

[connectors.sample]
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path, a_brand(), a_brand("Rival", competitor=True))
    with made.store:
        yield made


@pytest.fixture
def drawing(bench: Bench) -> Drawing:
    return Drawing(bench.ledger, settings_in("en"))


def settings_in(language: str, zone: str = "Europe/Bratislava") -> Settings:
    return parse(SETTINGS.format(language=language, zone=zone), Path("mentiondesk.toml"))


def a_parcel(
    kind: Kind,
    *,
    item: ItemId | None = None,
    payload: object = None,
    chat: int = GROUP,
    message: int | None = None,
) -> Parcel:
    return Parcel(
        id=1,
        chat_id=chat,
        topic=None,
        kind=kind,
        item=item,
        message_id=message,
        priority=1,
        payload=json.dumps(payload or {}),
        created_at=NOON,
        not_before=NOON,
        attempts=0,
        doubted=False,
    )


def a_notice(
    kind: str, name: str, target: str | None, item: ItemId = ONE, tell: str = "chat"
) -> dict[str, object]:
    share = 0.5 if kind == "step" else None
    return {
        "item": item,
        "kind": kind,
        "name": name,
        "target": target,
        "share": share,
        "tell": tell,
        "at": NOON.isoformat(),
    }


STEP = a_notice("step", "first_response:1:50%", "first_response")
BREACH = a_notice("breach", "first_response:1:100%", "first_response")
UNCLAIMED = a_notice("unclaimed", "claim:1:100%", "claim")
UNRESOLVED = a_notice("unresolved", "resolution:1:100%", "resolution")
LEASE_ENDED = a_notice("lease_ended", "lease_ended:2026-03-06T12:20:00+00:00", None)
RESUMED = a_notice("resumed", "resumed:2026-03-06T12:20:00+00:00", None)


def notices(*told: dict[str, object]) -> Parcel:
    return a_parcel(Kind.NOTICE, item=ONE, payload={"notices": told})


def said(drawn: Drawn | None) -> list[str]:
    assert drawn is not None
    return plain(drawn.message.text).split("\n")


def datas(drawn: Drawn | None) -> list[str | None]:
    assert drawn is not None
    return [button.data for row in drawn.message.buttons for button in row]


# ---------------------------------------------------------------- who is told


def test_who_was_removed_is_shown_nothing_more_in_private(bench: Bench, drawing: Drawing) -> None:
    bench.take(a_mention())
    ada = bench.member("Ada", number=ADA)
    before = drawing.draw(a_parcel(Kind.EDIT, item=ONE, chat=ADA), NOON)

    with bench.store.writing():
        bench.store.people.remove(ada.id, NOON)

    assert before is not None
    assert drawing.draw(a_parcel(Kind.EDIT, item=ONE, chat=ADA), NOON) is None
    assert drawing.draw(a_parcel(Kind.EDIT, item=ONE), NOON) is not None


# ---------------------------------------------------------------- cards


def test_a_card_is_drawn_in_the_chats_own_zone(bench: Bench, drawing: Drawing) -> None:
    bench.take(a_mention())

    drawn = drawing.draw(a_parcel(Kind.CARD, item=ONE), NOON)

    assert said(drawn)[0] == "🔵 Acme · first response due 6 Mar 13:30"


def test_the_print_is_that_of_what_is_compared_whoever_reads_the_card(bench: Bench) -> None:
    bench.take(a_mention())
    far_away = Drawing(bench.ledger, settings_in("hy", "Asia/Yerevan"))

    in_group = far_away.draw(a_parcel(Kind.EDIT, item=ONE), NOON)
    ada = bench.member("Ada", number=ADA)
    bench.store.people.speak(ada.id, "ru")
    alone = far_away.draw(a_parcel(Kind.EDIT, item=ONE, chat=ADA), NOON)
    compared = far_away.card(ONE, "care", NOON)

    assert in_group is not None
    assert alone is not None
    assert compared is not None
    assert in_group.shown == alone.shown == compared.shown
    assert in_group.message != alone.message


def test_the_print_changes_with_the_state_and_not_with_the_time(
    bench: Bench, drawing: Drawing
) -> None:
    bench.take(a_mention())

    first = drawing.card(ONE, "care", NOON)
    later = drawing.card(ONE, "care", NOON + minutes(10))
    bench.desk.claim(ONE, bench.member(), NOON + minutes(10))
    claimed = drawing.card(ONE, "care", NOON + minutes(10))

    assert first == later
    assert claimed is not None
    assert later is not None
    assert claimed.shown != later.shown


def test_a_card_whose_item_was_answered_on_the_way_is_not_sent(
    bench: Bench, drawing: Drawing
) -> None:
    bench.take(a_mention())
    bench.desk.answered(ONE, bench.member(), NOON + minutes(1))
    parcel = a_parcel(Kind.CARD, item=ONE)

    assert drawing.draw(parcel, NOON + minutes(2)) is None
    assert drawing.draw(replace(parcel, doubted=True), NOON + minutes(2)) is not None


def test_the_card_of_a_settled_item_is_sent_to_who_asks_for_it_later(
    bench: Bench, drawing: Drawing
) -> None:
    bench.take(a_mention())
    bench.desk.not_for_us(ONE, bench.member(), NOON + minutes(1), "spam")
    asked = replace(a_parcel(Kind.CARD, item=ONE), created_at=NOON + minutes(5))

    assert "not for us: spam" in said(drawing.draw(asked, NOON + minutes(5)))[0]


def test_a_parcel_may_open_a_menu(bench: Bench, drawing: Drawing) -> None:
    bench.take(a_mention())

    drawn = drawing.draw(a_parcel(Kind.EDIT, item=ONE, payload={"menu": "not"}), NOON)

    assert encode(TapKind.NOT_FOR_US, 1, "spam") in datas(drawn)


def test_there_is_no_card_of_no_item(drawing: Drawing) -> None:
    assert drawing.card(ONE, "care", NOON) is None
    assert drawing.draw(a_parcel(Kind.EDIT, item=ONE), NOON) is None


def test_an_orphan_card_says_where_it_goes_on(drawing: Drawing) -> None:
    drawn = drawing.draw(a_parcel(Kind.RETRACT, payload={"item": 7}), NOON)

    assert (said(drawn), datas(drawn)) == (["#7 goes on in a newer message."], [])


def test_a_payload_of_another_version_is_let_be_and_named(
    drawing: Drawing, caplog: pytest.LogCaptureFixture
) -> None:
    parcel = a_parcel(Kind.NOTICE, payload={"notices": [{"item": "?"}]})

    assert drawing.draw(parcel, NOON) is None
    assert "a notice that cannot be read" in caplog.text


# ---------------------------------------------------------------- notices


@pytest.mark.parametrize(
    ("told", "first"),
    [
        pytest.param(STEP, "🟡 Acme · first response due 6 Mar 13:30", id="step"),
        pytest.param(
            UNCLAIMED, "🟡 Acme · nobody has taken it, claim due 6 Mar 13:05", id="unclaimed"
        ),
        pytest.param(UNRESOLVED, "🟡 Acme · not resolved in time", id="unresolved"),
        pytest.param(
            LEASE_ENDED,
            "🟡 Acme · back in the queue: the claim ended without an answer",
            id="lease ended",
        ),
        pytest.param(RESUMED, "🟡 Acme · goes on: its pause is over", id="pause over"),
    ],
)
def test_a_notice_says_first_what_it_is_about(
    bench: Bench, drawing: Drawing, told: dict[str, object], first: str
) -> None:
    bench.take(a_mention())

    lines = said(drawing.draw(notices(told), NOON + minutes(15)))

    assert lines[0] == first
    assert lines[1].startswith("#1 · @jana · Acme lost my parcel")


def test_a_breach_makes_a_sound_and_a_step_does_not(bench: Bench, drawing: Drawing) -> None:
    bench.take(a_mention())

    step = drawing.draw(notices(STEP), NOON + minutes(15))
    breach = drawing.draw(notices(BREACH), NOON + minutes(31))

    assert step is not None
    assert breach is not None
    assert (step.message.silent, breach.message.silent) == (True, False)
    assert said(breach)[0] == "🔴 Acme · overdue · first response due 6 Mar 13:30"


@pytest.mark.parametrize(
    "told", [STEP, BREACH, UNCLAIMED, LEASE_ENDED], ids=lambda told: str(told["kind"])
)
def test_a_notice_of_an_item_answered_before_it_was_sent_is_dropped(
    bench: Bench, drawing: Drawing, told: dict[str, object]
) -> None:
    bench.take(a_mention())
    bench.desk.answered(ONE, bench.member(), NOON + minutes(29))

    assert drawing.draw(notices(told), NOON + minutes(31)) is None


@pytest.mark.parametrize(
    "told",
    [STEP, BREACH, UNCLAIMED, UNRESOLVED, LEASE_ENDED, RESUMED],
    ids=lambda told: str(told["kind"]),
)
def test_a_notice_of_a_dismissed_item_is_dropped(
    bench: Bench, drawing: Drawing, told: dict[str, object]
) -> None:
    bench.take(a_mention())
    bench.desk.not_for_us(ONE, bench.member(), NOON + minutes(1), "spam")

    assert drawing.draw(notices(told), NOON + minutes(31)) is None


def test_that_nobody_took_it_is_not_told_once_somebody_did(bench: Bench, drawing: Drawing) -> None:
    bench.take(a_mention())
    bench.desk.claim(ONE, bench.member(), NOON + minutes(6))

    assert drawing.draw(notices(UNCLAIMED), NOON + minutes(7)) is None


def test_a_notice_of_an_earlier_cycle_is_dropped(bench: Bench, drawing: Drawing) -> None:
    bench.take(a_mention())
    bench.desk.answered(ONE, bench.member(), NOON + minutes(5))
    again = a_mention("Acme complaint", key="sample:2", thread="sample:1", posted_at=NOON)
    bench.take(replace(again, posted_at=NOON + minutes(20)), now=NOON + minutes(20))

    assert drawing.draw(notices(BREACH), NOON + minutes(31)) is None


def test_many_notices_are_one_message_with_a_button_each_and_one_line_an_item(
    bench: Bench, drawing: Drawing
) -> None:
    posts = [
        a_mention(f"Acme complaint {n}", key=f"sample:{n}", author=f"p{n}") for n in range(1, 16)
    ]
    bench.take(*posts)
    told = [
        {**each, "item": item}
        for item in range(1, bench_items(bench) + 1)
        for each in (STEP, UNCLAIMED)
    ]

    drawn = drawing.draw(notices(*told), NOON + minutes(15))

    assert len(told) == 30
    assert said(drawn)[0] == "15 items to look at"
    assert said(drawn)[-1] == "and 3 more: /queue"
    assert datas(drawn) == [encode(TapKind.SHOW, item) for item in range(1, 13)]


def test_the_owner_is_called_by_a_link_and_a_role_nobody_holds_falls_to_the_chat(
    bench: Bench, drawing: Drawing
) -> None:
    bench.take(a_mention())
    bench.desk.claim(ONE, bench.member("Ada", number=77), NOON)

    owner = drawing.draw(notices({**STEP, "tell": "owner"}), NOON + minutes(15))
    lead = drawing.draw(notices({**STEP, "tell": "lead"}), NOON + minutes(15))

    assert owner is not None
    assert said(owner)[-1] == "For Ada"
    assert [span.link for span in owner.message.text if span.link] == ["tg://user?id=77"]
    assert not any(line.startswith("For") for line in said(lead))


def bench_items(bench: Bench) -> int:
    return len(bench.store.items.queue())


# ---------------------------------------------------------------- digests and reviews


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("look_back", "📥 2 posts from before the start wait for an answer"),
        ("overflow", "📥 2 posts came at once and wait for an answer"),
        ("similar", "📎 2 posts like it wait for an answer"),
    ],
)
def test_a_digest_lists_what_still_waits_due_soonest_first(
    bench: Bench, drawing: Drawing, title: str, first: str
) -> None:
    three_items(bench)
    bench.desk.answered(ItemId(3), bench.member(), NOON + minutes(2))
    payload = {"title": title, "items": [3, 2, 1]}

    drawn = drawing.draw(a_parcel(Kind.DIGEST, payload=payload), NOON + minutes(3))

    assert said(drawn)[0] == first
    assert datas(drawn) == [encode(TapKind.SHOW, 1), encode(TapKind.SHOW, 2)]


def test_a_digest_of_which_nothing_waits_any_more_is_dropped(
    bench: Bench, drawing: Drawing
) -> None:
    bench.take(a_mention())
    bench.desk.answered(ONE, bench.member(), NOON)

    payload = {"title": "look_back", "items": [1, 99]}

    assert drawing.draw(a_parcel(Kind.DIGEST, payload=payload), NOON) is None


def three_items(bench: Bench) -> None:
    for number in (1, 2, 3):
        mention = a_mention(f"Acme complaint {number}", key=f"sample:{number}", author=f"p{number}")
        bench.take(mention, now=NOON + minutes(number / 10))


def test_a_review_asks_of_each_post_what_it_is(bench: Bench, drawing: Drawing) -> None:
    two_doubts(bench)

    drawn = drawing.draw(a_parcel(Kind.REVIEW, payload={"posts": [1, 2]}), NOON)

    assert said(drawn)[0] == "🔎 What are these?"
    assert said(drawn)[1].startswith("1. Acme · open · sample · English · 6 Mar 13:00 · @jana")
    assert drawn is not None
    assert [[button.label for button in row] for row in drawn.message.buttons] == [
        ["1 Complaint", "1 Request"],
        ["1 Both", "1 Neither"],
        ["2 Complaint", "2 Request"],
        ["2 Both", "2 Neither"],
    ]
    assert datas(drawn)[0] == encode(TapKind.REVIEW, 1, "complaint")


def test_a_review_that_stands_shows_what_was_said_and_asks_for_the_rest(
    bench: Bench, drawing: Drawing
) -> None:
    two_doubts(bench)
    post = bench.store.posts.by_id(1)
    assert post is not None
    bench.desk.judge(post, "complaint", bench.member(), NOON)

    again = a_parcel(Kind.REVIEW, payload={"posts": [1, 2]}, message=5)
    drawn = drawing.draw(again, NOON)

    assert said(drawn)[:2] == ["🔎 What is this?", "1. complaint · #1"]
    assert datas(drawn)[0] == encode(TapKind.REVIEW, 2, "complaint")


def test_a_review_whose_posts_were_all_judged_is_dropped_or_says_that_it_is_done(
    bench: Bench, drawing: Drawing
) -> None:
    two_doubts(bench)
    member = bench.member()
    for number in (1, 2):
        post = bench.store.posts.by_id(number)
        assert post is not None
        bench.desk.judge(post, "neither", member, NOON)
    parcel = a_parcel(Kind.REVIEW, payload={"posts": [1, 2]})

    assert drawing.draw(parcel, NOON) is None
    assert said(drawing.draw(replace(parcel, message_id=5), NOON))[0] == "🔎 Done"


def test_a_post_of_which_the_judge_is_sure_is_marked_as_a_check(
    bench: Bench, drawing: Drawing
) -> None:
    bench.take(a_mention())
    with bench.store.writing():
        bench.store.posts.shown_as_checks([1])

    drawn = drawing.draw(a_parcel(Kind.REVIEW, payload={"posts": [1]}), NOON)

    assert said(drawn)[1].endswith("@jana · checking the judge")


def test_work_on_the_item_does_not_hide_what_was_said_in_the_review(
    bench: Bench, drawing: Drawing
) -> None:
    two_doubts(bench)
    post, member = bench.store.posts.by_id(1), bench.member()
    assert post is not None
    bench.desk.judge(post, "both", member, NOON)
    bench.desk.claim(ONE, member, NOON)

    again = a_parcel(Kind.REVIEW, payload={"posts": [1]}, message=5)

    assert said(drawing.draw(again, NOON))[1] == "1. both · #1"


def two_doubts(bench: Bench) -> None:
    bench.take(
        a_mention("perhaps Acme should know"),
        a_mention("Acme, perhaps not", key="sample:2", author="peter"),
    )


# ---------------------------------------------------------------- boards, summaries, words


def test_the_board_counts_and_says_what_is_due_next(bench: Bench, drawing: Drawing) -> None:
    three_items(bench)
    bench.desk.claim(TWO, bench.member(), NOON + minutes(1))
    bench.desk.wait(ItemId(3), bench.member(), NOON + minutes(1), "customer")

    early = said(drawing.board("care", NOON + minutes(2)))
    late = said(drawing.board("care", NOON + minutes(31)))

    assert early[:3] == ["📌 The desk", "🔵 1 waiting · 🟣 1 in progress", "⏸️ 1 paused"]
    assert early[3].startswith("next: #1 claim due 6 Mar 13:05")
    assert late[1] == "🔴 3 overdue"


def test_the_board_shows_the_warning_of_what_is_due_next_though_it_is_paused(
    bench: Bench, drawing: Drawing
) -> None:
    bench.take(a_mention())
    bench.desk.claim(ONE, bench.member(), NOON)
    bench.desk.wait(ONE, bench.member(), NOON, "customer")

    board = said(drawing.board("care", NOON + minutes(24)))

    assert "⏸️ 1 paused" in board
    assert board[-1].startswith("🟠 next: #1 first response due 6 Mar 13:30")


def test_a_notice_of_a_paused_item_shows_the_warning_and_the_pause(
    bench: Bench, drawing: Drawing
) -> None:
    bench.take(a_mention())
    bench.desk.wait(ONE, bench.member(), NOON, "customer", minutes(60))

    told = said(drawing.draw(notices(STEP), NOON + minutes(15)))

    assert told[0].startswith("🟡 Acme · first response due")
    assert "Waiting for the customer · goes on 6 Mar 14:00" in told


def test_what_nobody_took_in_time_stands_on_the_board_by_its_answer(
    bench: Bench, drawing: Drawing
) -> None:
    three_items(bench)
    bench.desk.claim(TWO, bench.member(), NOON + minutes(1))

    told = said(drawing.board("care", NOON + minutes(6)))

    assert [line[: len("next: #1 first response due")] for line in told[2:]] == [
        f"next: #{number} first response due" for number in (1, 2, 3)
    ]


def test_a_hand_over_calls_the_lead_while_an_answer_is_owed(bench: Bench, drawing: Drawing) -> None:
    bench.take(a_mention())
    lena = bench.member("Lena", Role.LEAD, 3)
    bench.desk.claim(ONE, lena, NOON)
    told = notices(a_notice("handed_over", "handed_over:2", None, tell="lead"))

    shown = said(drawing.draw(told, NOON))
    bench.desk.answered(ONE, lena, NOON + minutes(1))

    assert "handed over more than once" in shown[0]
    assert shown[-1] == "For Lena"
    assert drawing.draw(told, NOON + minutes(1)) is None


def test_the_board_shows_nothing_that_changes_by_itself(bench: Bench, drawing: Drawing) -> None:
    three_items(bench)

    assert drawing.board("care", NOON + minutes(1)) == drawing.board("care", NOON + minutes(4))


def test_the_board_names_a_source_that_cannot_be_read(bench: Bench, drawing: Drawing) -> None:
    bench.source()
    with bench.store.writing():
        bench.store.sources.failed("sample", "sample: down", NOON)

    assert said(drawing.board("care", NOON))[-1] == "⚠️ sample cannot be read since 6 Mar 13:00"


def test_a_source_that_is_read_no_more_is_no_news(bench: Bench, drawing: Drawing) -> None:
    bench.source("reddit")
    with bench.store.writing():
        bench.store.sources.failed("reddit", "reddit: down", NOON)
    payload = {"kind": "daily", "day": "2026-03-06", "chat": "care"}

    board = said(drawing.board("care", NOON))
    summary = said(drawing.draw(a_parcel(Kind.SUMMARY, payload=payload), NOON))

    assert not any("reddit" in line for line in (*board, *summary))


def test_a_summary_tells_the_day_in_the_chats_zone(bench: Bench, drawing: Drawing) -> None:
    three_items(bench)
    bench.desk.answered(ONE, bench.member(), NOON + minutes(12))
    bench.tick(NOON + minutes(40))
    payload = {"kind": "daily", "day": "2026-03-06", "chat": "care"}

    lines = said(drawing.draw(a_parcel(Kind.SUMMARY, payload=payload), NOON + minutes(1200)))

    assert lines[0] == "📊 Fri 6 Mar · care"
    assert "Received 3 · answered 1, 1 of them unproven" in lines
    assert "Unanswered now: 2" in lines
    assert "Answered within 30 min: 1 of 3 (33 %)" in lines
    assert "Customer wait: median 12 min, 9 of 10 within 12 min (1 answer)" in lines
    assert any("first response 1 of 3 (33 %)" in line for line in lines)


def test_a_summary_tells_how_often_the_judge_was_right_and_what_became_of_it(
    bench: Bench, drawing: Drawing
) -> None:
    three_items(bench)
    member = bench.member()
    bench.desk.claim(ONE, member, NOON)
    bench.desk.answered(ONE, member, NOON)
    bench.desk.not_for_us(TWO, member, NOON, "spam")
    bench.desk.not_for_us(ItemId(3), member, NOON, "duplicate")
    news = ["A new judge was promoted: <b>+2 %</b>"]
    payload = {"kind": "daily", "day": "2026-03-06", "chat": "care", "news": news}

    lines = said(drawing.draw(a_parcel(Kind.SUMMARY, payload=payload), NOON))

    assert "Judge: 1 confirmed, 1 corrected" in lines
    assert lines[-1] == "⚖️ A new judge was promoted: <b>+2 %</b>"


def test_figures_that_are_missing_say_so(drawing: Drawing) -> None:
    payload = {"kind": "weekly", "day": "2026-03-08", "chat": "care"}

    lines = said(drawing.draw(a_parcel(Kind.SUMMARY, payload=payload), NOON))

    assert lines[0] == "📊 Mon 2 Mar to Sun 8 Mar · care"
    assert "No source has been read yet: these figures say nothing." in lines
    assert "Customer wait: nothing to count yet (an answer counts after five minutes)" in lines
    assert "Answered within 30 min: none to count" in lines


def test_a_summary_can_be_asked_for_as_figures(bench: Bench, drawing: Drawing) -> None:
    bench.take(a_mention())
    order = SummaryOrder(kind=SummaryKind.DAILY, day=NOON.date(), chat="care")

    assert drawing.summary("care", order, NOON).received == 1


def test_plain_words_are_sent_as_they_are(drawing: Drawing) -> None:
    drawn = drawing.draw(a_parcel(Kind.WORDS, payload={"text": "<b>hi</b>"}), NOON)

    assert said(drawn) == ["<b>hi</b>"]


# ---------------------------------------------------------------- the Bot API takes it


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        running.state.add_chat(GROUP)
        yield running


@pytest.fixture
async def chat(server: BotApiServer) -> AsyncIterator[BotApiChat]:
    async with BotApiChat(TOKEN, server.base_url) as opened:
        yield opened


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
NASTY = f"Acme complaint <b>&amp; \u202eevil\u202c أين طلبي؟ {FAMILY} e\u0301"
PARCELS: dict[Kind, Callable[[], Parcel]] = {
    Kind.CARD: lambda: a_parcel(Kind.CARD, item=ONE),
    Kind.EDIT: lambda: a_parcel(Kind.EDIT, item=ONE, payload={"menu": "wait"}),
    Kind.NOTICE: lambda: notices(STEP, UNCLAIMED, {**STEP, "item": 2}),
    Kind.DIGEST: lambda: a_parcel(Kind.DIGEST, payload={"title": "overflow", "items": [1, 2]}),
    Kind.REVIEW: lambda: a_parcel(Kind.REVIEW, payload={"posts": [3]}),
    Kind.SUMMARY: lambda: a_parcel(
        Kind.SUMMARY, payload={"kind": "daily", "day": "2026-03-06", "chat": "care"}
    ),
    Kind.BOARD: lambda: a_parcel(Kind.BOARD, payload={"chat": "care"}),
    Kind.RETRACT: lambda: a_parcel(Kind.RETRACT, payload={"item": 1}),
    Kind.PICTURE: lambda: a_parcel(Kind.PICTURE, payload={"day": "2026-03-06", "chat": "care"}),
    Kind.SURGE: lambda: a_parcel(Kind.SURGE, payload={"surge": 1}),
    Kind.WORDS: lambda: a_parcel(Kind.WORDS, payload={"text": "<i>"}),
}
A_SURGE = Surge(
    id=1,
    brand="Acme",
    kind=SurgeKind.PHRASE,
    subject="complaint",
    shown=NASTY,
    began_at=NOON,
    found_at=NOON,
    expected=0.5,
    people=2,
    peak=2,
    told_peak=2,
    lasted_until=NOON,
)


@pytest.mark.anyio
@pytest.mark.parametrize("language", ["en", "tr", "sk", "ar", "hy", "ru"])
async def test_every_kind_of_parcel_is_taken_by_the_bot_api_and_stands_there_as_drawn(
    bench: Bench, server: BotApiServer, chat: BotApiChat, language: str
) -> None:
    bench.take(
        a_mention(NASTY * 600, author="سعاد"),
        a_mention("Acme complaint 🔥" * 9, key="sample:2", author="<x>"),
        a_mention("perhaps Acme " + "\n" * 99 + NASTY.replace("complaint", ""), key="sample:3"),
    )
    bench.member("Lead <&>", Role.LEAD, 9)
    with bench.store.writing():
        bench.store.surges.open(A_SURGE)
    drawing = Drawing(bench.ledger, settings_in(language), demo=True)

    for make in PARCELS.values():
        drawn = drawing.draw(make(), NOON + minutes(16))
        assert drawn is not None
        ref = await chat.send(GROUP, None, drawn.message)
        assert isinstance(ref, MessageRef)
        assert server.state.messages(GROUP)[-1].text == plain(drawn.message.text).strip()

    assert set(PARCELS) | {Kind.REPLY} == set(Kind)  # see test_previews.py
