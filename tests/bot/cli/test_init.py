"""`mentiondesk init`: the file it writes, what it asks, and what it refuses."""

import json
import os
import pty
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.first_settings import REPLIES, Answers, quoted, render
from bot.cli.init import local_zone
from monitor.settings import load, parse
from tests.bot.cli.running import environment, ran

FILE = "mentiondesk.toml"
TOKEN = "7654321:AAF_k2v-QWERTYuiopASDFGHjklZXCVBNM12"
PLAIN = Answers(
    brand="Acme",
    keywords=("acme", "@acmecare"),
    timezone="Asia/Yerevan",
    language="hy",
    chat_id=-1001234567890,
    subreddits=("acme",),
    own_accounts=(("reddit", "acme_care"), ("x", "acmecare")),
)


def without_comment_signs(text: str) -> str:
    """Return a settings file in which everything that is commented out counts."""
    return re.sub(r"^#(?=[a-z\[\]]|  {)", "", text, flags=re.MULTILINE)


def test_options_become_a_settings_file_for_its_owner_alone(tmp_path: Path) -> None:
    done = ran(
        *("init", "--brand", 'Ac"me', "--keyword", "acme", "--keyword", "#acme"),
        *("--timezone", "Europe/Bratislava", "--language", "sk", "--chat-id", "-1001"),
        *("--subreddit", "slovakia", "--own-account", "reddit:acme_care"),
        folder=tmp_path,
    )

    settings = load(tmp_path / FILE, {})
    assert done.returncode == 0
    assert done.stdout == ""
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [tmp_path / FILE, tmp_path / REPLIES]
    assert settings.replies.file == tmp_path / REPLIES
    assert settings.brand[0].name == 'Ac"me'
    assert settings.brand[0].keywords == ("acme", "#acme")
    assert settings.brand[0].own_accounts == (("reddit", "acme_care"),)
    assert (settings.chat[0].id, settings.chat[0].language) == (-1001, "sk")
    assert settings.connectors["reddit"]["subreddits"] == ["slovakia"]


def test_every_platform_can_be_chosen_by_options(tmp_path: Path) -> None:
    done = ran(
        *("init", "--brand", "Acme", "--source", "bluesky", "--source", "hackernews"),
        *("--source", "mastodon", "--hashtag", "acme", "--source", "rss", "--source", "x"),
        *("--feed", "https://a.example/feed", "--x-budget", "12.5"),
        folder=tmp_path,
    )

    found = load(tmp_path / FILE, {}).connectors
    assert list(found) == ["x", "bluesky", "mastodon", "hackernews", "rss"]
    assert found["x"] == {"monthly_budget_usd": 12.5}
    assert found["rss"] == {"feeds": ["https://a.example/feed"]}
    assert "MENTIONDESK_BLUESKY_APP_PASSWORD" in done.stderr
    assert "…" not in done.stderr


def test_a_wrong_setting_of_a_platform_is_one_line(tmp_path: Path) -> None:
    done = ran("init", "--brand", "Acme", "--feed", "not an address", folder=tmp_path)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "connectors.rss.feeds" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_brand_alone_is_enough(tmp_path: Path) -> None:
    ran("--config", "other.toml", "init", "--brand", "Acme", folder=tmp_path)

    settings = load(tmp_path / "other.toml", {})
    assert settings.brand[0].keywords == ("acme",)
    assert settings.chat == ()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            [], "mentiondesk: init: --brand is required where nobody can be asked", id="no brand"
        ),
        pytest.param(
            ["--brand", "Acme", "--timezone", "Asia/Yerewan"],
            "mentiondesk: desk.timezone: unknown time zone 'Asia/Yerewan';"
            " did you mean 'Asia/Yerevan'?",
            id="a misspelled time zone",
        ),
        pytest.param(
            ["--brand", "Acme", "--own-account", "acme"],
            "mentiondesk: init: --own-account: expected PLATFORM:HANDLE, got 'acme'",
            id="an account without a platform",
        ),
        pytest.param(
            ["--brand", "Acme", "--own-account", "redit:acme"],
            "mentiondesk: brand.Acme.own_accounts.redit: unknown platform 'redit';"
            " did you mean 'reddit'?",
            id="an account on an unknown platform",
        ),
        pytest.param(
            ["--brand", "Acme", "--source", "rss"],
            "mentiondesk: init: rss: name a feed with --feed URL",
            id="no feed",
        ),
        pytest.param(
            ["--brand", "Acme", "--source", "facebook"],
            "mentiondesk: init: there is no platform 'facebook'; there are reddit, x, bluesky,"
            " mastodon, hackernews, rss",
            id="an unknown platform",
        ),
        pytest.param(
            ["--brand", "Acme", "--config", "no/such/folder.toml"],
            "mentiondesk: no/such/folder.toml: cannot be written: No such file or directory",
            id="a folder that is not there",
        ),
    ],
)
def test_wrong_options_are_one_line_and_nothing_is_written(
    arguments: list[str], line: str, tmp_path: Path
) -> None:
    done = ran("init", *arguments, folder=tmp_path)

    assert done.stderr.splitlines() == [line]
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_text("# mine\n")

    refused = ran("init", "--brand", "Acme", folder=tmp_path)
    kept = file.read_text("utf-8")
    forced = ran("init", "--brand", "Acme", "--force", folder=tmp_path)

    assert refused.stderr.splitlines() == [
        f"mentiondesk: {FILE}: is there already; --force overwrites it, --check tests it"
    ]
    assert (refused.returncode, kept) == (2, "# mine\n")
    assert forced.returncode == 0
    assert load(file, {}).brand[0].name == "Acme"
    assert file.stat().st_mode & 0o777 == 0o600


def test_everything_that_is_commented_out_is_right_when_it_is_not() -> None:
    text = without_comment_signs(render(PLAIN))

    settings = parse(text, Path("/srv/desk") / FILE)

    assert [brand.name for brand in settings.brand] == ["Acme", "Rival"]
    assert settings.chat[0].review_topic == 13
    assert settings.chat[0].quiet
    assert settings.shift[0].rotation == "weekly"
    assert len(settings.policy[0].steps) == 5
    assert settings.rule[0].when.urgency == 2
    assert settings.calendar[0].holidays == "SK"
    assert settings.telegram.base_url == "https://api.telegram.org/bot"


def test_the_defaults_that_are_shown_are_the_defaults() -> None:
    plain = parse(render(PLAIN), Path("/srv/desk") / FILE)
    spelled_out = parse(without_comment_signs(render(PLAIN)), Path("/srv/desk") / FILE)

    assert spelled_out.policy == plain.policy
    assert spelled_out.desk == plain.desk
    assert spelled_out.telegram == plain.telegram
    assert spelled_out.brand[0] == plain.brand[0]
    assert spelled_out.chat[0].summary_at == plain.chat[0].summary_at


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_any_text_is_quoted_so_that_toml_reads_it_back(text: str) -> None:
    assert tomllib.loads(f"x = {quoted(text)}") == {"x": text}


def test_the_zone_of_the_machine_is_proposed(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Istanbul")

    assert local_zone(link) == "Europe/Istanbul"
    assert local_zone(tmp_path / "absent") == "UTC"


def asked(answers: list[str], folder: Path) -> tuple[int, str]:
    """Return exit code and screen of `mentiondesk init` on a terminal where `answers` are typed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "init"],
        cwd=folder,
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as running:
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
        screen = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return running.returncode, screen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux: the other side is closed
        return b""


def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    answers = ["Acme", "acme, @acmecare", "reddit, mastodon, rss", "acme_care", "slovakia"]
    answers += ["acme@social.example", "https://social.example", "", "https://a.example/feed"]
    answers += ["-1001", "Asia/Yerevan", "hy"]

    code, screen = asked(answers, tmp_path)

    settings = load(tmp_path / FILE, {})
    assert code == 0
    assert "Which brand is to be watched?" in screen
    assert settings.brand[0].keywords == ("acme", "@acmecare")
    assert settings.brand[0].own_accounts == (
        ("reddit", "acme_care"),
        ("mastodon", "acme@social.example"),
    )
    server = {"name": "main", "base_url": "https://social.example", "hashtags": ["acme"]}
    assert settings.connectors["mastodon"] == {"servers": [server]}
    assert settings.connectors["rss"] == {"feeds": ["https://a.example/feed"]}
    assert (settings.chat[0].id, settings.desk.language) == (-1001, "hy")


def test_on_a_terminal_enter_takes_what_is_proposed(tmp_path: Path) -> None:
    code, _ = asked(["Acme", "", "", "", "", "", "UTC", ""], tmp_path)

    settings = load(tmp_path / FILE, {})
    assert code == 0
    assert settings.brand[0].keywords == ("acme",)
    assert settings.brand[0].own_accounts == ()
    assert settings.chat == ()


def test_a_proposed_name_with_a_comma_in_it_stays_one_keyword(tmp_path: Path) -> None:
    code, _ = asked(["Acme, Inc", "", "", "", "", "", "UTC", ""], tmp_path)

    assert code == 0
    assert load(tmp_path / FILE, {}).brand[0].keywords == ("acme, inc",)


def test_a_wrong_answer_is_asked_for_again_and_the_others_are_kept(tmp_path: Path) -> None:
    answers = ["Acme", "acme", "x, facebok", "x", "", "a lot", "20", "care", "-1001"]
    answers += ["Asia/Yerewan", "Asia/Yerevan"]

    code, screen = asked([*answers, "xx", "hy"], tmp_path)

    settings = load(tmp_path / FILE, {})
    assert code == 0
    assert "there is no platform 'facebok'; there are reddit, x, bluesky" in screen
    assert "expected an amount of dollars such as 50, got 'a lot'" in screen
    assert settings.connectors == {"x": {"monthly_budget_usd": 20}}
    assert "expected a chat's number such as -1001234567890, got 'care'" in screen
    assert "did you mean 'Asia/Yerevan'?" in screen
    assert settings.brand[0].keywords == ("acme",)
    assert (settings.chat[0].id, settings.desk.language) == (-1001, "hy")


class BotApi(BaseHTTPRequestHandler):
    """Knows one token and one chat."""

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == f"/bot{TOKEN}/getMe":
            self.answer(200, {"ok": True, "result": {"id": 7654321, "username": "acme_bot"}})
        elif self.path == f"/bot{TOKEN}/getChat" and question == {"chat_id": -1001}:
            found = {"id": -1001, "type": "supergroup", "title": "Acme care"}
            self.answer(200, {"ok": True, "result": found})
        elif TOKEN in self.path:
            self.answer(400, {"ok": False, "description": "Bad Request: chat not found"})
        else:
            self.answer(401, {"ok": False, "description": "Unauthorized"})

    def answer(self, status: int, body: object) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def bot_api() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BotApi) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/bot"
        running.shutdown()
        thread.join()


def settings_with(base_url: str, *chats: int) -> str:
    sections = [f'[[chat]]\nname = "c{number}"\nid = {number}\n' for number in chats]
    return f'[telegram]\nbase_url = "{base_url}"\n' + "".join(sections)


def test_a_check_asks_telegram_who_the_bot_is_and_whether_it_knows_the_chats(
    bot_api: str, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text(settings_with(bot_api, -1001, -1002))

    done = ran("init", "--check", folder=tmp_path, environ={"MENTIONDESK_TELEGRAM_TOKEN": TOKEN})

    assert done.stdout.splitlines() == [
        "telegram: the bot is @acme_bot",
        "chat.c-1001: 'Acme care' (supergroup)",
        "chat.c-1002: FAILED: refused: Bad Request: chat not found",
    ]
    assert done.returncode == 1


def test_a_wrong_token_is_told_without_the_token(bot_api: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(settings_with(bot_api))
    wrong = TOKEN.replace("7", "8")

    done = ran("init", "--check", folder=tmp_path, environ={"MENTIONDESK_TELEGRAM_TOKEN": wrong})

    assert done.stdout == "telegram: FAILED: the token is refused: take it from @BotFather anew\n"
    assert wrong[8:] not in done.stdout + done.stderr
    assert done.returncode == 1


def test_without_a_token_there_is_nothing_to_check_but_a_word_on_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("")

    done = ran("init", "--check", folder=tmp_path)

    assert (
        done.stderr == "telegram: MENTIONDESK_TELEGRAM_TOKEN is not set: no chat but a terminal\n"
    )
    assert done.returncode == 0


def test_a_telegram_that_is_not_reached_is_told_without_the_token(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BotApi) as closed:
        address = f"http://127.0.0.1:{closed.server_address[1]}/bot"
    (tmp_path / FILE).write_text(settings_with(address))

    done = ran("init", "--check", folder=tmp_path, environ={"MENTIONDESK_TELEGRAM_TOKEN": TOKEN})

    assert done.stdout == "telegram: FAILED: not reached: ConnectError\n"
    assert TOKEN[8:] not in done.stdout + done.stderr
