"""`mentiondesk classify` and `evaluate`, as other programs and people use them."""

import io
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bot.cli.judge import classify_lines, in_words
from monitor.model import Classification, Flag, Passage, Span
from tests.bot.cli.running import environment, ran

KEYS = (
    *("id", "language", "complaint", "request", "flags", "praise", "churn_risk", "urgency"),
    *("topic", "why", "model"),
)


class Listening:
    """A judge that flags everything and keeps what it was asked."""

    version = "1/listening"

    def __init__(self) -> None:
        self.asked: list[Passage] = []

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        for passage in passages:
            self.asked.append(passage)
            yield Classification(
                language="en",
                complaint=0.51239,
                request=None,
                flags=frozenset({Flag.REQUEST, Flag.COMPLAINT}),
                reasons=(Span(start=0, end=2),),
                model=self.version,
            )


def answers(text: bytes, judge: Listening | None = None) -> tuple[int, list[dict[str, object]]]:
    sink = io.BytesIO()
    code = classify_lines(judge or Listening(), io.BytesIO(text), sink)
    return code, [json.loads(line) for line in sink.getvalue().splitlines()]


def test_an_answer_has_all_its_keys_in_their_order() -> None:
    code, found = answers(b'{"id": [7], "text": "no parcel"}\n')

    assert code == 0
    assert tuple(found[0]) == KEYS
    assert found[0]["id"] == [7]
    assert (found[0]["complaint"], found[0]["request"]) == (0.5124, None)
    assert (found[0]["flags"], found[0]["why"]) == (["complaint", "request"], ["no"])


def test_blank_lines_are_skipped_and_still_counted() -> None:
    code, found = answers(b'\n  \r\n{"text": 1, "id": "a"}\n{"text": "ok"}')

    assert code == 3
    assert found[0] == {"error": "expected a string at text", "line": 3, "id": "a"}
    assert found[1]["language"] == "en"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"no json", id="words"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b'{"text": NaN}', id="not a number"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"{}", id="no text"),
        pytest.param(b"[" * 100_000, id="very deep"),
    ],
)
def test_a_bad_line_is_told_in_its_place(line: bytes) -> None:
    code, found = answers(b'{"text": "one"}\n' + line + b'\n{"text": "two"}\n')

    assert code == 3
    assert ["error" in each for each in found] == [False, True, False]
    assert found[1]["line"] == 2


def test_what_is_known_of_the_language_reaches_the_judge() -> None:
    judge = Listening()

    answers(b'{"text": "a", "lang": "sk"}\n{"text": "b", "lang": 5}\n{"text": "c"}\n', judge)

    assert [passage.language_hint for passage in judge.asked] == ["sk", None, None]


def test_more_lines_than_a_pipe_holds_keep_their_order() -> None:
    lines = b"".join(b'{"text": "parcel", "id": %d}\n' % number for number in range(9_000))

    _, found = answers(lines)

    assert [each["id"] for each in found] == list(range(9_000))


def test_a_person_reads_what_was_found() -> None:
    found = Classification(
        language="und", complaint=None, request=None, flags=frozenset({Flag.REVIEW}), model="1/fast"
    )

    words = "\n".join(in_words("?", found))

    assert "language: unknown" in words
    assert "complaint: not judged in this language" in words
    assert "a person should look" in words


def test_a_single_line_is_answered_while_the_pipe_stays_open(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "classify", "--jsonl"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write('{"text": "kde je môj balík, neprišiel", "id": 1}\n'.encode())
        process.stdin.flush()

        answer = json.loads(process.stdout.readline())

        process.stdin.close()
        assert process.wait(timeout=60) == 0
    assert (answer["id"], answer["language"]) == (1, "sk")


def test_text_and_lines_together_are_wrong_usage(tmp_path: Path) -> None:
    outcome = ran("classify", "text", "--jsonl", folder=tmp_path)

    assert outcome.returncode == 2
    assert len(outcome.stderr.splitlines()) == 1


def test_an_explanation_is_for_one_text(tmp_path: Path) -> None:
    outcome = ran("classify", "--jsonl", "--explain", folder=tmp_path)

    assert outcome.returncode == 2
    assert "--explain is for one TEXT" in outcome.stderr


def test_a_folder_without_a_model_is_one_clear_line(tmp_path: Path) -> None:
    outcome = ran("classify", "where is it", "--model", ".", folder=tmp_path)

    assert outcome.returncode != 0
    assert "no model here" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def test_an_explanation_tells_words_thresholds_and_language(tmp_path: Path) -> None:
    outcome = ran("classify", "--explain", "kde je môj balík, neprišiel", folder=tmp_path)

    assert outcome.returncode == 0, outcome.stderr
    text, _, language, *rest = outcome.stdout.splitlines()
    assert text == "kde je môj balík, neprišiel"
    assert language == "language: sk (by its letters and words)"
    assert any(line.startswith("complaint: ") and "flagged from" in line for line in rest)
    assert any(line.startswith("  for: ") for line in rest)


def test_an_explanation_as_json_is_an_answer_and_more(tmp_path: Path) -> None:
    outcome = ran("classify", "--explain", "--json", "where is it", folder=tmp_path)

    found = json.loads(outcome.stdout)
    assert tuple(found) == (*KEYS, "explanation")
    verdicts = {each["label"]: each for each in found["explanation"]["verdicts"]}
    assert verdicts["request"]["probability"] == pytest.approx(found["request"], abs=1e-4)
    assert {word["text"] for word in verdicts["request"]["words"]} == {"where", "is", "it"}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Return a folder with a file of labelled posts in it."""
    labels = {"complaint": 1, "request": None}
    row = {"text": "the parcel never came, awful", "lang": "en", "labels": labels, "gold": "hand"}
    thanks = {**row, "text": "thank you all", "labels": {"complaint": 0, "request": 0}}
    rows = [{**row, "tag": "plain,short"}, thanks, {**row, "gold": "weak"}]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    return tmp_path


def test_evaluate_prints_everything_as_json(labelled: Path) -> None:
    options = ("--by", "source", "--by", "tag", "--worst", "3", "--json")

    outcome = ran("evaluate", "posts.jsonl", *options, folder=labelled)

    assert outcome.returncode == 0, outcome.stderr
    found = json.loads(outcome.stdout)
    assert (found["posts"], found["left_out"]) == (2, 1)
    assert (found["rows"][0]["yes"], found["rows"][0]["no"]) == (1, 1)
    assert set(found["rows"][0]["recall"]) == {"value", "low", "high"}
    assert {each["tag"] for each in found["tags"]} == {"plain", "short"}
    assert [each["label"] for each in found["reliability"]] == ["complaint", "request"]
    assert all(each["label"] == "complaint" for each in found["worst"])


def test_evaluate_prints_tables_for_people(labelled: Path) -> None:
    outcome = ran("evaluate", "posts.jsonl", "--tier", "fast", folder=labelled)

    assert outcome.returncode == 0, outcome.stderr
    assert "COMPLAINT: IS IT FOUND" in outcome.stdout
    assert max(map(len, outcome.stdout.splitlines())) <= 100
    assert "2 posts; 1 with other labels left out" in outcome.stderr


@pytest.mark.parametrize("name", ["plot.pdf", "nowhere/plot.png"])
def test_a_plot_that_cannot_be_is_refused_before_anything_is_judged(
    labelled: Path, name: str
) -> None:
    outcome = ran("evaluate", "posts.jsonl", "--plot", name, "--model", "nowhere", folder=labelled)

    assert outcome.returncode == 2
    assert outcome.stderr.startswith(f"mentiondesk: --plot {name}: ")
    assert len(outcome.stderr.splitlines()) == 1
