"""The command `customer`, beside a desk that has a past."""

from pathlib import Path

import pytest

from monitor.desk.customers import Account, NoteKind
from monitor.model import MemberId
from monitor.store.store import Store
from tests.bot.cli.a_desk import ANSWERED, BASE, WAITING, a_desk_with_a_past, answer, text
from tests.bot.cli.running import ran
from tests.builders import minutes

KEYS = [
    *("platform", "id", "handle", "name", "accounts", "links", "tags", "preferences", "notes"),
    *("posts", "languages", "praise", "churn_risk", "churn_risk_at", "contact_count"),
    *("repeat_contacts", "waits", "contacts", "promises"),
]
THIRD = Account(platform="sample", key="id-customer3")
FOURTH = Account(platform="sample", key="id-customer4")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("desk")
    a_desk_with_a_past(made)
    zuzana = MemberId(1)
    with Store(made / "desk.db") as store, store.writing():
        rows = store.customers
        rows.write(THIRD, NoteKind.NOTE, "=likes tea", ANSWERED, zuzana, BASE)
        rows.write(THIRD, NoteKind.PREFERENCE, "short answers", None, zuzana, BASE)
        rows.write(THIRD, NoteKind.TAG, "vip", None, zuzana, BASE)
        rows.link(THIRD, FOURTH, zuzana, BASE)
        store.promises.make(ANSWERED, "call back", BASE + minutes(600), zuzana, BASE)
    return made


def test_a_person_is_told_with_outcomes_waits_notes_tags_and_promises(folder: Path) -> None:
    found = answer("customer", "sample", "@Customer3", "--json", folder=folder)

    assert list(found) == KEYS
    assert (found["handle"], found["id"]) == ("customer3", "id-customer3")
    assert [each["handle"] for each in found["accounts"]] == ["customer3", "customer4"]
    assert found["tags"] == ["vip"]
    assert [note["text"] for note in found["notes"]] == ["=likes tea"]
    assert [note["text"] for note in found["preferences"]] == ["short answers"]
    assert found["contact_count"] == 2
    assert found["promises"] == [
        {
            "id": 1,
            "item": ANSWERED,
            "text": "call back",
            "by": "Zuzana",
            "made_at": text(0),
            "due_at": text(600),
            "outcome": None,
            "settled_at": None,
        }
    ]


def test_a_contact_tells_what_became_of_it_and_how_long_it_took(folder: Path) -> None:
    found = answer("customer", "sample", "id-customer3", "--json", folder=folder)

    contact = next(each for each in found["contacts"] if each["item"] == ANSWERED)

    assert contact["outcome"] == "answered"
    assert contact["customer_wait_s"] == 17 * 60
    assert (contact["posted_at"], contact["answered_at"]) == (text(-7), text(10))
    assert found["waits"]["count"] >= 1


def test_who_waits_still_is_shown_with_the_wait_by_now(folder: Path) -> None:
    found = answer("customer", "sample", "customer1", "--json", folder=folder)

    (contact,) = found["contacts"]

    assert (contact["item"], contact["outcome"]) == (WAITING, "waiting")
    assert contact["customer_wait_s"] >= 49 * 60
    assert found["waits"] == {"count": 0, "median_s": None, "longest_s": None}


def test_people_read_it_in_lines(folder: Path) -> None:
    done = ran("customer", "sample", "customer3", folder=folder)

    assert done.returncode == 0
    for part in ("sample customer3", "#vip", "likes tea", "short answers", "call back", "#3"):
        assert part in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["smaple", "dora"], "did you mean 'sample'", id="no such platform"),
        pytest.param(["sample", "nobody"], "nobody called 'nobody'", id="no such person"),
    ],
)
def test_who_is_not_known_is_one_line(folder: Path, arguments: list[str], says: str) -> None:
    done = ran("customer", *arguments, folder=folder)

    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
