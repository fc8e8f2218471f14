"""Saved replies in the store: the file and the chat, each as it was changed last."""

from dataclasses import replace

from monitor.desk.saved_replies import SavedReply
from monitor.model import MemberId, Role
from monitor.store.store import Store
from tests.builders import NOON

LATE = SavedReply(name="Late parcel", language="en", apology="Sorry.", remedy="Soon.")
SLOVAK = replace(LATE, language="sk", apology="Prepáčte.", remedy="Čoskoro.")


def adopted(store: Store, *replies: SavedReply) -> int:
    with store.writing():
        return store.saved_replies.adopt(replies, NOON)


def a_lead(store: Store) -> MemberId:
    with store.writing():
        return store.people.join("Lena", 3, Role.LEAD, NOON).id


def kept(store: Store) -> list[tuple[str, str]]:
    return [(row.reply.language, row.reply.apology) for row in store.saved_replies.all()]


def test_the_file_is_taken_over_once(store: Store) -> None:
    first = adopted(store, LATE, SLOVAK)
    again = adopted(store, LATE, SLOVAK)

    assert (first, again) == (2, 0)
    assert kept(store) == [("en", "Sorry."), ("sk", "Prepáčte.")]


def test_what_a_member_changed_stays_until_the_file_says_something_new(store: Store) -> None:
    adopted(store, LATE)
    with store.writing():
        store.saved_replies.keep(replace(LATE, apology="So sorry."), a_lead(store), NOON)

    adopted(store, LATE)
    stayed = kept(store)
    adopted(store, replace(LATE, apology="Very sorry."))

    assert stayed == [("en", "So sorry.")]
    assert kept(store) == [("en", "Very sorry.")]


def test_what_left_the_file_goes_unless_a_member_changed_it(store: Store) -> None:
    adopted(store, LATE, SLOVAK)
    with store.writing():
        store.saved_replies.keep(replace(SLOVAK, apology="Ospravedlňte."), a_lead(store), NOON)

    gone = adopted(store)

    assert gone == 1
    assert kept(store) == [("sk", "Ospravedlňte.")]


def test_what_a_member_deleted_stays_away_while_the_file_stays_as_it_is(store: Store) -> None:
    adopted(store, LATE, SLOVAK)
    with store.writing():
        deleted = store.saved_replies.delete(LATE.folded, "en", NOON)

    adopted(store, LATE, SLOVAK)

    assert deleted == 1
    assert kept(store) == [("sk", "Prepáčte.")]


def test_a_reply_is_found_by_its_name_in_any_spelling(store: Store) -> None:
    adopted(store, LATE, SLOVAK)

    found = store.saved_replies.named(replace(LATE, name="LATE  parcel").folded)

    assert [row.reply.language for row in found] == ["en", "sk"]
