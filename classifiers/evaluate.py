"""How right the judge is: labelled posts and their classifications → one table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifiers.posts import HAND_MADE, LabelledPost
from monitor.model import Classification, Flag, Passage
from monitor.ports import Classifier

LABELS = ("complaint", "request")
EVERY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One label in one group of posts. `None`: there was nothing to divide by."""

    group: str  # a language, a source, or "all"
    label: str
    yes: int  # posts that carry the label
    no: int
    precision: float | None
    recall: float | None
    f1: float | None
    auroc: float | None  # over posts that got a probability
    false_alarms: float | None  # share of "no" posts that were flagged with this label
    reviewed: float | None  # share of these posts that went to review


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRow:
    """How many posts of a language were recognised."""

    group: str
    posts: int
    right: float
    unknown: float  # "und", which a person then looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The whole table."""

    model: str
    posts: int
    left_out: int  # posts whose labels nobody stands by
    rows: tuple[Row, ...]
    languages: tuple[LanguageRow, ...]


Judged = tuple[LabelledPost, Classification]


def evaluate(
    judge: Classifier,
    posts: Iterable[LabelledPost],
    golds: Sequence[str] = HAND_MADE,
    per_source: bool = False,
) -> Evaluation:
    """Return the table over the posts whose `gold` is in `golds`; unknown labels are left out."""
    every = list(posts)
    shown = [post for post in every if post.gold in golds]
    judged = list(
        zip(shown, judge.classify(Passage(text=post.text) for post in shown), strict=True)
    )
    groups = _grouped(judged, per_source)
    return Evaluation(
        model=judge.version,
        posts=len(shown),
        left_out=len(every) - len(shown),
        rows=tuple(
            _row(group, label, members) for group, members in groups.items() for label in LABELS
        ),
        languages=tuple(_language_row(group, members) for group, members in groups.items()),
    )


def auroc(scores: Sequence[float], truth: Sequence[int]) -> float | None:
    """Return the chance that a "yes" scores above a "no", ties counting half."""
    order = sorted(range(len(scores)), key=lambda place: scores[place])
    ranks = [0.0] * len(scores)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + end + 1) / 2
        start = end
    yes = sum(truth)
    no = len(truth) - yes
    total = sum(rank for rank, true in zip(ranks, truth, strict=True) if true)
    return (total - yes * (yes + 1) / 2) / (yes * no) if yes and no else None


def _grouped(judged: Sequence[Judged], per_source: bool) -> Mapping[str, list[Judged]]:
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for pair in sorted(judged, key=lambda pair: (pair[0].language, pair[0].source)):
        groups[pair[0].language].append(pair)
        if per_source:
            groups[f"{pair[0].language} {pair[0].source}"].append(pair)
    groups[EVERY] = list(judged)
    return groups


def _row(group: str, label: str, members: Sequence[Judged]) -> Row:
    known = [(post.labels[label], found) for post, found in members if _known(post, label)]
    hits = [Flag(label) in found.flags for _, found in known]
    true = [bool(value) for value, _ in known]
    right = sum(hit and yes for hit, yes in zip(hits, true, strict=True))
    precision, recall = _share(right, sum(hits)), _share(right, sum(true))
    scored = [(value, found.complaint if label == "complaint" else found.request)
              for value, found in known]  # fmt: skip
    given = [(int(value or 0), score) for value, score in scored if score is not None]
    return Row(
        group=group,
        label=label,
        yes=sum(true),
        no=len(true) - sum(true),
        precision=precision,
        recall=recall,
        f1=_f1(right, sum(hits), sum(true)),
        auroc=auroc([score for _, score in given], [value for value, _ in given]),
        false_alarms=_share(sum(hits) - right, len(true) - sum(true)),
        reviewed=_share(sum(Flag.REVIEW in found.flags for _, found in known), len(known)),
    )


def _known(post: LabelledPost, label: str) -> bool:
    return post.labels.get(label) is not None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _f1(right: int, flagged: int, yes: int) -> float | None:
    return 2 * right / (flagged + yes) if flagged + yes else None


def _language_row(group: str, members: Sequence[Judged]) -> LanguageRow:
    right = sum(found.language == post.language for post, found in members)
    unknown = sum(found.language == "und" for _, found in members)
    whole = max(1, len(members))
    return LanguageRow(
        group=group, posts=len(members), right=right / whole, unknown=unknown / whole
    )
