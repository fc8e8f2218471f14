"""People, codes, the log, sources and single values."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Cursor, Page, Role, Window
from monitor.store.people import Invitation
from monitor.store.store import Store
from tests.builders import NOON, a_mention, minutes
from tests.monitor.store.builders import opened


def invited(
    store: Store, code: str, *, role: Role | None = Role.AGENT, chat: str | None = None
) -> None:
    with store.writing():
        store.people.invite(code, now=NOON, expires_at=NOON + minutes(60), role=role, chat=chat)


def redeemed(store: Store, code: str, minute: float = 1) -> Invitation | None:
    with store.writing():
        return store.people.redeem(code, NOON + minutes(minute))


def test_a_code_lets_in_once_however_it_is_typed(store: Store) -> None:
    invited(store, "ABCD2345")

    first, again = redeemed(store, " abcd2345 "), redeemed(store, "ABCD2345")

    assert first == Invitation(role=Role.AGENT, chat=None)
    assert again is None


def test_a_code_that_is_too_old_or_unknown_lets_nobody_in(store: Store) -> None:
    invited(store, "ABCD2345", role=None, chat="care")

    assert redeemed(store, "ABCD2345", 60) is None
    assert redeemed(store, "ZZZZ2345") is None
    assert redeemed(store, "ABCD2345", 59) == Invitation(role=None, chat="care")


def test_a_code_itself_is_never_stored(store: Store) -> None:
    invited(store, "ABCD2345")

    assert "ABCD2345" not in "".join(store._database.conn.iterdump())


def test_a_member_who_left_comes_back_with_a_new_role(store: Store) -> None:
    with store.writing():
        first = store.people.join("Zuzana", 7, Role.AGENT, NOON)
        store.people.remove(first.id, NOON)
        gone = (store.people.members(), store.people.by_telegram(7), store.people.member(first.id))
        back = store.people.join("Zuzka", 7, Role.LEAD, NOON)

    assert gone == ((), None, first)
    assert back.id == first.id
    assert store.people.members() == (back,)


def test_the_log_is_read_by_item_by_time_and_newest(store: Store) -> None:
    item = opened(store)
    with store.writing():
        member = store.people.join("Zuzana", 7, Role.AGENT, NOON)
        for minute in range(5):
            about = item if minute == 2 else None
            store.people.log(NOON + minutes(minute), f"act {minute}", actor=member, item=about)
        store.people.log(NOON + minutes(9), "link", stranger=("Eve", 66), allowed=False)

    actions = [entry.action for entry in store.people.entries(since=NOON + minutes(3))]
    newest = [entry.action for entry in store.people.entries(newest=2)]
    (of_item,) = store.people.entries(item=item)

    assert actions == ["act 3", "act 4", "link"]
    assert newest == ["act 4", "link"]
    assert (of_item.action, of_item.actor_name, of_item.actor_telegram_id) == ("act 2", "Zuzana", 7)
    assert [entry.allowed for entry in store.people.entries(newest=1)] == [False]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(detail=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_whatever_is_logged_comes_back(store: Store, detail: str) -> None:
    with store.writing():
        store.people.log(NOON, "act", detail=detail)

    assert [entry.detail for entry in store.people.entries(newest=1)] == [detail]


def test_a_chat_that_shut_the_bot_out_is_told_once_and_comes_back(store: Store) -> None:
    with store.writing():
        store.people.link_chat("care", -100, NOON)
        store.people.board("care", 5, "shown")
        told = [store.people.chat_gone(-100, NOON), store.people.chat_gone(-100, NOON)]
        back = store.people.chat_gone(-100, None)

    (chat,) = store.people.chats()
    assert (told, back) == ([True, False], True)
    assert (chat.gone_at, chat.board_message_id) == (None, 5)


def test_another_chat_under_the_same_name_has_a_board_of_its_own(store: Store) -> None:
    with store.writing():
        store.people.link_chat("care", -100, NOON)
        store.people.board("care", 5, "shown")
        store.people.link_chat("care", -200, NOON)

    (chat,) = store.people.chats()
    assert (chat.chat_id, chat.board_message_id, chat.board_shown) == (-200, None, None)


def test_the_switch_on_of_a_source_is_recorded_once(store: Store) -> None:
    with store.writing():
        first = store.sources.switch_on("sample", "sample", NOON)
        again = store.sources.switch_on("sample", "sample", NOON + minutes(9))

    assert first == again
    assert store.sources.get("other") is None


def test_a_page_moves_the_cursor_and_records_what_was_read(store: Store) -> None:
    window = Window(query="r/acme", since=NOON, until=NOON + minutes(5), complete=False)
    page = Page(mentions=(a_mention(),), cursor=Cursor("next"), window=window, requests=3)

    with store.writing():
        store.sources.switch_on("sample", "sample", NOON)
        store.sources.advance("sample", page, NOON + minutes(5))

    source = store.sources.get("sample")
    assert source is not None
    assert source.cursor == "next"
    (read,) = store.coverage.reads()
    assert (read.query, read.span, read.complete) == ("r/acme", (NOON, NOON + minutes(5)), False)


def test_an_outage_is_told_when_it_begins_and_when_it_ends(store: Store) -> None:
    with store.writing():
        store.sources.switch_on("sample", "sample", NOON)
        began = [store.sources.failed("sample", f"out {n}", NOON + minutes(n)) for n in (1, 2)]
        failing = store.sources.get("sample")
        since = [store.sources.well("sample", NOON + minutes(n)) for n in (3, 4)]

    assert began == [True, False]
    assert failing is not None
    assert (failing.failing_since, failing.error) == (NOON + minutes(1), "out 2")
    assert since == [NOON + minutes(1), None]


def test_a_policy_has_a_new_version_only_when_it_changed(store: Store) -> None:
    before = store.notes.newest_policy_version()
    with store.writing():
        versions = [store.notes.policy_version(text, NOON) for text in ("a", "a", "b", "a")]

    assert before is None
    assert versions == [1, 1, 2, 3]
    assert store.notes.newest_policy_version() == 3
    assert store.notes.policy_snapshot(2) == ("b", NOON)
    assert store.notes.policy_snapshot(9) is None


def test_a_day_is_done_once(store: Store) -> None:
    with store.writing():
        done = [store.notes.day_done("care", "daily", date(2026, 3, 6), NOON) for _ in range(2)]

    assert done == [True, False]


def test_a_mute_ends_by_itself_and_can_be_lifted(store: Store) -> None:
    with store.writing():
        store.notes.mute("Acme", "care", NOON + minutes(5), None)
    during = store.notes.muted_until("Acme", "care", NOON)
    after = store.notes.muted_until("Acme", "care", NOON + minutes(5))
    with store.writing():
        store.notes.mute("Acme", "care", None, None)

    assert (during, after) == (NOON + minutes(5), None)
    assert store.notes.muted_until("Acme", "care", NOON) is None
