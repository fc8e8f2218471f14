"""What is known of a person: asked for, written, linked, and never said in a group."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.incoming import Person
from bot.chat.replies import AnswerTap, Say
from bot.chat.routes import TERMINAL_ID
from bot.chat.taps import TapKind
from bot.chat.text import (
    ANSWER_UNITS,
    ENTITIES,
    MESSAGE_UNITS,
    Button,
    entities,
    plain,
    units,
)
from monitor.desk.customers import NoteKind
from monitor.errors import RefusedError
from monitor.handling.customers import CustomerBook
from monitor.model import ItemId
from monitor.store.customers import Wrote
from tests.bot.chat.front_desk_case import (
    CARE,
    EMRE,
    LENA,
    VERA,
    ZUZANA,
    Counter,
    a_counter,
    said,
)
from tests.builders import a_mention, minutes

DAY = timedelta(days=1)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = a_counter(tmp_path)
    yield made
    made.bench.store.close()


def alone(counter: Counter, text: str, who: Person = ZUZANA) -> str:
    """Write a command to the bot alone."""
    return counter.command(text, who=who, chat=who.telegram_id)


def reachable(counter: Counter, who: Person = ZUZANA) -> None:
    """Let somebody talk with the bot alone, which allows private messages."""
    counter.command("/queue", who=who, chat=who.telegram_id)
    assert counter.member(who).reachable


def shown(counter: Counter, item: int) -> str:
    """Return what the card of an item shows now."""
    drawn = counter.sending._drawing.card(item, "care", counter.now)  # type: ignore[arg-type]
    assert drawn is not None
    return plain(drawn.message.text)


def labels(counter: Counter, item: int) -> list[str]:
    drawn = counter.sending._drawing.card(item, "care", counter.now)  # type: ignore[arg-type]
    assert drawn is not None
    return [button.label for row in drawn.message.buttons for button in row]


def the_button(counter: Counter, text: str, label: str, who: Person = ZUZANA) -> Button:
    """Write a command, and return a button under what is answered."""
    replies = counter.hear(counter.a_command(text, who=who, chat=who.telegram_id))
    rows = [row for each in replies if isinstance(each, Say) for row in each.message.buttons]
    return next(button for row in rows for button in row if button.label == label)


def press(counter: Counter, button: Button, who: Person = ZUZANA) -> AnswerTap:
    assert button.data is not None
    tap = counter.a_tap(TapKind.CUSTOMER_UNDO, 0, who=who, chat=who.telegram_id, at=1)
    (answer,) = counter.hear(replace(tap, data=button.data))
    assert isinstance(answer, AnswerTap)
    return answer


# ---------------------------------------------------------------- the card


def test_a_first_contact_shows_nothing_of_a_past_and_has_no_button_for_one(
    counter: Counter,
) -> None:
    item = counter.complain()

    assert "contact" not in shown(counter, item)
    assert "Customer" not in labels(counter, item)


def test_the_card_shows_counts_only_and_says_who_came_back_within_a_week(counter: Counter) -> None:
    counter.complain("sample:1")
    alone(counter, "/note 1 has a lawyer in the family")
    counter.now += 2 * DAY
    again = counter.complain("sample:2")

    text = shown(counter, again)

    assert "2nd contact, the last within a week" in text
    assert "1 note" in text
    assert "lawyer" not in text
    assert "Customer" in labels(counter, again)


def test_a_note_has_the_persons_open_cards_drawn_anew(counter: Counter) -> None:
    item = counter.complain()
    counter.deliver()
    before = counter.card(item)

    alone(counter, "/note 1 likes tea")
    counter.deliver()

    after = counter.card(item)
    assert before is not None
    assert after is not None
    assert after.shown != before.shown


def test_what_turns_out_not_to_be_for_us_is_counted_no_more_on_the_cards_that_stand(
    counter: Counter,
) -> None:
    first = counter.complain("sample:1")
    second = counter.complain("sample:2")
    counter.tap(TapKind.NOT_FOR_US, first, "spam")
    counter.deliver()
    without = counter.card(second)
    counter.tap(TapKind.UNDO, first)
    counter.deliver()
    again = counter.card(second)

    assert without is not None
    assert again is not None
    assert without.shown != again.shown
    assert "2nd contact" in shown(counter, second)


def test_an_older_contact_that_is_found_later_is_counted_on_the_cards_that_stand(
    counter: Counter,
) -> None:
    second = counter.complain("sample:2")
    counter.deliver()
    before = counter.card(second)
    older = a_mention(
        "Acme, where is my money, a complaint", key="sample:1", posted_at=counter.now - DAY
    )

    counter.bench.take(older, now=counter.now)
    counter.deliver()

    after = counter.card(second)
    assert before is not None
    assert after is not None
    assert after.shown != before.shown
    assert "2nd contact" in shown(counter, second)


# ---------------------------------------------------------------- read by one alone


def test_alone_with_the_bot_a_member_reads_everything_and_that_is_logged(counter: Counter) -> None:
    counter.complain("sample:1")
    counter.now += 9 * DAY
    counter.complain("sample:2")
    alone(counter, "/note 2 likes tea")
    alone(counter, "/customer prefers 2 short answers")
    alone(counter, "/customer tag 2 #VIP")

    page = alone(counter, "/customer 2")

    for part in ("Jana", "@jana", "#vip", "2 contacts", "short answers", "likes tea", "#1", "#2"):
        assert part in page
    assert [(e.actor_name, e.action, e.item) for e in counter.log()][-1] == (
        "Zuzana",
        "customer",
        2,
    )


def test_who_wrote_again_after_an_answer_is_shown_as_waiting(counter: Counter) -> None:
    item = counter.complain()
    counter.now += minutes(10)
    counter.tap(TapKind.ANSWERED, item)
    counter.now += minutes(50)
    again = a_mention(
        "Acme, still nothing, a complaint", key="sample:2", reply_to="sample:1", thread="sample:1"
    )
    counter.bench.take(replace(again, posted_at=counter.now), now=counter.now)

    page = alone(counter, "/customer 1")

    assert "waiting for an answer" in page
    assert "answered after" not in page
    assert "Waited 10 min for the one answer" in page


def test_in_a_group_it_is_refused_to_who_never_wrote_to_the_bot_alone(counter: Counter) -> None:
    counter.complain()

    told = counter.command("/customer 1")

    assert "ask me that in private" in told
    assert [(e.action, e.allowed) for e in counter.log()] == [("customer", False)]


def test_in_a_group_a_reachable_member_gets_it_alone(counter: Counter) -> None:
    counter.complain()
    alone(counter, "/note 1 likes tea")
    reachable(counter)

    replies = counter.hear(counter.a_command("/customer 1"))

    assert all(isinstance(each, Say) for each in replies)
    assert [each.chat_id for each in replies if isinstance(each, Say)] == [
        CARE,
        ZUZANA.telegram_id,
    ]
    in_group, private = (said([each]) for each in replies)
    assert "likes tea" not in in_group
    assert "likes tea" in private


def test_a_tap_in_a_group_tells_a_little_in_an_alert_that_only_the_member_sees(
    counter: Counter,
) -> None:
    item = counter.complain()
    alone(counter, "/note 1 likes tea")

    told = counter.tap(TapKind.CUSTOMER, item, who=EMRE)

    assert told.alert
    assert "1 contact" in told.text
    assert "likes tea" in told.text
    assert [(e.actor_name, e.action) for e in counter.log()][-1] == ("Emre", "customer")


def test_what_no_alert_holds_is_sent_alone_or_told_in_part_to_who_allows_no_message(
    counter: Counter,
) -> None:
    item = counter.complain()
    for number in range(8):
        alone(counter, f"/note 1 {number} has written a long letter about it, and wants it read")
    reachable(counter)

    sent = counter.hear(counter.a_tap(TapKind.CUSTOMER, item))
    cut = counter.tap(TapKind.CUSTOMER, item, who=EMRE)

    toast, private = sent
    assert isinstance(toast, AnswerTap)
    assert "alone" in toast.text
    assert isinstance(private, Say)
    assert private.chat_id == ZUZANA.telegram_id
    assert cut.alert
    assert units(cut.text) <= ANSWER_UNITS
    assert "more notes" in cut.text


def test_an_alert_that_holds_not_all_tags_is_not_all(counter: Counter) -> None:
    item = counter.complain()
    for number in range(4):
        alone(counter, f"/customer tag 1 a-rather-long-word-{number}")
    reachable(counter)

    _, private = counter.hear(counter.a_tap(TapKind.CUSTOMER, item))

    assert "#a-rather-long-word-3" in said([private])


def test_a_viewer_may_read_none_of_it(counter: Counter) -> None:
    item = counter.complain()

    tapped = counter.tap(TapKind.CUSTOMER, item, who=VERA)
    asked = alone(counter, "/customer 1", who=VERA)

    assert "Viewers read" in tapped.text
    assert "agents and above" in asked


def test_the_terminal_has_one_reader_and_is_no_group(counter: Counter) -> None:
    counter.complain()
    with counter.bench.store.writing():
        counter.bench.store.people.link_chat("terminal", TERMINAL_ID, counter.now)

    page = counter.command("/customer 1", chat=TERMINAL_ID)

    assert "@jana" in page


# ---------------------------------------------------------------- who is meant


def test_a_person_is_named_by_a_card_an_item_a_handle_or_a_platform_and_a_handle(
    counter: Counter,
) -> None:
    item = counter.complain()
    reachable(counter)

    by_reply = counter.command("/customer", reply_to=counter.under(item))
    pages = [alone(counter, f"/customer {name}") for name in ("#1", "jana", "@JANA", "sample:jana")]

    assert "@jana" in by_reply
    assert all("@jana" in page for page in pages)


def test_a_handle_that_nobody_bears_or_several_do_is_asked_back(counter: Counter) -> None:
    counter.complain()
    counter.bench.take(a_mention(key="reddit:9", platform="reddit"), now=counter.now)

    nobody = alone(counter, "/customer @nobody")
    several = alone(counter, "/customer @jana")
    nothing = alone(counter, "/customer")

    assert "Nobody called @nobody" in nobody
    assert "reddit:jana" in several
    assert "sample:jana" in several
    assert "Write /customer ID" in nothing


def test_an_item_that_is_not_there_is_refused(counter: Counter) -> None:
    assert alone(counter, "/customer 9") == "There is no item #9."
    assert alone(counter, "/note 9 text") == "There is no item #9."


# ---------------------------------------------------------------- notes and tags


def test_a_note_in_a_group_is_kept_with_a_word_of_warning(counter: Counter) -> None:
    item = counter.complain()

    told = counter.command("/note likes tea", reply_to=counter.under(item))

    assert "Note 1 is kept." in told
    assert "Everybody here can read" in told


def test_a_note_is_deleted_by_its_writer_or_a_lead_and_by_nobody_else(counter: Counter) -> None:
    counter.complain()
    alone(counter, "/note 1 likes tea")
    alone(counter, "/note 1 hates tea")

    refused = alone(counter, "/note delete 1", who=EMRE)
    own = alone(counter, "/note delete 1")
    lead = alone(counter, "/note delete 2", who=LENA)
    again = alone(counter, "/note delete 2")

    assert "Only who wrote it or a lead" in refused
    assert own == "Note 1 is deleted."
    assert lead == "Note 2 is deleted."
    assert again == "There is no note 2."


def test_the_log_says_who_wrote_and_never_what(counter: Counter) -> None:
    counter.complain()
    alone(counter, "/note 1 likes tea")
    alone(counter, "/customer prefers 1 short answers")
    alone(counter, "/note delete 1")

    logged = counter.log()

    assert [(e.action, e.item, e.detail) for e in logged] == [
        ("note", 1, "1"),
        ("preference", 1, "2"),
        ("note deleted", 1, "1"),
    ]


def test_an_undo_button_takes_back_what_it_stands_under_within_five_minutes(
    counter: Counter,
) -> None:
    counter.complain()
    keep = the_button(counter, "/note 1 likes tea", "Undo")
    gone = press(counter, keep)
    again = press(counter, keep)
    late = the_button(counter, "/note 1 likes coffee", "Undo")
    counter.now += minutes(6)
    too_late = press(counter, late)

    assert gone.text == "Note 1 is deleted."
    assert again.text == "This button no longer works."
    assert "5 minutes" in too_late.text
    assert "likes coffee" in alone(counter, "/customer 1")
    assert "likes tea" not in alone(counter, "/customer 1")


def test_a_deletion_is_undone_by_its_button_or_by_customer_undo(counter: Counter) -> None:
    counter.complain()
    alone(counter, "/note 1 likes tea")
    undo = the_button(counter, "/note delete 1", "Undo")
    press(counter, undo)
    by_button = alone(counter, "/customer 1")
    alone(counter, "/note delete 1")

    told = alone(counter, "/customer undo")

    assert "likes tea" in by_button
    assert told == "Undone: it stands again."
    assert "likes tea" in alone(counter, "/customer 1")


def test_a_tag_is_one_word_kept_once_and_taken_away(counter: Counter) -> None:
    counter.complain()
    first = alone(counter, "/customer tag 1 #Vip")
    twice = alone(counter, "/customer tag 1 vip")
    words = alone(counter, "/customer tag 1 two words")
    tags = counter.bench.store.customers.tags("sample", "id-jana")
    away = alone(counter, "/customer untag 1 vip")

    assert first == "The tag #vip is kept."
    assert twice == "The tag #vip is there already."
    assert "one word" in words
    assert tags == {"vip"}
    assert "taken away" in away
    assert counter.bench.store.customers.tags("sample", "id-jana") == frozenset()


def test_the_log_names_no_tag_that_was_refused(counter: Counter) -> None:
    counter.complain()
    alone(counter, "/customer untag 1 litigious")
    alone(counter, "/note 9 has a lawyer")

    refused = [entry.detail for entry in counter.log() if not entry.allowed]

    assert refused == ["There is no tag #….", "There is no item #9."]


def test_what_is_written_wrongly_is_told_how_it_is_written(counter: Counter) -> None:
    counter.complain()

    wrong = ["/note", "/note 1", "/customer tag 1", "/customer link 1", "/customer prefers"]

    assert all(alone(counter, text).startswith("Write /") for text in wrong)
    assert alone(counter, "/note 1 " + "long " * 300) == "A note has at most 1000 characters."


# ---------------------------------------------------------------- two accounts, one person


def test_two_accounts_are_one_person_by_a_members_word_which_is_logged_and_undone(
    counter: Counter,
) -> None:
    counter.complain()
    counter.bench.take(a_mention(key="reddit:9", platform="reddit", author="dora"), now=counter.now)
    alone(counter, "/note 1 likes tea")

    undo = the_button(counter, "/customer link 1 reddit:dora", "Undo")
    linked = alone(counter, "/customer reddit:dora")
    logged = counter.log()[-2]
    press(counter, undo)
    apart = alone(counter, "/customer reddit:dora")

    assert "@jana" in linked
    assert "likes tea" in linked
    assert "linked by Zuzana" in linked
    assert (logged.action, logged.detail) == ("customer link", "1: sample #1 and reddit #2")
    assert "@jana" not in apart


def test_unlinking_ends_the_link_and_is_undone_too(counter: Counter) -> None:
    item = counter.complain()
    counter.bench.take(a_mention(key="reddit:9", platform="reddit", author="dora"), now=counter.now)
    counter.command("/customer link dora", reply_to=counter.under(item))
    twice = alone(counter, "/customer link reddit:dora 1")

    alone(counter, "/customer unlink 1 @dora")
    apart = counter.bench.store.customers.glance(item)
    alone(counter, "/customer undo")

    assert twice == "They are linked already."
    assert apart.contact == 1
    assert "@dora" in alone(counter, "/customer 1")
    assert alone(counter, "/customer link 1 1") == "That is one and the same account."


def test_nobody_undoes_what_another_agent_wrote(counter: Counter) -> None:
    counter.complain()
    undo = the_button(counter, "/note 1 likes tea", "Undo")

    agent, lead = press(counter, undo, EMRE), press(counter, undo, LENA)

    assert agent.text == "Only who did it or a lead can undo it."
    assert lead.text == "Note 1 is deleted."


def test_a_tag_that_was_given_again_is_not_brought_back_twice(counter: Counter) -> None:
    counter.complain()
    alone(counter, "/customer tag 1 vip")
    alone(counter, "/customer untag 1 vip")
    alone(counter, "/customer tag 1 vip", who=EMRE)

    told = alone(counter, "/customer undo")

    assert told == "The tag #vip is there already."
    assert [
        note.kind
        for note in counter.bench.store.customers.notes(
            counter.bench.store.customers.find("jana")[0].account
        )
    ] == [NoteKind.TAG]


def test_a_link_that_was_made_again_is_not_brought_back_twice(counter: Counter) -> None:
    counter.complain("sample:1")
    counter.complain("sample:2", "omar")
    link = the_button(counter, "/customer link 1 2", "Undo")
    alone(counter, "/customer unlink 1 2")
    alone(counter, "/customer link 1 2")
    book = CustomerBook(counter.bench.store)
    ended = book.change(Wrote.LINK, 1, ended=True)

    late = press(counter, link)
    with pytest.raises(RefusedError, match="linked already"):
        book.undo(counter.member(ZUZANA), counter.now, ended)

    assert late.text == "This button no longer works."
    assert len(counter.bench.store.customers.links(book.of_item(ItemId(1)))) == 1


# ---------------------------------------------------------------- much of it


def test_however_many_notes_there_are_the_contacts_are_on_the_page(counter: Counter) -> None:
    for number in range(12):
        counter.complain(f"sample:{number}")
    for number in range(20):
        alone(counter, f"/note 1 {number} " + "word " * 190)
        alone(counter, f"/customer prefers 1 {number} " + "word " * 190)

    page = alone(counter, "/customer 1")

    assert units(page) <= MESSAGE_UNITS
    assert "and 14 more" in page
    assert "and 2 earlier ones" in page


def test_a_page_with_much_on_it_fits_one_message_and_each_note_can_be_read_in_full(
    counter: Counter,
) -> None:
    for number in range(12):
        counter.complain(f"sample:{number}")
        counter.now += minutes(1)
        alone(counter, f"/note 1 {number} " + "word " * 190)

    (page,) = counter.hear(counter.a_command("/customer 1", chat=ZUZANA.telegram_id))
    full = alone(counter, "/note show 3")

    assert isinstance(page, Say)
    text = plain(page.message.text)
    assert units(text) <= MESSAGE_UNITS
    assert not text.endswith("…")
    assert "and 2 earlier ones" in text
    assert entities(page.message.text) <= ENTITIES
    assert full.count("word") == 190


def test_a_note_is_shown_to_one_alone(counter: Counter) -> None:
    counter.complain()
    alone(counter, "/note 1 likes tea")
    alone(counter, "/note 1 likes coffee", who=EMRE)

    refused = counter.command("/note show 1", who=LENA)
    replies = counter.hear(counter.a_command("/note show 1"))

    assert "ask me that in private" in refused
    assert [each.chat_id for each in replies if isinstance(each, Say)] == [
        CARE,
        ZUZANA.telegram_id,
    ]
    assert "likes tea" not in said(replies[:1])
    assert "likes tea" in said(replies[1:])


def test_somebody_nobody_names_is_a_person_of_one_post(counter: Counter) -> None:
    for key in ("sample:1", "sample:2"):
        counter.bench.take(a_mention(key=key, author=None), now=counter.now)
    counter.deliver()

    page = alone(counter, "/customer 2")

    assert "somebody without a name" in page
    assert "1 contact · 1 post" in page


def test_a_link_of_accounts_that_nobody_names_is_told_by_their_platforms(counter: Counter) -> None:
    for key in ("sample:1", "sample:2"):
        counter.bench.take(a_mention(key=key, author=None), now=counter.now)
    alone(counter, "/customer link 1 2")

    assert "sample and sample were linked by Zuzana" in alone(counter, "/customer 1")
