"""A surge in the chat: one alert, its buttons, and the one line at its end."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.surges import SurgeNews
from bot.chat.taps import TapKind
from bot.chat.text import Message, plain
from monitor.intake.surge import SurgeWatch
from monitor.model import MessageRef
from monitor.store.outbox import Kind, Parcel
from tests.bot.chat.front_desk_case import CARE, EMRE, LENA, VERA, ZUZANA, Counter, a_counter
from tests.builders import NOON, a_mention, minutes

WORDS = ("melon", "harbor", "violet", "copper", "meadow", "lantern", "pepper", "saddle")
ALERT = 500


class Square(Counter):
    """A front desk with a past, in which many complain at once."""

    news: SurgeNews
    watch: SurgeWatch

    def past(self) -> None:
        """Let eight weeks pass in which one person an hour complains around noon."""
        for back in range(7, 57, 7):
            for beside in (-1, 0, 1):
                at = NOON - timedelta(days=back, hours=beside) - minutes(20)
                name = f"old{back}x{beside + 1}"
                text = f"Acme complaint {WORDS[back % 8]} {name} {back * 7919}"
                mention = a_mention(text, key=f"sample:{name}", author=name, posted_at=at)
                self.bench.take(mention, now=at + minutes(1), since=NOON)

    def crowd(self, count: int, after: float = 0.0) -> None:
        """Let so many people complain within a quarter of an hour."""
        for place in range(count):
            at = NOON + minutes(after + 14 * place / count)
            name = f"p{after:g}x{place}"
            other = " ".join(WORDS[(place // 8**digit) % 8] for digit in range(3))
            text = f"Acme login is broken, complaint of {name}: {other} {other[::-1]}"
            mention = a_mention(text, key=f"sample:{name}", author=name, posted_at=at)
            self.bench.take(mention, now=at + minutes(0.5), since=NOON - timedelta(days=70))

    def look(self, after: float) -> None:
        self.now = NOON + minutes(after)
        self.watch.look(self.now)

    def waiting_surges(self) -> list[Message]:
        parcels = self.bench.store.outbox.waiting(CARE, Kind.SURGE)
        return [self.drawn(parcel) for parcel in parcels]

    def drawn(self, parcel: Parcel) -> Message:
        found = self.sending._drawing.draw(parcel, self.now)
        assert found is not None
        return found.message

    def alert_arrives(self) -> MessageRef:
        """Send the alert that waits, and return where it stands."""
        (parcel,) = self.bench.store.outbox.waiting(CARE, Kind.SURGE)
        with self.bench.store.writing():
            self.bench.store.outbox.sent(parcel.id, self.now, ALERT)
        return MessageRef(chat_id=CARE, message_id=ALERT)

    def shows(self) -> str:
        """Return what an alert shows now."""
        (message,) = self.waiting_surges()
        return plain(message.text)


def labels(message: Message) -> list[str]:
    return [button.label for row in message.buttons for button in row]


@pytest.fixture
def square(tmp_path: Path) -> Square:
    made = a_counter(tmp_path)
    square = Square(
        bench=made.bench,
        front_desk=made.front_desk,
        dispatch=made.dispatch,
        sending=made.sending,
    )
    routes = square.dispatch._routes
    square.news = SurgeNews(square.bench.store, routes)
    square.watch = SurgeWatch(
        square.bench.store, square.bench.brands, ZoneInfo("Europe/Bratislava"), square.news.tell
    )
    square.past()
    return square


def test_the_alert_tells_how_many_what_is_usual_what_they_say_a_sample_and_who_waits(
    square: Square,
) -> None:
    square.crowd(40)
    square.look(15)

    (message,) = square.waiting_surges()

    shown = plain(message.text)
    first = shown.splitlines()[0]
    assert first == "🌊 Acme: 40 people in an hour"
    assert "usual at this time: 1 · 40 times that at its peak · since 6 Mar 13:00" in shown
    assert "40 of 40 say “login is broken”" in shown
    assert shown.count("Acme login is broken, complaint of") == 3
    assert "40 wait for an answer, each on a clock of their own" in shown
    assert labels(message) == ["Next ▸", "Silence ▸"]


def test_there_is_one_alert_however_often_it_is_looked_at(square: Square) -> None:
    square.crowd(40)

    for minute in range(15, 40):
        square.look(minute)

    assert len(square.waiting(Kind.SURGE)) == 1


def test_an_alert_that_arrived_is_edited_when_twice_as_many_write(square: Square) -> None:
    square.crowd(20)
    square.look(15)
    square.alert_arrives()
    square.crowd(30, after=16)
    square.look(31)

    (parcel,) = square.waiting(Kind.SURGE)

    assert parcel.message_id == ALERT
    assert "50 people in an hour" in square.shows()


def test_people_are_worked_through_in_order_each_given_once(square: Square) -> None:
    square.crowd(12)
    square.look(15)
    square.alert_arrives()

    told = [square.tap(TapKind.SURGE_NEXT, 1, at=ALERT, who=who).text for who in (ZUZANA, EMRE)]
    given = list(square.bench.store.surges.given(1))

    queue = [one.item.id for one in square.bench.store.items.queue()]
    fresh = [item for item in queue if item in given]
    assert told[0].startswith(f"#{given[0]} comes. 11 more wait.")
    assert told[1].startswith(f"#{given[1]} comes. 11 more wait.")
    assert fresh == given


def test_who_is_claimed_or_answered_is_not_given_again(square: Square) -> None:
    square.crowd(9)
    square.look(15)
    square.alert_arrives()
    for _ in range(9):
        square.tap(TapKind.SURGE_NEXT, 1, at=ALERT)
        given = list(square.bench.store.surges.given(1))
        free = [item for item in given if square.bench.item(item).item.owner is None]
        square.bench.desk.claim(free[-1], square.member(ZUZANA), square.now)

    told = square.tap(TapKind.SURGE_NEXT, 1, at=ALERT)

    assert told.text == "Nobody of this surge waits who is not in somebody's hands."


def test_a_silence_is_chosen_shown_and_taken_back(square: Square) -> None:
    square.crowd(40)
    square.look(15)
    square.alert_arrives()

    square.tap(TapKind.SURGE_MENU, 1, at=ALERT)
    (menu,) = square.waiting_surges()
    told = square.tap(TapKind.SURGE_SILENCE, 1, "8", at=ALERT, who=LENA)
    (silent,) = square.waiting_surges()
    square.tap(TapKind.SURGE_SILENCE, 1, "0", at=ALERT)
    (speaking,) = square.waiting_surges()

    assert labels(menu) == ["Silence 1 h", "Silence 8 h", "Silence 24 h", "◂ Back"]
    assert told.text.startswith("Nothing more is told of this surge until 21:15.")
    assert "silenced by Lena until 6 Mar 21:15" in plain(silent.text)
    assert labels(silent) == ["Next ▸", "Speak again"]
    assert labels(speaking) == ["Next ▸", "Silence ▸"]
    assert [entry.action for entry in square.log()][-2:] == [
        "surge silenced",
        "surge speaks again",
    ]


def test_of_a_silenced_surge_nothing_is_told_but_its_alert_ends(square: Square) -> None:
    square.crowd(20)
    square.look(15)
    square.alert_arrives()
    square.tap(TapKind.SURGE_SILENCE, 1, "8", at=ALERT)
    for parcel in square.waiting(Kind.SURGE):
        with square.bench.store.writing():
            square.bench.store.outbox.drop(parcel.id)

    square.crowd(60, after=16)
    for minute in range(31, 200, 5):
        square.look(minute)

    (edit,) = square.waiting(Kind.SURGE)
    assert edit.message_id == ALERT
    assert square.shows().startswith("🌊 Acme: a surge that is over")


def test_its_end_is_one_silent_line_and_the_alert_says_so(square: Square) -> None:
    square.crowd(40)
    square.look(15)
    square.alert_arrives()
    for minute in range(20, 120, 5):
        square.look(minute)

    messages = square.waiting_surges()

    texts = sorted(plain(message.text).splitlines()[0] for message in messages)
    assert texts == [
        "🌊 Acme: a surge that is over",
        "🌊 Acme: the surge is over after 1 hr 10 min. · 40 people wrote · 40 still wait",
    ]
    assert sum(message.silent for message in messages) == 1


def test_viewers_press_nothing(square: Square) -> None:
    square.crowd(40)
    square.look(15)
    square.alert_arrives()

    told = square.tap(TapKind.SURGE_SILENCE, 1, "8", at=ALERT, who=VERA)

    assert told.alert
    assert square.waiting(Kind.SURGE) == ()


@pytest.mark.parametrize("hours", ["7", "-1", "", "x"])
def test_a_button_that_was_made_up_does_nothing(square: Square, hours: str) -> None:
    square.crowd(40)
    square.look(15)
    square.alert_arrives()

    told = square.tap(TapKind.SURGE_SILENCE, 1, hours, at=ALERT)

    assert told.text == "This button no longer works."


def test_a_surge_that_is_not_there_has_no_buttons(square: Square) -> None:
    told = square.tap(TapKind.SURGE_NEXT, 99, at=ALERT)

    assert told.text == "This button no longer works."
