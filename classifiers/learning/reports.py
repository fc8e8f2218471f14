"""A challenger's report in Markdown: counts and names of members, no post's words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifiers.learning.settling import DOUBTED, Voice
from classifiers.learning.shelf import Attempt
from classifiers.learning.trial import CORPUS, EVERY, FEWEST, LEVEL, TAPS, Cell, Verdict
from monitor.model import MemberId

_TABLES = {
    TAPS: "Held-out taps: a fixed fifth, never taught",
    CORPUS: "The shipped corpus: posts that are kept back",
}
_HEAD = ("language", "label", "posts", "yes", "log loss", "→", "F1", "→", "worse in")
_NAMELESS = "members without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What a challenger was taught by."""

    taught: int  # posts
    held_out: int
    undecided: int  # labels on which no trusted voice outweighs the rest
    replayed: int  # posts of the shipped corpus
    ridges: Mapping[str, float]


def report(
    attempt: Attempt,
    lot: Lot,
    verdict: Verdict,
    voices: Sequence[Voice],
    names: Mapping[MemberId, str],
) -> str:
    """Return the report of an attempt."""
    lines = [
        f"# Challenger {attempt.number}: {'promoted' if attempt.promoted else 'not promoted'}",
        "",
        f"{attempt.at}, model {attempt.model}, against {_champion(attempt.before)}.",
        "",
        attempt.summary,
        "",
        *_taught(lot),
        "",
        *_verdict(verdict),
        "",
        *_members(voices, names),
        "",
        *_tables(verdict.cells),
    ]
    return "\n".join(lines).rstrip() + "\n"


def name_of(member: MemberId | None, names: Mapping[MemberId, str]) -> str:
    """Return a member's name as a table can hold it, and a terminal can show it."""
    if member is None:
        return _NAMELESS
    name = " ".join(names.get(member, f"member {member}").split())
    return "".join(letter for letter in name if letter.isprintable()).replace("|", "/")


def _champion(number: int) -> str:
    return f"adjustment {number}" if number else "the shipped judge"


def _taught(lot: Lot) -> Iterator[str]:
    ridges = ", ".join(f"{label} {ridge:g}" for label, ridge in lot.ridges.items())
    yield "## What it learned from"
    yield ""
    yield (
        f"{lot.taught} tapped posts, beside {lot.replayed} of the shipped corpus at a small weight."
        f" {lot.held_out} tapped posts were held out. On {lot.undecided} labels no trusted voice"
        f" outweighs the rest; they teach nothing. Ridge: {ridges}."
    )


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield "## The trial"
    yield ""
    yield (
        f"On the held-out taps the challenger is better in {verdict.better:.1%} of the draws"
        f" (needed: {1 - LEVEL:.0%}), by {verdict.gain:+.4f} nats a label."
    )
    yield ""
    if not verdict.worse:
        yield "It is nowhere worse than noise."
        return
    yield "It is worse than noise here:"
    yield ""
    yield from (f"- {where}" for where in verdict.worse)


def _members(voices: Sequence[Voice], names: Mapping[MemberId, str]) -> Iterator[str]:
    yield "## Whose taps count how much"
    yield ""
    yield from _rows(
        ("member", "labels", "against the rest", "weight", ""),
        [
            (
                name_of(voice.member, names),
                str(voice.said),
                str(voice.against),
                f"{voice.trust:.2f}",
                "weighed down" if voice.trust < DOUBTED else "",
            )
            for voice in voices
        ],
    )


def _tables(cells: Sequence[Cell]) -> Iterator[str]:
    for table, title in _TABLES.items():
        yield f"## {title}"
        yield ""
        own = [cell for cell in cells if cell.table == table and cell.posts >= FEWEST]
        yield from _rows(_HEAD, [_cell(cell) for cell in own])
        yield ""
    yield (
        "Log loss: nats a post, less is better. F1: at the thresholds, more is better. Champion,"
        ' then challenger. "Worse in": the share of draws in which the challenger has the greater'
        f" log loss. Fewer than {FEWEST} posts are not shown by themselves; they count among all."
    )


def _cell(cell: Cell) -> tuple[str, ...]:
    return (
        f"**{EVERY}**" if cell.language == EVERY else cell.language,
        cell.label,
        str(cell.posts),
        str(cell.yes),
        f"{cell.loss[0]:.3f}",
        f"{cell.loss[1]:.3f}",
        f"{cell.f1[0]:.3f}" if cell.yes else "",
        f"{cell.f1[1]:.3f}" if cell.yes else "",
        "" if cell.worse_loss is None else f"{cell.worse_loss:.1%}",
    )


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
