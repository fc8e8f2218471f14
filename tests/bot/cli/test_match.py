import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli.match import in_words, match_lines
from monitor.matching.matcher import Matcher
from monitor.model import Brand

ACME = Brand(
    name="Acme", keywords=("acme", "@acmecare"), required=("bank", "card"), exclude=("looney",)
)
SETTINGS = """
[desk]
database = "mentiondesk.db"
timezone = "Europe/Bratislava"
language = "en"

[[brand]]
name = "Ácme"
keywords = ["ácme"]
"""


def answers(*lines: str | bytes) -> tuple[int, list[Any]]:
    """Return the exit code and the answers to input lines."""
    raw = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    sink = io.BytesIO()
    code = match_lines(Matcher([Brand(name="Acme", keywords=("acme",))]), io.BytesIO(raw), sink)
    return code, [json.loads(line) for line in sink.getvalue().splitlines()]


def reason(text: str) -> str:
    """Return what is said of `text`."""
    return "\n".join(in_words(Matcher([ACME]).explain(text)))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "mentiondesk.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def command(config: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot", "match", "--config", str(config), *arguments]


def test_each_line_is_answered_with_its_hits_and_its_id() -> None:
    code, found = answers('{"id": 7, "text": "İş: Acme\'ye, acme"}', '{"text": "nothing"}')

    assert code == 0
    assert found == [
        {
            "id": 7,
            "brands": [
                {"brand": "Acme", "keyword": "acme", "start": 4, "end": 8},
                {"brand": "Acme", "keyword": "acme", "start": 13, "end": 17},
            ],
        },
        {"id": None, "brands": []},
    ]


def test_blank_lines_are_skipped_but_counted() -> None:
    code, found = answers("", "  ", "nonsense")

    assert code == 3
    assert found == [{"error": "expected a JSON object", "line": 3, "id": None}]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        pytest.param("[1]", "expected a JSON object", id="a list"),
        pytest.param('{"text": "a"', "expected a JSON object", id="cut off"),
        pytest.param("[" * 100_000, "expected a JSON object", id="too deep"),
        pytest.param('{"text": "a", "id": NaN}', "expected a JSON object", id="not a number"),
        pytest.param('{"text": "a", "id": 1e999}', "expected a JSON object", id="beyond a float"),
        pytest.param('{"text": 5}', "expected a string at text", id="a number for a text"),
        pytest.param("{}", "expected a string at text", id="no text"),
        pytest.param(b'{"text": "\xff"}', "expected UTF-8", id="not UTF-8"),
    ],
)
def test_a_bad_line_is_told_in_its_place_and_the_rest_is_answered(
    line: str | bytes, error: str
) -> None:
    code, found = answers(line, '{"text": "acme", "id": "b"}')

    assert code == 3
    assert found[0] == {"error": error, "line": 1, "id": None}
    assert found[1]["id"] == "b"


def test_a_bad_line_keeps_the_id_it_gave() -> None:
    _, found = answers('{"id": {"post": 1}, "text": null}')

    assert found == [{"error": "expected a string at text", "line": 1, "id": {"post": 1}}]


def test_half_an_emoji_from_broken_input_comes_back_as_it_came() -> None:
    code, found = answers('{"id": "\\ud83d", "text": "\\ud83d acme"}')

    assert code == 0
    assert found[0]["id"] == "\ud83d"
    assert found[0]["brands"][0]["start"] == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("Acmeho card", 'Acme: "acme" at 0-4', id="a hit"),
        pytest.param(
            "acmeology", 'Acme: no match, "acme" at 0-4 is only a part of "acmeology"', id="part"
        ),
        pytest.param(
            "acme card, looney",
            'Acme: no match, "looney" at 11-17 excludes it',
            id="excluded",
        ),
        pytest.param(
            "acme",
            'Acme: no match, "acme" is there, but none of the required words: "bank", "card"',
            id="a required word is missing",
        ),
        pytest.param("card", "Acme: no match, none of its keywords is in the text", id="absent"),
    ],
)
def test_a_hit_or_a_miss_is_explained_in_words(text: str, said: str) -> None:
    assert reason(text) == said


def test_a_text_on_the_command_line_is_answered_as_json(config: Path) -> None:
    done = subprocess.run(
        command(config, "--json", "Acmeho"), capture_output=True, check=True, timeout=60
    )

    hit = {"brand": "Ácme", "keyword": "ácme", "start": 0, "end": 4}
    assert json.loads(done.stdout) == {"id": None, "brands": [hit], "misses": []}


def test_neither_a_text_nor_lines_is_wrong_usage(config: Path) -> None:
    done = subprocess.run(command(config), capture_output=True, check=False, timeout=60)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_pipe_gets_each_answer_before_the_next_question(config: Path) -> None:
    with subprocess.Popen(
        command(config, "--jsonl"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as pipe:
        assert pipe.stdin
        assert pipe.stdout

        for name in ("first", "second"):
            pipe.stdin.write(json.dumps({"id": name, "text": "Ácme"}).encode() + b"\n")
            pipe.stdin.flush()

            assert json.loads(pipe.stdout.readline())["id"] == name
