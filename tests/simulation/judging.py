"""A judge that reads its verdict off the post: "[complaint en 2 billing]" at its end."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Classification, Flag, Passage

_VERDICT = re.compile(r"\[(?P<flags>[a-z+-]+) (?P<language>\w+) (?P<urgency>\d) (?P<topic>\w+)\]$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge is to say of a post."""

    flags: tuple[str, ...]
    language: str
    urgency: int
    topic: str

    def __str__(self) -> str:
        flags = "+".join(self.flags) or "-"
        return f"[{flags} {self.language} {self.urgency} {self.topic}]"


class ScriptedJudge:
    """Says what the posts say it should."""

    version = "scripted/1"

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        """Yield one classification for each passage, in order."""
        for passage in passages:
            yield _classification(passage.text)


def _classification(text: str) -> Classification:
    found = _VERDICT.search(text)
    if found is None:
        return Classification(language="en", complaint=0.0, request=0.0, flags=frozenset())
    flags = _flags(found["flags"].split("+"))
    return Classification(
        language=found["language"],
        complaint=0.9 if Flag.COMPLAINT in flags else 0.1,
        request=0.9 if Flag.REQUEST in flags else 0.1,
        flags=flags,
        urgency=int(found["urgency"]),
        topic=found["topic"],
        churn_risk=0.1,
        model=ScriptedJudge.version,
    )


def _flags(names: Sequence[str]) -> frozenset[Flag]:
    return frozenset(Flag(name) for name in names if name != "-")
