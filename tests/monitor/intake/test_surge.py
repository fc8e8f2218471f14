"""Surges over a real store: found once, told once, wider or larger told again, over by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.intake.surge import AGAIN, REST, Change, SurgeWatch
from monitor.model import Author, Cursor, Flag, MemberId, Page, Role, State, Window
from monitor.store.posts import NewPost
from monitor.store.store import Store
from monitor.store.surges import Surge, SurgeKind
from tests.builders import NOON, a_brand, a_verdict, minutes
from tests.monitor.store.builders import a_new_post, opened

BRATISLAVA = ZoneInfo("Europe/Bratislava")
HOUR = timedelta(hours=1)


class Street:
    """People who write about two brands, and who is told of it."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path / "desk.db")
        self.told: list[tuple[Change, Surge]] = []
        self._number = count(1)

    def watch(self) -> SurgeWatch:
        """Return a watch, as a process makes one when it starts."""
        brands = (a_brand(), a_brand("Bolt"), a_brand("Rival", competitor=True))
        return SurgeWatch(self.store, brands, BRATISLAVA, self._hear)

    def _hear(self, surge: Surge, change: Change, _now: datetime) -> None:
        self.told.append((change, surge))

    def write(
        self,
        at: datetime,
        people: int,
        *,
        text: str = "a complaint",
        topic: str | None = None,
        brand: str = "Acme",
        by: str = "",
        flagged: bool = True,
        source: str = "sample",
        private: bool = False,
        history: bool = False,
    ) -> None:
        """Let so many people write in the half hour before `at`; with `by` one who writes all."""
        posts = []
        for place in range(people):
            number = next(self._number)
            posts.append(
                self._post(f"{text} number{number}", number, brand, topic, by, flagged=flagged)
            )
            moment = at - minutes(30 * (place + 1) / (people + 1))
            mention = replace(posts[-1].mention, posted_at=moment, private=private)
            posts[-1] = replace(
                posts[-1], mention=mention, seen_at=moment, source=source, history=history
            )
        with self.store.writing():
            self.store.posts.add(posts)

    def _post(
        self, text: str, number: int, brand: str, topic: str | None, by: str, *, flagged: bool
    ) -> NewPost:
        verdict = a_verdict(Flag.COMPLAINT) if flagged else a_verdict()
        new = a_new_post(
            text,
            key=f"sample:{number}",
            brands=(brand,),
            classification=replace(verdict, topic=topic),
        )
        who = by or f"person{number}"
        return replace(new, mention=replace(new.mention, author=Author(id=who, handle=who)))

    def habit(self, an_hour: int = 2, text: str = "a complaint") -> None:
        """Let nine weeks of ordinary noons pass: so many people in the hours that are compared."""
        for back in (*range(1, 7), *range(7, 64, 7)):
            for beside in (-1, 0, 1):
                self.write(NOON - timedelta(days=back) + beside * HOUR, an_hour, text=text)

    def followed(self, source: str, since: datetime, until: datetime) -> None:
        """Let a source be read as it goes, from `since` less a look-back of a day."""
        steps = range(int((until - since) / minutes(10)))
        begun = [since + minutes(10 * step) for step in steps]
        with self.store.writing():
            self._read(source, since - timedelta(days=1), since, since)
            for moment in begun:
                self._read(source, moment, moment + minutes(10), moment + minutes(10))

    def backfilled(self, source: str, since: datetime, until: datetime) -> None:
        """Let a backfill read a source at noon."""
        with self.store.writing():
            self._read(source, since, until, NOON, past=True)

    def _read(
        self, source: str, since: datetime, until: datetime, at: datetime, *, past: bool = False
    ) -> None:
        window = Window(query="stream", since=since, until=until)
        page = Page(mentions=(), cursor=Cursor(""), window=window)
        self.store.coverage.record(source, page, at, past=past)

    def heard(self) -> list[tuple[str, str, str, int]]:
        return [
            (change.name, surge.kind.value, surge.subject, surge.people)
            for change, surge in self.told
        ]


@pytest.fixture
def street(tmp_path: Path) -> Street:
    made = Street(tmp_path)
    made.habit()
    return made


def test_an_ordinary_hour_is_no_surge(street: Street) -> None:
    street.write(NOON, 7)

    street.watch().look(NOON)

    assert street.told == []


def test_far_more_people_than_usual_are_told_once_with_what_is_usual(street: Street) -> None:
    street.write(NOON, 40, text="card declined again")
    watch = street.watch()

    for minute in range(5):
        watch.look(NOON + minutes(minute))

    assert street.heard() == [("FOUND", "brand", "", 40)]
    surge = street.told[0][1]
    assert surge.expected == pytest.approx(2.0, abs=0.2)
    assert surge.shown == "card declined again"
    assert NOON - minutes(31) < surge.began_at < NOON


def test_one_person_who_writes_forty_times_is_no_surge(street: Street) -> None:
    street.write(NOON, 40, by="angry")

    street.watch().look(NOON)

    assert street.told == []


def test_posts_that_want_no_answer_are_no_surge(street: Street) -> None:
    street.write(NOON, 40, flagged=False)

    street.watch().look(NOON)

    assert street.told == []


def test_posts_of_the_last_hour_from_a_file_are_no_surge(street: Street) -> None:
    street.habit()

    street.write(NOON, 40, history=True)
    street.watch().look(NOON)

    assert street.told == []


def test_a_competitor_and_a_brand_without_a_past_have_no_surge(street: Street) -> None:
    street.write(NOON, 40, brand="Rival")
    street.write(NOON, 40, brand="Bolt")

    street.watch().look(NOON)

    assert street.told == []


def test_a_young_brand_is_held_against_the_days_before(street: Street) -> None:
    for back in range(1, 8):
        for beside in (-1, 0, 1):
            street.write(NOON - timedelta(days=back) + beside * HOUR, 3, brand="Bolt")
    street.write(NOON, 60, brand="Bolt")

    street.watch().look(NOON)

    assert [(one[0], one[3]) for one in street.heard()] == [("FOUND", 60)]


def test_a_topic_can_surge_where_the_brand_does_not(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.habit(an_hour=20)
    street.write(NOON, 15)
    street.write(NOON, 12, topic="billing")

    street.watch().look(NOON)

    assert street.heard() == [("FOUND", "topic", "billing", 12)]


def test_a_phrase_can_surge_where_the_brand_does_not(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.habit(an_hour=20)
    street.write(NOON, 15)
    street.write(NOON, 12, text="Karta zamietnutá pri platbe")

    street.watch().look(NOON)

    ((change, surge),) = street.told
    assert (change, surge.kind, surge.people) == (Change.FOUND, SurgeKind.PHRASE, 12)
    assert surge.subject == "karta zamietnuta pri"
    assert surge.shown == "Karta zamietnutá pri"


def test_words_that_are_always_used_are_no_surge(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.habit(an_hour=20, text="card declined")
    street.write(NOON, 25, text="card declined")

    street.watch().look(NOON)

    assert street.told == []


def test_a_surge_that_doubles_is_told_again_as_the_same(street: Street) -> None:
    street.write(NOON, 20)
    watch = street.watch()
    watch.look(NOON)

    street.write(NOON + minutes(10), 25)
    watch.look(NOON + minutes(10))
    street.write(NOON + minutes(15), 5)
    watch.look(NOON + minutes(15))

    assert [one[0] for one in street.heard()] == ["FOUND", "GREW"]
    assert len({surge.id for _, surge in street.told}) == 1


def test_a_topic_that_becomes_the_whole_brand_is_one_surge(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.habit(an_hour=20)
    street.write(NOON, 12, topic="billing")
    watch = street.watch()
    watch.look(NOON)

    street.write(NOON + minutes(5), 120)
    watch.look(NOON + minutes(5))

    assert street.heard() == [
        ("FOUND", "topic", "billing", 12),
        ("GREW", "brand", "", 132),
    ]
    assert len({surge.id for _, surge in street.told}) == 1


def test_within_a_surge_of_the_brand_no_topic_is_told_beside_it(street: Street) -> None:
    street.write(NOON, 40)
    watch = street.watch()
    watch.look(NOON)

    street.write(NOON + minutes(5), 30, topic="billing")
    watch.look(NOON + minutes(5))

    assert [one[0] for one in street.heard()] == ["FOUND"]


def test_two_topics_of_different_people_are_two_surges(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.habit(an_hour=20)
    watch = street.watch()
    street.write(NOON, 14, topic="billing")
    watch.look(NOON)

    street.write(NOON + minutes(5), 12, topic="delivery")
    for minute in range(5, 10):
        watch.look(NOON + minutes(minute))

    assert [one[:3] for one in street.heard()] == [
        ("FOUND", "topic", "billing"),
        ("FOUND", "topic", "delivery"),
    ]


def test_a_surge_is_over_by_itself_and_told_so_once(street: Street) -> None:
    street.write(NOON, 40)
    watch = street.watch()

    for minute in range(0, 180, 5):
        watch.look(NOON + minutes(minute))

    assert [one[0] for one in street.heard()] == ["FOUND", "OVER"]
    ended = street.told[-1][1].ended_at
    assert ended is not None
    assert minutes(30) + REST <= ended - NOON <= minutes(90)


def test_a_restart_tells_nothing_twice_and_loses_no_end(street: Street) -> None:
    street.write(NOON, 40)

    for minute in range(0, 180, 5):
        street.watch().look(NOON + minutes(minute))

    assert [one[0] for one in street.heard()] == ["FOUND", "OVER"]


def test_after_a_standstill_a_surge_that_is_over_is_told_to_be_over(street: Street) -> None:
    street.write(NOON, 40)
    street.watch().look(NOON)

    street.watch().look(NOON + timedelta(days=1))

    assert [one[0] for one in street.heard()] == ["FOUND", "OVER"]


def test_the_same_soon_after_is_told_only_if_it_is_larger(street: Street) -> None:
    watch = street.watch()
    for start, many in ((0, 40), (240, 30), (480, 60)):
        street.write(NOON + minutes(start), many)
        for minute in range(start, start + 240, 5):
            watch.look(NOON + minutes(minute))

    found = [surge.people for change, surge in street.told if change is Change.FOUND]
    assert found == [40, 60]
    assert minutes(480) < AGAIN


def test_what_was_silenced_stays_so_when_it_comes_again(street: Street) -> None:
    street.write(NOON, 40)
    watch = street.watch()
    watch.look(NOON)
    with street.store.writing():
        lena = street.store.people.join("Lena", 3, Role.LEAD, NOON)
        street.store.surges.silence(street.told[0][1].id, NOON + 24 * HOUR, lena.id)
    for minute in range(0, 240, 5):
        watch.look(NOON + minutes(minute))

    street.write(NOON + 6 * HOUR, 90)
    watch.look(NOON + 6 * HOUR)

    again = street.told[-1][1]
    assert again.silent(NOON + 7 * HOUR)
    assert again.silenced_by == lena.id == MemberId(1)


def test_not_even_three_times_the_usual_is_no_surge(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.habit(an_hour=9)
    street.write(NOON, 25)

    street.watch().look(NOON)

    assert street.told == []


def test_the_hour_is_the_desks_own_through_a_clock_change(tmp_path: Path) -> None:
    street = Street(tmp_path)
    summer = datetime(2026, 4, 1, 7, 0, tzinfo=UTC)  # 9:00, since Sunday
    winter_nine = [summer + HOUR - timedelta(weeks=back) for back in range(1, 9)]  # 9:00, too
    for nine in winter_nine:
        for beside in (-1, 0, 1):
            street.write(nine + beside * HOUR, 20 if beside == 0 else 6)
    street.write(summer, 30)

    street.watch().look(summer)

    assert street.told == []


def test_what_was_posted_before_and_read_only_now_is_no_surge(street: Street) -> None:
    street.write(NOON - 3 * HOUR, 60)

    street.watch().look(NOON)

    assert street.told == []


def test_what_becomes_usual_in_the_morning_does_not_keep_a_surge_of_the_night(
    tmp_path: Path,
) -> None:
    street = Street(tmp_path)
    street.habit(an_hour=2)
    for back in range(7, 64, 7):
        for later in range(2, 7):
            street.write(NOON - timedelta(days=back) + later * HOUR, 25)
    street.write(NOON, 40)
    watch = street.watch()
    for quarter in range(26):
        at = NOON + minutes(15 * quarter)
        if quarter >= 4:
            street.write(at, 6)  # 24 an hour, as usual then
        watch.look(at)

    assert [one[0] for one in street.heard()] == ["FOUND", "OVER"]


def test_what_was_deleted_or_is_not_for_us_is_no_surge(street: Street) -> None:
    street.write(NOON, 40, text="cheap watches")
    arrived = street.store.surges.arrivals(["Acme"], NOON - HOUR, NOON)
    with street.store.writing():
        for each in arrived[:20]:
            street.store.posts.deleted(each.post, NOON)
    for each in arrived[20:]:
        spam = opened(street.store, thread=each.person, state=State.VOID, void_reason="spam")
        with street.store.writing():
            street.store.items.add_post(spam, each.post)

    street.watch().look(NOON)

    assert street.told == []


def test_another_matter_on_the_same_day_is_told_though_fewer_write(street: Street) -> None:
    watch = street.watch()
    for start, text in ((0, "card declined twice"), (300, "parcel lost abroad")):
        street.write(NOON + minutes(start), 60 - start // 10, text=text)
        for minute in range(start, start + 240, 5):
            watch.look(NOON + minutes(minute))

    found = [surge.shown for change, surge in street.told if change is Change.FOUND]
    assert found == ["card declined twice", "parcel lost abroad"]


def test_a_surge_that_outlasts_its_silence_is_told_of(street: Street) -> None:
    street.write(NOON, 40)
    watch = street.watch()
    watch.look(NOON)
    with street.store.writing():
        lena = street.store.people.join("Lena", 3, Role.LEAD, NOON)
        street.store.surges.silence(street.told[0][1].id, NOON + HOUR, lena.id)
    street.told.clear()

    for minute in range(5, 80, 5):
        street.write(NOON + minutes(minute), 4)
        watch.look(NOON + minutes(minute))

    assert [one[0] for one in street.heard()] == ["GREW"]
    assert street.told[0][1].silenced_until is None


def test_words_written_in_private_describe_no_surge(street: Street) -> None:
    street.write(NOON, 40, text="my biopsy results", private=True)

    street.watch().look(NOON)

    assert [surge.shown for _, surge in street.told] == [""]


def test_a_source_that_was_added_today_is_no_surge(street: Street) -> None:
    street.backfilled("sample", NOON - timedelta(weeks=9), NOON)
    street.followed("other", NOON - timedelta(hours=5), NOON)
    street.write(NOON - timedelta(weeks=30), 1, source="other")  # a feed that reaches far back
    street.write(NOON, 40, source="other")

    street.watch().look(NOON)

    assert street.told == []


def test_one_old_post_is_no_habit_of_a_desk_that_began_this_week(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.write(NOON - timedelta(weeks=12), 1)
    street.followed("sample", NOON - timedelta(days=2), NOON)
    street.write(NOON, 40)

    street.watch().look(NOON)

    assert street.told == []


def test_what_a_backfill_read_is_known_to_be_usual(tmp_path: Path) -> None:
    street = Street(tmp_path)
    street.habit(an_hour=2)
    street.followed("sample", NOON - timedelta(hours=5), NOON)
    street.backfilled("sample", NOON - timedelta(weeks=9), NOON - timedelta(days=1))
    street.write(NOON, 40)

    street.watch().look(NOON)

    assert [one[0] for one in street.heard()] == ["FOUND"]


def test_nobody_knows_that_a_surge_is_over_while_its_source_is_not_read(street: Street) -> None:
    street.backfilled("sample", NOON - timedelta(weeks=9), NOON)
    street.followed("sample", NOON - timedelta(hours=3), NOON)
    street.write(NOON, 40)
    watch = street.watch()

    for minute in range(0, 240, 5):
        watch.look(NOON + minutes(minute))
    while_blind = [one[0] for one in street.heard()]
    street.followed("sample", NOON + minutes(240), NOON + minutes(270))
    watch.look(NOON + minutes(270))

    assert while_blind == ["FOUND"]
    assert [one[0] for one in street.heard()] == ["FOUND", "OVER"]
