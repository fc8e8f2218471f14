"""The commands that read the desk: the keys that others rely on, in words, beside a writer."""

import csv
import io
import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cli.exporting import cell
from tests.bot.cli.a_desk import (
    ANSWERED,
    BASE,
    CLAIMED,
    PAUSED,
    RESOLVED,
    SETTINGS,
    VOID,
    WAITING,
    a_desk_with_a_past,
    answer,
    text,
)
from tests.bot.cli.running import environment, ran
from tests.builders import a_mention, minutes
from tests.desk import a_bench

KEYS = [
    *("id", "brand", "platform", "author", "url", "language", "flags", "state", "owner"),
    *("target", "posted_at", "seen_at", "due_at", "customer_wait_s", "team_time_s", "breached"),
    "found_late",
]
READING = [
    ["queue"],
    ["item", "1"],
    ["why", "1"],
    ["summary"],
    ["search", "acme"],
    ["export"],
    ["log"],
    ["team", "list"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("desk")
    a_desk_with_a_past(made)
    return made


def item(number: int, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = answer("item", str(number), "--json", folder=folder)
    return found


def test_the_queue_lists_what_has_a_clock_due_soonest_first_paused_last(folder: Path) -> None:
    found = answer("queue", "--json", folder=folder)

    assert [each["id"] for each in found] == [WAITING, CLAIMED, ANSWERED, PAUSED]
    assert [each["state"] for each in found] == ["open", "claimed", "answered", "waiting"]
    assert [each["target"] for each in found] == [
        *("claim", "first_response", "resolution", "resolution"),
    ]
    assert all(list(each) == KEYS for each in found)


def test_an_item_in_the_queue_says_what_is_promised_of_it(folder: Path) -> None:
    found = answer("queue", "--json", folder=folder)[1]

    waits = found.pop("customer_wait_s"), found.pop("team_time_s")
    assert all(isinstance(each, int) and each > 40 * 60 for each in waits)
    assert found == {
        "id": 2,
        "brand": "Acme",
        "platform": "sample",
        "author": "customer2",
        "url": "https://sample.example/2",
        "language": "en",
        "flags": ["complaint", "request"],
        "state": "claimed",
        "owner": "Zuzana",
        "target": "first_response",
        "posted_at": text(-8),
        "seen_at": text(-4),
        "due_at": text(26),
        "breached": True,
        "found_late": False,
    }


def test_a_paused_clock_has_no_due_time(folder: Path) -> None:
    found = answer("queue", "--json", folder=folder)[-1]

    assert (found["id"], found["target"]) == (PAUSED, "resolution")
    assert found["due_at"] is None


def test_an_answered_item_shows_its_times_frozen_and_who_answered_when(folder: Path) -> None:
    found = item(ANSWERED, folder)

    assert (found["customer_wait_s"], found["team_time_s"]) == (17 * 60, 13 * 60)
    assert (found["state"], found["breached"]) == ("answered", False)
    assert found["answer"] == {
        "at": text(10),
        "url": "https://sample.example/reply-3",
        "proven": True,
        "by": None,
    }


def test_a_tapped_answer_is_unproven_and_names_the_member(folder: Path) -> None:
    assert item(PAUSED, folder)["answer"] == {
        "at": text(12),
        "url": "https://sample.example/told",
        "proven": False,
        "by": "Zuzana",
    }


def test_one_item_has_its_posts_events_and_cards(folder: Path) -> None:
    found = item(CLAIMED, folder)

    assert list(found) == [*KEYS, "posts", "events", "cards", "answer"]
    assert [post["key"] for post in found["posts"]] == ["sample:2"]
    assert [(event["kind"], event["actor"]) for event in found["events"]] == [
        ("opened", None),
        ("claimed", "Zuzana"),
    ]
    assert found["cards"] == [{"chat_id": -100, "message_id": 7, "live": True}]
    assert found["answer"] is None


def test_a_post_that_begins_like_a_date_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    bench = a_bench(tmp_path)
    bench.take(a_mention("2024 was bad, Acme, this complaint goes from A to Z", author="1999Z"))
    bench.store.close()

    done = ran("item", "1", folder=tmp_path)

    assert done.returncode == 0
    assert "2024 was bad, Acme, this complaint goes from A to Z" in done.stdout
    assert "author: 1999Z" in done.stdout
    assert "posted: 2026-03-06 13:00" in done.stdout


@pytest.mark.parametrize(("number", "state"), [(RESOLVED, "resolved"), (VOID, "void")])
def test_a_closed_item_is_shown_but_not_listed(number: int, state: str, folder: Path) -> None:
    assert item(number, folder)["state"] == state
    assert number not in [each["id"] for each in answer("queue", "--json", folder=folder)]


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        pytest.param(["item", "99"], 1, "mentiondesk: There is no item #99.", id="item"),
        pytest.param(["why", "99"], 1, "mentiondesk: There is no item #99.", id="why"),
        pytest.param(
            ["item", "x"],
            2,
            "mentiondesk: ID: expected an item's number such as 12, got 'x'",
            id="no number",
        ),
        pytest.param(
            ["log", "--since", "soon"],
            2,
            "mentiondesk: --since: expected a date such as 2026-03-05, an instant such as"
            " 2026-03-05T14:30, or '24h', got 'soon'",
            id="no moment",
        ),
        pytest.param(
            ["summary", "--day", "5 March"],
            2,
            "mentiondesk: --day: expected a date such as 2026-03-05, got '5 March'",
            id="no day",
        ),
        pytest.param(
            ["summary", "--day", "9999-12-31"],
            2,
            "mentiondesk: --day: expected a date such as 2026-03-05, got '9999-12-31'",
            id="no day of ours",
        ),
        pytest.param(
            ["summary", "--day", "2999-12-31"],
            2,
            "mentiondesk: --day: 2999-12-31 has not come yet",
            id="a day to come",
        ),
        pytest.param(
            ["export", "--since", "0001-01-01"],
            2,
            "mentiondesk: --since: expected a date such as 2026-03-05, an instant such as"
            " 2026-03-05T14:30, or '24h', got '0001-01-01'",
            id="no moment of ours",
        ),
        pytest.param(
            ["queue", "--brand", "Acne"],
            2,
            "mentiondesk: --brand: unknown brand 'Acne'; did you mean 'Acme'?",
            id="a queue of no brand",
        ),
        pytest.param(
            ["search", "complaint", "--brand", "acme", "--json"],
            2,
            "mentiondesk: --brand: unknown brand 'acme'; did you mean 'Acme'?",
            id="a search in no brand",
        ),
    ],
)
def test_what_cannot_be_answered_is_one_line(
    arguments: list[str], code: int, line: str, folder: Path
) -> None:
    done = ran(*arguments, folder=folder)

    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (code, "", [line])


@pytest.mark.parametrize("arguments", READING, ids=lambda each: each[0])
def test_without_a_database_a_reading_command_says_so_and_makes_none(
    arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")

    done = ran(*arguments, folder=tmp_path)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith("desk.db: no database yet; `mentiondesk run` or `poll` makes it")
    assert not (tmp_path / "desk.db").exists()


def test_the_desk_can_be_read_while_another_process_writes(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "desk.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE items SET brand = 'not seen'")
        codes = {arguments[0]: ran(*arguments, folder=folder).returncode for arguments in READING}
        found = answer("queue", "--json", folder=folder)
        other.execute("ROLLBACK")

    assert set(codes.values()) == {0}
    assert {each["brand"] for each in found} == {"Acme"}


def test_reading_loads_neither_judge_nor_platform_nor_telegram_and_changes_nothing(
    folder: Path,
) -> None:
    program = f"""
import sys
from bot.cli.main import main
for arguments in {READING!r}:
    main(arguments)
heavy = ("spacy", "thinc", "praw", "prawcore", "telegram", "rich.table", "httpx")
print(*[name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    with closing(sqlite3.connect(folder / "desk.db")) as reader:
        before = "\n".join(reader.iterdump())
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        after = "\n".join(reader.iterdump())

    assert done.stderr.strip() == ""
    assert before == after


def test_reading_with_other_policies_in_the_settings_adopts_none(tmp_path: Path) -> None:
    a_desk_with_a_past(tmp_path)
    slower = SETTINGS + '\n[[policy]]\nname = "slow"\nfirst_response = "9h"\n'
    (tmp_path / "mentiondesk.toml").write_text(slower, "utf-8")

    found = answer("queue", "--json", folder=tmp_path)

    assert found[1]["due_at"] == text(26)
    with closing(sqlite3.connect(tmp_path / "desk.db")) as reader:
        assert reader.execute("SELECT count(*) FROM policies").fetchone() == (1,)


def test_the_queue_is_a_line_for_each_where_it_is_piped(folder: Path) -> None:
    heads, *lines = ran("queue", folder=folder).stdout.splitlines()

    assert heads.split("\t")[:4] == ["id", "due", "for", "state"]
    assert [line.split("\t")[0] for line in lines] == ["#1", "#2", "#3", "#4"]
    due = (BASE + minutes(26)).astimezone(ZoneInfo("Europe/Bratislava"))
    assert f"{due:%Y-%m-%d %H:%M} LATE" in lines[1]


def test_the_queue_tells_by_when_an_answer_is_due_though_nobody_took_it_in_time(
    folder: Path,
) -> None:
    lines = ran("queue", folder=folder).stdout.splitlines()[1:]
    waiting = next(line.split("\t") for line in lines if line.startswith(f"#{WAITING}\t"))

    assert waiting[2] == "first response, claim missed"
    assert [line.split("\t")[2] for line in lines[1:]] == [
        "first response",
        "resolution",
        "resolution",
    ]


def test_why_tells_every_part_of_every_clock(folder: Path) -> None:
    found = answer("why", "#3", "--json", folder=folder)

    first = next(clock for clock in found["clocks"] if clock["target"] == "first_response")
    assert found["id"] == 3
    assert first["team_time_s"] == 13 * 60
    assert first["segments"] == [
        {
            "from": text(-3),
            "to": text(10),
            "counted": True,
            "why": "around the clock",
            "calendar": "around the clock",
            "calendar_version": 1,
            "policy": "always",
            "policy_version": 1,
        }
    ]
    assert "First response: 13 min of 30 min" in ran("why", "3", folder=folder).stdout


def test_the_days_up_to_one_are_summed_up_in_the_desks_zone(folder: Path) -> None:
    zone = ZoneInfo("Europe/Bratislava")
    today = (BASE + minutes(39)).astimezone(zone).date()
    found = answer("summary", "--day", str(today), "--week", "--json", folder=folder)

    assert (found["received"], found["answered"], found["unproven"]) == (5, 3, 1)
    assert found["void"] == {"spam": 1}
    assert found["period"]["last"] == str(today)
    begins = datetime.combine(today - timedelta(days=6), time(), zone).astimezone(UTC)
    assert found["period"]["since"] == begins.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found["customer_wait"]["count"] == 3
    assert isinstance(found["customer_wait"]["median_s"], int)
    words = ran("summary", "--week", folder=folder).stdout
    assert "Received 5 · answered 3, 1 of them unproven" in words


def test_posts_are_found_newest_first_with_their_items(folder: Path) -> None:
    found = answer("search", "complaint", "number", "--limit", "2", "--json", folder=folder)

    assert [(post["key"], post["items"]) for post in found] == [
        ("sample:6", [6]),
        ("sample:5", [5]),
    ]
    nothing = ran("search", '"complaint" NEAR/2 (', folder=folder)
    assert (nothing.returncode, nothing.stdout) == (0, "")


def test_posts_are_found_by_filters_with_the_words_marked_and_page_by_page(folder: Path) -> None:
    filters = ("--platform", "sample", "--brand", "Acme", "--json")
    first = answer("search", "compl*", *filters, "--limit", "2", folder=folder)
    then = answer("search", "compl*", *filters, "--before", str(first[-1]["id"]), folder=folder)
    ranked = answer("search", "compl*", "--rank", *filters, folder=folder)

    (start, end), *_ = first[0]["snippet"]["marked"]
    assert first[0]["snippet"]["text"][start:end].lower() == "complaint"
    assert not {post["key"] for post in first} & {post["key"] for post in then}
    assert {post["key"] for post in ranked} == {post["key"] for post in (*first, *then)}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param([], "WORD: expected words to look for, or a filter such as --brand", id="all"),
        pytest.param(["x", "--before", "99"], "--before: no post has the id 99", id="no post"),
        pytest.param(
            ["--since", "soon"],
            "--since: expected a date such as 2026-03-05, an instant such as"
            " 2026-03-05T14:30, or '24h', got 'soon'",
            id="no moment",
        ),
    ],
)
def test_a_search_that_cannot_be_made_is_one_line(
    arguments: list[str], line: str, folder: Path
) -> None:
    done = ran("search", *arguments, folder=folder)

    assert (done.returncode, done.stderr.strip()) == (2, f"mentiondesk: {line}")


def test_the_log_is_one_object_a_line_oldest_first(folder: Path) -> None:
    done = ran("log", "--json", folder=folder)

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0] == {
        "at": text(2),
        "actor": {"name": "Zuzana", "telegram_id": 1},
        "action": "claim",
        "item": 2,
        "allowed": True,
        "detail": "",
    }
    assert lines[-1]["actor"] == {"name": "Eve", "telegram_id": 66}
    assert not lines[-1]["allowed"]


def test_the_log_of_an_item_and_since_a_moment(folder: Path) -> None:
    of_item = ran("log", "--json", "--item", "#6", folder=folder).stdout.splitlines()
    since = ran("log", "--json", "--since", text(13), folder=folder).stdout.splitlines()
    newest = ran("log", "--json", "--newest", "1", folder=folder).stdout.splitlines()

    assert [json.loads(line)["action"] for line in of_item] == ["not for us"]
    assert [json.loads(line)["action"] for line in since] == ["wait", "not for us"]
    assert [json.loads(line)["action"] for line in newest] == ["link"]


def test_posts_are_written_out_as_lines_of_json(folder: Path) -> None:
    done = ran("export", "--since", text(-7), "--until", text(-5), folder=folder)

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["key"] for row in rows] == ["sample:3", "sample:4"]
    assert rows[0]["posted_at"] == text(-7)


def test_items_are_written_out_as_csv_that_comes_back(folder: Path) -> None:
    done = ran("export", "items", "--format", "csv", folder=folder)

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert rows[2]["answer_at"] == text(10)
    assert rows[5]["void_reason"] == "spam"


@pytest.mark.parametrize("what", ["posts", "items"])
def test_parquet_holds_what_json_does_with_types_of_its_own(
    what: str, folder: Path, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    lines = ran("export", what, folder=folder).stdout.splitlines()

    done = ran("export", what, "--format", "parquet", "--output", tmp_path / "x", folder=folder)

    assert (done.returncode, done.stdout) == (0, "")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
    table = parquet.read_table(tmp_path / "x")
    rows = [json.loads(line) for line in lines]
    assert table.column_names == list(rows[0])
    assert str(table.schema.field("posted_at").type) == "timestamp[us, tz=UTC]"
    assert [_plain(row) for row in table.to_pylist()] == [_plain(row) for row in rows]
    if what == "items":
        assert table.schema.field("customer_wait_s").type == "int64"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose times compare, without the clocks, which ran on between two exports."""
    return {
        key: datetime.fromisoformat(value)
        if key.endswith("_at") and isinstance(value, str)
        else value
        for key, value in row.items()
        if not key.endswith("_s")
    }


def test_parquet_goes_through_a_pipe_as_well(folder: Path) -> None:
    pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")

    piped = subprocess.run(
        [sys.executable, "-m", "bot", "export", "--format", "parquet"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=True,
    ).stdout

    assert (piped[:4], piped[-4:]) == (b"PAR1", b"PAR1")


def test_only_what_passes_the_filters_is_written_out(folder: Path) -> None:
    posts = ran("export", "posts", "--brand", "Acme", "--label", "complaint", folder=folder)
    none = ran("export", "items", "--platform", "x", folder=folder)
    unknown = ran("export", "--brand", "Acne", folder=folder)
    mixed = ran("export", "items", "--label", "complaint", folder=folder)

    rows = [json.loads(line) for line in posts.stdout.splitlines()]
    assert rows
    assert all(row["brands"] == ["Acme"] and "complaint" in row["flags"] for row in rows)
    assert (none.returncode, none.stdout) == (0, "")
    assert (unknown.returncode, mixed.returncode) == (2, 2)
    assert "did you mean 'Acme'?" in unknown.stderr


def test_an_export_is_for_its_owner_alone_and_never_overwrites_unasked(
    folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "posts.jsonl"
    first = ran("export", "--output", target, folder=folder)
    target.write_text("precious", "utf-8")
    refused = ran("export", "--output", target, folder=folder)
    kept = target.read_text("utf-8")
    forced = ran("export", "--output", target, "--force", folder=folder)

    assert (first.returncode, refused.returncode, forced.returncode) == (0, 2, 0)
    assert kept == "precious"
    assert refused.stderr.strip().endswith("is there already; --force overwrites it")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert len(target.read_text("utf-8").splitlines()) == 8
    assert [file.name for file in tmp_path.iterdir()] == ["posts.jsonl"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")', id="equals"),
        pytest.param("+1", "'+1", id="plus"),
        pytest.param("-1", "'-1", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="tab"),
        pytest.param("\r=1", "'\r=1", id="return"),
        pytest.param("＝1", "'＝1", id="full-width"),
        pytest.param(["-1", "x"], "'-1, x", id="list"),
        pytest.param("a=1", "a=1", id="within"),
        pytest.param(-1, "-1", id="a number of ours"),
        pytest.param(None, "", id="nothing"),
        pytest.param(True, "1", id="yes"),
    ],
)
def test_no_cell_is_taken_for_a_formula(value: object, expected: str) -> None:
    assert cell(value) == expected
