"""A rehearsal in words, section by section: a terminal and a page show the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.chat.wording import language_name, number, one_line
from bot.cli import tables
from bot.locale.tongue import SOURCE
from monitor.model import Flag
from monitor.report.drill import Drilled
from monitor.report.noise import DRAWN, Keyword, Noise
from monitor.store.samples import Drawn, Sample

if TYPE_CHECKING:
    from monitor.report.heat import Grid
    from monitor.report.rehearsal import Rehearsal

NONE = "-"
_NOISY = 15  # phrases of a brand that are shown
_KEYWORDS = 40
_SILENT = timedelta(days=14)
_HABIT = 2  # weeks: of fewer there is no usual one
_EXAMPLE = 120
_SAID = 400  # characters of a sample
_LABELS = {Flag.COMPLAINT: "complaint", Flag.REQUEST: "request", Flag.REVIEW: "in doubt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table with its words."""

    heading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    nothing: str = ""  # in place of a table without rows
    barred: int | None = None  # the column whose cells have a bar
    shares: tuple[float, ...] = ()  # how long each bar is, of 1
    said: int | None = None  # the column that holds what people wrote
    paste: tuple[str, ...] = ()  # lines for the settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The hours of a week."""

    heading: str
    grid: "Grid"


def title(found: "Rehearsal") -> str:
    """Return what it is."""
    return "Rehearsal: " + ", ".join(one_line(brand) for brand, _ in found.brands)


def period(found: "Rehearsal") -> str:
    """Return of which time it speaks."""
    begin, end = (tables.local(at, found.zone) for at in (found.since, found.until))
    return f"{begin} – {end}, {found.zone.key}"


def told(found: "Rehearsal") -> Iterator[str]:
    """Yield what matters most, in sentences."""
    yield (
        f"{number_of(found.posts, 'post')} named a brand: {found.asking:,} asked for an answer,"
        f" {found.doubtful:,} would have been for a person to look at."
    )
    folded = found.items - found.cards
    copies = f"; {folded:,} more {'says' if folded == 1 else 'say'} what another says"
    copies = copies if folded else ""
    items = number_of(found.items, "item")
    yield f"They would have opened {items}, on {number_of(found.cards, 'card')}{copies}."
    yield _hours(found)
    yield from _silence(found)
    yield _verdict(found)
    if found.staffing is not None:
        yield (
            f"To hold the target, at most {number_of(found.staffing.most, 'person', 'people')} at"
            f" once, {number_of(found.staffing.hours_of_work, 'hour')} at the desk a week."
        )
    else:
        yield "People needed: not known, the posts are of less than a week."


def _hours(found: "Rehearsal") -> str:
    rush = found.rush
    usual = (
        f"An hour brings {number_of(rush.an_hour, 'card')} (the median); nine of ten bring at most"
        f" {rush.a_busy_hour:,}"
    )
    if rush.busiest_at is None:
        return f"{usual}."
    at = rush.busiest_at.astimezone(found.zone)
    return f"{usual}. The busiest was {at:%a %Y-%m-%d %H:%M} with {rush.busiest:,}."


def _silence(found: "Rehearsal") -> Iterator[str]:
    """Yield that a time may be missing: what an hour usually brings would be too little."""
    begin, end = found.silence
    if end - begin < _SILENT:
        return
    known = (f"{at.astimezone(found.zone):%Y-%m-%d}" for at in found.silence)
    yield (
        f"Nothing was posted from {' to '.join(known)}. If only the files leave it out, rehearse"
        " what is before and after it apart (--since, --until): these figures count empty weeks."
    )


def _verdict(found: "Rehearsal") -> str:
    enough = found.enough
    if enough is None:
        most = found.drills[-1]
        return (
            f"With {crew(most)}, {percent(most.late.part, most.late.whole)} of the answers would"
            " have been late: too few people."
        )
    return (
        f"With {crew(enough)}, {enough.late.part:,} of {number_of(enough.late.whole, 'answer')}"
        f" ({percent(enough.late.part, enough.late.whole)}) would have been late."
    )


def sections(found: "Rehearsal") -> Iterator[Section]:
    """Yield all tables but the samples."""
    yield _drills(found)
    yield _languages(found)
    yield _keywords(found.keywords)
    for each in found.noise:
        yield _phrases(each)
        yield _exclusions(each)


def weeks(found: "Rehearsal") -> Iterator[Week]:
    """Yield the hours of the week in figures."""
    if found.rush.weeks < _HABIT:
        yield Week(heading="Cards an hour", grid=found.heat.arrivals)
    else:
        yield Week(heading="Cards an hour: the median of all weeks", grid=found.rush.median)
        most = "Cards an hour: nine of ten weeks bring no more"
        yield Week(heading=most, grid=found.rush.ninetieth)
    late = f"Answers that fell due and were late, with {crew(found.drills[found.shown])}"
    yield Week(heading=late, grid=found.heat.breaches)
    if found.staffing is not None:
        yield Week(heading="People needed to hold the target", grid=found.staffing.people)


def assumed(found: "Rehearsal") -> str:
    """Return what it all rests on."""
    known = found.assumptions
    took = tables.length(known.handling)
    answer = (
        f"an answer takes {took} on average ({known.measured:,} measured here)"
        if known.measured
        else f"an answer takes {took} on average (a guess: too few were measured here)"
    )
    where = f"people are there by the calendar '{found.hours}'" if found.hours else _BY_SHIFTS
    return (
        f"Assumed: a post is seen when it is written; {answer}; {where}; everybody answers one post"
        " at a time, the one that is due first. People needed are counted hour by hour (Erlang C):"
        f" {known.share:.0%} of answers within {tables.length(known.target)}."
    )


_BY_SHIFTS = "people are there in the hours of the shifts"


def _drills(found: "Rehearsal") -> Section:
    most = max((each.late.part for each in found.drills), default=0)
    return Section(
        heading="With so many people at the desk",
        heads=(
            *("people", "late", "share", "unanswered", "wait: median", "9 of 10", "longest"),
            *("most in line", "busy"),
        ),
        rows=tuple(map(_drill, found.drills)),
        note="Late: past the target of the policy. Waits are those of customers.",
        barred=1,
        shares=tuple(each.late.part / most if most else 0.0 for each in found.drills),
    )


def _drill(each: Drilled) -> tuple[str, ...]:
    return (
        crew(each),
        f"{each.late.part:,} of {each.late.whole:,}",
        percent(each.late.part, each.late.whole),
        f"{each.unanswered:,}" if each.unanswered else NONE,
        _length(each.customer_wait.median),
        _length(each.customer_wait.ninetieth),
        _length(each.longest),
        f"{each.most_waiting:,}",
        f"{each.busy:.0%}",
    )


def crew(each: Drilled) -> str:
    """Return how many people there are."""
    return "the shifts" if each.people is None else number_of(each.people, "person", "people")


def _languages(found: "Rehearsal") -> Section:
    most = max((count.posts for _, count in found.languages), default=0)
    return Section(
        heading="Languages",
        heads=("language", "posts", "need an answer", "in doubt"),
        rows=tuple(
            (
                language_name(language, SOURCE),
                f"{count.posts:,}",
                _of(count.wanted, count.posts),
                _of(count.doubtful, count.posts),
            )
            for language, count in found.languages
        ),
        barred=1,
        shares=tuple(count.posts / most for _, count in found.languages),
    )


def _keywords(found: Sequence[Keyword]) -> Section:
    shown = found[:_KEYWORDS]
    return Section(
        heading="Keywords",
        heads=("keyword", "brand", "posts", "need an answer", "in doubt"),
        rows=tuple(
            (
                one_line(each.word) if each.word else "(an account of yours)",
                one_line(each.brand),
                f"{each.posts:,}",
                _of(each.wanted, each.posts),
                _of(each.doubtful, each.posts),
            )
            for each in shown
        ),
        note=f"The {len(shown)} with most posts of {len(found)}." if len(found) > _KEYWORDS else "",
        barred=3,
        shares=tuple(each.share for each in shown),
    )


def _phrases(found: Noise) -> Section:
    shown = found.phrases[:_NOISY]
    return Section(
        heading=f"What brings noise: {one_line(found.brand)}",
        heads=("phrase", "posts", "no answer needed", "in doubt", "need an answer", "z"),
        rows=tuple(
            (
                one_line(each.phrase),
                f"{each.idle + each.doubtful + each.wanted:,}",
                f"{each.idle:,}",
                f"{each.doubtful:,}" if each.doubtful else NONE,
                f"{each.wanted:,}" if each.wanted else NONE,
                f"{each.z:.1f}",
            )
            for each in shown
        ),
        note=(
            "Phrases that stand far more often in posts that nobody needs to answer, by their"
            " log-odds ratio over its standard deviation (z; Monroe, Colaresi, Quinn 2008), sought"
            f" in at most {DRAWN:,} posts of each kind and counted in all."
        ),
    )


def _exclusions(found: Noise) -> Section:
    most = max((each.spared for each in found.exclusions), default=0)
    return Section(
        heading=f"What could be excluded: {one_line(found.brand)}",
        heads=("phrase", "spares", "of posts", "loses", "may lose, at most", "for example"),
        rows=tuple(
            (
                one_line(each.phrase),
                f"{each.spared:,}",
                f"{found.idle:,}",
                f"{each.lost:,}",
                f"{each.at_most:.1%}",
                one_line(each.example, _EXAMPLE),
            )
            for each in found.exclusions
        ),
        note=(
            "None of the posts that the judge flags or doubts has such a phrase: see by the example"
            " whether it is right. Each line counts what those before it left; at most so many of"
            " such posts may need an answer all the same (95 %)."
        ),
        nothing="Nothing: whatever brings noise stands in posts that need an answer, too.",
        barred=1,
        shares=tuple(each.spared / most for each in found.exclusions),
        said=5,
        paste=(f"# [[brand]] {one_line(found.brand)}", found.line) if found.line else (),
    )


# ------------------------------------------------------------ samples


def samples(found: Sequence[Sample]) -> Iterator[Section]:
    """Yield the samples, a table for each language."""
    for language in dict.fromkeys(each.language for each in found):
        mine = [each for each in found if each.language == language]
        edge = sum(each.drawn is Drawn.EDGE for each in mine)
        near = f", {edge} (*) nearest to where the judge changes its mind" if edge else ""
        yield Section(
            heading=f"Samples: {language_name(language, SOURCE)}",
            heads=("the judge says", "complaint", "request", "post"),
            rows=tuple(map(_sample, mine)),
            note=(
                f"{number_of(len(mine) - edge, 'post')} drawn by chance{near}; what differs in"
                " figures alone is shown once. `mentiondesk review --rehearsal` asks about them."
            ),
            said=3,
        )


def _sample(each: Sample) -> tuple[str, ...]:
    judged = each.classification
    flags = judged.flags if judged else frozenset[Flag]()
    says = " ".join(word for flag, word in _LABELS.items() if flag in flags) or "nothing needed"
    return (
        f"{says} *" if each.drawn is Drawn.EDGE else says,
        _chance(judged.complaint if judged else None),
        _chance(judged.request if judged else None),
        one_line(each.mention.text, _SAID),
    )


def _chance(value: float | None) -> str:
    return NONE if value is None else f"{value:.0%}"


# ------------------------------------------------------------ figures


def number_of(count: int, one: str, many: str = "") -> str:
    """Return "1 post" or "3,000 posts"."""
    return number(count, one, many).replace(str(count), f"{count:,}", 1)


def percent(part: int, whole: int) -> str:
    """Return a share, "-" of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else NONE


def _of(part: int, whole: int) -> str:
    return f"{part:,} ({percent(part, whole)})" if part else NONE


def _length(time: timedelta | None) -> str:
    return NONE if time is None else tables.length(time)
