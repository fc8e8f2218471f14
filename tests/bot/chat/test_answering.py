"""Answering a customer from the chat, from the tap on Reply to the card that says so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.incoming import Person, ReplyTo
from bot.chat.previews import SIGN
from bot.chat.replies import AnswerTap, Reply, Say
from bot.chat.taps import TapKind
from bot.chat.text import Button, Message, plain
from monitor.handling.replying import LONGEST, Answers, deliver
from monitor.model import ItemId, MessageRef, State
from monitor.store.outbox import Kind
from monitor.store.replies import ReplyRow, ReplyState
from tests.bot.chat.front_desk_case import (
    CARE,
    EMRE,
    LENA,
    MALLORY,
    VERA,
    ZUZANA,
    Counter,
    a_counter,
    said,
)
from tests.builders import NOON, a_mention, minutes
from tests.desk import FOUND_LATE
from tests.postbox import Postbox, TakingPostbox

SORRY = "We are sorry, a new one is on its way."
ASK, SHOWN = 900, 901  # message ids of what the bot said last


class Room(Counter):
    """A front desk whose platform takes replies."""

    box: TakingPostbox
    answers: Answers

    def talk(self, replies: tuple[Reply, ...], at: int = ASK) -> str:
        """Let what was answered stand in the chat at `at`; return its words."""
        for each in replies:
            if isinstance(each, Say):
                self.front_desk.said(each, message_at(at, each.chat_id), self.now)
        return said(replies)

    def ask(self, item: int = 1, who: Person = ZUZANA, chat: int = CARE, at: int = ASK) -> str:
        """Tap Reply on the card."""
        return self.talk(self.hear(self.a_tap(TapKind.REPLY, item, who=who, chat=chat)), at)

    def write(self, text: str = SORRY, who: Person = ZUZANA, to: int = ASK, at: int = SHOWN) -> str:
        """Write words in reply to what the bot said at `to`."""
        under = ReplyTo(message_id=to, text=f"{SIGN} #1 …", from_bot=True)
        return self.talk(self.hear(self.some_words(text, who=who, reply_to=under)), at)

    def row(self) -> ReplyRow:
        """Return the reply written last."""
        return self.bench.store.replies.of_item(ItemId(1))[-1]

    def press(self, kind: TapKind, who: Person = ZUZANA, edition: int | None = None) -> str:
        """Press a button of the preview."""
        row = self.row()
        argument = str(edition or row.edition) if kind is TapKind.SEND else ""
        answers = self.hear(self.a_tap(kind, row.id, argument, who=who, at=row.message_id or 1))
        assert isinstance(answers[0], AnswerTap)
        self.talk(answers[1:], at=950)
        return answers[0].text or said(answers[1:])

    def platforms_turn(self) -> None:
        """Let the platform's thread do what waits."""
        deliver(self.box, "sample", self.answers, lambda: self.now)
        self.deliver()

    def shows(self, kind: Kind = Kind.REPLY) -> list[Message]:
        """Return what waits to be shown of replies, as it would be drawn now."""
        self.dispatch.cards(self.now)
        parcels = self.bench.store.outbox.waiting(CARE, kind)
        drawn = (self.sending._drawing.draw(each, self.now) for each in parcels)
        return [each.message for each in drawn if each is not None]

    def card_text(self) -> str:
        """Return what the card of item 1 says."""
        return plain(self.card_message().text)

    def card_message(self) -> Message:
        """Return the card of item 1."""
        drawn = self.sending._drawing.card(ItemId(1), "care", self.now)
        assert drawn is not None
        return drawn.message


def message_at(number: int, chat: int) -> MessageRef:
    return MessageRef(chat_id=chat, message_id=number)


def buttons(message: Message) -> list[Button]:
    return [button for row in message.buttons for button in row]


def labels(message: Message) -> list[str]:
    return [button.label for button in buttons(message)]


@pytest.fixture
def box() -> TakingPostbox:
    return TakingPostbox()


@pytest.fixture
def room(tmp_path: Path, box: TakingPostbox) -> Room:
    return a_room(tmp_path, box)


def a_room(path: Path, box: TakingPostbox | Postbox) -> Room:
    made = a_counter(path, {box.platform: box})
    room = Room(
        bench=made.bench,
        front_desk=made.front_desk,
        dispatch=made.dispatch,
        sending=made.sending,
        now=NOON + minutes(1),
    )
    room.box = box  # type: ignore[assignment]
    room.answers = Answers(made.bench.ledger, made.bench.desk, made.bench.brands, FOUND_LATE)
    box.now = NOON + minutes(2)
    made.complain()
    return room


# ------------------------------------------------------------ the way of a reply


def test_a_reply_is_asked_for_shown_sent_and_told_on_the_card(room: Room) -> None:
    asked = room.ask()
    shown = room.write()
    pressed = room.press(TapKind.SEND)
    between = room.card_text()
    room.platforms_turn()

    assert "@jana" in asked
    assert "Acme lost my parcel" in asked
    assert SORRY in shown
    assert f"{len(SORRY)} of 300" in shown
    assert pressed == "It is being sent."
    assert "Zuzana's answer is being sent" in between
    assert [each.text for each in room.box.standing.values()] == [SORRY]
    assert "answered" in room.card_text()
    assert "by Zuzana from here" in room.card_text()


def test_the_question_opens_the_line_to_write_in_for_who_tapped(room: Room) -> None:
    (_, asked) = room.hear(room.a_tap(TapKind.REPLY, 1))

    assert isinstance(asked, Say)
    assert asked.message.asks == "Your answer to @jana"
    assert {span.link for span in asked.message.text} >= {"tg://user?id=1"}


def test_who_taps_reply_has_the_item(room: Room) -> None:
    room.ask()

    assert room.bench.item(now=room.now).item.owner == room.member(ZUZANA).id
    assert "Zuzana is writing an answer" in room.card_text()


def test_somebody_elses_item_is_not_answered(room: Room) -> None:
    room.tap(TapKind.CLAIM, 1, who=EMRE)

    told = room.tap(TapKind.REPLY, 1)

    assert told.alert
    assert "Emre has it" in told.text


@pytest.mark.parametrize("who", [VERA, MALLORY])
def test_viewers_and_strangers_answer_nobody(room: Room, who: Person) -> None:
    told = room.tap(TapKind.REPLY, 1, who=who)

    assert told.alert
    assert room.bench.store.replies.of_item(ItemId(1)) == ()


def test_two_taps_on_send_send_once(room: Room) -> None:
    room.ask()
    room.write()

    told = [room.press(TapKind.SEND), room.press(TapKind.SEND), room.press(TapKind.SEND, LENA)]
    room.platforms_turn()
    room.platforms_turn()

    assert told[1] == told[2] == "It was sent off already: once is enough."
    assert room.box.posts == 1


def test_the_send_button_of_an_older_preview_sends_nothing(room: Room) -> None:
    room.ask()
    room.write()
    room.press(TapKind.REWRITE)
    room.write("Another text.", to=950, at=951)

    told = room.press(TapKind.SEND, edition=1)
    older = [plain(message.text) for message in room.shows()]

    assert "newer" in told
    assert any("a newer text stands below" in text for text in older)
    assert room.row().state is ReplyState.DRAFT


def test_a_draft_that_is_asked_for_again_comes_as_the_newest_message(room: Room) -> None:
    room.ask()
    room.write()

    again = room.ask(at=990)
    (older,) = room.shows()

    assert SORRY in again
    assert room.row().message_id == 990
    assert "a newer text stands below" in plain(older.text)


def test_a_preview_whose_place_was_never_written_down_tells_what_became_of_it(room: Room) -> None:
    room.ask()
    under = ReplyTo(message_id=ASK, text=SIGN, from_bot=True)
    room.hear(room.some_words(SORRY, reply_to=under))
    room.hear(room.a_tap(TapKind.SEND, room.row().id, "1", at=777))
    room.platforms_turn()

    assert room.row().message_id == 777


def test_words_of_somebody_else_are_not_the_text(room: Room) -> None:
    room.ask()

    told = room.write(who=EMRE)

    assert "Zuzana writes this answer" in told
    assert room.row().text == ""


def test_a_question_whose_place_was_never_written_down_still_takes_words(room: Room) -> None:
    room.hear(room.a_tap(TapKind.REPLY, 1))

    shown = room.write(to=12345)

    assert SORRY in shown


def test_in_private_the_words_need_no_reply_to_anything(room: Room) -> None:
    room.talk(room.hear(room.a_command("/reply 1", chat=1)))

    shown = room.words(SORRY, chat=1)

    assert SORRY in shown


def test_in_private_another_text_needs_no_reply_to_anything_either(room: Room) -> None:
    room.talk(room.hear(room.a_command(f"/reply 1 {SORRY}", chat=1)), at=SHOWN)
    before = room.words("Wait, let me think", chat=1)

    room.talk(room.hear(room.a_tap(TapKind.REWRITE, room.row().id, chat=1, at=SHOWN)))
    shown = room.words("So sorry.", chat=1)
    after = room.words("That was it", chat=1)

    assert ["commands" in each for each in (before, shown, after)] == [True, False, True]
    assert "So sorry." in shown
    assert (room.row().text, room.row().state) == ("So sorry.", ReplyState.DRAFT)


def test_in_private_other_words_are_still_no_command(room: Room) -> None:
    assert "commands" in room.words("hello", chat=1)


@pytest.mark.parametrize("chat", [CARE, 1])
def test_the_text_may_come_with_the_command(room: Room, chat: int) -> None:
    shown = room.command(f"/reply 1 {SORRY}\nYour Acme", chat=chat)

    assert room.row().text == f"{SORRY}\nYour Acme"
    assert SORRY in shown


def test_the_text_may_come_as_a_command_under_the_card(room: Room) -> None:
    room.command(f"/reply {SORRY}", reply_to=room.under(1))

    assert room.row().text == SORRY


def test_a_command_without_an_item_is_told_how_it_is_written(room: Room) -> None:
    assert "/reply ID" in room.command("/reply")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("x" * 323, "Too long by 23: 323 of 300 as sample counts", id="by 23"),
        pytest.param("\u202e \n", "There is no text", id="nothing"),
        pytest.param("x" * (LONGEST + 1), "Too long by 1", id="for the chat itself"),
    ],
)
def test_a_text_that_will_not_do_is_asked_for_again(room: Room, text: str, problem: str) -> None:
    room.ask()

    told = room.write(text)
    shown = room.write(SORRY, to=SHOWN)

    assert problem in told
    assert SORRY in shown
    assert room.row().edition == 1


def test_what_would_turn_the_line_around_is_not_sent(room: Room) -> None:
    room.ask()

    room.write("Sorry\u202e!")

    assert room.row().text == "Sorry!"


def test_what_the_customer_wrote_since_is_pointed_out(room: Room) -> None:
    room.ask()
    room.write()
    again = a_mention("It came!", key="sample:2", thread="sample:1", posted_at=room.now)
    room.bench.take(again, now=room.now)

    told = room.press(TapKind.SEND)
    (preview,) = room.shows()

    assert "look at the preview again" in told
    assert "The customer wrote again: It came!" in plain(preview.text)
    assert room.press(TapKind.SEND) == "It is being sent."


def test_a_cancelled_draft_is_over(room: Room) -> None:
    room.ask()
    room.write()

    told = room.press(TapKind.DROP)
    (preview,) = room.shows()

    assert told == "Cancelled: nothing was sent."
    assert labels(preview) == ["Copy"]
    assert "cancelled" in room.write("More", to=SHOWN)
    assert "writing" not in room.card_text()


# ------------------------------------------------------------ what goes wrong


def test_a_refusal_comes_as_a_message_with_the_platforms_words_and_the_text(room: Room) -> None:
    room.ask()
    room.write()
    room.press(TapKind.SEND)
    room.box.tricks = ["refused"]
    deliver(room.box, "sample", room.answers, lambda: room.now)

    told = room.shows()

    assert len(told) == 2  # the preview is edited, which rings nowhere; a message does
    assert all("Not sent: the thread is locked." in plain(each.text) for each in told)
    assert next(button.copy_text for button in buttons(told[0])) == SORRY
    assert "Reply" in labels(room.card_message())


def test_an_outage_is_told_while_the_reply_waits(room: Room) -> None:
    room.ask()
    room.write()
    room.press(TapKind.SEND)
    room.box.tricks = ["down"]
    deliver(room.box, "sample", room.answers, lambda: room.now)

    (preview,) = room.shows()

    assert "not taken yet: sample: it is down · tried again " in plain(preview.text)
    assert "not done yet: sample: it is down" in room.card_text()
    assert labels(preview) == ["Stop"]


def test_an_answer_on_its_way_is_not_written_a_second_time(room: Room) -> None:
    room.ask()
    room.write()
    room.press(TapKind.SEND)

    told = room.tap(TapKind.REPLY, 1)

    assert "An answer by Zuzana is being sent." in told.text
    assert "Reply" not in labels(room.card_message())


# ------------------------------------------------------------ taken back


@pytest.mark.parametrize("way", ["tap", "command"])
def test_undo_deletes_the_answer_on_its_platform(room: Room, way: str) -> None:
    room.ask()
    room.write()
    room.press(TapKind.SEND)
    room.now += minutes(2)
    room.platforms_turn()
    assert "Undo" in labels(room.card_message())

    told = room.tap(TapKind.UNDO, 1).text if way == "tap" else room.command("/undo 1")
    room.platforms_turn()

    assert "It is being taken back." in told
    assert room.box.standing == {}
    assert room.bench.item(now=room.now).item.state is State.CLAIMED
    assert "Undo" not in labels(room.card_message())


def test_where_nothing_can_be_deleted_undo_says_where_to_do_it(tmp_path: Path) -> None:
    room = a_room(tmp_path, Postbox())
    room.ask()
    room.write()
    room.press(TapKind.SEND)
    room.now += minutes(2)
    room.platforms_turn()

    told = room.command("/undo 1")

    assert "Undo" not in labels(room.card_message())
    assert "open the app" in told
    assert room.bench.item(now=room.now).item.state is State.ANSWERED


# ------------------------------------------------------------ open and copy


def closed(room: Room) -> None:
    room.box.closed = "X takes replies only where the author named us"


@pytest.mark.parametrize("length", [100, 257])
def test_where_the_platform_takes_no_reply_there_is_a_draft_to_copy(
    room: Room, length: int
) -> None:
    closed(room)
    card = room.card_message()
    text = "x" * length

    asked = room.ask()
    replies = room.hear(
        room.some_words(text, reply_to=ReplyTo(message_id=ASK, text=SIGN, from_bot=True))
    )

    assert "Reply" not in labels(card)
    assert "No reply from here: X takes replies only where the author named us." in plain(card.text)
    assert "kept here to copy" in asked
    assert isinstance(replies[0], Say)
    found = labels(replies[0].message)
    assert ("Copy" in found) == (length <= 256)
    assert "Open post" in found
    assert "Send" not in found
    assert text in said(replies)


def test_a_send_that_the_platform_forbids_meanwhile_is_refused(room: Room) -> None:
    room.ask()
    room.write()
    closed(room)

    assert "Not from here" in room.press(TapKind.SEND)
    assert room.row().state is ReplyState.DRAFT


# ------------------------------------------------------------ what was said in private


def private_room(room: Room) -> None:
    told = a_mention("Acme, my card number, complaint", key="sample:9", posted_at=room.now)
    room.bench.take(replace(told, private=True), now=room.now)
    room.deliver()


def test_what_was_said_in_private_is_answered_in_private(room: Room) -> None:
    private_room(room)

    in_group = room.tap(TapKind.REPLY, 2)
    asked = room.command("/reply 2", chat=1)

    assert "send /reply 2" in in_group.text
    assert "my card number" in asked
    assert room.bench.store.replies.of_item(ItemId(2))[0].chat_id == 1


def test_the_card_in_a_group_says_so(room: Room) -> None:
    private_room(room)

    drawn = room.sending._drawing.card(ItemId(2), "care", room.now)

    assert drawn is not None
    assert "Reply" not in labels(drawn.message)
    assert "/reply 2" in plain(drawn.message.text)


# ------------------------------------------------------------ the log


def test_every_step_is_in_the_log_and_no_text_is(room: Room) -> None:
    room.ask()
    room.write()
    room.press(TapKind.SEND)
    room.now += timedelta(minutes=2)
    room.platforms_turn()

    entries = room.log()

    assert [one.action for one in entries][-5:] == [
        *("claim", "reply", "reply draft", "reply send", "reply sent")
    ]
    assert not any(SORRY in one.detail for one in entries)


def test_platforms_are_hurried_once_the_send_is_written(tmp_path: Path) -> None:
    hurried: list[str] = []
    room = a_room(tmp_path, TakingPostbox())
    room.front_desk._hurry = hurried.append
    ways: list[Callable[[], str]] = [room.ask, room.write, lambda: room.press(TapKind.SEND)]

    for way in ways:
        way()

    assert hurried == ["sample"]
