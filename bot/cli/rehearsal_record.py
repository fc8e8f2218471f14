"""A rehearsal as one JSON object: the keys are a promise, so they are written out here."""

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.cli.records import Record, instant, instant_or_none
from monitor.report.drill import Drilled
from monitor.report.noise import Noise
from monitor.report.summary import Spread
from monitor.store.samples import Sample
from monitor.store.scratch import Count

if TYPE_CHECKING:
    from monitor.report.rehearsal import Rehearsal


def nothing() -> Record:
    """Return what is told where no post names a brand."""
    return {"posts": 0}


def record(found: "Rehearsal") -> Record:
    """Return all of it; lengths of time are seconds, in names that end in _s."""
    rush = found.rush
    return {
        "posts": found.posts,
        "asking": found.asking,
        "doubtful": found.doubtful,
        "items": found.items,
        "cards": found.cards,
        "since": instant(found.since),
        "until": instant(found.until),
        "timezone": found.zone.key,
        "longest_silence": [instant(at) for at in found.silence],
        "languages": {language: _count(count) for language, count in found.languages},
        "brands": {brand: _count(count) for brand, count in found.brands},
        "cards_an_hour": {
            "weeks": rush.weeks,
            "median": rush.an_hour,
            "p90": rush.a_busy_hour,
            "busiest": rush.busiest,
            "busiest_at": instant_or_none(rush.busiest_at),
            "median_by_hour_of_week": rush.median,
            "p90_by_hour_of_week": rush.ninetieth,
        },
        "drills": [_drill(each) for each in found.drills],
        "staffing": _staffing(found),
        "assumed": {
            "hours": found.hours or "shifts",
            "handling_s": found.assumptions.handling.total_seconds(),
            "handlings_measured": found.assumptions.measured,
            "target_s": found.assumptions.target.total_seconds(),
            "share": found.assumptions.share,
        },
        "keywords": [
            {
                "brand": each.brand,
                "keyword": each.word,
                "posts": each.posts,
                "doubtful": each.doubtful,
                "wanted": each.wanted,
            }
            for each in found.keywords
        ],
        "noise": [_noise(each) for each in found.noise],
        "samples": [_sample(each) for each in found.samples],
    }


def _count(count: Count) -> Record:
    return {"posts": count.posts, "doubtful": count.doubtful, "wanted": count.wanted}


def _drill(each: Drilled) -> Record:
    return {
        "people": each.people,  # null: those of the shifts
        "answers": each.answers,
        "late": each.late.part,
        "unanswered": each.unanswered,
        "customer_wait": _spread(each.customer_wait),
        "team_time": _spread(each.team_time),
        "longest_s": _seconds(each.longest),
        "most_waiting": each.most_waiting,
        "most_waiting_at": instant_or_none(each.most_waiting_at),
        "hours": each.hours,
        "busy": each.busy,
        "late_by_hour_of_week": each.late_hours,
    }


def _staffing(found: "Rehearsal") -> Record | None:
    if found.staffing is None:
        return None
    return {
        "people_by_hour_of_week": found.staffing.people,
        "most": found.staffing.most,
        "hours_of_work": found.staffing.hours_of_work,
    }


def _noise(each: Noise) -> Record:
    return {
        "brand": each.brand,
        "idle": each.idle,
        "phrases": [
            {
                "phrase": one.phrase,
                "z": one.z,
                "idle": one.idle,
                "doubtful": one.doubtful,
                "wanted": one.wanted,
            }
            for one in each.phrases
        ],
        "exclusions": [
            {
                "phrase": one.phrase,
                "spared": one.spared,
                "posts": one.all,
                "lost": one.lost,
                "lost_at_most": one.at_most,
                "example": one.example,
            }
            for one in each.exclusions
        ],
        "exclude": each.line,
    }


def _sample(each: Sample) -> Record:
    judged = each.classification
    return {
        "key": each.mention.key,
        "url": each.mention.url,
        "language": each.language,
        "brands": list(each.brands),
        "text": each.mention.text,
        "complaint": judged.complaint if judged else None,
        "request": judged.request if judged else None,
        "flags": sorted(judged.flags) if judged else [],
        "drawn": each.drawn.value,
    }


def _spread(spread: Spread) -> Record:
    return {
        "count": spread.count,
        "median_s": _seconds(spread.median),
        "p90_s": _seconds(spread.ninetieth),
    }


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else time.total_seconds()
