"""`mentiondesk coverage`: a line for each query, the same truth for people and for programs."""

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Cursor, Page, Window
from monitor.store.store import Store
from tests.bot.cli.running import environment, ran
from tests.builders import a_mention, minutes

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
SETTINGS = """
[desk]
database = "desk.db"
timezone = "Europe/Bratislava"
look_back = "1h"

[[brand]]
name = "Acme"
keywords = ["acme"]

[connectors.x]
[connectors.hackernews]
"""
KEYS = {
    *("source", "query", "since", "until", "read", "holes", "overflows", "lag_s", "requests"),
    *("cost_usd", "cost_per_relevant_usd", "mentions", "fresh", "relevant", "failing_since"),
    *("error", "rests_until", "quiet_since", "last_read_at", "left"),
}


def text(minute: float) -> str:
    """Return the instant so many minutes after the switch-on as commands print it."""
    return (BEGAN + minutes(minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a desk: X was overtaken once and costs money, Hacker News never answered."""
    made = tmp_path_factory.mktemp("covered")
    (made / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    with Store(made / "desk.db") as store, store.writing():
        for platform in ("x", "hackernews", "reddit"):
            store.sources.switch_on(platform, platform, BEGAN)
        for begin, end, at, complete in (
            (-60, 60, 60, True),
            (60, 80, 120, False),
            (80, 120, 120, True),
        ):
            window = Window(
                query="search acme",
                since=BEGAN + minutes(begin),
                until=BEGAN + minutes(end),
                complete=complete,
            )
            mentions = (a_mention(key="x:1", posted_at=BEGAN + minutes(at - 2)),) * complete
            page = Page(mentions=mentions, cursor=Cursor("c"), window=window, cost_usd=0.25)
            store.sources.advance("x", page, BEGAN + minutes(at), matched=len(mentions))
            store.sources.well("x", BEGAN + minutes(at))
        store.coverage.spend("x", "thread", 2, 0.5, BEGAN + minutes(61))
        store.sources.failed("hackernews", "hackernews: no such host", BEGAN)
    return made


@pytest.fixture(scope="module")
def answer(folder: Path) -> list[dict[str, Any]]:
    done = ran("coverage", "--json", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_each_query_has_its_keys_and_platforms_that_left_the_settings_have_no_line(
    answer: list[dict[str, Any]],
) -> None:
    named = [(each["source"], each["query"]) for each in answer]

    assert named == [("hackernews", ""), ("x", ""), ("x", "search acme")]
    assert all(set(each) == KEYS for each in answer)


def test_what_was_read_and_what_was_not_is_told_to_the_second(
    answer: list[dict[str, Any]],
) -> None:
    known = answer[2]

    assert known["read"] == [[text(-60), text(60)], [text(80), text(120)]]
    assert known["holes"] == [[text(60), text(80)]]
    assert (known["overflows"], known["last_read_at"]) == (1, text(120))


def test_lag_requests_and_dollars_for_each_relevant_post_are_told(
    answer: list[dict[str, Any]],
) -> None:
    beside, known = answer[1:]

    assert known["lag_s"]["max"] == 120.0
    assert known["lag_s"]["median"] == pytest.approx(120, rel=0.05)
    assert (known["requests"], known["cost_usd"], known["relevant"]) == (3, 0.75, 2)
    assert known["cost_per_relevant_usd"] == 0.375
    assert (beside["requests"], beside["cost_usd"]) == (2, 0.5)


def test_a_source_that_never_answered_is_told_with_its_error(answer: list[dict[str, Any]]) -> None:
    never = answer[0]

    assert (never["failing_since"], never["last_read_at"]) == (text(0), None)
    assert never["error"] == "hackernews: no such host"


def test_people_are_told_once_why_a_source_fails(folder: Path) -> None:
    told = ran("coverage", folder=folder).stdout

    assert told.count("no such host") == 1
    assert ": no such host" in told
    assert "hackernews: no such host" not in told


def test_people_are_told_the_holes_and_what_fills_them(folder: Path) -> None:
    told = ran("coverage", "x", "--since", "1d", folder=folder).stdout

    assert "hackernews" not in told
    assert "NOT READ x: search acme" in told
    assert "(20 min)" in told
    assert "x cost $1.25 in all, $0.6250 a new post" in told
    assert "mentiondesk backfill x --holes" in told


def test_in_a_narrow_terminal_each_query_is_a_paragraph(folder: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "coverage"],
        cwd=folder,
        env=environment({"COLUMNS": "50"}),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
    ) as running:
        running.wait(60)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(theirs)

    assert "x: search acme\r\n  read      2 h 40 min" in shown
    assert "hackernews FAILS since" in shown
    assert all(len(line) <= 50 for line in shown.splitlines())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(["redit"], "did you mean 'reddit'", id="platform"),
        pytest.param(["--since", "1h", "--until", "2h"], "--since: expected", id="order"),
    ],
)
def test_what_cannot_be_meant_is_one_line(folder: Path, arguments: list[str], named: str) -> None:
    done = ran("coverage", *arguments, folder=folder)

    assert done.returncode == 2
    assert named in done.stderr
    assert done.stderr.count("\n") == 1
