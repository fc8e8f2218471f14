"""The tables of an evaluation fit where they are shown, and say what they show."""

import re

import pytest

from bot.cli import measures
from classifiers.measuring.evaluation import By, Evaluation, evaluate
from tests.classifiers.measuring.foreseen import Foreseen, post


def measured(most_wrong: int = 0) -> Evaluation:
    posts = [
        post(
            f"{language} {n / 40} {(n * 7 % 40) / 40} good bad " + "word " * 60,
            n % 2,
            n % 3 % 2 if n % 5 else None,
            language="sk" if n % 2 else "hy",
            source="a-source-with-a-very-long-name",
            tag="hardneg,quite-a-long-tag-as-they-go",
        )
        for language in ("sk", "und")
        for n in range(40)
    ]
    return evaluate(Foreseen(), posts, by=(By.SOURCE, By.TAG), most_wrong=most_wrong)


@pytest.mark.parametrize("width", [40, 60, 79, 80, 99, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    found = list(measures.lines(measured(most_wrong=5), width))

    assert max(map(len, found)) <= min(width, measures.WIDE)
    assert not any(line != line.rstrip() for line in found)


@pytest.mark.parametrize(
    ("width", "shape"),
    [
        pytest.param(100, r"^all +40 +40 +\.\d\d \.\d\d-\.\d\d .*$", id="side by side"),
        pytest.param(80, r"^all +40 +40 +\.\d\d +\.\d\d .*\n +\.\d\d-\.\d\d ", id="above"),
        pytest.param(40, r"^all: 40 yes, 40 no\n  auroc +\.\d\d \.\d\d-\.\d\d$", id="a list"),
    ],
)
def test_a_figure_stands_by_its_interval(width: int, shape: str) -> None:
    found = "\n".join(measures.lines(measured(), width))

    assert re.search(shape, found, re.MULTILINE)


def test_heads_say_of_which_label_they_speak() -> None:
    tables = {table.title: table for table in measures.tables(measured())}

    assert "request" in tables["complaint: what it costs"].heads
    assert "complaint" in tables["request: what it costs"].heads
    assert "flagged as request" in tables["request, by kind and style"].about


def test_what_was_taken_for_another_language_is_listed() -> None:
    found = list(measures.lines(measured(), 100))

    place = found.index("TAKEN FOR ANOTHER LANGUAGE")
    assert found[place + 1] == "hy as sk 20, hy as und 20, sk as und 20"


def test_the_worst_errors_are_told_with_their_words() -> None:
    found = list(measures.lines(measured(most_wrong=80), 100))

    place = found.index("WORST ERRORS")
    assert re.match(r"  1\. \w+ (missed|flagged wrongly) at \d+% \(", found[place + 1])
    words = {line.strip() for line in found[place:]}
    assert {"for it: good", "against it: bad"} <= words


def test_nothing_measured_is_still_a_page() -> None:
    found = list(measures.lines(evaluate(Foreseen(), []), 100))

    assert "COMPLAINT: IS IT FOUND" in found
