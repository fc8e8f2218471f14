"""Against a Mastodon server that others wrote, in a process of its own."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.mastodon import Options, connect
from monitor.errors import ConnectorError, RateLimitError, UnavailableError
from monitor.model import Brand, Mention, Page, Watch

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("mock")
    command = [sys.executable, "-m", "mastodon_mock", "serve", "--in-memory", "--demo"]
    given = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    with subprocess.Popen(
        [*command, *given],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url)
            yield url
        finally:
            process.terminate()


@pytest.fixture(autouse=True)
def without_faults(server: str) -> Iterator[None]:
    yield
    for rule in httpx.get(f"{server}/api/v1/_mock/faults").json():
        httpx.delete(f"{server}/api/v1/_mock/faults/{rule['id']}")


def open_connector(server: str, tag: str, **options: Any) -> Any:
    own = (("mastodon", "ada"),)
    brand = Brand(name="Acme", keywords=(tag, f"#{tag}"), own_accounts=own)
    listed = {"name": "mock", "base_url": server, "search": False, "stream": False, **options}
    made = Options.model_validate({"servers": [listed], "every": HOUR})
    return connect(made, Watch(brands=(brand,), secrets={"token": "ada_token"}))


def post(server: str, text: str, **fields: Any) -> dict[str, Any]:
    answer = httpx.post(
        f"{server}/api/v1/statuses",
        data={"status": text, **fields},
        headers={"authorization": "Bearer grace_token"},
        verify=False,  # no certificates are loaded for nothing
    )
    return dict(answer.raise_for_status().json())


def the_present() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)  # noqa: TID251  # the server has a clock


def read(connector: Any, cursor: Any = None) -> list[Page]:
    now = the_present()
    return list(connector.pages(cursor or connector.cursor_at(now - HOUR), now))


def mentions(pages: list[Page]) -> list[Mention]:
    return [each for page in pages for each in page.mentions]


def test_a_hashtag_is_read_over_several_pages(server: str) -> None:
    for number in range(42):
        post(server, f"#paging {number}")
    connector = open_connector(server, "paging")

    pages = read(connector)
    again = mentions(read(connector, pages[-1].cursor))

    assert [each.text for each in mentions(pages)] == [f"#paging {each}" for each in range(42)]
    assert {each.key for each in again} <= {each.key for each in mentions(pages)}


def test_search_and_mentions_are_read(server: str) -> None:
    post(server, "a lost zebraparcel")
    post(server, "@ada where is it?")

    found = mentions(read(open_connector(server, "zebraparcel", search=True)))

    assert {"a lost zebraparcel"} < {each.text for each in found}
    assert [each for each in found if each.text.endswith("where is it?")]


def test_a_reply_is_written_once_found_among_the_own_and_taken_back(server: str) -> None:
    post(server, "#replies please", visibility="unlisted", spoiler_text="parcels")
    connector = open_connector(server, "replies")
    to = next(each for each in _searched(server, "replies") if "please" in each.text)

    sent = connector.reply(to, "On our way, @grace: https://acme.example/x", "tap-1")
    again = open_connector(server, "replies").reply(
        to, "On our way, @grace: https://acme.example/x", "tap-2"
    )
    own = list(connector.own_pages(connector.own_cursor_at(the_present() - HOUR), the_present()))
    thread = connector.thread(to.key, the_present())
    connector.take_back(sent)
    left = list(connector.recheck([sent.key, to.key], the_present()))

    assert again == sent
    found = {each.key: each for each in mentions(own)}[sent.key]
    assert (found.reply_to, found.thread) == (to.key, to.key)
    assert found.author is not None
    assert found.author.handle == "ada"
    assert [each.key for each in thread] == [to.key, sent.key]
    assert {each.key: each.deleted for each in left} == {sent.key: True, to.key: False}


def test_an_edit_is_seen_at_a_second_look(server: str) -> None:
    status = post(server, "#edits before")
    found = next(e for e in mentions(read(open_connector(server, "edits"))) if "edits" in e.text)
    httpx.put(
        f"{server}/api/v1/statuses/{status['id']}",
        data={"status": "#edits after"},
        headers={"authorization": "Bearer grace_token"},
        verify=False,  # no certificates are loaded for nothing
    ).raise_for_status()

    again, *_ = open_connector(server, "edits").recheck([found.key], the_present())

    assert again.text == "#edits after"
    assert again.edited_at is not None


def test_a_stream_wakes_the_poll(server: str) -> None:
    connector = open_connector(server, "streams", stream=True)
    woken = threading.Event()
    connector.on_news(woken.set)
    end = read(connector)[-1].cursor

    number = 0
    while not woken.wait(0.05) and number < 100:  # until the stream is open
        post(server, f"#streams {number}")
        number += 1
    found = mentions(read(connector, end))
    connector.close()

    assert found
    assert all("#streams" in each.text for each in found)


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        pytest.param({"type": "ratelimit"}, RateLimitError, id="a spent budget"),
        pytest.param({"type": "malformed"}, UnavailableError, id="nonsense"),
        pytest.param({"type": "status", "status": 503}, UnavailableError, id="an outage"),
    ],
)
def test_faults_lose_nothing(server: str, effect: Any, error: type[ConnectorError]) -> None:
    tag = f"faults{error.__name__}{effect.get('status', '')}"
    post(server, f"#{tag} here")
    connector = open_connector(server, tag)
    rule = {"match": {"path": "/api/v1/timelines/*"}, "effect": effect}
    httpx.post(f"{server}/api/v1/_mock/faults", json=rule).raise_for_status()

    with pytest.raises(error):
        read(connector)
    for each in httpx.get(f"{server}/api/v1/_mock/faults").json():
        httpx.delete(f"{server}/api/v1/_mock/faults/{each['id']}")

    later = open_connector(server, tag)
    found = [each.text for each in mentions(read(later)) if not each.text.startswith("@")]
    assert found == [f"#{tag} here"]


def _searched(server: str, word: str) -> list[Mention]:
    return mentions(read(open_connector(server, word, search=True)))


def _wait_until_ready(url: str) -> None:
    pause = threading.Event()
    for _ in range(600):
        try:
            if httpx.get(f"{url}/api/v2/instance").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        pause.wait(0.05)
    raise AssertionError("the server did not start")
