"""`mentiondesk demo`, as a process: in a pipe, at a terminal, in a chat of Telegram."""

import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bot.cli.running import ROOT, environment, ran
from tests.servers.bot_api import TOKEN, BotApiServer

GROUP = -1001
PATIENCE_S = 45.0


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Return what one whole play printed where no terminal is; its folder must end empty."""
    folder = tmp_path_factory.mktemp("play")
    unread = {"MENTIONDESK_TELEGRAM_TOKEN_FILE": "/nowhere", "TMPDIR": str(folder)}
    done = ran("demo", "--factor", "240", folder=folder, environ=unread)
    assert list(folder.iterdir()) == []
    return done


def test_it_plays_once_and_ends_well_without_a_terminal_and_without_a_token(
    played: subprocess.CompletedProcess[str],
) -> None:
    assert played.returncode == 0
    assert played.stderr == ""
    assert "The demo's clock runs 240 × faster than life." in played.stdout


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(r"^#\d+ 🔵 DEMO Acme · first response due in", id="cards appear"),
        pytest.param(r"^ {4}\[claim\]\[reply\]\[answered\]", id="with buttons"),
        pytest.param(r"🟡 .*first response due in", id="clocks warn"),
        pytest.param(r"🔴 .*overdue", id="one breaches"),
        pytest.param(r"(Zuzana|Mehmet|Ani) has it", id="members claim"),
        pytest.param(r"☑️ .*answered .* by (Zuzana|Mehmet|Ani)", id="members answer"),
        pytest.param(r"✅ DEMO Acme · answered", id="the feed answers"),
        pytest.param(r"\+[2-9] similar posts", id="the crisis is folded"),
        pytest.param(r"^📊 DEMO", id="the day is summed up"),
        pytest.param(r"^ {4}Languages: ", id="with its languages"),
    ],
)
def test_everything_happens_once(shown: str, played: subprocess.CompletedProcess[str]) -> None:
    assert re.search(shown, played.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "language", ["English", "Turkish", "Slovak", "Arabic", "Armenian", "Russian"]
)
def test_cards_come_in_six_languages(
    language: str, played: subprocess.CompletedProcess[str]
) -> None:
    assert re.search(rf"sample \(.*\) · {language} · @", played.stdout)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("carried a washing machine", id="praise in English"),
        pytest.param("Büşra Hanım'a teşekkürler", id="praise in Turkish"),
        pytest.param("Musím pochváliť kuriéra", id="praise in Slovak"),
        pytest.param("opens a sorting centre", id="news in English"),
        pytest.param("مركز فرز جديد", id="news in Arabic"),
        pytest.param("Rivalco raises its prices", id="news of a competitor"),
    ],
)
def test_praise_and_news_call_nobody(
    written: str, played: subprocess.CompletedProcess[str]
) -> None:
    assert written not in played.stdout


def test_a_pipe_gets_no_escape_codes(played: subprocess.CompletedProcess[str]) -> None:
    assert "\x1b" not in played.stdout


def test_it_stops_after_the_time_it_was_given(tmp_path: Path) -> None:
    done = ran("demo", "--for", "2s", folder=tmp_path)

    assert done.returncode == 0
    assert "📊 DEMO" in done.stdout


def test_a_database_that_was_asked_for_is_kept_and_never_begun_twice(tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"

    first = ran("demo", "--for", "2s", "--database", kept, folder=tmp_path)
    second = ran("demo", "--for", "2s", "--database", kept, folder=tmp_path)

    assert first.returncode == 0
    with sqlite3.connect(kept) as database:
        assert database.execute("SELECT count(*) FROM items").fetchone()[0] > 0
    database.close()
    assert second.returncode == 2
    assert "exists already" in second.stderr


def test_it_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        cwd=tmp_path,
        env=environment({"PYTHONUNBUFFERED": "1"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if b"The desk" in line)

        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 0
    assert error == b""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--telegram", "-1001"], "would write made-up cards, each marked DEMO, into the chat"),
        (["--telegram", "-1001", "--yes"], "MENTIONDESK_TELEGRAM_TOKEN is not set"),
        (["--telegram", "-1001", "--yes", "--factor", "9"], "life's own speed"),
        (["--yes"], "--yes goes with --telegram CHAT"),
        (["--factor", "0"], "expected 1 to 1000, got 0"),
        (["--for", "soon"], "expected a duration such as '2h'"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], told: str, tmp_path: Path) -> None:
    done = ran("demo", *arguments, folder=tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_chat_of_telegram_gets_cards_that_all_say_demo(tmp_path: Path) -> None:
    with BotApiServer() as server:
        server.state.add_chat(GROUP)
        command = ("demo", "--telegram", str(GROUP), "--yes", "--base-url", server.base_url)
        with subprocess.Popen(
            [sys.executable, "-m", "bot", *command],
            cwd=tmp_path,
            env=environment({"MENTIONDESK_TELEGRAM_TOKEN": TOKEN, "no_proxy": "127.0.0.1"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as demo:
            patience_ends = time.monotonic() + PATIENCE_S
            while not (looked_back := _says(server, "posts from before the start")):
                if time.monotonic() > patience_ends:
                    break
                time.sleep(0.1)
            demo.terminate()
            out, err = demo.communicate(timeout=PATIENCE_S)
        texts = [message.text for message in server.state.messages(GROUP)]

    assert demo.returncode == 0, err
    assert looked_back
    assert all("DEMO" in text.splitlines()[0] for text in texts)
    assert TOKEN not in out + err


def _says(server: BotApiServer, words: str) -> bool:
    return any(words in message.text for message in server.state.messages(GROUP))


class Terminal:
    """The demo in a terminal of its own, and a person in front of it."""

    def __init__(self, folder: Path) -> None:
        self._screen, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo"],
            cwd=folder,
            env=environment({"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def waits_for(self, pattern: str) -> re.Match[str]:
        """Return where the screen shows `pattern`."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            found = re.search(pattern, self.shown)
            if found:
                return found
            self._read(until - time.monotonic())
        raise AssertionError(f"{pattern} was never shown: {self.shown[-2000:]}")

    def types(self, line: str) -> None:
        self.shown = ""
        os.write(self._screen, f"{line}\r".encode())

    def interrupts(self) -> int:
        """Press Ctrl-C and return the exit code."""
        os.write(self._screen, b"\x03")
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self._read(1.0):
            pass
        os.close(self._screen)
        return self._process.wait(PATIENCE_S)

    def goes_away(self) -> int:
        """Close the window, which the demo is told by no signal; return its exit code."""
        os.close(self._screen)
        try:
            return self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()

    def _read(self, patience: float) -> bool:
        """Read what is shown next, colours left out; False when the terminal is closed."""
        ready, _, _ = select.select([self._screen], [], [], max(patience, 0))
        if not ready:
            return True
        try:
            piece = os.read(self._screen, 65536)
        except OSError:
            return False
        text = piece.decode("utf-8", "replace")
        self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        return bool(piece)


def test_a_person_at_the_terminal_claims_asks_and_leaves(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    number = terminal.waits_for(r"╰─ (\d+) claim · reply · answered")[1]

    terminal.types(f"{number} claim")
    terminal.waits_for(rf"[✓✗] #{number} (It is yours|\w+ has it)")
    terminal.types("/queue")
    terminal.waits_for(r"In the queue: \d+")
    terminal.types("what now")
    terminal.waits_for("Nothing was done")

    assert terminal.interrupts() == 0


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param("faster than life", id="while the desk is opened"),
        pytest.param(r"╰─ \d+ claim", id="at the prompt"),
    ],
)
def test_it_ends_well_when_its_terminal_goes_away(shown: str, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.waits_for(shown)

    assert terminal.goes_away() == 0


def test_the_readme_names_no_option_that_is_not_there(tmp_path: Path) -> None:
    shown = ran("demo", "--help", folder=tmp_path).stdout
    page = (ROOT / "docs" / "demo.md").read_text("utf-8")

    assert set(re.findall(r"`(--[a-z-]+)", page)) <= set(re.findall(r"--[a-z-]+", shown))
