"""Whatever becomes of readers and of what they say on its way, each record is passed on once."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.engines.courses import (
    ATTEMPTS,
    Course,
    OutOfStepError,
    Trouble,
    largest_last,
)
from monitor.errors import ConfigError
from monitor.model import Archive, Place, Portion
from tests.connectors.archive.engines.readers import a_portion

RECORDS = 40
ARCHIVE = Archive(path="a.zst", identity="a", size=RECORDS, shape="made-up")


def a_course() -> Course:
    return Course(archive=ARCHIVE, place=Place())


def cut(first: int, dice: Random) -> list[Portion]:
    """Return all portions from a record on, ended wherever the clock of a reader says so."""
    portions = []
    while first < RECORDS:
        after = min(RECORDS, first + dice.randint(0, 9))
        portions.append(a_portion(ARCHIVE, first, after, last=after == RECORDS))
        first = after
    return portions


def numbers(portions: list[Portion]) -> list[int]:
    return [int(mention.key.rpartition(":")[2]) for each in portions for mention in each.mentions]


@given(st.integers(min_value=0))
@settings(max_examples=150, deadline=None)
def test_each_record_is_passed_on_once_whatever_happens_on_the_way(seed: int) -> None:
    dice = Random(seed)
    course = a_course()
    on_their_way: list[tuple[str, list[Portion]]] = []  # of each reader in order, or with holes
    passed = []
    while not course.is_over:
        course.attempts = 0  # here nobody gives up
        name = f"reader {len(on_their_way)}"
        on_their_way.append((name, cut(course.begin(name).records, dice)))

        for _ in range(dice.randint(1, 30)):
            reader, portions = dice.choice(on_their_way)
            if not portions:
                continue
            if dice.random() < 0.1:
                del portions[0]  # lost
                continue
            said = portions[0] if dice.random() < 0.1 else portions.pop(0)  # said twice
            try:
                portion = course.said(reader, said)
            except OutOfStepError:
                break
            passed += [portion] if portion else []

    assert numbers(passed) == list(range(RECORDS))


def test_bytes_that_a_second_reader_goes_through_again_count_once() -> None:
    course = a_course()
    course.begin("first")
    passed = [course.said("first", replace(a_portion(ARCHIVE, 0, 10), bytes=30))]

    course.begin("second")  # it unpacks what lies before its place, too
    passed.append(course.said("second", replace(a_portion(ARCHIVE, 10, 11), bytes=20)))
    passed.append(course.said("second", replace(a_portion(ARCHIVE, 11, 12), bytes=13)))
    course.begin("third")
    passed.append(course.said("third", replace(a_portion(ARCHIVE, 12, 40, last=True), bytes=40)))

    assert [portion.bytes for portion in passed if portion] == [30, 0, 3, 7]


def test_who_was_taken_for_dead_comes_too_late() -> None:
    course = a_course()
    course.begin("slow")
    course.begin("next")

    assert course.said("slow", a_portion(ARCHIVE, 0, 7)) is None
    assert course.said("slow", Trouble(reason="no")) is None
    assert course.place == Place()


def test_a_hole_before_a_portion_is_noticed() -> None:
    course = a_course()
    course.begin("a")

    with pytest.raises(OutOfStepError):
        course.said("a", a_portion(ARCHIVE, 7, 14))


def test_readers_that_say_something_but_get_nowhere_are_given_up() -> None:
    course = a_course()
    for number in range(ATTEMPTS):
        assert course.may_begin
        course.begin(str(number))
        course.said(str(number), a_portion(ARCHIVE, 0, 0))

    assert not course.may_begin
    assert course.given_up("killed").damage == "its reader died 3 times after record 0: killed"


def test_a_portion_names_the_archive_as_the_user_did() -> None:
    course = a_course()
    course.begin("a")

    portion = course.said("a", replace(a_portion(ARCHIVE, 0, 7), archive=course.source))

    assert course.source.path == str(Path("a.zst").absolute())
    assert portion is not None
    assert portion.archive == ARCHIVE


def test_a_wrong_setting_is_no_damage() -> None:
    course = a_course()
    course.begin("a")

    with pytest.raises(ConfigError, match="no such column"):
        course.said("a", Trouble(reason="no such column", is_setting=True))


def test_the_largest_comes_first() -> None:
    archives = [replace(ARCHIVE, size=size) for size in (5, 50, 20)]

    courses = largest_last((each, Place()) for each in archives)

    assert [courses.pop().archive.size for _ in archives] == [50, 20, 5]
