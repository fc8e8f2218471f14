"""The command's frame: help without weight, one line for each error, and the exit codes."""

import inspect
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from bot.bench.startup import heavy_modules
from bot.cli.commands import COMMANDS, Entry
from tests.bot.cli.running import ROOT, environment, started

BRAND = '[[brand]]\nname = "Acme"\nkeywords = ["acme"]\n'

# The real frame with commands that fail in every way a command can.
FAILING = """
import os, sys, typer
from bot.cli import frame, main
from bot.cli.commands import COMMANDS, Entry
from monitor.errors import StoreError

class Planted(Entry):
    exists = True

    def load(self):
        return globals()[self.name]

def broken():
    \"\"\"Fail as nobody foresaw.\"\"\"
    raise ZeroDivisionError(f"over {os.environ.get('MENTIONDESK_TELEGRAM_TOKEN')}\\nby zero")

def refused():
    \"\"\"Fail as foreseen.\"\"\"
    raise StoreError("desk.db: the disk is full\\nsee there")

def partly():
    \"\"\"Do a part.\"\"\"
    raise typer.Exit(3)

def endless():
    \"\"\"Print for ever.\"\"\"
    while True:
        frame.print_json({"at": 1})

def waiting():
    \"\"\"Wait for an interrupt.\"\"\"
    frame.say("ready")
    sys.stdin.read()

def whereabouts():
    \"\"\"Print where the settings are.\"\"\"
    frame.print_json({"config": frame.config_path()})

team = typer.Typer()

@team.command()
def invite(role: str = "agent"):
    \"\"\"Let somebody in.\"\"\"
    frame.print_json({"config": frame.config_path(), "role": role})

@team.command("list")
def list_members():
    \"\"\"List the members.\"\"\"

for name in ("broken", "refused", "partly", "endless", "waiting", "whereabouts", "team"):
    COMMANDS[name] = Planted("", name, "Planted.")
main.run()
"""
PLANTED = ("-c", FAILING)


def test_help_lists_the_commands_and_ends_well(tmp_path: Path) -> None:
    done = started("--help", folder=tmp_path)

    assert done.returncode == 0
    assert "bench" in done.stdout
    assert "init" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    ["team", "team invite", "team remove", "db backup", "poll", "search", "evaluate", "init"],
)
def test_every_help_is_plain_and_in_words_for_people(arguments: str, tmp_path: Path) -> None:
    done = started(*arguments.split(), "--help", folder=tmp_path)

    assert done.stdout.startswith(f"Usage: mentiondesk {arguments} ")
    for foreign in ("╭", "[[", "--install-completion"):
        assert foreign not in done.stdout


def test_help_loads_nothing_heavy() -> None:
    assert heavy_modules() == []


def test_a_command_whose_file_is_not_there_is_not_listed() -> None:
    assert not Entry("no_such_file", "run", "Run.").exists


@pytest.mark.parametrize("name", [name for name, entry in COMMANDS.items() if entry.exists])
def test_the_help_in_the_list_is_the_commands_own_first_line(name: str) -> None:
    target = COMMANDS[name].load()
    documented = target.info.help if isinstance(target, typer.Typer) else inspect.getdoc(target)

    assert isinstance(documented, str)
    assert documented.splitlines()[0] == COMMANDS[name].help


def test_the_command_alone_shows_its_help_as_wrong_usage(tmp_path: Path) -> None:
    done = started(folder=tmp_path)

    assert done.returncode == 2
    assert done.stderr.startswith("Usage: mentiondesk")
    assert done.stdout == ""


def test_the_version_is_printed(tmp_path: Path) -> None:
    done = started("--version", folder=tmp_path)

    assert done.returncode == 0
    assert done.stdout.split()[0] == "mentiondesk"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ["bnch"],
            "mentiondesk: no command 'bnch'; did you mean 'bench'? (see 'mentiondesk --help')",
            id="a misspelled command",
        ),
        pytest.param(
            ["xyzzy"],
            "mentiondesk: no command 'xyzzy' (see 'mentiondesk --help')",
            id="a command that resembles none",
        ),
        pytest.param(
            ["bench", "--josn"],
            "mentiondesk bench: no such option: --josn; did you mean --json?"
            " (see 'mentiondesk bench --help')",
            id="a misspelled option",
        ),
        pytest.param(
            ["team", "invte"],
            "mentiondesk team: no such command 'invte'. Did you mean 'invite'?"
            " (see 'mentiondesk team --help')",
            id="a misspelled command of a group",
        ),
        pytest.param(
            ["queue", "more"],
            "mentiondesk queue: got unexpected extra argument(s) (more)"
            " (see 'mentiondesk queue --help')",
            id="an argument too many",
        ),
        pytest.param(
            ["bench", "startup", "more"],
            "mentiondesk: bench: 'startup' takes no RULE, got 'more'",
            id="a rule where there is none to break",
        ),
        pytest.param(
            ["bench", "statup"],
            "mentiondesk: bench: there is no 'statup'; did you mean 'startup'?",
            id="a misspelled bench",
        ),
        pytest.param(
            ["--config"],
            "mentiondesk: option '--config' requires an argument (see 'mentiondesk --help')",
            id="an option without its value",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str], line: str, tmp_path: Path
) -> None:
    done = started(*arguments, folder=tmp_path, program=PLANTED)

    assert done.stderr.splitlines() == [line]
    assert done.returncode == 2
    assert done.stdout == ""


def test_a_foreseen_error_is_one_line_with_its_exit_code(tmp_path: Path) -> None:
    done = started("refused", folder=tmp_path, program=PLANTED)

    assert done.stderr == "mentiondesk: desk.db: the disk is full see there\n"
    assert done.returncode == 1


def test_an_unforeseen_error_is_one_line_without_secrets(tmp_path: Path) -> None:
    token = {"MENTIONDESK_TELEGRAM_TOKEN": "7654321:secret-of-the-bot"}

    done = started("broken", folder=tmp_path, program=PLANTED, environ=token)

    assert done.stderr == (
        "mentiondesk: unexpected ZeroDivisionError: over [hidden] by zero;"
        " --debug shows where it came from\n"
    )
    assert done.returncode == 1


@pytest.mark.parametrize("arguments", [["--debug", "broken"], ["broken", "--debug"]])
def test_with_debug_the_log_says_where_an_error_came_from(
    arguments: list[str], tmp_path: Path
) -> None:
    token = {"MENTIONDESK_TELEGRAM_TOKEN": "7654321:secret-of-the-bot"}

    done = started(*arguments, folder=tmp_path, program=PLANTED, environ=token)

    assert "Traceback" in done.stderr
    assert "secret-of-the-bot" not in done.stderr


def test_the_log_is_json_where_json_is_asked_for(tmp_path: Path) -> None:
    done = started("broken", "--debug", "--log-format", "json", folder=tmp_path, program=PLANTED)

    record = json.loads(done.stderr.splitlines()[0])
    assert record["level"] == "DEBUG"
    assert "ZeroDivisionError" in record["exc_info"]


def test_work_that_is_partly_done_ends_with_3(tmp_path: Path) -> None:
    assert started("partly", folder=tmp_path, program=PLANTED).returncode == 3


def test_an_interrupt_ends_with_130_and_without_words(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, *PLANTED, "waiting"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == "ready\n"
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()

    assert running.returncode == 130
    assert rest == ""


@pytest.mark.parametrize(
    "stop", [pytest.param(signal.SIGINT, id="Ctrl-C"), pytest.param(signal.SIGTERM, id="SIGTERM")]
)
def test_a_desk_that_is_stopped_while_it_loads_ends_well(
    stop: signal.Signals, tmp_path: Path
) -> None:
    settings = tmp_path / "mentiondesk.toml"
    os.mkfifo(settings)

    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--config", str(settings)],
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        with settings.open("w"):  # opens as soon as the settings are being read
            running.send_signal(stop)
            rest = running.stderr.read()

    assert running.returncode == 0
    assert rest == ""


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("--version >&- 2>&-", id="output"),
        pytest.param("classify --jsonl <&-", id="input"),
    ],
)
def test_a_closed_stream_is_no_error(command: str) -> None:
    done = subprocess.run(
        f'"{sys.executable}" -m bot {command}',
        shell=True,
        cwd=ROOT,
        env=environment(),
        check=False,
    )

    assert done.returncode == 0


def test_a_wrong_choice_is_told_in_our_words_alone(tmp_path: Path) -> None:
    done = started("bench", "--log-format", "xml", folder=tmp_path)

    line = "mentiondesk bench: invalid value for '--log-format': 'xml' is not one of 'text', 'json'"
    assert done.stderr.splitlines() == [f"{line} (see 'mentiondesk bench --help')"]


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, *PLANTED, "endless"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == '{"at": 1}\n'
        running.stdout.close()
        words = running.stderr.read()

    assert words == ""
    assert running.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is full")
def test_results_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, *PLANTED, "whereabouts"],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "mentiondesk: No space left on device; --debug shows where it came from"
    ]


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        pytest.param(["whereabouts"], {}, "mentiondesk.toml", id="nowhere"),
        pytest.param(["--config", "a", "whereabouts"], {}, "a", id="before the command"),
        pytest.param(["whereabouts", "--config", "a"], {}, "a", id="after the command"),
        pytest.param(["whereabouts", "--config=a"], {}, "a", id="with an equals sign"),
        pytest.param(["team", "invite", "--config", "a"], {}, "a", id="after a group's command"),
        pytest.param(["--config", "a", "team", "invite"], {}, "a", id="before a group"),
        pytest.param(["whereabouts"], {"MENTIONDESK_CONFIG": "b"}, "b", id="in the environment"),
        pytest.param(
            ["whereabouts", "--config", "a"], {"MENTIONDESK_CONFIG": "b"}, "a", id="in both"
        ),
    ],
)
def test_the_settings_file_may_be_named(
    arguments: list[str], environ: dict[str, str], expected: str, tmp_path: Path
) -> None:
    done = started(*arguments, folder=tmp_path, program=PLANTED, environ=environ)

    assert json.loads(done.stdout)["config"] == expected


def test_the_shell_is_offered_the_commands(tmp_path: Path) -> None:
    asking = {
        "_MENTIONDESK_COMPLETE": "complete_bash",
        "COMP_WORDS": "mentiondesk be",
        "COMP_CWORD": "1",
    }

    done = started(folder=tmp_path, environ=asking)

    assert done.stdout.split() == ["bench"]


def test_files_are_made_for_their_owner_alone_and_the_process_is_in_utc(tmp_path: Path) -> None:
    program = FAILING.replace(
        'frame.print_json({"config": frame.config_path()})',
        'open("made", "w").close(); import time; frame.print_json(time.tzname)',
    )

    done = started(
        "whereabouts", folder=tmp_path, program=("-c", program), environ={"TZ": "Asia/Yerevan"}
    )

    assert json.loads(done.stdout) == ["UTC", "UTC"]
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600


def test_every_language_is_printed_whatever_the_locale_says(tmp_path: Path) -> None:
    narrow = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    done = started(
        "--config", "Բողոք", "whereabouts", folder=tmp_path, program=PLANTED, environ=narrow
    )

    assert json.loads(done.stdout)["config"].encode("utf-8", "surrogateescape").decode() == "Բողոք"


def test_the_benches_are_listed(tmp_path: Path) -> None:
    done = started("bench", "--json", folder=tmp_path)

    assert "startup" in json.loads(done.stdout)


def test_the_environment_is_not_needed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "bench"],
        cwd=tmp_path,
        env={"PYTHONPATH": environment()["PYTHONPATH"], "PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0
