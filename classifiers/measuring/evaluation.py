"""The whole measurement: labelled posts go through the judge, and tables come out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np

from classifiers.measuring.draws import Figure, Numbers, drawn, error_figure, figure, share_figure
from classifiers.measuring.reliability import Reliability, reliability
from classifiers.measuring.scores import SHARES, Sheet, of_label, share
from classifiers.measuring.worst import Explaining, Wrong, worst
from classifiers.posts import HAND_MADE, LabelledPost
from monitor.model import Classification, Flag, Passage

LABELS = ("complaint", "request")
EVERY = "all"
MEAN = "mean"  # of the languages, each counting the same
UNKNOWN = "und"

Judged = tuple[LabelledPost, Classification]


class By(StrEnum):
    """Into what the posts are split."""

    LANGUAGE = "language"  # always
    SOURCE = "source"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One label in one group of posts. `None`: there was nothing to divide by."""

    group: str  # a language, a language and a source, "mean" of the languages, or "all"
    label: str
    yes: int  # posts that carry the label
    no: int
    auroc: Figure | None  # over posts that got a probability
    f1: Figure | None  # of "yes"
    macro_f1: Figure | None  # the mean of that and of the F1 of "no"
    precision: Figure | None
    recall: Figure | None
    false_alarms: Figure | None  # share flagged of the posts without this label
    alarms_neither: Figure | None  # … of those that are neither complaint nor request
    alarms_other: Figure | None  # … of those that carry the other label only
    reviewed: Figure | None  # share of these posts that a person is to look at
    errors_reviewed: Figure | None  # share of the wrong answers among them
    calibration_error: Figure | None  # in ten bins of equal mass


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRow:
    """How many posts of a language were recognised."""

    group: str
    posts: int
    right: Figure | None
    unknown: Figure | None  # "und", which a person then looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistaken:
    """A language that was taken for another."""

    language: str
    taken_for: str
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    """One label in the posts of one kind or style. `None`: no such posts."""

    tag: str
    label: str
    posts: int  # with this tag, of which the label is known
    yes: int
    flagged: Figure | None  # share of them that was flagged
    recall: Figure | None  # … of those that carry the label
    false_alarms: Figure | None  # … of those that do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All the tables."""

    model: str
    posts: int
    left_out: int  # posts whose labels nobody stands by
    rows: tuple[Row, ...]
    languages: tuple[LanguageRow, ...]
    mistaken: tuple[Mistaken, ...]  # most frequent first
    tags: tuple[TagRow, ...]  # most frequent first; empty unless asked for
    reliability: tuple[Reliability, ...]
    worst: tuple[Wrong, ...] = ()  # as many as were asked for


def evaluate(
    judge: Explaining,
    posts: Iterable[LabelledPost],
    *,
    golds: Sequence[str] = HAND_MADE,
    by: Sequence[By] = (),
    most_wrong: int = 0,
) -> Evaluation:
    """Return the tables over the posts whose `gold` is in `golds`; unknown labels are left out."""
    every = list(posts)
    shown = [post for post in every if post.gold in golds]
    answers = judge.classify(Passage(text=post.text) for post in shown)
    pairs = list(zip(shown, answers, strict=True))
    found = tables(pairs, model=judge.version, by=by)
    return replace(found, left_out=len(every) - len(shown), worst=worst(judge, pairs, most_wrong))


def tables(pairs: Sequence[Judged], *, model: str, by: Sequence[By] = ()) -> Evaluation:
    """Return the tables over judged posts; a label that is None is left out."""
    groups = _groups(pairs, By.SOURCE in by)
    rows = tuple(row for label in LABELS for row in _rows(groups, label))
    return Evaluation(
        model=model,
        posts=len(pairs),
        left_out=0,
        rows=rows,
        languages=tuple(map(_language_row, groups)),
        mistaken=_mistaken(pairs),
        tags=_tag_rows(pairs) if By.TAG in by else (),
        reliability=tuple(_reliability(pairs, row) for row in rows if row.group == EVERY),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    members: Sequence[Judged]
    language: bool = False  # all posts of one language


def _groups(pairs: Sequence[Judged], per_source: bool) -> list[_Group]:
    """Return the languages, each with its sources if wanted, and last all posts together."""
    languages: defaultdict[str, list[Judged]] = defaultdict(list)
    sources: defaultdict[tuple[str, str], list[Judged]] = defaultdict(list)
    for pair in pairs:
        languages[pair[0].language].append(pair)
        sources[pair[0].language, pair[0].source].append(pair)
    groups: list[_Group] = []
    for language in sorted(languages):
        groups.append(_Group(language, languages[language], language=True))
        groups += [
            _Group(f"{language} {source}", sources[each, source])
            for each, source in sorted(sources)
            if per_source and each == language
        ]
    return [*groups, _Group(EVERY, pairs)]


def _rows(groups: Sequence[_Group], label: str) -> list[Row]:
    """Return a row for each group, and one for the mean of the languages before the last."""
    sheets = [_sheet(group.members, label) for group in groups]
    found = [drawn(len(sheet), partial(of_label, sheet)) for sheet in sheets]
    rows = [
        _row(group.name, label, sheet, figures)
        for group, sheet, figures in zip(groups, sheets, found, strict=True)
    ]
    languages = [
        figures
        for group, sheet, figures in zip(groups, sheets, found, strict=True)
        if group.language and len(sheet)
    ]
    if languages and sum(group.language for group in groups) > 1:
        rows.insert(-1, _row(MEAN, label, sheets[-1], _mean(languages)))
    return rows


def _row(group: str, label: str, sheet: Sheet, found: Mapping[str, Numbers]) -> Row:
    yes = int(sheet.yes.sum())
    return Row(
        group=group,
        label=label,
        yes=yes,
        no=len(sheet) - yes,
        auroc=figure(found["auroc"]),
        f1=figure(found["f1"]),
        macro_f1=figure(found["macro_f1"]),
        precision=_share(found, "precision"),
        recall=_share(found, "recall"),
        false_alarms=_share(found, "false_alarms"),
        alarms_neither=_share(found, "alarms_neither"),
        alarms_other=_share(found, "alarms_other"),
        reviewed=_share(found, "reviewed"),
        errors_reviewed=_share(found, "errors_reviewed"),
        calibration_error=error_figure(found["calibration_error"]),
    )


def _share(found: Mapping[str, Numbers], name: str) -> Figure | None:
    return share_figure(found[name], float(found[SHARES[name][1]][0]))


def _mean(found: Sequence[Mapping[str, Numbers]]) -> dict[str, Numbers]:
    """Return the mean of the groups that have a figure, draw by draw."""
    means: dict[str, Numbers] = {}
    for name in found[0]:
        there = [each[name] for each in found if not np.isnan(each[name][0])]
        means[name] = np.mean(there, axis=0) if there else found[0][name]
    return means


def _sheet(members: Sequence[Judged], label: str) -> Sheet:
    known = [(post, found) for post, found in members if post.labels.get(label) is not None]
    (other,) = (each for each in LABELS if each != label)
    yes = np.array([post.labels[label] == 1 for post, _ in known], dtype=np.bool_)
    others = [post.labels.get(other) for post, _ in known]
    chances = [getattr(found, label) for _, found in known]
    return Sheet(
        yes=yes,
        flagged=np.array([Flag(label) in found.flags for _, found in known], dtype=np.bool_),
        review=np.array([Flag.REVIEW in found.flags for _, found in known], dtype=np.bool_),
        neither=~yes & np.array([value == 0 for value in others], dtype=np.bool_),
        other=~yes & np.array([value == 1 for value in others], dtype=np.bool_),
        chance=np.array([np.nan if chance is None else chance for chance in chances], dtype=float),
    )


def _reliability(pairs: Sequence[Judged], row: Row) -> Reliability:
    sheet = _sheet(pairs, row.label)
    scored = ~np.isnan(sheet.chance)
    chance, yes = sheet.chance[scored], sheet.yes[scored]
    return reliability(row.label, chance, yes, row.calibration_error)


def _language_row(group: _Group) -> LanguageRow:
    pairs = group.members
    right = np.array([found.language == post.language for post, found in pairs], dtype=float)
    unknown = np.array([found.language == UNKNOWN for _, found in pairs], dtype=float)
    found = drawn(
        len(pairs),
        lambda counts: {
            "right": share(counts @ right, counts.sum(axis=1)),
            "unknown": share(counts @ unknown, counts.sum(axis=1)),
        },
    )
    return LanguageRow(
        group=group.name,
        posts=len(pairs),
        right=share_figure(found["right"], len(pairs)),
        unknown=share_figure(found["unknown"], len(pairs)),
    )


def _mistaken(pairs: Sequence[Judged]) -> tuple[Mistaken, ...]:
    found = Counter(
        (post.language, found.language) for post, found in pairs if post.language != found.language
    )
    return tuple(
        Mistaken(language=language, taken_for=other, posts=posts)
        for (language, other), posts in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    )


def _tag_rows(pairs: Sequence[Judged]) -> tuple[TagRow, ...]:
    tagged: defaultdict[str, list[Judged]] = defaultdict(list)
    for post, found in pairs:
        for tag in dict.fromkeys(part.strip() for part in post.tag.split(",") if part.strip()):
            tagged[tag].append((post, found))
    order = sorted(tagged, key=lambda tag: (-len(tagged[tag]), tag))
    return tuple(_tag_row(tag, label, tagged[tag]) for tag in order for label in LABELS)


def _tag_row(tag: str, label: str, members: Sequence[Judged]) -> TagRow:
    sheet = _sheet(members, label)
    found = drawn(len(sheet), partial(of_label, sheet))
    return TagRow(
        tag=tag,
        label=label,
        posts=len(sheet),
        yes=int(sheet.yes.sum()),
        flagged=_share(found, "flagged"),
        recall=_share(found, "recall"),
        false_alarms=_share(found, "false_alarms"),
    )
