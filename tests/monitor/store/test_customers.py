"""What is known of people: who it is, what the team wrote, and what became of their contacts."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.desk.customers import Account, Glance, NoteKind, Outcome
from monitor.model import ItemId, Member, MemberId, Role, State
from monitor.store.store import Store
from tests.builders import NOON, a_verdict, an_author, minutes
from tests.monitor.store.builders import a_new_post, due, kept, opened

JANA = Account(platform="sample", key="id-jana")
DAY = timedelta(days=1)


def a_member(store: Store, name: str = "Zuzana", number: int = 1) -> Member:
    with store.writing():
        return store.people.join(name, number, Role.AGENT, NOON)


def wrote(
    store: Store,
    text: str,
    *,
    kind: NoteKind = NoteKind.NOTE,
    of: Account = JANA,
    at: datetime = NOON,
) -> int:
    with store.writing():
        by = a_member(store).id
        return store.customers.write(of, kind, text, None, by, at)


def joined(store: Store, one: Account, other: Account) -> int:
    with store.writing():
        return store.customers.link(one, other, a_member(store).id, NOON)


def contact(store: Store, number: int, days: float = 0, **rest: Any) -> ItemId:
    instant = NOON + timedelta(days=days)
    return opened(store, f"sample:{number}", posted_at=instant, opened_at=instant, **rest)


# ---------------------------------------------------------------- who it is


def test_a_person_is_found_by_their_handle_in_whatever_case(store: Store) -> None:
    kept(store, a_new_post(key="sample:1", author="Dora_Smith"))
    kept(store, a_new_post(key="sample:2", author="dora"))

    found = store.customers.find("dora_smith")

    assert [(each.account.key, each.handle) for each in found] == [("id-Dora_Smith", "Dora_Smith")]


def test_a_handle_on_two_platforms_finds_both_and_one_of_them_if_asked(store: Store) -> None:
    kept(store, a_new_post(key="sample:1", author="dora"))
    kept(store, a_new_post(key="reddit:1", author="dora", platform="reddit"))

    both = store.customers.find("dora")
    one = store.customers.find("dora", "sample")

    assert [each.account.platform for each in both] == ["reddit", "sample"]
    assert [each.account.platform for each in one] == ["sample"]


def test_what_is_asked_for_is_never_syntax_of_the_search(store: Store) -> None:
    kept(store, a_new_post(author="dora"))

    asked = ['" OR dora', "dora*", "author_handle:dora", "''", "NEAR(dora)", "…", "%", ""]

    assert [store.customers.find(each) for each in asked] == [()] * len(asked)


def test_an_account_bears_the_handle_of_its_newest_post(store: Store) -> None:
    kept(store, a_new_post(key="sample:1", author="jana"))
    item = contact(store, 1)

    known = store.customers.known(JANA)

    assert (known.handle, known.item, known.post) == ("jana", item, 1)


def test_links_make_one_person_of_a_chain_of_accounts_and_of_a_ring(store: Store) -> None:
    on_x, on_mastodon = (
        Account(platform="x", key="7"),
        Account(platform="mastodon", key="8"),
    )
    joined(store, JANA, on_x)
    joined(store, on_mastodon, on_x)
    joined(store, on_mastodon, JANA)

    assert set(store.customers.accounts(on_mastodon)) == {JANA, on_x, on_mastodon}
    assert store.customers.accounts(on_x)[0] == on_x
    assert len(store.customers.links(JANA)) == 3


def test_a_link_that_was_ended_joins_nobody(store: Store) -> None:
    other = Account(platform="x", key="7")
    link = joined(store, JANA, other)

    with store.writing():
        store.customers.end_link(link, MemberId(1), NOON)

    assert store.customers.accounts(JANA) == (JANA,)
    assert store.customers.links(JANA) == ()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=10),
    ended=st.sets(st.integers(0, 9)),
)
def test_whoever_is_linked_with_somebody_is_linked_with_all_of_theirs(
    store: Store, pairs: list[tuple[int, int]], ended: set[int]
) -> None:
    with store.writing():
        store._database.execute("DELETE FROM customer_links")
    groups = [{number} for number in range(8)]
    for place, (one, other) in enumerate(pairs):
        link = joined(store, _numbered(one), _numbered(other))
        if place in ended:
            with store.writing():
                store.customers.end_link(link, MemberId(1), NOON)
            continue
        merged = groups[one] | groups[other]
        for number in merged:
            groups[number] = merged

    found = [set(store.customers.accounts(_numbered(number))) for number in range(8)]

    assert found == [set(map(_numbered, group)) for group in groups]


def _numbered(number: int) -> Account:
    return Account(platform=f"p{number % 3}", key=str(number))


# ---------------------------------------------------------------- what the team wrote


def test_tags_are_those_of_every_linked_account(store: Store) -> None:
    other = Account(platform="x", key="7")
    wrote(store, "vip", kind=NoteKind.TAG)
    wrote(store, "press", kind=NoteKind.TAG, of=other)
    wrote(store, "no tag")

    before = store.customers.tags("sample", "id-jana")
    joined(store, other, JANA)

    assert before == {"vip"}
    assert store.customers.tags("sample", "id-jana") == {"vip", "press"}


def test_a_deleted_note_is_gone_and_comes_back_until_its_text_is_erased(store: Store) -> None:
    number = wrote(store, "likes short answers")
    with store.writing():
        store.customers.end_note(number, MemberId(1), NOON)
    gone = store.customers.notes(JANA)
    with store.writing():
        store.customers.revive_note(number)
    back = [each.text for each in store.customers.notes(JANA)]
    with store.writing():
        store.customers.end_note(number, MemberId(1), NOON)
        store.customers.erase_deleted(NOON + minutes(1))
    erased = store.customers.note(number)

    assert gone == ()
    assert back == ["likes short answers"]
    assert erased is not None
    assert erased.text == ""


def test_the_latest_change_is_that_of_the_member_who_asks(store: Store) -> None:
    first = wrote(store, "one")
    other = a_member(store, "Emre", 2)
    with store.writing():
        store.customers.end_note(first, other.id, NOON + minutes(2))
    second = wrote(store, "two", at=NOON + minutes(1))

    mine = store.customers.latest_change(MemberId(1), NOON)
    theirs = store.customers.latest_change(other.id, NOON)
    late = store.customers.latest_change(other.id, NOON + minutes(3))

    assert (mine and mine.id, mine and mine.ended) == (second, False)
    assert (theirs and theirs.id, theirs and theirs.ended) == (first, True)
    assert late is None


def test_a_forgotten_account_leaves_no_word_and_no_link_and_its_promises_no_text(
    store: Store,
) -> None:
    wrote(store, "likes tea")
    joined(store, Account(platform="x", key="7"), JANA)
    item = contact(store, 1)
    with store.writing():
        store.promises.make(item, "call Jana", NOON + minutes(60), MemberId(1), NOON)

    with store.writing():
        rows = store.customers.forget(JANA) + store.promises.forget("sample", "id-jana")

    assert rows == 3
    assert store.customers.notes(JANA) == ()
    assert store.customers.accounts(JANA) == (JANA,)
    assert [each.text for each in store.promises.of_item(item)] == [""]


# ---------------------------------------------------------------- their past


def test_a_card_counts_threads_and_notes_and_sees_who_comes_back_within_a_week(
    store: Store,
) -> None:
    contact(store, 1)
    contact(store, 2, days=1)
    contact(store, 2, days=1, brand="Rival")
    third = contact(store, 3, days=8)
    fourth = contact(store, 4, days=15.1)
    wrote(store, "likes tea")
    wrote(store, "in the morning", kind=NoteKind.PREFERENCE)
    wrote(store, "vip", kind=NoteKind.TAG)

    assert store.customers.glance(third) == Glance(contact=3, repeat=True, notes=2, tags=1)
    assert store.customers.glance(fourth) == Glance(contact=4, repeat=False, notes=2, tags=1)


def test_what_is_void_is_no_contact_and_an_unknown_author_has_no_past(store: Store) -> None:
    first = contact(store, 1)
    second = contact(store, 2, days=1)
    nobody = contact(store, 3, days=1, by="sample:3", author=None)
    due(store, first, None, State.VOID)

    assert store.customers.glance(second) == Glance()
    assert store.customers.glance(nobody) == Glance()
    assert store.customers.glance(ItemId(99)) == Glance()


def test_a_linked_account_counts_as_the_same_person(store: Store) -> None:
    contact(store, 1)
    elsewhere = contact(store, 2, days=1, platform="x", by="7", author=an_author("jay"))

    joined(store, JANA, Account(platform="x", key="7"))

    assert store.customers.glance(elsewhere).contact == 2


def test_contacts_tell_outcomes_newest_first_and_who_waits_how_long(store: Store) -> None:
    first = contact(store, 1)
    second = contact(store, 2, days=1)
    due(store, first, None, State.VOID)

    newest, oldest = store.customers.contacts(JANA, NOON + DAY + minutes(30))

    assert (newest.item, newest.outcome, newest.customer_wait) == (
        second,
        Outcome.WAITING,
        minutes(30),
    )
    assert (oldest.outcome, oldest.customer_wait, oldest.counts) == (
        Outcome.NOT_FOR_US,
        None,
        False,
    )


def test_posts_tell_languages_praise_and_the_risk_of_leaving_of_late(store: Store) -> None:
    long_ago = NOON - timedelta(days=200)
    kept(
        store,
        a_new_post(
            key="sample:1",
            classification=replace(a_verdict(language="sk"), churn_risk=0.99),
            posted_at=long_ago,
        ),
        a_new_post(key="sample:2", classification=replace(a_verdict(language="sk"), praise=0.9)),
        a_new_post(key="sample:3", classification=replace(a_verdict(), churn_risk=0.7)),
        a_new_post(key="sample:4", author="emil", classification=a_verdict(language="ru")),
        a_new_post(key="sample:5", own_brand="Acme"),
    )

    voice = store.customers.voice(JANA, NOON)

    assert voice.posts == 3
    assert voice.languages == (("sk", 2), ("en", 1))
    assert (voice.praise, voice.praised_at) == (1, NOON)
    assert (voice.leaving, voice.leaving_at) == (0.7, NOON)


def test_what_is_written_of_a_person_has_the_cards_of_their_listed_items_drawn_anew(
    store: Store,
) -> None:
    open_one = contact(store, 1)
    resolved = contact(store, 2, days=1)
    somebody_elses = contact(store, 3, by="id-emil")
    due(store, resolved, None, State.RESOLVED)
    before = {item: store.items.get(item).revision for item in (open_one, resolved, somebody_elses)}  # type: ignore[union-attr]

    with store.writing():
        store.customers.touch(JANA)

    after = {item: store.items.get(item).revision for item in before}  # type: ignore[union-attr]
    assert after == {**before, open_one: before[open_one] + 1}
