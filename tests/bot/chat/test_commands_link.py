"""How people and chats are let in, and what becomes of chats, on a real file."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.incoming import Anonymous, MembershipChanged, Migrated
from bot.chat.linking import TOO_OFTEN, WRONG_CODE
from bot.chat.taps import TapKind
from monitor.model import Role
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import (
    CARE,
    FOREIGN,
    LENA,
    MALLORY,
    Counter,
    a_counter,
    said,
)
from tests.builders import minutes

PRIVATE = MALLORY.telegram_id


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = a_counter(tmp_path)
    yield made
    made.bench.store.close()


def _invite(
    counter: Counter, code: str, *, role: Role | None = None, chat: str | None = None
) -> None:
    with counter.bench.store.writing():
        counter.bench.store.people.invite(
            code,
            now=counter.now,
            expires_at=counter.now + timedelta(hours=24),
            role=role,
            chat=chat,
        )


# ---------------------------------------------------------------- codes


def test_a_code_lets_a_person_in_with_its_role(counter: Counter) -> None:
    _invite(counter, "PQRS-7788", role=Role.AGENT)

    told = counter.command("/link pqrs-7788", who=MALLORY, chat=PRIVATE)

    assert told.startswith("Welcome, Mallory: you are linked as agent.")
    assert counter.member(MALLORY).role is Role.AGENT
    assert (counter.log()[-1].action, counter.log()[-1].allowed) == ("link", True)


def test_a_code_works_once(counter: Counter) -> None:
    _invite(counter, "PQRS-7788", role=Role.AGENT)
    counter.command("/link PQRS-7788", who=MALLORY, chat=PRIVATE)

    told = counter.command("/link PQRS-7788", who=LENA, chat=LENA.telegram_id)

    assert told == WRONG_CODE
    assert counter.member(LENA).role is Role.LEAD


def test_an_old_code_and_a_wrong_one_are_refused_in_the_same_words(counter: Counter) -> None:
    _invite(counter, "PQRS-7788", role=Role.AGENT)
    counter.now += timedelta(hours=25)

    old = counter.command("/link PQRS-7788", who=MALLORY, chat=PRIVATE)
    wrong = counter.command("/link ABCD-1234", who=MALLORY, chat=PRIVATE)

    assert old == wrong == WRONG_CODE


def test_no_code_is_ever_written_to_the_log(counter: Counter) -> None:
    counter.command("/link ABCD-1234", who=MALLORY, chat=PRIVATE)

    assert "ABCD" not in "".join(entry.detail + entry.action for entry in counter.log())
    assert not counter.log()[-1].allowed


def test_after_five_wrong_codes_even_the_right_one_waits_an_hour(counter: Counter) -> None:
    _invite(counter, "PQRS-7788", role=Role.AGENT)
    for _ in range(5):
        counter.command("/link ABCD-1234", who=MALLORY, chat=PRIVATE)

    refused = counter.command("/link PQRS-7788", who=MALLORY, chat=PRIVATE)
    counter.now += minutes(61)
    welcomed = counter.command("/link PQRS-7788", who=MALLORY, chat=PRIVATE)

    assert refused == TOO_OFTEN
    assert welcomed.startswith("Welcome")


def test_a_persons_code_that_a_group_could_read_lets_nobody_in(counter: Counter) -> None:
    _invite(counter, "PQRS-7788", role=Role.AGENT)

    in_group = counter.command("/link PQRS-7788", who=MALLORY, chat=CARE)
    in_private = counter.command("/link PQRS-7788", who=MALLORY, chat=PRIVATE)

    assert "in private" in in_group
    assert in_private == WRONG_CODE


@pytest.mark.parametrize("written", ["/link", "/link two words"])
def test_link_without_one_code_is_answered_with_how_it_is_written(
    counter: Counter, written: str
) -> None:
    assert "/link CODE" in counter.command(written, who=MALLORY, chat=PRIVATE)


def test_a_name_from_a_chat_service_is_cleaned(counter: Counter) -> None:
    _invite(counter, "PQRS-7788", role=Role.AGENT)
    odd = type(MALLORY)(telegram_id=77, name="A\u202eda\n\x00 " + "x" * 300)

    counter.command("/link PQRS-7788", who=odd, chat=77)

    name = counter.member(odd).name
    assert name.startswith("Ada xx")
    assert len(name) <= 40


def test_a_code_links_a_chat_under_its_name_and_cards_come_there(counter: Counter) -> None:
    item = counter.complain()
    _invite(counter, "CHAT-4455", chat="care")

    told = counter.command("/link CHAT-4455", who=MALLORY, chat=FOREIGN)

    assert 'linked as "care"' in told
    assert counter.cards(item, CARE) == []
    assert [parcel.item for parcel in counter.waiting(Kind.CARD, FOREIGN)] == [item]


def test_a_chats_code_in_private_stays_good_for_the_chat(counter: Counter) -> None:
    _invite(counter, "CHAT-4455", chat="night")

    in_private = counter.command("/link CHAT-4455", who=MALLORY, chat=PRIVATE)
    in_chat = counter.command("/link CHAT-4455", who=MALLORY, chat=FOREIGN)

    assert "send it in that chat" in in_private
    assert 'linked as "night"' in in_chat


def test_a_chat_has_one_name(counter: Counter) -> None:
    _invite(counter, "CHAT-4455", chat="night")

    told = counter.command("/link CHAT-4455", who=LENA, chat=CARE)

    assert 'linked already, as "care"' in told


# ---------------------------------------------------------------- nobody's words


def test_an_anonymous_admin_is_told_why_and_allowed_nothing(counter: Counter) -> None:
    heard = Anonymous(update_id=counter.next_update(), chat_id=CARE, message_id=7, topic=None)

    told = said(counter.hear(heard))

    assert "Remain anonymous" in told
    assert not counter.log()[-1].allowed


def test_a_strangers_talk_in_a_group_is_let_be(counter: Counter) -> None:
    item = counter.complain()

    told = counter.words("https://x.example/", who=MALLORY, reply_to=counter.under(item))

    assert told == ""
    assert counter.log() == []


def test_plain_words_in_private_are_answered_with_where_help_is(counter: Counter) -> None:
    linked = counter.words("hello", who=LENA, chat=LENA.telegram_id)
    stranger = counter.words("hello", who=MALLORY, chat=PRIVATE)

    assert "/help" in linked
    assert "not linked" in stranger


# ---------------------------------------------------------------- chats come and go


def _membership(counter: Counter, *, present: bool) -> MembershipChanged:
    return MembershipChanged(
        update_id=counter.next_update(),
        chat_id=CARE,
        person=LENA,
        title="Care",
        present=present,
    )


def test_a_chat_that_removes_the_bot_is_told_to_the_operator_once(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    _link_care(counter)
    with caplog.at_level(logging.WARNING, logger="bot.chat.front_desk"):
        counter.hear(_membership(counter, present=False))
        counter.hear(_membership(counter, present=False))
        gone = [chat.gone_at for chat in counter.bench.store.people.chats()]
        counter.hear(_membership(counter, present=True))

    assert gone == [counter.now]
    assert [chat.gone_at for chat in counter.bench.store.people.chats()] == [None]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert [entry.action for entry in counter.log()] == ["bot removed", "bot let in again"]


def test_a_chat_nobody_let_in_may_come_and_go(counter: Counter) -> None:
    heard = MembershipChanged(
        update_id=counter.next_update(), chat_id=FOREIGN, person=MALLORY, title="x", present=True
    )

    assert counter.hear(heard) == ()
    assert counter.log() == []


def test_a_group_that_became_a_supergroup_is_followed_with_its_cards(counter: Counter) -> None:
    item = counter.complain()
    update = counter.next_update()
    counter.hear(Migrated(update_id=update, chat_id=CARE, new_id=-100777))
    counter.hear(Migrated(update_id=counter.next_update(), chat_id=CARE, new_id=-100777))

    answer = counter.tap(TapKind.CLAIM, item, chat=-100777, at=100)

    assert not answer.alert
    assert len(counter.cards(item, -100777)) == 1
    assert [chat.chat_id for chat in counter.bench.store.people.chats()] == [-100777]


def _link_care(counter: Counter) -> None:
    with counter.bench.store.writing():
        counter.bench.store.people.link_chat("care", CARE, counter.now)
