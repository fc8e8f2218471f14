"""A judge whose answers stand in the text, and posts for it."""

from collections.abc import Iterable, Iterator

from classifiers.explanation import Because, Explanation, Verdict, Word
from classifiers.posts import LabelledPost
from monitor.model import Classification, Flag, Passage


class Foreseen:
    """Reads "language complaint request": flags from .5, review from .3 to below .7."""

    version = "1/foreseen"

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        for passage in passages:
            language, *chances = passage.text.split()[:3]
            complaint, request = (None if chance == "-" else float(chance) for chance in chances)
            given = {Flag.COMPLAINT: complaint, Flag.REQUEST: request}
            flags = {flag for flag, chance in given.items() if chance is not None and chance >= 0.5}
            if any(chance is not None and 0.3 <= chance < 0.7 for chance in given.values()):
                flags.add(Flag.REVIEW)
            yield Classification(
                language=language,
                complaint=complaint,
                request=request,
                flags=frozenset(flags),
                model=self.version,
            )

    def explain(self, passage: Passage) -> Explanation:
        """Say that the fourth word spoke for, the fifth against, and the last is too small."""
        (found,) = self.classify([passage])
        words = tuple(
            Word(start=0, end=1, text=text, weight=weight, telling=telling)
            for text, weight, telling in zip(
                passage.text.split()[3:], (2.0, -1.5, 1.0), (True, True, False), strict=False
            )
        )
        verdicts = tuple(
            Verdict(
                label=label,
                probability=chance or 0.0,
                threshold=0.5,
                review_from=0.3,
                review_to=0.7,
                flagged=(chance or 0.0) >= 0.5,
                near=False,
                start=0.0,
                words=words,
            )
            for label, chance in (("complaint", found.complaint), ("request", found.request))
        )
        return Explanation(
            classification=found,
            because=Because.WORDS,
            tier="fast",
            measured_by=found.language,
            verdicts=verdicts,
        )


def post(
    text: str,
    complaint: int | None,
    request: int | None = None,
    *,
    language: str = "sk",
    source: str = "here",
    gold: str = "hand",
    tag: str = "",
) -> LabelledPost:
    """Return a labelled post; only its text and labels matter to most tests."""
    labels = {"complaint": complaint, "request": request}
    return LabelledPost(
        text=text, language=language, labels=labels, source=source, gold=gold, tag=tag, id=text[:2]
    )
