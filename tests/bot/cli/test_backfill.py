"""`mentiondesk backfill`: what it prints, where it goes on, and how it ends."""

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Window
from monitor.store.store import Store
from tests.bot.cli.a_desk import SETTINGS
from tests.bot.cli.running import environment, ran
from tests.builders import a_page
from tests.servers.reddit import RedditServer

KEY = {
    "MENTIONDESK_REDDIT_CLIENT_ID": "client-id",
    "MENTIONDESK_REDDIT_CLIENT_SECRET": "client-secret",
}
KEYS = ["read", "matched", "new", "duplicate", "flagged", "bad_lines", "bytes", "seconds"]
DAY_S = 86_400.0


@pytest.fixture
def reddit() -> Iterator[RedditServer]:
    with RedditServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, reddit: RedditServer) -> Path:
    section = (
        f'\n[connectors.reddit]\nsubreddits = ["acme"]\nsearch = false\n'
        f'reddit_url = "{reddit.url}"\noauth_url = "{reddit.url}"\n[connectors.sample]\n'
    )
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS + section, "utf-8")
    return tmp_path


def backfill(folder: Path, *arguments: str, code: int = 0) -> Any:
    """Return the object that the command printed."""
    done = ran("backfill", *arguments, "--json", folder=folder, environ=KEY)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def posted(reddit: RedditServer, *days_ago: float) -> None:
    for number, days in enumerate(days_ago):
        words = f"My parcel {number} from Acme never arrived, this is a disgrace, please help"
        reddit.add_submission(words, author=f"customer{number}", at=time.time() - days * DAY_S)


def test_the_past_is_read_once_whatever_comes_between(folder: Path, reddit: RedditServer) -> None:
    posted(reddit, 90, 40, 0.1)
    reddit.fault("status", path="/new", status=403)

    broken = ran("backfill", "reddit", "--json", folder=folder, environ=KEY)
    reddit.clear_faults()
    ended = backfill(folder, "reddit")
    again = backfill(folder, "reddit")

    assert broken.returncode == 3
    assert json.loads(broken.stdout)["new"] == 0
    assert "the same command goes on from there" in broken.stderr
    assert list(ended) == KEYS
    assert (ended["new"], ended["duplicate"], ended["matched"]) == (3, 0, 3)
    assert (again["new"], again["duplicate"], again["matched"]) == (0, 3, 3)


def test_who_breaks_it_off_is_told_how_to_go_on(folder: Path, reddit: RedditServer) -> None:
    reddit.fault("hang", path="/new")
    asked = threading.Event()
    reddit.before_answer = lambda request: asked.set() if "/new" in request.path else None
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "backfill", "reddit"],
        cwd=folder,
        env=environment(KEY),
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert asked.wait(30)

        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=30)

    assert running.returncode == 130
    assert told == "Stopped; the same command goes on from there.\n"


def test_so_many_days_ago_are_gone_on_with_later_that_day(
    folder: Path, reddit: RedditServer
) -> None:
    posted(reddit, 40, 2)
    reddit.fault("status", path="/new", status=403)
    for code in (3, 0):
        backfill(folder, "reddit", "--since", "30d", code=code)
        reddit.clear_faults()

    with closing(sqlite3.connect(folder / "desk.db")) as database:
        left = database.execute("SELECT * FROM backfills WHERE done_at IS NULL").fetchall()

    assert left == []


def test_only_what_is_asked_for_is_counted_its_end_is_not_included_and_nothing_is_kept(
    folder: Path, reddit: RedditServer
) -> None:
    noon = datetime(2026, 3, 5, 11, tzinfo=UTC)  # in Bratislava
    for number, at in enumerate((noon, noon + timedelta(hours=1), noon - timedelta(seconds=1))):
        reddit.add_submission("Acme complaint", author=f"a{number}", at=at.timestamp())

    span = ("--since", "2026-03-05T12:00", "--until", "2026-03-05T13:00")
    found = backfill(folder, "reddit", *span, "--dry-run")

    assert found["new"] == 1
    assert not (folder / "desk.db").exists()


def with_a_hole(folder: Path, since: datetime, until: datetime) -> None:
    """Let a poll of the listing have left out [since, until)."""
    windows = [
        Window(query="r/acme/new", since=since - timedelta(days=9), until=since),
        Window(query="r/acme/new", since=since, until=until, complete=False),
        Window(query="r/acme/new", since=until, until=until + timedelta(hours=1)),
    ]
    with Store(folder / "desk.db") as store, store.writing():
        store.sources.switch_on("reddit", "reddit", since - timedelta(days=8))
        for window in windows:
            page = replace(a_page(), window=window)
            store.sources.advance("reddit", page, window.until + timedelta(hours=1))
        store.sources.well("reddit", until + timedelta(hours=2))


def test_a_hole_is_filled_and_then_there_is_none(folder: Path, reddit: RedditServer) -> None:
    posted(reddit, 5, 2, 1)
    now = datetime.now(UTC)
    with_a_hole(folder, now - timedelta(days=2, hours=2), now - timedelta(days=1, hours=20))

    filled = backfill(folder, "--holes")
    again = backfill(folder, "--holes")

    assert filled["new"] == 1
    assert [(hole["query"], hole["filled"]) for hole in filled["holes"]] == [("r/acme/new", True)]
    assert again["holes"] == []
    items = json.loads(ran("queue", "--json", folder=folder).stdout)
    assert [item["found_late"] for item in items] == [True]


def test_a_hole_that_the_platform_gives_no_more_stays_and_is_told(
    folder: Path, reddit: RedditServer
) -> None:
    reddit.page_most, reddit.listing_end = 1, 10
    posted(reddit, *(0.1 * n for n in range(30)))
    now = datetime.now(UTC)
    with_a_hole(folder, now - timedelta(days=2, hours=2), now - timedelta(days=1, hours=20))

    done = ran("backfill", "reddit", "--holes", folder=folder, environ=KEY)

    assert done.returncode == 3
    assert "r/acme/new: the hole stays" in done.stderr
    assert "0 of 1 holes filled" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["sampel"], "did you mean 'sample'?", id="mistyped"),
        pytest.param([], "name one platform", id="none"),
        pytest.param(["reddit", "sample"], "name one platform", id="two"),
        pytest.param(["sample", "--brand", "Acne"], "did you mean 'Acme'?", id="brand"),
        pytest.param(["--holes", "--brand", "Acme"], "for every brand", id="holes of a brand"),
        pytest.param(["sample", "--since", "soon"], "expected a date", id="no date"),
        pytest.param(
            ["sample", "--since", "2026-02-02", "--until", "2026-02-02"], "not before", id="empty"
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], told: str, folder: Path) -> None:
    done = ran("backfill", *arguments, folder=folder)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert told in done.stderr
    assert not (folder / "desk.db").exists()
