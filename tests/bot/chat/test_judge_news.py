"""What became of the judge, in the reader's language."""

import re

import pytest

from bot.chat.judge_news import judge_news
from bot.learning import went_back
from bot.locale.tongue import LANGUAGES, speaking
from classifiers.learning.trial import Verdict
from classifiers.taps import _summary

WON = Verdict(better=1.0, gain=0.1, worse=(), cells=())
TIED = Verdict(better=0.5, gain=0.1, worse=(), cells=())
LOST = Verdict(better=1.0, gain=0.1, worse=("Turkish complaints",), cells=())
NEWS = (went_back(0), went_back(7), *(_summary(12, each, 340) for each in (WON, TIED, LOST)))


@pytest.mark.parametrize("text", NEWS)
def test_news_stays_as_it_was_written_in_english(text: str) -> None:
    assert judge_news(text) == text


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
@pytest.mark.parametrize("text", NEWS)
def test_news_is_told_in_each_language_with_its_numbers(text: str, language: str) -> None:
    with speaking(language):
        told = judge_news(text)

    assert told != text
    assert set(re.findall(r"\d+", text)) == set(re.findall(r"\d+", told))


def test_whose_taps_are_weighed_down_is_told_too() -> None:
    doubts = (
        "The taps of 2 members contradict the others' and are weighed down: see"
        " `mentiondesk train --report 12`."
    )
    with speaking("sk"):
        told = judge_news(f"{_summary(12, WON, 340)} {doubts}")

    assert "Ťuknutia 2 členov" in told
    assert "`mentiondesk train --report 12`" in told


def test_news_that_nobody_knows_stays_as_it_is() -> None:
    with speaking("ru"):
        assert judge_news("Something else happened.") == "Something else happened."
