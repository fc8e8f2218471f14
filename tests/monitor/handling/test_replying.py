"""Replies from the chat: who may write one, what becomes of it, and that it is sent once."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from monitor.clock.timeline import effective
from monitor.errors import RefusedError
from monitor.handling.replying import (
    DRAFT_LASTS,
    TRIED_FOR,
    Answers,
    Confirmed,
    deliver,
    news,
)
from monitor.model import Brand, EventKind, ItemId, Member, Role, State
from monitor.store.replies import ReplyRow, ReplyState
from tests.builders import NOON, a_brand, a_mention, a_page, minutes
from tests.desk import FOUND_LATE, Bench, a_bench
from tests.postbox import Killed, Postbox, TakingPostbox

ITEM = ItemId(1)
SORRY = "We are sorry, a new one is on its way."
LATER = NOON + minutes(5)


def answers_at(bench: Bench) -> Answers:
    return Answers(bench.ledger, bench.desk, bench.brands, FOUND_LATE)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path)
    made.take(a_mention())
    yield made
    made.store.close()


@pytest.fixture
def answers(bench: Bench) -> Answers:
    return answers_at(bench)


@pytest.fixture
def ada(bench: Bench) -> Member:
    return bench.member("Ada")


@pytest.fixture
def box() -> TakingPostbox:
    made = TakingPostbox()
    made.now = LATER
    return made


def a_draft(
    answers: Answers, member: Member, now: datetime = NOON, item: ItemId = ITEM
) -> ReplyRow:
    row = answers.ask(item, member, -1001, None, now)
    return answers.write(row.id, SORRY, member, now)


def confirmed(
    answers: Answers, member: Member, now: datetime = NOON, item: ItemId = ITEM
) -> ReplyRow:
    row = a_draft(answers, member, now, item)
    assert answers.confirm(row.id, row.edition, member, now) is Confirmed.SENDING
    return row


def send(box: Postbox, answers: Answers, now: datetime = LATER) -> None:
    deliver(box, "sample", answers, lambda: now)


def actions(bench: Bench) -> list[str]:
    return [entry.action for entry in bench.store.people.entries()]


# ------------------------------------------------------------ who answers what


def test_who_replies_has_the_item(bench: Bench, answers: Answers, ada: Member) -> None:
    answers.ask(ITEM, ada, -1001, None, NOON)

    assert bench.item().item.owner == ada.id


def test_an_item_that_somebody_has_is_answered_by_nobody_else(
    bench: Bench, answers: Answers, ada: Member
) -> None:
    emre = bench.member("Emre", number=2)
    bench.desk.claim(ITEM, ada, NOON)

    with pytest.raises(RefusedError, match="Ada has it"):
        answers.ask(ITEM, emre, -1001, None, NOON)


def test_who_replies_again_goes_on_with_the_same_draft(answers: Answers, ada: Member) -> None:
    first = a_draft(answers, ada)

    again = answers.ask(ITEM, ada, 7, None, LATER)

    assert (again.id, again.text, again.chat_id) == (first.id, SORRY, 7)


def test_the_latest_post_that_waits_is_answered(
    bench: Bench, answers: Answers, ada: Member
) -> None:
    again = a_mention(
        "Acme, another complaint", key="sample:2", thread="sample:1", posted_at=NOON + minutes(1)
    )
    thanks = a_mention("well, well", key="sample:3", thread="sample:1", posted_at=NOON + minutes(2))
    bench.take(again, thanks, now=NOON + minutes(3))

    row = answers.ask(ITEM, ada, -1001, None, LATER)

    assert answers.post(row).mention.key == "sample:2"


@pytest.mark.parametrize("end", ["dismissed", "gone"])
def test_nothing_is_written_to_an_item_that_is_over(
    bench: Bench, answers: Answers, ada: Member, end: str
) -> None:
    if end == "dismissed":
        bench.desk.not_for_us(ITEM, ada, NOON, "spam")
    else:
        bench.take(a_mention(deleted=True), now=LATER)

    with pytest.raises(RefusedError):
        answers.ask(ITEM, ada, -1001, None, LATER)


# ------------------------------------------------------------ the draft


def test_a_second_tap_on_send_is_told_that_once_is_enough(answers: Answers, ada: Member) -> None:
    row = confirmed(answers, ada)

    assert answers.confirm(row.id, row.edition, ada, NOON) is Confirmed.ALREADY


def test_only_what_the_newest_preview_shows_is_sent(answers: Answers, ada: Member) -> None:
    old = a_draft(answers, ada)
    answers.write(old.id, "Another text", ada, NOON)

    with pytest.raises(RefusedError, match="newer"):
        answers.confirm(old.id, old.edition, ada, NOON)


def test_nobody_sends_what_somebody_else_wrote(bench: Bench, answers: Answers, ada: Member) -> None:
    row = a_draft(answers, ada)

    with pytest.raises(RefusedError, match="Ada writes this answer"):
        answers.confirm(row.id, row.edition, bench.member("Emre", number=2), NOON)


def test_what_the_customer_wrote_since_is_looked_at_first(
    bench: Bench, answers: Answers, ada: Member
) -> None:
    row = a_draft(answers, ada)
    bench.take(
        a_mention("It came!", key="sample:2", thread="sample:1", posted_at=NOON + minutes(1)),
        now=NOON + minutes(2),
    )

    first = answers.confirm(row.id, row.edition, ada, LATER)
    second = answers.confirm(row.id, row.edition + 1, ada, LATER)

    assert (first, second) == (Confirmed.LOOK_AGAIN, Confirmed.SENDING)


def test_what_the_customer_wrote_while_the_text_was_written_is_news(
    bench: Bench, answers: Answers, ada: Member
) -> None:
    asked = answers.ask(ITEM, ada, -1001, None, NOON)
    again = a_mention(
        "Acme, another complaint", key="sample:2", thread="sample:1", posted_at=NOON + minutes(1)
    )
    bench.take(again, now=NOON + minutes(2))

    first = answers.write(asked.id, SORRY, ada, LATER)
    second = answers.write(asked.id, "Sorry again.", ada, LATER)

    assert [each.key for each in news(bench.store, first)] == ["sample:2"]
    assert answers.post(first).mention.key == "sample:1"  # whose words stood in the question
    assert news(bench.store, second) == ()  # the preview of the first text showed it
    assert answers.confirm(second.id, second.edition, ada, LATER) is Confirmed.SENDING


def test_who_is_asked_again_before_a_text_is_there_answers_the_newest_post(
    bench: Bench, answers: Answers, ada: Member
) -> None:
    asked = answers.ask(ITEM, ada, -1001, None, NOON)
    again = a_mention(
        "Acme, another complaint", key="sample:2", thread="sample:1", posted_at=NOON + minutes(1)
    )
    bench.take(again, now=NOON + minutes(2))

    anew = answers.ask(ITEM, ada, -1001, None, LATER)
    row = answers.write(anew.id, SORRY, ada, LATER)

    assert (anew.id, answers.post(row).mention.key) == (asked.id, "sample:2")
    assert news(bench.store, row) == ()


@pytest.mark.parametrize("after", [DRAFT_LASTS, DRAFT_LASTS + minutes(1)])
def test_a_draft_that_is_left_alone_ends(
    bench: Bench, answers: Answers, ada: Member, after: timedelta
) -> None:
    row = a_draft(answers, ada)

    ended = answers.expire(NOON + after)

    assert ended == int(after > DRAFT_LASTS)
    assert (answers.row(row.id).state is ReplyState.CANCELLED) == bool(ended)


def test_who_begins_anew_has_the_old_draft_no_more(answers: Answers, ada: Member) -> None:
    old = a_draft(answers, ada)

    new = answers.ask(ITEM, ada, -1001, None, NOON + DRAFT_LASTS + minutes(1))

    assert new.id != old.id
    assert answers.row(old.id).state is ReplyState.CANCELLED


@pytest.mark.parametrize("state", [ReplyState.DRAFT, ReplyState.CONFIRMED])
def test_a_post_that_is_deleted_meanwhile_is_not_answered(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox, state: ReplyState
) -> None:
    make = a_draft if state is ReplyState.DRAFT else confirmed
    row = make(answers, ada)
    bench.take(a_mention(deleted=True), now=LATER)

    answers.expire(LATER)
    send(box, answers)

    assert answers.row(row.id).state is ReplyState.CANCELLED
    assert box.posts == 0


def test_a_reply_that_was_stopped_before_any_try_is_never_sent(
    answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    row = confirmed(answers, ada)

    answers.cancel(row.id, ada, NOON)
    send(box, answers)

    assert (answers.row(row.id).state, box.posts) == (ReplyState.CANCELLED, 0)


# ------------------------------------------------------------ sent


def test_the_clock_stops_at_the_platforms_own_time_by_the_member(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    confirmed(answers, ada)
    box.now = NOON + minutes(3)

    send(box, answers, NOON + minutes(4))

    item = bench.item(now=LATER).item
    assert item.state is State.ANSWERED
    assert item.answer is not None
    assert (item.answer.at, item.answer.proven, item.answer.by) == (box.now, True, ada.id)
    assert item.answer.url == "https://sample.example/reply-1"
    assert actions(bench)[-2:] == ["reply send", "reply sent"]


def test_a_platform_whose_clock_is_ahead_stops_no_clock_in_the_future(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    box.now = LATER + minutes(10)
    confirmed(answers, ada)

    send(box, answers)

    clock = bench.item(now=LATER + minutes(60)).readings.responses[0]
    assert (clock.running, clock.team_time) == (False, minutes(5))


def test_what_the_poll_finds_later_is_the_same_reply(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    confirmed(answers, ada)
    send(box, answers)
    (stands,) = box.standing.values()

    bench.pipeline.take(a_page(stands), bench.source("sample:own"), LATER)

    replies = [one for one in bench.item().events if one.kind is EventKind.BRAND_REPLY]
    assert len(replies) == 1


def test_a_reply_that_a_poll_found_first_is_its_members_all_the_same(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    confirmed(answers, ada)
    box.tricks = ["killed"]
    with suppress(Killed):
        send(box, answers)
    (stands,) = box.standing.values()
    bench.pipeline.take(a_page(stands), bench.source("sample:own"), LATER)

    send(box, answers, LATER + minutes(1))

    answer = bench.item(now=LATER).item.answer
    assert answer is not None
    assert (answer.by, answer.at, box.posts) == (ada.id, box.now, 1)


def test_brands_that_share_the_account_are_answered_together(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, a_brand(), a_brand("Apex"))
    bench.take(a_mention("Acme and Apex, this is a complaint"))
    answers, box = answers_at(bench), Postbox()
    box.now = LATER
    confirmed(answers, bench.member("Ada"))

    send(box, answers)

    assert {bench.item(number).item.state for number in (1, 2)} == {State.ANSWERED}
    bench.store.close()


@pytest.mark.parametrize("trick", ["down", "lost", "limited", "killed"])
def test_a_try_that_fails_is_made_again_with_the_same_key(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox, trick: str
) -> None:
    row = confirmed(answers, ada)
    box.tricks = [trick]
    with suppress(Killed):
        send(box, answers)
    between = answers.row(row.id).state

    send(box, answers, LATER + minutes(2))

    assert between is ReplyState.CONFIRMED
    assert answers.row(row.id).state is ReplyState.SENT
    assert (box.posts, set(box.keys)) == (1, {row.idempotency_key})


def test_a_platform_that_asks_for_patience_gets_it(
    answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    confirmed(answers, ada)
    box.tricks = ["limited"]

    for seconds in (0, 59, 61):
        send(box, answers, LATER + timedelta(seconds=seconds))

    assert len(box.keys) == 2


def test_a_wait_that_is_told_in_seconds_is_kept(
    answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    confirmed(answers, ada)
    box.tricks = ["seconds"]

    for seconds in (0, 119, 121):
        send(box, answers, LATER + timedelta(seconds=seconds))

    assert len(box.keys) == 2


def test_no_other_reply_is_tried_while_the_platform_asks_for_patience(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    other = a_mention("Acme, another complaint", key="sample:9", thread="sample:9")
    bench.take(other, now=NOON)
    rows = [confirmed(answers, ada, item=each) for each in (ITEM, ItemId(2))]
    box.tricks = ["limited"]

    limit = deliver(box, "sample", answers, lambda: LATER).limit
    between = [answers.row(row.id).error for row in rows]
    soon, later = (LATER + timedelta(seconds=each) for each in (3, 61))
    third = deliver(box, "sample", answers, lambda: soon, limit)
    asked = len(box.keys)
    deliver(box, "sample", answers, lambda: later, third.limit)

    assert between == ["sample: slow", "sample: slow"]
    assert asked == 1
    assert [answers.row(row.id).state for row in rows] == [ReplyState.SENT, ReplyState.SENT]


@pytest.mark.parametrize("before", [[], ["lost"]])
def test_a_platform_that_asks_for_more_than_a_day_ends_the_reply(
    answers: Answers, ada: Member, box: TakingPostbox, before: list[str]
) -> None:
    row = confirmed(answers, ada)
    box.tricks = [*before, "spent"]
    for minute in range(len(box.tricks)):
        send(box, answers, LATER + minutes(minute))

    ended = answers.row(row.id)

    assert (ended.state, ended.text) == (ReplyState.REFUSED, SORRY)
    assert ended.error.startswith("sample: no money left")
    assert ("look whether it stands" in ended.error) == bool(before)


@pytest.mark.parametrize("tried", [False, True])
def test_a_reply_whose_platform_is_called_no_more_ends_after_a_day(
    answers: Answers, ada: Member, box: TakingPostbox, tried: bool
) -> None:
    row = confirmed(answers, ada)
    if tried:
        box.tricks = ["down"]
        send(box, answers, NOON)

    early, late = (answers.expire(NOON + TRIED_FOR + minutes(each)) for each in (5, 61))

    assert (early, late) == (0, 1)
    assert answers.row(row.id).state is ReplyState.REFUSED
    assert ("look whether it stands" in answers.row(row.id).error) == tried


def test_a_refusal_is_told_in_the_platforms_words_and_the_text_is_kept(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    row = confirmed(answers, ada)
    box.tricks = ["refused"]

    send(box, answers)

    ended = answers.row(row.id)
    assert (ended.state, ended.error, ended.text) == (
        ReplyState.REFUSED,
        "the thread is locked",
        SORRY,
    )
    assert bench.item(now=LATER).item.state is State.CLAIMED


def test_after_a_day_of_tries_a_person_must_look(
    answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    row = confirmed(answers, ada)
    box.tricks = ["down", "down"]
    send(box, answers)

    send(box, answers, NOON + TRIED_FOR + minutes(1))

    assert answers.row(row.id).state is ReplyState.REFUSED
    assert "look whether it stands" in answers.row(row.id).error


def test_a_fault_of_the_connector_loses_nothing(answers: Answers, ada: Member) -> None:
    class Faulty(Postbox):
        def _before(self) -> str:
            raise ZeroDivisionError

    row = confirmed(answers, ada)

    send(Faulty(), answers)

    assert answers.row(row.id).state is ReplyState.CONFIRMED
    assert "ZeroDivisionError" in answers.row(row.id).error


# ------------------------------------------------------------ taken back


def test_a_reply_that_is_taken_back_lets_the_customer_wait_again(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    confirmed(answers, ada)
    send(box, answers)
    row = answers.sent_last(ITEM, LATER)
    assert row is not None

    answers.take_back(row, ada, LATER)
    send(box, answers, LATER + minutes(1))

    assert box.standing == {}
    assert answers.row(row.id).state is ReplyState.TAKEN_BACK
    standing = bench.item(now=LATER + minutes(2))
    assert (standing.item.state, standing.item.answer) == (State.CLAIMED, None)
    assert standing.asking == {"sample:1"}


def test_a_platform_that_deletes_nothing_leaves_it_standing(
    bench: Bench, answers: Answers, ada: Member
) -> None:
    box = Postbox()
    box.now = LATER
    row = confirmed(answers, ada)
    send(box, answers)

    answers.take_back(answers.row(row.id), ada, LATER)
    send(box, answers)

    assert answers.row(row.id).state is ReplyState.SENT
    assert "open the app" in answers.row(row.id).error
    assert bench.item(now=LATER).item.state is State.ANSWERED


def test_what_somebody_else_sent_is_taken_back_by_a_lead(
    bench: Bench, answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    row = confirmed(answers, ada)
    send(box, answers)

    with pytest.raises(RefusedError, match="lead"):
        answers.take_back(answers.row(row.id), bench.member("Emre", number=2), LATER)
    answers.take_back(answers.row(row.id), bench.member("Lena", Role.LEAD, 3), LATER)

    assert answers.row(row.id).state is ReplyState.TAKING_BACK


def test_after_five_minutes_nothing_is_taken_back(
    answers: Answers, ada: Member, box: TakingPostbox
) -> None:
    confirmed(answers, ada)
    send(box, answers)

    assert answers.sent_last(ITEM, LATER + minutes(5)) is not None
    assert answers.sent_last(ITEM, LATER + minutes(5.1)) is None


# ------------------------------------------------------------ whatever happens

TRICKS = st.lists(st.sampled_from(["", "down", "lost", "killed", "limited", "refused"]), max_size=3)


class Confusion(RuleBasedStateMachine):
    """Two members, one customer, a platform with tricks, and a process that dies at any step."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        brand: Brand = a_brand()
        self.bench = a_bench(Path(self.folder.name), brand)
        self.answers = answers_at(self.bench)
        self.box = TakingPostbox()
        self.members = [self.bench.member("Ada"), self.bench.member("Lena", Role.LEAD, 2)]
        self.now = NOON
        self.posts = 1
        self.let_go: set[int] = set()  # replies that a person confirmed
        self.bench.take(a_mention())

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        try:
            self.calm_down()
        finally:
            self.bench.store.close()
            self.folder.cleanup()

    def rows(self) -> list[ReplyRow]:
        return list(self.bench.store.replies.of_item(ITEM))

    @rule(who=st.integers(0, 1), text=st.sampled_from(["", SORRY, "Again, sorry."]))
    def reply(self, who: int, text: str) -> None:
        with suppress(RefusedError):
            row = self.answers.ask(ITEM, self.members[who], -1001, None, self.now)
            if text:
                self.answers.write(row.id, text, self.members[who], self.now)

    @rule(who=st.integers(0, 1), tricks=TRICKS, dies_at=st.integers(0, 5))
    def reply_and_send(self, who: int, tricks: list[str], dies_at: int) -> None:
        self.reply(who, SORRY)
        if self.rows():
            self.tap_send(who, 0, 2)
        self.platforms_turn(tricks, dies_at)

    @precondition(lambda self: self.rows())
    @rule(who=st.integers(0, 1), back=st.integers(0, 1), times=st.integers(1, 2))
    def tap_send(self, who: int, back: int, times: int) -> None:
        row = self.rows()[-1]
        for _ in range(times):
            with suppress(RefusedError):
                came_to = self.answers.confirm(
                    row.id, row.edition - back, self.members[who], self.now
                )
                if came_to is Confirmed.SENDING:
                    self.let_go.add(row.id)

    @precondition(lambda self: self.rows())
    @rule(who=st.integers(0, 1))
    def tap_cancel(self, who: int) -> None:
        with suppress(RefusedError):
            self.answers.cancel(self.rows()[-1].id, self.members[who], self.now)

    @rule(who=st.integers(0, 1))
    def tap_undo(self, who: int) -> None:
        with suppress(RefusedError):
            row = self.answers.sent_last(ITEM, self.now)
            if row is not None:
                self.answers.take_back(row, self.members[who], self.now)

    @rule(tricks=TRICKS, dies_at=st.integers(0, 5))
    def platforms_turn(self, tricks: list[str], dies_at: int) -> None:
        self.box.tricks, self.box.now = list(tricks), self.now
        with suppress(Killed):
            deliver(self.box, "sample", self.answers, self.clock_that_stops_at(dies_at))
        self.box.tricks = []

    def clock_that_stops_at(self, dies_at: int) -> Callable[[], datetime]:
        looks = iter(range(1, 1000))

        def look() -> datetime:
            if next(looks) == dies_at:
                raise Killed
            return self.now

        return look

    @rule(gap=st.sampled_from([1, 40, 90, 300]))
    def time_passes(self, gap: int) -> None:
        self.now += timedelta(seconds=gap)
        self.answers.expire(self.now)
        self.bench.tick(self.now)

    @rule()
    def customer_writes(self) -> None:
        self.posts += 1
        text = f"Acme, complaint number {self.posts}"
        key = f"sample:{self.posts}"
        self.bench.take(
            a_mention(text, key=key, thread="sample:1", posted_at=self.now), now=self.now
        )

    @rule()
    def poll_sees_replies(self) -> None:
        page = a_page(*self.box.standing.values())
        self.bench.pipeline.take(page, self.bench.source("sample:own"), self.now)

    def calm_down(self) -> None:
        for _ in range(12):
            self.now += timedelta(minutes=6)
            self.box.now = self.now
            deliver(self.box, "sample", self.answers, lambda: self.now)
        rows = self.rows()
        stands = {row.idempotency_key for row in rows if row.state is ReplyState.SENT}
        ended = {
            row.idempotency_key for row in rows if row.state is ReplyState.REFUSED
        }  # stopped or refused in mid-sending: it may stand there, and says so
        assert stands <= set(self.box.standing) <= stands | ended
        assert self.box.posts <= len(self.let_go)
        assert len(set(self.box.keys)) <= len(self.let_go)
        assert {row.state for row in rows if row.id in self.let_go} <= {
            ReplyState.SENT,
            ReplyState.REFUSED,
            ReplyState.CANCELLED,
            ReplyState.TAKEN_BACK,
        }
        self.counted_once(rows)

    def counted_once(self, rows: list[ReplyRow]) -> None:
        events = effective(self.bench.store.events.of_item(ITEM))
        for row in rows:
            if row.state is ReplyState.SENT and row.sent is not None:
                counted = [
                    one
                    for one in events
                    if one.kind is EventKind.BRAND_REPLY and one.key == row.sent.key
                ]
                assert [one.actor for one in counted] == [row.member]


TestConfusion = Confusion.TestCase
TestConfusion.settings = settings(
    max_examples=30,
    stateful_step_count=16,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
