"""An explanation for people: what stands out, what is told, and what is left out."""

from dataclasses import replace

import pytest

from bot.cli.reasoning import as_json, in_words
from classifiers.explanation import Because, Explanation, Verdict, Word
from monitor.model import Classification, Flag, Span

TEXT = "where is my parcel, where"


def word(text: str, weight: float, *, telling: bool = True) -> Word:
    return Word(start=0, end=len(text), text=text, weight=weight, telling=telling)


FOUND = Explanation(
    classification=Classification(
        language="en",
        complaint=None,
        request=0.91,
        flags=frozenset({Flag.REQUEST, Flag.REVIEW}),
        reasons=(Span(start=12, end=18), Span(start=0, end=5)),
        model="1/full",
    ),
    because=Because.WORDS,
    tier="full",
    measured_by="en",
    verdicts=(
        Verdict(
            label="request",
            probability=0.91,
            threshold=0.86,
            review_from=0.8,
            review_to=0.92,
            flagged=True,
            near=True,
            start=-1.0,
            words=(
                word("where", 0.6),
                word("my", 0.5, telling=False),
                word("Where", 0.4),
                word("parcel", -0.3),
                word("is", 0.01),
            ),
        ),
    ),
)


def told(found: Explanation, text: str = TEXT) -> str:
    return "\n".join(in_words(text, found))


def test_deciding_words_are_bold_and_underlined() -> None:
    first = told(FOUND).splitlines()[0]

    assert first == "\033[1m\033[4mwhere\033[0m is my \033[1m\033[4mparcel\033[0m, where"


def test_probability_threshold_and_band_stand_together() -> None:
    words = told(FOUND)

    assert "request: 91%, flagged; flagged from 86%" in words
    assert "review band 80% to 92%: a person should look" in words


def test_words_that_stand_twice_are_one_and_small_ones_none() -> None:
    words = told(FOUND)

    assert "  for: where +1.0\n" in words
    assert "  against: parcel -0.3\n" in words


@pytest.mark.parametrize(
    ("because", "words"),
    [
        (Because.LETTERS, "its letters belong to no other"),
        (Because.WORDS, "by its letters and words"),
        (Because.HINT, "its source says so"),
        (Because.NOTHING, "no language is likely enough"),
    ],
)
def test_the_language_comes_with_its_reason(because: Because, words: str) -> None:
    assert words in told(replace(FOUND, because=because))


def test_a_language_that_was_not_taught_is_told() -> None:
    assert "a person looks" in told(replace(FOUND, measured_by="any"))


def test_a_right_to_left_word_keeps_its_weight_on_its_right() -> None:
    verdict = replace(FOUND.verdicts[0], words=(word("الطلب", 0.5), word("أين", 0.2)))

    words = told(replace(FOUND, verdicts=(verdict,)))

    assert "  for: الطلب\u200e +0.5, أين\u200e +0.2" in words


def test_controls_in_a_text_never_reach_the_terminal() -> None:
    text = "\x1b[2Jwhere\u202e is\x00 it" + " so" * 1_000

    first = told(FOUND, text).splitlines()[0]

    assert "\x1b[2J" not in first
    assert "\x00" not in first
    assert "\u202e" not in first
    assert first.endswith(" …")


def test_as_json_all_words_keep_their_weights() -> None:
    found = as_json(FOUND)

    assert found["because"] == "words"
    assert [each["weight"] for each in found["verdicts"][0]["words"]] == [0.6, 0.5, 0.4, -0.3, 0.01]
    assert "classification" not in found
