"""What the desk tells of its sources."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.routes import TERMINAL_ID
from bot.office import Office, open_office
from bot.timekeeping import Timekeeper
from bot.wiring import App, open_app
from monitor.handling.customers import CustomerBook
from monitor.handling.policies import Policies
from monitor.handling.promises import PromiseBook
from monitor.model import ItemId, MessageRef, Notice, NoticeKind, Role
from monitor.settings import PolicyBook, PolicySettings
from monitor.store.outbox import Kind
from monitor.store.shifts import Held, Why
from monitor.store.sources import SourceRow
from monitor.store.store import Store
from tests.builders import NOON, a_mention, a_page, minutes
from tests.fakes import WordJudge

SETTINGS = """
[[chat]]
name = "care"
id = -100

[[brand]]
name = "Acme"
keywords = ["acme"]
chat = "care"

[connectors.sample]
"""


class Hands(Timekeeper):
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON

    def now(self) -> datetime:
        return self.at


def app_of(path: Path) -> App:
    """Return the desk of a settings file; what a post is does not hang on the shipped judge."""
    opened = open_app(path, {}, Hands())
    opened.judge = WordJudge()
    return opened


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    path = tmp_path / "mentiondesk.toml"
    path.write_text(SETTINGS)
    opened = app_of(path)
    yield opened
    opened.close_workshop()


@pytest.fixture
def office(app: App) -> Office:
    opened = open_office(app, terminal=False)
    opened.begin(NOON)
    return opened


def told(office: Office) -> list[str]:
    waiting = office.workshop.store.outbox.waiting(-100, Kind.WORDS)
    return [parcel.payload for parcel in waiting]


def test_a_source_that_hangs_is_told_as_blind_and_told_again_when_it_answers(
    office: Office,
) -> None:
    sources = office.workshop.store.sources
    with office.workshop.store.writing():
        sources.switch_on("sample", "sample", NOON)
        sources.well("sample", NOON)

    for passed in (5, 20, 21):
        office.health(NOON + minutes(passed))
    blind = told(office)
    with office.workshop.store.writing():
        sources.well("sample", NOON + minutes(22))
    office.health(NOON + minutes(23))

    assert len(blind) == 1
    assert "no answer has come" in blind[0]
    assert len(told(office)) == 2


def test_own_accounts_that_fail_are_told_with_what_it_means_and_the_platform_is_named_once(
    office: Office,
) -> None:
    sources = office.workshop.store.sources
    with office.workshop.store.writing():
        sources.switch_on("sample:own", "sample", NOON)
        sources.failed("sample:own", "sample: answered 503", NOON)

    office.health(NOON + minutes(6))

    (payload,) = told(office)
    assert json.loads(payload)["text"] == (
        "⚠️ sample:own (our own answers) cannot be read since 12:00: answered 503."
        " Answers given there stop no clock until it can be."
    )


def test_a_start_after_a_standstill_takes_no_source_for_blind(app: App, office: Office) -> None:
    with office.workshop.store.writing():
        office.workshop.store.sources.switch_on("sample", "sample", NOON - minutes(600))
        office.workshop.store.sources.well("sample", NOON - minutes(300))

    office.health(NOON + minutes(1))

    assert told(office) == []


def test_a_source_that_fails_is_told_to_a_chat_that_comes_later(tmp_path: Path) -> None:
    path = tmp_path / "mentiondesk.toml"
    path.write_text("""
[[brand]]
name = "Acme"
keywords = ["acme"]

[connectors.sample]
""")
    app = app_of(path)
    office = open_office(app, terminal=False)
    store = office.workshop.store
    with store.writing():
        store.sources.switch_on("sample", "sample", NOON)
        store.sources.failed("sample", "sample: down", NOON)
    office.health(NOON + minutes(6))

    with store.writing():
        store.people.link_chat("care", -100, NOON + minutes(7))
    office.health(NOON + minutes(8))

    assert len(told(office)) == 1
    app.close_workshop()


@pytest.mark.parametrize("name", [pytest.param("care", id="same name"), "support"])
def test_a_chat_that_the_settings_name_no_more_is_shut_out_and_its_cards_go_elsewhere(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "mentiondesk.toml"
    path.write_text(SETTINGS)
    before = app_of(path)
    office = open_office(before, terminal=False)
    office.begin(NOON)
    card = MessageRef(chat_id=-100, message_id=7)
    item = an_item(office)
    with office.workshop.store.writing():
        office.workshop.store.people.link_chat("let in by a code", -300, NOON)
        office.workshop.store.outbox.add_card(item, card, "", NOON)
    office.queue(NOON)
    before.close_workshop()

    path.write_text(SETTINGS.replace("care", name).replace("-100", "-200"))
    after = app_of(path)
    office = open_office(after, terminal=False)
    office.begin(NOON)
    office.queue(NOON)

    outbox = office.workshop.store.outbox
    assert office.routes().named(-100) is None
    assert office.routes().named(-300) == "let in by a code"
    assert outbox.waiting(-100) == ()
    assert [parcel.kind for parcel in outbox.waiting(-200)] == [Kind.CARD]
    after.close_workshop()


def test_a_chat_under_a_new_name_keeps_its_cards(tmp_path: Path) -> None:
    path = tmp_path / "mentiondesk.toml"
    path.write_text(SETTINGS)
    before = app_of(path)
    office = open_office(before, terminal=False)
    office.begin(NOON)
    item = an_item(office)
    with office.workshop.store.writing():
        office.workshop.store.outbox.add_card(
            item, MessageRef(chat_id=-100, message_id=7), "", NOON
        )
    before.close_workshop()

    path.write_text(SETTINGS.replace("care", "support"))
    after = app_of(path)
    office = open_office(after, terminal=False)
    office.begin(NOON)

    (card,) = office.workshop.store.outbox.cards_of(item)
    assert card.live
    assert office.routes().named(-100) == "support"
    after.close_workshop()


def test_what_a_terminal_showed_gets_cards_in_the_chat_once_there_is_a_token(app: App) -> None:
    office = open_office(app, terminal=True)
    office.begin(NOON)
    item = an_item(office)
    with office.workshop.store.writing():
        card = MessageRef(chat_id=TERMINAL_ID, message_id=7)
        office.workshop.store.outbox.add_card(item, card, "", NOON)
    office.queue(NOON)

    office = open_office(app, terminal=False)
    office.begin(NOON)
    office.queue(NOON)

    outbox = office.workshop.store.outbox
    assert outbox.waiting(TERMINAL_ID) == ()
    assert [parcel.kind for parcel in outbox.waiting(-100)] == [Kind.CARD]


def an_item(office: Office) -> ItemId:
    with office.workshop.store.writing():
        source = office.workshop.store.sources.switch_on("sample", "sample", NOON)
    (item,) = office.workshop.pipeline.take(a_page(a_mention()), source, NOON).items
    return item


def summaries_told(office: Office) -> list[list[str]]:
    waiting = office.workshop.store.outbox.waiting(-100, Kind.SUMMARY)
    return [json.loads(parcel.payload)["news"] for parcel in waiting]


def test_what_became_of_the_judge_is_told_in_the_next_summary_and_not_again(
    office: Office,
) -> None:
    store, day = office.workshop.store, minutes(24 * 60)
    with store.writing():
        store.sources.switch_on("sample", "sample", NOON - 5 * day)
        store.notes.tell_of_judge("too old to be told", NOON - 3 * day)
        store.notes.tell_of_judge("a challenger failed", NOON - minutes(60))

    office.summaries(NOON)
    office.summaries(NOON + minutes(1))
    office.summaries(NOON + day)
    with store.writing():
        store.notes.tell_of_judge("another was promoted", NOON + day + minutes(600))
    office.summaries(NOON + 2 * day)

    assert summaries_told(office) == [["a challenger failed"], [], ["another was promoted"]]


def summed_up(office: Office) -> list[tuple[str, str]]:
    """Return which summaries are queued: the kind and the (last) day."""
    waiting = office.workshop.store.outbox.waiting(-100, Kind.SUMMARY)
    orders = [json.loads(parcel.payload) for parcel in waiting]
    return [(order["kind"], order["day"]) for order in orders]


def an_office(path: Path, chat: str) -> tuple[App, Office]:
    """Return an office whose source was switched on weeks before NOON, a Friday."""
    settings = path / "mentiondesk.toml"
    settings.write_text(SETTINGS.replace("id = -100", f"id = -100\n{chat}"))
    app = app_of(settings)
    opened = open_office(app, terminal=False)
    opened.begin(NOON)
    with opened.workshop.store.writing():
        opened.workshop.store.sources.switch_on("sample", "sample", NOON - minutes(30 * 24 * 60))
    return app, opened


def test_the_week_is_summed_up_once_with_the_day_on_the_weekday_of_the_settings(
    tmp_path: Path,
) -> None:
    app, office = an_office(tmp_path, 'weekly_on = "fri"')

    office.summaries(NOON)
    office.summaries(NOON + minutes(1))
    office.summaries(NOON + minutes(24 * 60))

    assert summed_up(office) == [
        ("daily", "2026-03-05"),
        ("weekly", "2026-03-05"),
        ("daily", "2026-03-06"),
    ]
    app.close_workshop()


@pytest.mark.parametrize(
    ("on", "weeks"),
    [
        pytest.param("wed", ["2026-03-03"], id="missed two days ago"),
        pytest.param("tue", [], id="missed three days ago"),
        pytest.param("sat", [], id="not yet"),
        pytest.param("never", [], id="not wanted"),
    ],
)
def test_a_week_that_was_missed_is_summed_up_while_it_is_news(
    tmp_path: Path, on: str, weeks: list[str]
) -> None:
    app, office = an_office(tmp_path, f'weekly_on = "{on}"')

    office.summaries(NOON)

    assert [day for kind, day in summed_up(office) if kind == "weekly"] == weeks
    app.close_workshop()


def test_the_days_and_the_weeks_summary_share_one_picture(tmp_path: Path) -> None:
    app, office = an_office(tmp_path, 'weekly_on = "fri"')

    office.summaries(NOON)

    assert len(office.workshop.store.outbox.waiting(-100, Kind.PICTURE)) == 1
    app.close_workshop()


def test_the_tick_reminds_of_a_promise_and_a_deleted_note_is_erased_for_good(
    office: Office,
) -> None:
    workshop = office.workshop
    store = workshop.store
    with store.writing():
        source = store.sources.switch_on("sample", "sample", NOON)
        zuzana = store.people.join("Zuzana", 1, Role.AGENT, NOON)
    workshop.pipeline.take(a_page(a_mention()), source, NOON)
    PromiseBook(workshop.ledger).make(ItemId(1), "call back", NOON + minutes(60), zuzana, NOON)
    book = CustomerBook(store)
    note = book.note(book.of_item(ItemId(1)), "likes tea", zuzana, NOON)
    book.delete(note, zuzana, NOON)

    office.tick(NOON + minutes(44))
    early = store.outbox.waiting(-100, Kind.NOTICE)
    office.tick(NOON + minutes(45))
    office.prune(NOON + minutes(45))

    due = store.outbox.waiting(-100, Kind.NOTICE)
    assert "promise" not in "".join(parcel.payload for parcel in early)
    assert "promise:1:soon:owner" in "".join(parcel.payload for parcel in due)
    erased = store.customers.note(note)
    assert erased is not None
    assert erased.text == ""


def test_policies_that_another_process_applied_reach_the_open_items(
    office: Office, tmp_path: Path
) -> None:
    opened = office.workshop.store
    office.workshop.pipeline.take(a_page(a_mention()), _switched_on(office), NOON)
    stricter = PolicyBook(policy=(PolicySettings(first_response=minutes(10)),))
    with Store(tmp_path / "mentiondesk.db") as other:
        Policies.adopt(other, stricter, NOON + minutes(1))

    office.health(NOON + minutes(2))

    due = opened.items.queue()[0].due.due_at
    assert due is not None
    assert opened.items.get(ItemId(1)) is not None
    assert [one.policy_version for one in opened.items.queue()] == [2]


def test_a_start_adopts_the_policies_of_the_file_and_further_threads_do_not(
    office: Office, app: App, tmp_path: Path
) -> None:
    stricter = PolicyBook(policy=(PolicySettings(first_response=minutes(10)),))
    with Store(tmp_path / "mentiondesk.db") as other:
        Policies.adopt(other, stricter, NOON + minutes(1))

    with ThreadPoolExecutor(max_workers=1) as thread:
        number = thread.submit(lambda: app.workshop().ledger.policies.current.number).result()
        thread.submit(app.close_workshop).result()
    office.begin(NOON + minutes(2))

    assert number == 2
    assert office.workshop.ledger.policies.current.number == 3


def _switched_on(office: Office) -> SourceRow:
    with office.workshop.store.writing():
        return office.workshop.store.sources.switch_on("sample", "sample", NOON)


def test_what_waits_for_a_shift_that_the_settings_plan_no_more_is_told_at_the_start(
    office: Office,
) -> None:
    store = office.workshop.store
    (item,) = office.workshop.pipeline.take(a_page(a_mention()), _switched_on(office), NOON).items
    warned = Notice(
        kind=NoticeKind.UNCLAIMED, item=item, name="claim:1:100%", at=NOON, tell="on shift"
    )
    monday = NOON + timedelta(days=3)
    with store.writing():
        store.shifts.hold(Held(notice=warned, chat="care", why=Why.NOBODY, until=monday))

    office.begin(NOON)
    office.tick(NOON)

    assert store.shifts.held() == ()
    assert len(store.outbox.waiting(-100, Kind.NOTICE)) == 1


def test_a_name_in_a_shift_that_is_nobodys_is_logged_once_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "mentiondesk.toml"
    shift = '[[shift]]\nname = "day"\nmon = ["08:00-16:00"]\nmembers = ["Ada", "Zoe"]\n'
    path.write_text(SETTINGS + shift)
    app = app_of(path)
    office = open_office(app, terminal=False)
    office.workshop.store.people.join("Ada", 5, Role.AGENT, NOON)

    office.begin(NOON)
    office.tick(NOON)

    told = [each.getMessage() for each in caplog.records if "is called" in each.getMessage()]
    assert told == ["shift 'day': no agent, lead or manager here is called 'Zoe'"]
    app.close_workshop()
