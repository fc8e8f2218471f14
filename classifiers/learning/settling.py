"""Members' taps → one value and one weight for each label of a post, and how far each is trusted.

A member's taps are compared with the others' by an agreement model: the truth of a label is not
known, nor how often each member hits a "yes" and a "no"; both are estimated in turn until they
fit. The shipped judge is one more voice, at half a vote, so that members who never saw the same
post can be compared at all; but only on posts that were put before a member with every answer
open. "Not a complaint" is said where the judge was wrong and nowhere else: that the judge is
against it proves nothing. Trust only weighs down: who is mostly against the rest is not heard, and
never read the other way round.

Source: Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM
algorithm", Applied Statistics 28 (1979), with priors, so that few taps prove little; Raykar and
others, "Learning from crowds", JMLR 11 (2010), for the judge's voice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.components.labels import LABELS
from monitor.desk.lessons import REVIEW
from monitor.model import Lesson, MemberId

WEAK = {"claim": 0.25, "answered": 0.5}  # work on an item says less than a word on its post
DOUBTED = 0.5  # a member who is trusted less is named in the report
_HITS, _MISSES = 4.0, 1.0  # what is believed of a member before the first tap
_USUAL = 2 * _HITS / (_HITS + _MISSES) - 1  # Youden's index of such a member: trust 1
_JUDGE_STEPS = (0.2, 0.5, 0.8)  # between "surely not", "rather not", "rather" and "surely"
_JUDGE_BELIEVED = np.array([[5.0, 2.5, 1.5, 1.0], [1.0, 1.5, 2.5, 5.0]])  # of a "no", of a "yes"
_JUDGE_VOTES = 0.5
_ROUNDS = 200
_ASKED_FIRST = 8  # members from whose words the estimate starts as well
_SETTLED = 1e-6
_AS_GOOD = 3.0  # nats: what is one in twenty less likely may still be so
_LEAST = 0.05  # of a vote: what weighs less is undecided

Numbers = NDArray[np.float64]
Case = tuple[int, str]  # a post and a label
Chances = Mapping[Case, float]  # what the shipped judge thinks


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is taken for true of one label of one post."""

    value: int  # 1 or 0
    weight: float  # above 0.0, up to 1.0
    spoken: bool  # False: nobody said so, it only shows from the work on the item


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A post, and what is taken for true of it; a label about which nobody spoke is missing."""

    post: int
    text: str
    language: str | None
    truths: Mapping[str, Truth]

    @property
    def spoken(self) -> bool:
        """Whether a person said something of the post that holds."""
        return any(truth.spoken for truth in self.truths.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One member: what was said, how often it did not hold, and the trust that is left."""

    member: MemberId | None  # None: all whose name is not known
    said: int  # labels of posts, the last word on each
    against: int  # of these, what the others and the judge, taken together, hold to be wrong
    trust: float  # 0.0 to 1.0: what a tap of this member weighs


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """All taps, settled."""

    posts: tuple[Settled, ...]
    voices: tuple[Voice, ...]  # the least trusted first
    undecided: int  # labels on which no trusted voice outweighs the rest

    @property
    def doubted(self) -> tuple[Voice, ...]:
        """The members whose taps are weighed down to less than a half."""
        return tuple(voice for voice in self.voices if voice.trust < DOUBTED)


@dataclass(frozen=True, slots=True)
class _Vote:
    case: Case
    member: MemberId | None
    value: int
    strength: float
    asked: bool = False  # whether the member was shown the post with every answer open

    @property
    def spoken(self) -> bool:
        return self.strength == 1.0


def settle(lessons: Iterable[Lesson], chances: Chances) -> Settlement:
    """Return what the lessons teach once their contradictions are settled.

    `chances` may lack a post. The order of the lessons matters for one thing only: of what one
    member said of one post, the last word holds.
    """
    ordered = sorted(lessons, key=lambda lesson: lesson.at)
    posts = {lesson.post: lesson for lesson in ordered}
    return _settlement(posts, _votes(ordered), chances)


def _votes(ordered: Iterable[Lesson]) -> list[_Vote]:
    """Return each member's vote on each case: a spoken word stands above work on the item."""
    last: dict[tuple[int, MemberId | None], Lesson] = {}
    worked: dict[tuple[Case, MemberId | None], float] = {}
    for lesson in ordered:
        if lesson.how not in WEAK:
            if _said(lesson):
                last[lesson.post, lesson.member] = lesson
            continue
        for label, value in _said(lesson):
            if value == 1:
                key = ((lesson.post, label), lesson.member)
                worked[key] = max(worked.get(key, 0.0), WEAK[lesson.how])
    spoken = [
        _Vote((post, label), member, value, 1.0, lesson.how in REVIEW)
        for (post, member), lesson in last.items()
        for label, value in _said(lesson)
    ]
    weak = [
        _Vote(case, member, 1, strength)
        for (case, member), strength in worked.items()
        if (case[0], member) not in last
    ]
    return spoken + weak


def _said(lesson: Lesson) -> list[tuple[str, int]]:
    named = zip(LABELS, (lesson.complaint, lesson.request), strict=True)
    return [(label, value) for label, value in named if value is not None]


def _settlement(
    posts: Mapping[int, Lesson], votes: Sequence[_Vote], chances: Chances
) -> Settlement:
    voices = _voices([vote for vote in votes if vote.spoken], chances)
    trust = {voice.member: voice.trust for voice in voices}
    by_case: defaultdict[Case, list[_Vote]] = defaultdict(list)
    for vote in votes:
        by_case[vote.case].append(vote)
    truths = {case: _truth(own, trust) for case, own in by_case.items()}
    held = {case: truth for case, truth in truths.items() if truth.weight >= _LEAST}
    return Settlement(
        posts=tuple(_settled(posts[post], held) for post in sorted({case[0] for case in held})),
        voices=tuple(sorted(voices, key=_least_trusted)),
        undecided=len(truths) - len(held),
    )


def _truth(votes: Sequence[_Vote], trust: Mapping[MemberId | None, float]) -> Truth:
    """Return the vote of the trusted: who stands alone against two is outvoted."""
    sides = [0.0, 0.0]
    for vote in votes:
        sides[vote.value] += vote.strength * trust.get(vote.member, 1.0)
    value = int(sides[1] > sides[0])
    heard = [vote for vote in votes if vote.value == value]
    return Truth(
        value=value,
        weight=min(1.0, abs(sides[1] - sides[0])),
        spoken=any(vote.spoken for vote in heard),
    )


def _settled(lesson: Lesson, held: Mapping[Case, Truth]) -> Settled:
    found = {label: held[lesson.post, label] for label in LABELS if (lesson.post, label) in held}
    return Settled(post=lesson.post, text=lesson.text, language=lesson.language, truths=found)


def _least_trusted(voice: Voice) -> tuple[float, int, int]:
    return voice.trust, -voice.said, -1 if voice.member is None else voice.member


def _voices(votes: Sequence[_Vote], chances: Chances) -> list[Voice]:
    """Return each member who spoke; the trust is 1.0 for one of whom nothing is known yet.

    It is how much a "yes" and a "no" of that member tell (Youden's index), by the share that is
    expected of anybody, never above it, and on the label on which it is least: who lies about
    complaints is not to be believed about requests. Where two stories explain the votes about as
    well, nobody is trusted further than in the worse one.
    """
    if not votes:
        return []
    panel = _Panel.of(votes, chances)
    ends = [_estimated(panel, start) for start in panel.starts()]
    best = max(ends, key=lambda end: end.worth)
    near = [end.hits.sum(axis=1) - 1.0 for end in ends if best.worth - end.worth < _AS_GOOD]
    trust = np.clip(np.min(near, axis=0) / _USUAL, 0.0, 1.0)
    wrong = (best.chance[panel.case] > 0.5) != (panel.value == 1)
    return [
        Voice(
            member=member,
            said=int(np.isin(panel.seat, own).sum()),
            against=int(wrong[np.isin(panel.seat, own)].sum()),
            trust=float(trust[own].min()),
        )
        for member, own in panel.seats().items()
    ]


@dataclass(frozen=True, slots=True)
class _Panel:
    """The votes as arrays. A member has a seat for each label on which there was a word."""

    holders: tuple[tuple[MemberId | None, str], ...]  # of each seat
    case: NDArray[np.int64]
    seat: NDArray[np.int64]
    value: NDArray[np.int64]
    label: NDArray[np.int64]  # of each case
    judge: NDArray[np.int64]  # of each case: the judge's step, -1 where it said nothing

    @classmethod
    def of(cls, votes: Sequence[_Vote], chances: Chances) -> "_Panel":
        cases = sorted({vote.case for vote in votes})
        holders = sorted(
            {(vote.member, vote.case[1]) for vote in votes}, key=lambda one: (one[0] or 0, one[1])
        )
        place = {case: number for number, case in enumerate(cases)}
        seat = {holder: number for number, holder in enumerate(holders)}
        asked = {vote.case for vote in votes if vote.asked}
        said = [chances.get(case) if case in asked else None for case in cases]
        return cls(
            holders=tuple(holders),
            case=np.array([place[vote.case] for vote in votes]),
            seat=np.array([seat[vote.member, vote.case[1]] for vote in votes]),
            value=np.array([vote.value for vote in votes]),
            label=np.array([LABELS.index(label) for _, label in cases]),
            judge=np.array(
                [-1 if one is None else int(np.searchsorted(_JUDGE_STEPS, one)) for one in said]
            ),
        )

    def seats(self) -> dict[MemberId | None, list[int]]:
        """Return the seats of each member."""
        found: defaultdict[MemberId | None, list[int]] = defaultdict(list)
        for number, (member, _) in enumerate(self.holders):
            found[member].append(number)
        return found

    def starts(self) -> list[Numbers]:
        """Return first guesses: the estimate ends at the best of what lies near to one of them."""
        seats = sorted(self.seats().values(), key=lambda own: -int(np.isin(self.seat, own).sum()))
        return [self.majority(), self.judged(), *map(self.said_by, seats[:_ASKED_FIRST])]

    def said_by(self, seats: Sequence[int]) -> Numbers:
        """Return what one member says, and the majority where there was no word."""
        found = self.majority()
        own = np.isin(self.seat, seats)
        found[self.case[own]] = np.where(self.value[own] == 1, 0.9, 0.1)
        return found

    def majority(self) -> Numbers:
        """Return what the members alone say: the chance of each case, with doubt of one vote."""
        yes = np.bincount(self.case, self.value, minlength=len(self.label))
        all_ = np.bincount(self.case, minlength=len(self.label))
        return (yes + 0.5) / (all_ + 1.0)

    def judged(self) -> Numbers:
        """Return what the judge alone says, and the members where it said nothing."""
        by_step = _JUDGE_BELIEVED[1] / _JUDGE_BELIEVED.sum(axis=0)
        return np.where(self.judge < 0, self.majority(), by_step[self.judge])


@dataclass(frozen=True, slots=True)
class _End:
    """Where the estimate came to rest."""

    chance: Numbers  # of each case
    hits: Numbers  # of each seat: the share of "no" and of "yes" that is hit
    worth: float  # the log of how well it explains all votes


def _estimated(panel: _Panel, chance: Numbers) -> _End:
    """Return the estimate that starts from `chance`, the truth of each case as first guessed."""
    end = _End(chance, np.empty(0), -np.inf)
    for _ in range(_ROUNDS):
        before = chance
        hits, steps, base = _shares(panel, chance)
        chance, worth = _truths(panel, hits, steps, base)
        end = _End(chance, hits, worth + _belief(hits, steps))
        if np.abs(chance - before).max() < _SETTLED:
            break
    return end


def _shares(panel: _Panel, chance: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return how often each seat hits, how the judge steps, and how common each label is."""
    count = len(panel.holders)
    sides = (1.0 - chance, chance)
    hits = np.empty((count, 2))
    steps = _JUDGE_BELIEVED.copy()
    for side in (0, 1):
        of_side = sides[side][panel.case]
        right = np.bincount(panel.seat, of_side * (panel.value == side), minlength=count)
        hits[:, side] = (right + _HITS) / (
            np.bincount(panel.seat, of_side, minlength=count) + _HITS + _MISSES
        )
        spoke = panel.judge >= 0
        steps[side] += np.bincount(panel.judge[spoke], sides[side][spoke], minlength=4)
    yes = np.bincount(panel.label, chance, minlength=len(LABELS))
    base = (yes + 1.0) / (np.bincount(panel.label, minlength=len(LABELS)) + 2.0)
    return hits, steps / steps.sum(axis=1, keepdims=True), base


def _truths(panel: _Panel, hits: Numbers, steps: Numbers, base: Numbers) -> tuple[Numbers, float]:
    """Return the chance of each case, and the log of how likely all votes are."""
    logs = []
    for side in (0, 1):
        common = base if side else 1.0 - base
        hit = hits[panel.seat, side]
        vote = np.log(np.where(panel.value == side, hit, 1.0 - hit))
        log = np.log(common)[panel.label] + np.bincount(
            panel.case, vote, minlength=len(panel.label)
        )
        heard = np.log(steps[side])[np.maximum(panel.judge, 0)]
        logs.append(log + _JUDGE_VOTES * np.where(panel.judge >= 0, heard, 0.0))
    whole = np.logaddexp(*logs)
    return np.exp(logs[1] - whole), float(whole.sum())


def _belief(hits: Numbers, steps: Numbers) -> float:
    """Return the log of how likely such members and such a judge were before the first tap."""
    members = (_HITS - 1) * np.log(hits) + (_MISSES - 1) * np.log(1 - hits)
    judge = (_JUDGE_BELIEVED - 1) * np.log(steps)
    return float(members.sum() + judge.sum())
