"""What members' acts teach: which labels a tap gives a post, and whether it bears the judge out."""

from dataclasses import dataclass

from monitor.model import Classification, Flag

CLAIM = "claim"
ANSWERED = "answered"
MISSED = "missed"
REVIEW = ("complaint", "request", "both", "neither")  # what a review asks of a post
SPOKEN = (*REVIEW, MISSED)  # a person's own word on a post, not a trace of work on an item
_WANTED = frozenset({Flag.COMPLAINT, Flag.REQUEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What is known of a post: 1, 0, or None where nothing is said."""

    complaint: int | None = None
    request: int | None = None

    @property
    def wanted(self) -> bool:
        """Whether the post needs an answer by these labels."""
        return 1 in (self.complaint, self.request)


_SAID = {
    "complaint": Labels(complaint=1),
    "request": Labels(request=1),
    "both": Labels(complaint=1, request=1),
    "neither": Labels(complaint=0, request=0),
    "spam": Labels(complaint=0, request=0),
}


def taught(how: str, judged: Classification | None) -> Labels:
    """Return the labels that a tap gives a post of which the judge said `judged`.

    Who claims or answers confirms what was flagged and says nothing of the rest. "Not about us",
    "duplicate" and "missed" say nothing of either label.
    """
    flags = judged.flags & _WANTED if judged else frozenset[Flag]()
    if how in (CLAIM, ANSWERED):
        return Labels(
            complaint=1 if Flag.COMPLAINT in flags else None,
            request=1 if Flag.REQUEST in flags else None,
        )
    if how == "not a complaint":
        return Labels(complaint=0, request=0 if flags == {Flag.COMPLAINT} else None)
    return _SAID.get(how, Labels())


def agrees(how: str, labels: Labels, flags: frozenset[Flag]) -> bool | None:
    """Return whether a tap bears out what the judge flagged, None where it says nothing of it."""
    if how == MISSED:
        return None if flags & _WANTED else False
    if how == "not a complaint" and flags & _WANTED:
        return False  # it was opened, and needed no answer
    said = [
        label == int(flag in flags)
        for flag, label in ((Flag.COMPLAINT, labels.complaint), (Flag.REQUEST, labels.request))
        if label is not None
    ]
    return all(said) if said else None
