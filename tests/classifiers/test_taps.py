"""The team's taps, end to end: settled, fitted, tried, kept."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from classifiers import taps
from classifiers.learning import adjustments, shelf
from classifiers.learning.shelf import Shelf
from classifiers.taps import Desk, Outcome
from monitor.errors import ClassifierError
from monitor.model import Lesson, MemberId
from tests.builders import NOON
from tests.classifiers.learning.made_up import MadeUpJudge, a_lesson, a_text, lessons_of_a_desk

NAMES = {
    MemberId(1): "Zuzana",
    MemberId(2): "Ara",
    MemberId(3): "Omar",
    MemberId(4): "Mal|lory",
}


def a_corpus(folder: Path, *, grommet: int = 0, language: str = "en", posts: int = 600) -> Path:
    """Write a corpus in which "angry" is a complaint, and "grommet" what `grommet` says."""
    folder.mkdir(exist_ok=True)
    chance = Random(3)
    rows = []
    for number in range(posts):
        words = ("angry",) if number % 3 == 0 else ("grommet",) if number % 3 == 1 else ()
        labels = {"complaint": int("angry" in words or ("grommet" in words and grommet))}
        text = a_text(chance, *words)
        rows.append({"id": str(number), "text": text, "lang": language, "labels": labels})
    lines = "\n".join(json.dumps(row) for row in rows)
    (folder / f"{language}.jsonl").write_text(lines, "utf-8")
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk whose word "grommet" the shipped corpus does not use."""
    folder = shelf.folder_of(tmp_path / "desk.db")
    return Desk(folder=folder, corpus=a_corpus(tmp_path / "corpus", grommet=1))


def challenged(
    desk: Desk, lessons: list[Lesson], judge: MadeUpJudge | None = None, *, dry_run: bool = False
) -> Outcome:
    reader = judge or MadeUpJudge()
    return taps.challenge(lessons, NAMES, desk, NOON, dry_run=dry_run, reader=reader)


def test_what_the_team_knows_better_is_promoted(desk: Desk) -> None:
    outcome = challenged(desk, lessons_of_a_desk(400))

    assert outcome.promoted
    assert outcome.number == 1
    path = shelf.current(desk.folder)
    assert path is not None
    assert adjustments.read(path).origin.identity == "one"


def test_held_out_taps_are_never_taught(desk: Desk) -> None:
    lessons = lessons_of_a_desk(400)

    challenged(desk, lessons)

    path = shelf.current(desk.folder)
    assert path is not None
    learned = set(adjustments.read(path).origin.posts)
    held_out = {lesson.post for lesson in lessons} - learned
    assert 50 < len(held_out) < 120
    again = challenged(desk, [*lessons, *_more(lessons)])
    assert again.number == 2
    found = shelf.current(desk.folder)
    assert found is not None
    assert not held_out & set(adjustments.read(found).origin.posts)


def test_taps_that_confirm_the_judge_promote_nobody(desk: Desk) -> None:
    as_often_wrong_as_the_judge_says = dict.fromkeys((1, 2, 3, 4), 0.12)

    outcome = challenged(
        desk,
        lessons_of_a_desk(300, grommet_is_trouble=False, flipped=as_often_wrong_as_the_judge_says),
    )

    assert not outcome.promoted
    assert shelf.current(desk.folder) is None
    assert "stays as it is" in outcome.summary
    assert Shelf(desk.folder).report(1).startswith("# Challenger 1: not promoted")


def test_too_few_taps_build_no_challenger(desk: Desk) -> None:
    outcome = challenged(desk, lessons_of_a_desk(199))

    assert outcome.number is None
    assert outcome.summary.startswith("199 posts were judged by members; 200 are needed")
    assert not desk.folder.exists()


def test_claims_alone_are_not_enough(desk: Desk) -> None:
    lessons = [replace(lesson, how="claim", complaint=1) for lesson in lessons_of_a_desk(400)]

    assert challenged(desk, lessons).number is None


def test_what_harms_the_shipped_corpus_is_refused(desk: Desk, tmp_path: Path) -> None:
    harmed = replace(desk, corpus=a_corpus(tmp_path / "harmed", grommet=0))

    outcome = challenged(harmed, lessons_of_a_desk(400))

    assert not outcome.promoted
    assert "corpus, all, complaint" in outcome.summary


def test_worse_in_one_language_alone_is_refused(desk: Desk) -> None:
    a_corpus(desk.corpus, grommet=0, language="sk", posts=450)

    outcome = challenged(desk, lessons_of_a_desk(400))

    assert not outcome.promoted
    assert outcome.verdict is not None
    assert any("corpus, sk, complaint" in where for where in outcome.verdict.worse)


def test_a_member_who_lies_is_named_and_not_heard(desk: Desk) -> None:
    outcome = challenged(desk, lessons_of_a_desk(500, flipped={4: 0.95}))

    assert [doubt.member for doubt in outcome.doubted] == ["Mal/lory"]
    assert outcome.doubted[0].weight < 0.1
    assert outcome.promoted
    assert "| Mal/lory |" in outcome.report
    assert "weighed down" in outcome.report


def test_a_whole_team_that_lies_promotes_nobody(desk: Desk) -> None:
    outcome = challenged(desk, lessons_of_a_desk(400, flipped=dict.fromkeys((1, 2, 3, 4), 1.0)))

    assert not outcome.promoted
    assert shelf.current(desk.folder) is None


def test_a_second_challenger_must_beat_the_first(desk: Desk) -> None:
    lessons = lessons_of_a_desk(400)
    challenged(desk, lessons)

    again = challenged(desk, lessons)

    assert (again.number, again.promoted) == (2, False)
    assert "against adjustment 1" in again.report
    assert Shelf(desk.folder).number() == 1


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    outcome = challenged(desk, lessons_of_a_desk(400), dry_run=True)

    assert outcome.promoted
    assert outcome.report
    assert not desk.folder.exists()


def test_a_report_holds_no_words_of_a_post(desk: Desk) -> None:
    lessons = lessons_of_a_desk(400)

    report = challenged(desk, lessons).report

    assert not any(word in report for lesson in lessons for word in lesson.text.split()[-3:])


def test_another_model_begins_from_the_shipped_judge(desk: Desk) -> None:
    lessons = lessons_of_a_desk(400)
    challenged(desk, lessons)

    outcome = challenged(desk, lessons, MadeUpJudge(version="test-2", identity="two"))

    assert outcome.promoted
    assert "against the shipped judge" in outcome.report


def test_a_damaged_champion_does_not_hold(desk: Desk) -> None:
    lessons = lessons_of_a_desk(400)
    challenged(desk, lessons)
    path = shelf.current(desk.folder)
    assert path is not None
    path.write_bytes(b"damaged")

    outcome = challenged(desk, lessons)

    assert outcome.promoted
    assert "against the shipped judge" in outcome.report


def test_what_the_encoder_did_not_read_teaches_nothing(desk: Desk) -> None:
    lessons = lessons_of_a_desk(400)
    unread = frozenset(lesson.text for lesson in lessons[:100])

    challenged(desk, lessons, MadeUpJudge(unread=unread))

    path = shelf.current(desk.folder)
    assert path is not None
    assert min(adjustments.read(path).origin.posts) > 100


def test_copies_are_taught_or_held_out_together(desk: Desk) -> None:
    words = "the courier lost my grommet again and nobody at the depot ever answers"
    copies = [
        a_lesson(1_000 + n, 1, 0, how="both", member=1 + n % 4, text=f"@user{n} {words}")
        for n in range(40)
    ]

    challenged(desk, [*lessons_of_a_desk(400), *copies])

    path = shelf.current(desk.folder)
    assert path is not None
    learned = {post for post in adjustments.read(path).origin.posts if post >= 1_000}
    assert len(learned) in {0, 40}


def test_without_a_corpus_nothing_is_tried(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()

    with pytest.raises(Exception, match=r"expected \.jsonl files"):
        challenged(replace(desk, corpus=tmp_path / "bare"), lessons_of_a_desk(300))


def test_a_model_that_is_not_there_is_one_clear_line(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match="no model here"):
        taps.challenge(lessons_of_a_desk(300), NAMES, replace(desk, model=tmp_path), NOON)


def _more(lessons: list[Lesson]) -> list[Lesson]:
    chance = Random(99)
    return [
        a_lesson(5_000 + n, 1, 0, how="both", text=a_text(chance, "grommet"), member=2)
        for n in range(len(lessons) // 4)
    ]
