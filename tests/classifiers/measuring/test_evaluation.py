"""Evaluation: the figures mean what they say, and unknown labels are left out."""

from itertools import islice
from pathlib import Path

import pytest

from classifiers import pipeline
from classifiers import posts as corpus
from classifiers.measuring.draws import Figure
from classifiers.measuring.evaluation import (
    By,
    Evaluation,
    LanguageRow,
    Mistaken,
    Row,
    TagRow,
    evaluate,
)
from classifiers.posts import LabelledPost
from tests.classifiers.measuring.foreseen import Foreseen, post

ONE_IN = 5  # of the labelled posts: enough to tell from chance


def row(found: Evaluation, group: str, label: str) -> Row:
    return next(each for each in found.rows if (each.group, each.label) == (group, label))


def language(found: Evaluation, group: str) -> LanguageRow:
    return next(each for each in found.languages if each.group == group)


def tag(found: Evaluation, name: str, label: str) -> TagRow:
    return next(each for each in found.tags if (each.tag, each.label) == (name, label))


def value(figure: Figure | None) -> float | None:
    return None if figure is None else figure.value


def measured(*posts: LabelledPost, by: tuple[By, ...] = (), most_wrong: int = 0) -> Evaluation:
    return evaluate(Foreseen(), posts, by=by, most_wrong=most_wrong)


def test_precision_recall_and_false_alarms_are_counted() -> None:
    found = row(
        measured(
            post("sk .9 0", 1),
            post("sk .4 0", 1),
            post("sk .7 0", 0),
            post("sk .1 0", 0),
            post("cs .2 0", 0),
        ),
        "sk",
        "complaint",
    )

    assert (found.yes, found.no) == (2, 3)
    assert [value(each) for each in (found.precision, found.recall, found.f1)] == [0.5] * 3
    assert value(found.macro_f1) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert value(found.auroc) == pytest.approx(5 / 6)
    assert value(found.false_alarms) == pytest.approx(1 / 3)


def test_an_unknown_label_is_left_out() -> None:
    found = row(measured(post("sk .9 .9", 1, None)), "all", "request")

    assert (found.yes, found.no, found.recall, found.auroc) == (0, 0, None, None)


def test_a_post_is_neither_only_where_both_labels_are_known() -> None:
    found = row(
        measured(post("sk .9 0", 0, 0), post("sk .1 0", 0, 0), post("sk .9 0", 0, None)),
        "all",
        "complaint",
    )

    assert value(found.alarms_neither) == 0.5
    assert value(found.false_alarms) == pytest.approx(2 / 3)


def test_alarms_on_plain_requests_are_counted_apart() -> None:
    found = row(
        measured(post("sk .9 .9", 0, 1), post("sk .1 .9", 0, 1), post("sk .9 .9", 1, 1)),
        "all",
        "complaint",
    )

    assert value(found.alarms_other) == 0.5
    assert found.alarms_neither is None


def test_the_review_band_is_measured_by_its_posts_and_its_errors() -> None:
    found = row(
        measured(
            post("sk .4 0", 1),  # wrong, and looked at
            post("sk .1 0", 1),  # wrong, and lost
            post("sk .6 0", 1),  # right, and looked at all the same
            post("sk .9 0", 1),
        ),
        "all",
        "complaint",
    )

    assert value(found.reviewed) == 0.5
    assert value(found.errors_reviewed) == 0.5


def test_a_post_without_a_probability_counts_as_not_flagged() -> None:
    found = row(measured(post("de - -", 1, 0), post("sk .9 0", 1, 0)), "all", "complaint")

    assert value(found.recall) == 0.5
    assert found.calibration_error is not None


def test_the_mean_gives_each_language_the_same_weight() -> None:
    many = [post("en .9 0", 1, language="en") for _ in range(30)]

    found = measured(*many, post("sk .1 0", 1))

    assert value(row(found, "mean", "complaint").recall) == 0.5
    assert value(row(found, "all", "complaint").recall) == pytest.approx(30 / 31)


def test_a_language_without_the_label_is_not_in_the_mean() -> None:
    found = measured(post("en .9 .9", 1, 1, language="en"), post("sk .9 .9", 1, None))

    assert value(row(found, "mean", "request").recall) == 1.0


def test_labels_that_nobody_stands_by_are_left_out_unless_asked_for() -> None:
    posts = [post("sk .9 0", 1), post("sk .9 0", 0, gold="weak")]

    found = evaluate(Foreseen(), posts)

    assert (found.posts, found.left_out) == (1, 1)
    assert evaluate(Foreseen(), posts, golds=["weak"]).posts == 1


def test_the_share_of_recognised_languages_is_reported() -> None:
    found = measured(post("sk 0 0", 0), post("cs 0 0", 0), post("und 0 0", 0), post("cs 0 0", 0))

    slovak = language(found, "sk")
    assert (slovak.posts, value(slovak.right), value(slovak.unknown)) == (4, 0.25, 0.25)
    assert found.mistaken == (
        Mistaken(language="sk", taken_for="cs", posts=2),
        Mistaken(language="sk", taken_for="und", posts=1),
    )


def test_sources_can_be_shown_apart() -> None:
    found = measured(post("sk .9 0", 1), post("en .9 0", 1, language="en"), by=(By.SOURCE,))

    assert [each.group for each in found.languages] == ["en", "en here", "sk", "sk here", "all"]


def test_each_tag_of_a_post_has_its_row() -> None:
    found = measured(
        post("sk .9 0", 1, 0, tag="sarcasm, typos"),
        post("sk .1 0", 1, 0, tag="sarcasm"),
        post("sk .9 0", 0, 0, tag="news,news"),
        post("sk .9 0", 0, 0),
        by=(By.TAG,),
    )

    sarcasm, news = tag(found, "sarcasm", "complaint"), tag(found, "news", "complaint")
    assert [each.tag for each in found.tags[::2]] == ["sarcasm", "news", "typos"]
    assert (sarcasm.posts, value(sarcasm.recall), sarcasm.false_alarms) == (2, 0.5, None)
    assert (news.posts, news.recall, value(news.false_alarms)) == (1, None, 1.0)


def test_the_worst_errors_come_first_with_what_spoke_for_them() -> None:
    found = measured(
        post("sk .6 0 little", 0),
        post("sk .97 0 good bad the", 0),
        post("sk .01 0 good bad the", 1),
        post("sk .9 0", 1),
        most_wrong=2,
    )

    missed, alarm = found.worst
    assert (missed.flagged, missed.probability, missed.words) == (False, 0.01, ("bad",))
    assert (alarm.flagged, alarm.probability, alarm.words) == (True, 0.97, ("good",))


def test_nothing_is_measured_where_there_are_no_posts() -> None:
    found = measured(by=(By.SOURCE, By.TAG), most_wrong=3)

    assert (found.posts, found.worst, found.tags) == (0, (), ())
    assert [each.auroc for each in found.rows] == [None, None]
    assert found.reliability[0].bins == ()


def test_bins_and_columns_hold_every_post_that_has_a_probability() -> None:
    posts = [post(f"sk {n / 100} 0", n % 2, 0) for n in range(101)]

    reliability = measured(*posts).reliability[0]

    assert sum(each.posts for each in reliability.bins) == 101
    assert sum(reliability.yes) + sum(reliability.no) == reliability.posts == 101
    assert all(each.came.low <= each.came.value <= each.came.high for each in reliability.bins)


def test_the_shipped_judge_stays_well_above_chance(shared: Path) -> None:
    files = sorted((shared / "data" / "dev").glob("*.jsonl*"))

    found = evaluate(pipeline.load(), islice(corpus.read(files), 0, None, ONE_IN))

    complaint, request = (row(found, "all", label) for label in ("complaint", "request"))
    assert (value(complaint.auroc) or 0) > 0.8
    assert (value(request.auroc) or 0) > 0.9
    assert (value(found.languages[-1].right) or 0) > 0.95
