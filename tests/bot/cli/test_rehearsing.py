"""`backfill … --rehearse`: what it tells, what it keeps, and the walk through its samples."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Role
from monitor.store.store import Store
from tests.bot.cli.a_desk import SETTINGS
from tests.bot.cli.running import ran, reviewed
from tests.builders import LEAD, NOON

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
TABLES = ("posts", "items", "events", "archives", "outbox", "backfills")
COMPLAINT = "My parcel {} from Acme never arrived, this is a disgrace, I want my money back"
IDLE = "I walked past the Acme store in the old town today, nice window {}"
ARABIC = "طلبي من Acme لم يصل حتى الآن ولا أحد يرد، هل يمكنكم المساعدة؟"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk with an archive of two weeks: complaints, idle talk, and a damaged line."""
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS + "\n[connectors.sample]\n", "utf-8")
    lines = [a_comment(number) for number in range(120)]
    (tmp_path / "old.ndjson").write_text("\n".join([*lines, '{"body": 1}']) + "\n", "utf-8")
    return tmp_path


def a_comment(number: int) -> str:
    texts = (COMPLAINT, IDLE, IDLE, ARABIC)
    at = BEGIN + timedelta(hours=2.8 * number)
    row = {
        "id": f"c{number:04x}",
        "author": f"customer{number}",
        "body": texts[number % len(texts)].format(number),
        "created_utc": int(at.timestamp()),
        "subreddit": "acme",
        "link_id": f"t3_{number:x}",
        "parent_id": f"t3_{number:x}",
        "permalink": f"/r/acme/comments/{number:x}/x/c{number:04x}/",
    }
    return json.dumps(row, ensure_ascii=False)


def rehearse(folder: Path, *options: str, code: int = 0) -> Any:
    done = ran(*("backfill", "file", "old.ndjson", "--rehearse", *options, "--json"), folder=folder)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def counts(folder: Path) -> dict[str, int]:
    with Store(folder / "desk.db") as store:
        tables = {
            name: store._database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in TABLES
        }
        return {**tables, "samples": len(list(store.samples.waiting()))}


def test_a_rehearsal_keeps_its_samples_and_nothing_else(folder: Path) -> None:
    told = rehearse(folder, "--samples", "5")

    assert (told["read"], told["bad_lines"], told["posts"]) == (121, 1, 120)
    assert told["items"] >= 30
    assert [each["people"] for each in told["drills"]] == [1, 2, 3, 5, 8]
    assert told["staffing"]["most"] >= 1
    kept = counts(folder)
    assert kept.pop("samples") == len(told["samples"]) > 0
    assert set(kept.values()) == {0}


def test_repeated_it_tells_the_same(folder: Path) -> None:
    first, second = (rehearse(folder) for _ in range(2))

    assert {**first, "seconds": 0} == {**second, "seconds": 0}


def test_what_the_desk_knows_already_is_rehearsed_too(folder: Path) -> None:
    before = rehearse(folder)
    kept = ran("backfill", "file", "old.ndjson", folder=folder)
    assert kept.returncode == 0, kept.stderr
    after = rehearse(folder)

    assert {**before, "seconds": 0} == {**after, "seconds": 0}


def test_another_policy_holds_for_the_rehearsal_alone(folder: Path) -> None:
    (folder / "slow.toml").write_text('[[policy]]\nname = "slow"\nfirst_response = "7d"\n', "utf-8")

    told = rehearse(folder, "--policy", "slow.toml", "--people", "1", "--people", "4")

    assert [each["people"] for each in told["drills"]] == [1, 4]
    assert [each["late"] for each in told["drills"]] == [0, 0]
    assert told["assumed"]["target_s"] == 7 * 86400


def test_the_page_needs_nothing_else_and_is_overwritten_only_by_force(folder: Path) -> None:
    rehearse(folder, "--html", "r.html")
    page = (folder / "r.html").read_text("utf-8")
    again = ran(
        *("backfill", "file", "old.ndjson", "--rehearse", "--html", "r.html"), folder=folder
    )

    assert "Rehearsal: Acme" in page
    assert 'class="said" dir="auto"' in page
    assert "data:image/svg+xml" in page
    assert "http-equiv" in page
    assert again.returncode == 2
    assert "--force" in again.stderr
    rehearse(folder, "--html", "r.html", "--force")


def test_without_samples_no_desk_is_made(folder: Path) -> None:
    told = rehearse(folder, "--samples", "0")

    assert told["samples"] == []
    assert not (folder / "desk.db").exists()


def test_people_are_told_what_matters_first(folder: Path) -> None:
    done = ran("backfill", "file", "old.ndjson", "--rehearse", "--people", "2", folder=folder)

    lines = done.stdout.splitlines()
    assert lines[0] == "Rehearsal: Acme"
    assert "120 posts named a brand" in lines[2]
    assert any(line.startswith("2 people\t") for line in lines)
    assert "121 read, 1 bad line (" in done.stderr


def test_where_no_post_names_a_brand_there_is_nothing_to_rehearse(folder: Path) -> None:
    (folder / "old.ndjson").write_text(a_comment(1).replace("Acme", "Nobody") + "\n", "utf-8")

    assert rehearse(folder)["posts"] == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param(("--people", "3"), "--people", id="people"),
        pytest.param(("--html", "x.html"), "--html", id="a page"),
        pytest.param(("--policy", "x.toml"), "--policy", id="a policy"),
        pytest.param(("--force",), "--force", id="force"),
    ],
)
def test_options_of_a_rehearsal_ask_for_one(
    folder: Path, options: tuple[str, ...], named: str
) -> None:
    done = ran("backfill", "file", "old.ndjson", *options, folder=folder)

    assert done.returncode == 2
    assert f"{named} is of --rehearse" in done.stderr


def test_the_past_of_a_platform_is_rehearsed_and_nothing_is_kept(folder: Path) -> None:
    done = ran("backfill", "sample", "--since", "2d", "--rehearse", "--json", folder=folder)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["read"] >= told["posts"]
    kept = counts(folder)
    assert (kept["posts"], kept["items"], kept["backfills"]) == (0, 0, 0)


# ---------------------------------------------------------------- the walk


@pytest.fixture
def rehearsed(folder: Path) -> Path:
    rehearse(folder, "--samples", "3")
    with Store(folder / "desk.db") as store, store.writing():
        store.people.join("Lenka", 1, LEAD, NOON)
        store.people.join("Ani", 2, Role.AGENT, NOON)
    return folder


def lessons(folder: Path) -> list[tuple[str, str]]:
    with Store(folder / "desk.db") as store:
        return [(one.how, one.text) for one in store.notes.lessons()]


def test_a_word_on_a_sample_is_a_lesson_and_makes_it_a_post_of_the_past(rehearsed: Path) -> None:
    before = counts(rehearsed)["samples"]

    done = reviewed(rehearsed, "c\nneither\nq\n", "--rehearsal")

    assert done.returncode == 0, done.stderr
    assert "from the rehearsal" in done.stdout
    assert [how for how, _ in lessons(rehearsed)] == ["complaint", "neither"]
    after = counts(rehearsed)
    assert after["samples"] == before - 2
    assert after["posts"] == 2
    with Store(rehearsed / "desk.db") as store:
        assert [each.item.muted for each in store.items.every()] == [True] * after["items"]


def test_a_word_on_a_sample_is_taken_back_and_it_is_asked_for_again(rehearsed: Path) -> None:
    before = counts(rehearsed)["samples"]

    done = reviewed(rehearsed, "c\nu\nn\nq\n", "--rehearsal")

    assert done.returncode == 0, done.stderr
    assert [how for how, _ in lessons(rehearsed)] == ["neither"]
    assert counts(rehearsed)["samples"] == before - 1


def test_a_plain_review_comes_to_the_samples_after_the_doubts(rehearsed: Path) -> None:
    done = ran("review", "--json", folder=rehearsed)

    waits = [each["waits"] for each in json.loads(done.stdout)]
    assert waits == ["from the rehearsal"] * counts(rehearsed)["samples"]


def test_a_sample_of_a_brand_that_is_watched_no_more_is_skipped(rehearsed: Path) -> None:
    renamed = SETTINGS.replace('keywords = ["acme"]', 'keywords = ["zenith"]')
    (rehearsed / "mentiondesk.toml").write_text(renamed, "utf-8")

    done = reviewed(rehearsed, "c\nq\n", "--rehearsal")

    assert "names no brand" in done.stderr
    assert lessons(rehearsed) == []


def test_a_rehearsal_made_anew_forgets_the_samples_before_it_and_no_lesson(
    rehearsed: Path,
) -> None:
    reviewed(rehearsed, "c\nq\n", "--rehearsal")

    rehearse(rehearsed, "--samples", "1")

    assert len(lessons(rehearsed)) == 1
    assert 0 < counts(rehearsed)["samples"] <= 4


def test_a_time_that_the_files_may_leave_out_is_told(folder: Path) -> None:
    with (folder / "old.ndjson").open("a", encoding="utf-8") as file:
        file.write(a_comment(500) + "\n")

    done = ran("backfill", "file", "old.ndjson", "--rehearse", folder=folder)

    assert "Nothing was posted from 2026-03-16 to 2026-04-29." in " ".join(done.stdout.split())


def test_a_file_of_policies_that_is_missing_is_told(folder: Path) -> None:
    done = ran(
        *("backfill", "file", "old.ndjson", "--rehearse", "--policy", "gone.toml"), folder=folder
    )

    assert done.returncode == 2
    assert done.stderr.strip().endswith("gone.toml: no such file")


@pytest.mark.parametrize("page", ["gone/page.html", "taken"])
def test_a_page_that_cannot_be_written_is_told_before_anything_is_read(
    folder: Path, page: str
) -> None:
    (folder / "taken").mkdir()

    done = ran(
        *("backfill", "file", "old.ndjson", "--rehearse", "--html", page, "--force"), folder=folder
    )

    assert done.returncode == 2
    assert "folder" in done.stderr
    assert "read" not in done.stderr
