"""What old posts would have come to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.clock.calendar import AROUND_THE_CLOCK, Calendar, Hours
from monitor.clock.policy import Policy
from monitor.desk.shifts import Shift
from monitor.model import Flag
from monitor.report.rehearsal import Rehearsal, Terms, rehearse
from monitor.store.samples import Drawn
from monitor.store.scratch import Need, Owed, Read, Scratch
from tests.builders import a_brand, a_mention, a_verdict, at, minutes

MONDAY = at("2026-03-02 09:00")
COPY = "Acme lost my parcel again, this is a complaint, and it is three weeks late by now"


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    with Scratch(1) as opened:
        yield opened


def heard(
    scratch: Scratch,
    number: int,
    when: datetime = MONDAY,
    text: str = "",
    *,
    need: int = Need.ANSWER,
    language: str = "en",
    who: str | None = None,
) -> None:
    mention = a_mention(
        text or f"Acme {_word(number)} {_word(number + 7)} {_word(number + 31)}",
        key=f"sample:{number}",
        posted_at=when,
        author=f"a{number}",
    )
    verdict = a_verdict(*([Flag.COMPLAINT] if need == Need.ANSWER else []), language=language)
    read = Read(mention=mention, brands=("Acme",), classification=verdict, need=need)
    owed = Owed(brand="Acme", who=(who or str(number)).encode(), policy="always")
    scratch.add(read, [owed] if need == Need.ANSWER else [])


def _word(number: int) -> str:
    """Return a word that no other number has."""
    return "".join(chr(ord("a") + int(digit)) * 3 for digit in f"{number:03d}")


def terms(**changes: object) -> Terms:
    known: dict[str, object] = {
        "zone": ZoneInfo("UTC"),
        "since": None,
        "until": None,
        "policies": (Policy(),),
        "brands": (a_brand(),),
        **changes,
    }
    return Terms(**known)  # type: ignore[arg-type]


def rehearsed(scratch: Scratch, **changes: object) -> Rehearsal:
    found = rehearse(scratch, (), terms(**changes))
    assert found is not None
    return found


def test_without_posts_there_is_nothing_to_rehearse(scratch: Scratch) -> None:
    assert rehearse(scratch, (), terms()) is None


def test_flagged_posts_open_items_and_the_others_are_counted(scratch: Scratch) -> None:
    for number, need in enumerate((Need.ANSWER, Need.DOUBT, Need.NONE)):
        heard(scratch, number, need=need)

    found = rehearsed(scratch)

    assert (found.posts, found.asking, found.doubtful, found.items) == (3, 1, 1, 1)


def test_copies_are_items_under_one_card(scratch: Scratch) -> None:
    for number in range(3):
        heard(scratch, number, MONDAY + minutes(number), COPY)

    found = rehearsed(scratch)

    assert (found.items, found.cards, found.rush.count) == (3, 1, 1)


def test_what_was_written_long_before_is_copied_by_nothing(scratch: Scratch) -> None:
    heard(scratch, 1, MONDAY, COPY)
    heard(scratch, 2, MONDAY + timedelta(hours=49), COPY)

    assert rehearsed(scratch).cards == 2


def test_one_author_in_one_thread_is_one_item(scratch: Scratch) -> None:
    for number in range(3):
        heard(scratch, number, MONDAY + minutes(number), who="jana")

    found = rehearsed(scratch)

    assert (found.asking, found.items, found.cards) == (3, 1, 1)


def test_without_shifts_several_numbers_of_people_stand_side_by_side(scratch: Scratch) -> None:
    heard(scratch, 1)

    found = rehearsed(scratch)

    assert [each.people for each in found.drills] == [1, 2, 3, 5, 8]
    assert found.hours == "around the clock"


def test_shifts_are_played_as_they_are_planned(scratch: Scratch) -> None:
    heard(scratch, 1, MONDAY)
    afternoon = Calendar(
        name="day", timezone=ZoneInfo("UTC"), week=((Hours(14 * 60, 18 * 60),),) * 7
    )

    found = rehearsed(scratch, shifts=(Shift(name="day", hours=afternoon, members=("Ana",)),))

    [only] = found.drills
    assert (only.people, only.late.part) == (None, 1)
    assert only.customer_wait.median is not None
    assert only.customer_wait.median >= timedelta(hours=5)


def test_so_many_people_work_in_the_hours_of_the_shifts(scratch: Scratch) -> None:
    heard(scratch, 1, MONDAY)
    afternoon = Calendar(
        name="day", timezone=ZoneInfo("UTC"), week=((Hours(14 * 60, 18 * 60),),) * 7
    )
    shifts = (Shift(name="day", hours=afternoon, members=("Ana",)),)

    found = rehearsed(scratch, shifts=shifts, people=(4,))

    assert [each.people for each in found.drills] == [4]
    assert found.drills[0].late.part == 1


def test_the_fewest_who_cope_are_named(scratch: Scratch) -> None:
    for number in range(200):
        heard(scratch, number, MONDAY + minutes(number * 4))

    found = rehearsed(scratch)  # an answer takes 8 minutes: two people are not enough

    assert found.enough is not None
    assert found.enough.people == 3
    assert found.drills[found.shown] == found.enough
    assert sum(map(sum, found.heat.breaches)) == found.enough.late.part


def test_measured_answers_take_the_place_of_the_guess(scratch: Scratch) -> None:
    heard(scratch, 1)

    found = rehearsed(scratch, handlings=(minutes(2),) * 20)

    assert (found.assumptions.handling, found.assumptions.measured) == (minutes(2), 20)
    assert found.drills[0].longest == minutes(2)


def test_people_needed_ask_for_a_week(scratch: Scratch) -> None:
    heard(scratch, 1, MONDAY)
    assert rehearsed(scratch).staffing is None

    heard(scratch, 2, MONDAY + timedelta(days=8))
    found = rehearsed(scratch)

    assert found.staffing is not None
    assert found.staffing.people[0][9] == 1


def test_the_span_that_was_asked_for_is_the_one_that_is_looked_at(scratch: Scratch) -> None:
    heard(scratch, 1)
    since, until = MONDAY - timedelta(days=7), MONDAY + timedelta(days=7)

    found = rehearsed(scratch, since=since, until=until)

    assert (found.since, found.until, found.rush.weeks) == (since, until, 2.0)


def test_samples_are_of_each_language_and_say_different_things(scratch: Scratch) -> None:
    for number in range(30):
        heard(scratch, number, language="en" if number % 2 else "sk")
    for number in range(30, 60):
        heard(scratch, number, text=f"Acme, order {number} is lost, a complaint", language="en")

    found = rehearsed(scratch, samples=4)

    english = [each for each in found.samples if each.language == "en"]
    assert [each.drawn for each in english] == [Drawn.CHANCE] * 4 + [Drawn.EDGE] * 2
    assert len([each for each in found.samples if each.language == "sk"]) == 6
    assert sum("is lost" in each.mention.text for each in english) <= 1
    assert len({each.mention.key for each in found.samples}) == len(found.samples)


def test_no_samples_are_drawn_where_none_are_wanted(scratch: Scratch) -> None:
    heard(scratch, 1)

    assert rehearsed(scratch, samples=0).samples == ()


def test_the_same_posts_come_to_the_same_in_whatever_order_they_were_read() -> None:
    found: list[Rehearsal] = []
    for order in (range(40), range(39, -1, -1)):
        with Scratch(1) as scratch:
            for number in order:
                heard(scratch, number, MONDAY + minutes(number * 7), need=number % 3)
            found.append(rehearsed(scratch))

    assert found[0] == found[1]


def test_a_policy_without_an_end_is_played_to_the_end(scratch: Scratch) -> None:
    heard(scratch, 1)

    found = rehearsed(scratch, policies=(Policy(calendar=AROUND_THE_CLOCK),), people=(1,))

    assert found.drills[0].unanswered == 0


def test_the_longest_time_without_any_post_is_told(scratch: Scratch) -> None:
    for number, days in enumerate((0, 3, 40, 45)):
        heard(scratch, number, MONDAY + timedelta(days=days), need=Need.NONE)

    found = rehearsed(scratch)

    assert found.silence == (MONDAY + timedelta(days=3), MONDAY + timedelta(days=40))


def test_one_post_alone_is_no_silence(scratch: Scratch) -> None:
    heard(scratch, 1)

    found = rehearsed(scratch)

    assert found.silence == (MONDAY, MONDAY)
    assert [each.answers for each in found.drills] == [1] * 5
