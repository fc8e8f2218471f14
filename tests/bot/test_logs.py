"""The log: whatever is logged, by whomever, no secret is in it."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import logs

BOT_TOKEN = "7654321:AAF_k2v-QWERTYuiopASDFGHjklZXCVBNM12"
BEARER = "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI"
PASSWORD = 'kä"se\\ rösti&$'
SECRETS = (BOT_TOKEN, BEARER, PASSWORD)
STYLES: tuple[logs.Style, ...] = ("text", "json")


@contextmanager
def kept_logging() -> Iterator[None]:
    """Give logging, warnings and the hooks back as they were found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, each in levels.items():
            logging.getLogger(name).setLevel(each)
        sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    with kept_logging():
        yield


def log_of(
    act: Callable[[logging.Logger], object],
    style: logs.Style = "text",
    secrets: tuple[str, ...] = SECRETS,
    *,
    debug: bool = True,
) -> str:
    stream = io.StringIO()
    logs.set_up(style, secrets=secrets, debug=debug, stream=stream)
    act(logging.getLogger("desk.test"))
    return stream.getvalue()


def assert_hidden(written: str) -> None:
    """See to it that something was written, and no secret in any spelling."""
    assert logs.HIDDEN in written
    for part in (BOT_TOKEN[8:], BEARER[:30], "rösti", "r\\u00f6sti", "r%C3%B6sti"):
        assert part not in written


class Greeter(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Greeter) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_what_spacy_says_of_its_own_work_is_not_logged() -> None:
    written = log_of(lambda log: logging.getLogger("spacy").info("Created vocabulary"))

    assert written == ""


@pytest.mark.parametrize("style", STYLES)
def test_a_request_with_the_token_in_its_address_is_not_logged_at_all(
    style: logs.Style, server: str
) -> None:
    written = log_of(lambda log: httpx.get(f"{server}/bot{BOT_TOKEN}/getMe"), style)

    assert written == ""


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("secrets", [SECRETS, ()], ids=["known", "by their shape"])
def test_a_client_that_was_made_loud_again_still_shows_no_token(
    style: logs.Style, secrets: tuple[str, ...], server: str
) -> None:
    def request(log: logging.Logger) -> None:
        logging.getLogger("httpx").setLevel(logging.DEBUG)
        logging.getLogger("httpcore").setLevel(logging.DEBUG)
        headers = {"Authorization": f"Bearer {BEARER}"}
        httpx.get(f"{server}/bot{BOT_TOKEN}/getMe", headers=headers)

    written = log_of(request, style, secrets)

    assert "HTTP Request: GET" in written
    assert_hidden(written)


@pytest.mark.parametrize("style", STYLES)
def test_a_bearer_header_as_tweepy_logs_it_is_hidden(style: logs.Style) -> None:
    headers = {"Authorization": f"Bearer {BEARER}"}

    written = log_of(lambda log: log.debug("Headers: %s", headers), style, ())

    assert_hidden(written)


def failed_request() -> None:
    raise httpx.ConnectError(f"no route to https://api.telegram.org/bot{BOT_TOKEN}/getMe")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("secrets", [SECRETS, ()], ids=["known", "by their shape"])
def test_a_traceback_with_the_token_in_an_address_is_hidden(
    style: logs.Style, secrets: tuple[str, ...]
) -> None:
    def fail(log: logging.Logger) -> None:
        try:
            failed_request()
        except httpx.ConnectError:
            log.exception("polling failed")

    written = log_of(fail, style, secrets)

    assert "failed_request" in written
    assert_hidden(written)


@pytest.mark.parametrize("style", STYLES)
def test_secrets_in_messages_arguments_and_fields_are_hidden(style: logs.Style) -> None:
    def log_everywhere(log: logging.Logger) -> None:
        log.info(f"logging in with {PASSWORD}")  # noqa: G004
        log.info("logging in with %r", {"password": PASSWORD})
        log.info("logging in", extra={"password": PASSWORD, "header": [BEARER]})
        log.info("it's %r", [repr(f"it's {PASSWORD}")])
        log.info("GET %s", httpx.URL("https://a.example", params={"p": PASSWORD}))

    written = log_of(log_everywhere, style)

    assert written.count("\n") == 5
    assert_hidden(written)


@pytest.mark.parametrize("style", STYLES)
def test_a_record_that_cannot_be_formatted_shows_no_arguments(style: logs.Style) -> None:
    written = log_of(lambda log: log.info("%d", PASSWORD), style)

    assert "cannot be written" in written
    assert "test_logs.py" in written
    assert "rösti" not in written


def test_an_error_in_a_thread_is_logged_without_secrets() -> None:
    def start(log: logging.Logger) -> None:
        thread = threading.Thread(target=failed_request, name="reddit")
        thread.start()
        thread.join()

    written = log_of(start)

    assert "thread reddit ended" in written
    assert_hidden(written)


def test_a_warning_is_logged_without_secrets() -> None:
    def warn(log: logging.Logger) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(capture=False)
            logging.captureWarnings(capture=True)
            warnings.warn(f"old token {BOT_TOKEN}", stacklevel=1)
            logging.captureWarnings(capture=False)

    written = log_of(warn)

    assert_hidden(written)


def test_a_line_break_in_a_post_cannot_forge_a_line_of_the_log() -> None:
    post = "hi\n2026-01-01T00:00:00Z INFO bot: all is well\x1b[2J"

    written = log_of(lambda log: log.info("new post: %s", post, extra={"text": post}))

    assert written.count("\n") == 1
    assert "\x1b" not in written


def test_json_lines_hold_instant_level_logger_message_and_fields() -> None:
    written = log_of(lambda log: log.warning("poll failed", extra={"platform": "reddit"}), "json")

    record = json.loads(written)
    assert record.pop("at").endswith("Z")
    assert record == {
        "level": "WARNING",
        "logger": "desk.test",
        "message": "poll failed",
        "platform": "reddit",
    }


def test_text_lines_hold_the_same() -> None:
    written = log_of(lambda log: log.warning("poll failed", extra={"platform": "reddit"}))

    assert written.endswith("Z WARNING desk.test: poll failed platform='reddit'\n")


def test_details_are_logged_only_when_asked_for() -> None:
    written = log_of(lambda log: log.debug("a detail"), debug=False)

    assert written == ""


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("telegram.token: secrets come from the environment only", id="a mistake"),
        pytest.param("MENTIONDESK_X_API_KEY: given twice", id="a variable's name"),
        pytest.param("reddit:t1_k2v seen at 2026-11-22T00:33:23Z", id="a mention's key"),
        pytest.param("basic rules of bearer tokens", id="ordinary words"),
        pytest.param("poll of 12345678 items: 3 new", id="a number before a colon"),
    ],
)
def test_what_is_no_secret_is_left_alone(line: str) -> None:
    assert logs.Redactor(["k", ""])(line) == line


@given(
    st.text(st.characters(blacklist_categories=["Cs"]), min_size=4, max_size=30).filter(
        lambda secret: secret != logs.HIDDEN
    ),
    st.text(max_size=20),
    st.sampled_from(STYLES),
)
@example("0000", "\x00", "json").via("a part of how JSON spells its surroundings")
def test_no_known_secret_is_ever_in_the_log(secret: str, around: str, style: logs.Style) -> None:
    with kept_logging():
        written = log_of(
            lambda log: log.info("%s", f"{around}‹{secret}›{around}"), style, (secret,)
        )

    shown = json.loads(written)["message"] if style == "json" else written
    assert f"‹{secret}›" not in shown
