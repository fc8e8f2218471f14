"""Saved replies at the front desk: offered under Reply, filled, sent, shown and changed."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.incoming import Person
from bot.chat.replies import AnswerTap, Reply, Say
from bot.chat.taps import TapKind, decode
from bot.chat.text import Button, Message, plain
from monitor.desk.saved_replies import SavedReply
from monitor.handling.replying import DRAFT_LASTS, Answers, deliver
from monitor.model import ItemId, MessageRef
from monitor.store.outbox import Kind
from monitor.store.replies import ReplyState
from tests.bot.chat.front_desk_case import EMRE, LENA, VERA, ZUZANA, Counter, a_counter
from tests.builders import NOON, a_saved_reply
from tests.desk import FOUND_LATE
from tests.postbox import Postbox

LATE = a_saved_reply(
    apology="Hi {name}, we are sorry that your parcel is late.",
    remedy="Look here: {link}",
    short="Sorry, {name}: {link}",
)
THANKS = replace(LATE, name="Thanks", topic=None)
REFUND = replace(LATE, name="Refund", topic="refund")
FORM = """/saved add Broken screen
language: sk
topic: fault
brands: acme
link: https://acme.example/screen
apology: Dobrý deň {name},
mrzí nás to.
remedy: Pozrite {link}"""


class Room(Counter):
    """A front desk with a platform that takes replies, and saved ones."""

    box: Postbox

    def save(self, *replies: SavedReply) -> None:
        with self.bench.store.writing():
            self.bench.store.saved_replies.adopt(replies, NOON)

    def talk(self, replies: tuple[Reply, ...]) -> list[Message]:
        """Let what was answered stand in the chat, and return it."""
        shown = [each for each in replies if isinstance(each, Say)]
        for place, each in enumerate(shown):
            ref = MessageRef(chat_id=each.chat_id, message_id=900 + place)
            self.front_desk.said(each, ref, self.now)
        return [each.message for each in shown]

    def ask(self, who: Person = ZUZANA) -> Message:
        return self.talk(self.hear(self.a_tap(TapKind.REPLY, 1, who=who)))[0]

    def press(self, button: Button, who: Person = ZUZANA) -> list[Message]:
        data = decode(button.data or "")
        assert data is not None
        tap = self.a_tap(data.kind, data.number, data.argument, who=who, at=900)
        return self.talk(self.hear(tap))

    def texts(self, command: str) -> list[str]:
        """Return what a lead is answered, a text for each message."""
        return [
            plain(each.text) for each in self.talk(self.hear(self.a_command(command, who=LENA)))
        ]

    def states(self) -> list[tuple[str, ReplyState]]:
        rows = self.bench.store.replies.of_item(ItemId(1))
        return [(row.text, row.state) for row in rows]

    def uses(self) -> dict[str, int]:
        return {one.reply.name: one.uses for one in self.bench.store.saved_replies.all()}


def labels(message: Message) -> list[str]:
    return [button.label for row in message.buttons for button in row]


def named(message: Message, label: str) -> Button:
    return next(one for row in message.buttons for one in row if one.label.startswith(label))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    box = Postbox()
    made = a_counter(tmp_path, {box.platform: box})
    room = Room(
        bench=made.bench,
        front_desk=made.front_desk,
        dispatch=made.dispatch,
        sending=made.sending,
    )
    room.box = box
    room.complain()
    return room


def test_without_saved_replies_the_question_waits_for_words_as_ever(room: Room) -> None:
    question = room.ask()

    assert question.asks
    assert question.buttons == ()


def test_what_fits_the_topic_or_any_is_offered_and_the_rest_lies_behind_a_button(
    room: Room,
) -> None:
    room.save(LATE, THANKS, REFUND)
    with room.bench.store.writing():
        room.bench.store.items.leaning(ItemId(1), topic="delivery", urgency=None, churn_risk=None)

    question = room.ask()
    (page,) = room.press(named(question, "Saved replies"))

    assert labels(question) == ["Late parcel", "Thanks", "Saved replies ▸", "Own words"]
    assert labels(page) == ["Late parcel", "Thanks", "Refund"]


def test_a_pick_is_filled_shown_as_any_answer_and_sent_once(room: Room) -> None:
    room.save(LATE)
    question = room.ask()

    (preview,) = room.press(named(question, "Saved replies")) or (question,)
    (preview,) = room.press(named(preview, "Late parcel"))
    shown = plain(preview.text)
    room.press(named(preview, "Send"))
    answers = Answers(room.bench.ledger, room.bench.desk, room.bench.brands, FOUND_LATE)
    deliver(room.box, "sample", answers, lambda: room.now)

    text = "Hi Jana, we are sorry that your parcel is late.\n\nLook here: https://acme.example/late"
    assert text in shown
    assert [one.text for one in room.box.standing.values()] == [text]
    assert room.uses() == {"Late parcel": 1}


def test_a_pick_that_was_never_sent_does_not_count(room: Room) -> None:
    room.save(THANKS)
    question = room.ask()

    room.press(named(question, "Thanks"))

    assert room.uses() == {"Thanks": 0}


def test_the_question_with_its_buttons_gives_way_once_one_is_picked(room: Room) -> None:
    room.save(THANKS)
    question = room.ask()

    room.press(named(question, "Thanks"))

    (edit,) = room.waiting(Kind.REPLY)
    drawn = room.sending._drawing.draw(edit, room.now)
    assert drawn is not None
    assert edit.message_id == 900
    assert "a newer text stands below" in plain(drawn.message.text)
    assert drawn.message.buttons == ()


def test_a_question_nobody_answers_loses_its_buttons(room: Room) -> None:
    room.save(THANKS)
    room.ask()
    answers = Answers(room.bench.ledger, room.bench.desk, room.bench.brands, FOUND_LATE)

    answers.expire(NOON + 2 * DRAFT_LASTS)
    room.dispatch.cards(room.now)

    (edit,) = room.waiting(Kind.REPLY)
    drawn = room.sending._drawing.draw(edit, room.now)
    assert drawn is not None
    assert "cancelled" in plain(drawn.message.text)
    assert drawn.message.buttons == ()


def test_own_words_ask_for_a_text_as_ever(room: Room) -> None:
    room.save(THANKS)
    question = room.ask()

    (asked,) = room.press(named(question, "Own words"))

    assert asked.asks


def test_where_the_whole_is_too_long_the_short_text_is_taken(room: Room) -> None:
    room.save(replace(THANKS, apology="Sorry. " * 60))
    question = room.ask()

    room.press(named(question, "Thanks"))

    assert room.states() == [("Sorry, Jana: https://acme.example/late", ReplyState.DRAFT)]


def test_where_nothing_fits_the_text_is_given_to_be_cut(room: Room) -> None:
    room.save(replace(THANKS, apology="Sorry. " * 60, short=""))
    question = room.ask()

    asked, text = room.press(named(question, "Thanks"))

    assert "Too long by" in plain(asked.text)
    assert "Sorry. Sorry." in plain(text.text)
    assert room.states() == [("", ReplyState.ASKED)]


def test_nobody_picks_for_somebody_else(room: Room) -> None:
    room.save(THANKS)
    question = room.ask()
    data = decode(named(question, "Thanks").data or "")
    assert data is not None

    answer = room.tap(data.kind, data.number, data.argument, who=EMRE, at=900)

    assert "Zuzana writes this answer" in answer.text


def test_a_reply_that_was_deleted_since_is_told(room: Room) -> None:
    room.save(THANKS)
    question = room.ask()
    room.save()
    data = decode(named(question, "Thanks").data or "")
    assert data is not None

    (answer,) = room.hear(room.a_tap(data.kind, data.number, data.argument, at=900))

    assert isinstance(answer, AnswerTap)
    assert answer.text == "This saved reply is not there any more."


def test_a_customer_of_another_language_gets_their_own_and_then_the_teams(room: Room) -> None:
    room.save(replace(THANKS, language="tr"), replace(THANKS, language="sk"), LATE)

    question = room.ask()

    assert [label for label in labels(question) if "Thanks" in label] == []


# ---------------------------------------------------------------- /saved


def test_a_lead_adds_a_reply_and_sees_it_filled(room: Room) -> None:
    told = room.command(FORM, who=LENA)

    (row,) = room.bench.store.saved_replies.all()
    assert "Broken screen is saved: Slovak. Dora would read:" in told
    assert "Dobrý deň Dora,\nmrzí nás to." in told
    assert row.reply.brands == ("Acme",)
    assert [(e.action, e.detail) for e in room.log()][-1] == (
        "saved reply added",
        "Broken screen sk",
    )


def test_agents_read_but_do_not_change(room: Room) -> None:
    room.save(LATE)

    told = room.command("/saved delete Late parcel")
    shown = room.command("/saved late PARCEL", who=VERA)

    assert told == "Leads and above change saved replies."
    assert "Hi {name}, we are sorry" in shown


def test_the_list_shows_topic_languages_and_how_often_each_was_sent(room: Room) -> None:
    room.save(LATE, replace(LATE, language="sk"), THANKS)

    told = room.command("/saved")

    assert "2 saved replies" in told
    assert "Late parcel · delivery · en sk · never sent" in told
    assert "Thanks · any topic · en · never sent" in told


def test_an_edit_is_offered_as_what_is_to_be_sent_back(room: Room) -> None:
    room.save(LATE)

    form = room.command("/saved edit late parcel", who=LENA).partition("\n")[2]
    room.command(
        form.replace("topic: delivery", "topic: refund").replace(
            "short: Sorry, {name}: {link}", "short: -"
        ),
        who=LENA,
    )

    (row,) = room.bench.store.saved_replies.all()
    assert form.startswith("/saved edit Late parcel en\n")
    assert (row.reply.topic, row.reply.short) == ("refund", "")
    assert row.reply.apology == LATE.apology


def test_what_is_deleted_comes_back_by_what_is_told(room: Room) -> None:
    room.save(LATE)

    told = room.command("/saved delete Late parcel", who=LENA)
    gone = room.bench.store.saved_replies.all()
    room.command(told.partition("\n")[2], who=LENA)

    (back,) = room.bench.store.saved_replies.all()
    assert gone == ()
    assert back.reply == LATE


def test_long_replies_are_shown_and_given_back_whole_in_several_messages(room: Room) -> None:
    languages = ("en", "tr", "sk", "ar")
    replies = [
        replace(LATE, language=each, apology="sorry " * 160, remedy="soon " * 190 + each)
        for each in languages
    ]
    room.save(*replies)

    shown = room.texts("/saved Late parcel")
    told = room.texts("/saved delete Late parcel")
    room.texts(told[0].partition("\n")[2])
    for each in told[1:]:
        room.texts(each)

    assert len(shown) == 2
    assert len(told) == 4
    assert all(f"soon {each}" in "".join(shown) for each in languages)
    back = {row.reply.language: row.reply for row in room.bench.store.saved_replies.all()}
    assert back == {each.language: replace(each, apology=each.apology.strip()) for each in replies}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param("topic: fault", "topic: faults", "There is no such topic.", id="topic"),
        pytest.param("brands: acme", "brands: acm", 'No brand is called "acm".', id="brand"),
        pytest.param("{name}", "{nme}", "In apology: something in braces", id="blank"),
        pytest.param("link: https", "link: javascript", "This is no link", id="link"),
        pytest.param("link: https://acme.example/screen", "", "it names a link", id="no link"),
        pytest.param("remedy: Pozrite {link}", "", "The remedy is missing", id="no remedy"),
        pytest.param("language: sk", "language: slovak", "Which language?", id="language"),
        pytest.param("language: sk", "hello", "Begin each line with its field", id="no field"),
        pytest.param("Broken screen", "B" * 50, "Its name is too long", id="name"),
    ],
)
def test_a_mistake_in_a_form_is_told_and_nothing_is_kept(
    room: Room, before: str, after: str, told: str
) -> None:
    said = room.command(FORM.replace(before, after), who=LENA)

    assert told in said
    assert room.bench.store.saved_replies.all() == ()


def test_one_that_is_there_is_not_added_twice(room: Room) -> None:
    room.command(FORM, who=LENA)

    told = room.command(FORM, who=LENA)

    assert "is saved in this language already" in told


def test_a_name_nobody_knows_is_told(room: Room) -> None:
    assert 'No saved reply is called "nothing".' in room.command("/saved nothing", who=VERA)
