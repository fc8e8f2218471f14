"""What became of the judge, as it is told in summaries: kept in English, shown in the reader's."""

import re

from bot.locale.retelling import retold
from bot.locale.tongue import mark

TOLD = (
    mark("The judge went back to what it had learned with challenger {number}."),
    mark("The judge went back to what it was when it was installed."),
    mark(
        "Challenger {number}, taught by the team's taps on {posts} posts, is better on those"
        " held out and nowhere worse: from now on it judges."
    ),
    mark(
        "Challenger {number}, taught by the team's taps on {posts} posts, is not surely better"
        " on those held out: the judge stays as it is."
    ),
    mark(
        "Challenger {number}, taught by the team's taps on {posts} posts, is worse at {what}:"
        " the judge stays as it is."
    ),
    mark(
        "The taps of one member contradict the others' and are weighed down: see"
        " `mentiondesk train --report {number}`."
    ),
    mark(
        "The taps of {members} members contradict the others' and are weighed down: see"
        " `mentiondesk train --report {number}`."
    ),
)
_SECOND = re.compile(r"(?<=\.) (?=The taps of )")


def judge_news(text: str) -> str:
    """Return what became of the judge in the language spoken now."""
    return " ".join(retold(each, TOLD) for each in _SECOND.split(text))
