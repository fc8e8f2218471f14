"""Who does what in the demo, and when: three made-up members and the customers they take on."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from bot.chat.incoming import Person
from monitor.model import Role

_NO_ACCOUNT = 1 << 53  # no account of Telegram has so high a number. Source: the Bot API's "User"


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A made-up member."""

    person: Person
    role: Role


def _player(number: int, name: str, role: Role) -> Player:
    return Player(person=Person(telegram_id=_NO_ACCOUNT + number, name=name), role=role)


ZUZANA = _player(1, "Zuzana", Role.LEAD)
MEHMET = _player(2, "Mehmet", Role.AGENT)
ANI = _player(3, "Ani", Role.AGENT)
CAST = (ZUZANA, MEHMET, ANI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A button pressed, or a reply to the card: `words` as a person would type them."""

    player: Player
    after: timedelta  # since the card, or the digest with it, was first seen
    words: str

    @property
    def is_reply(self) -> bool:
        """Whether the words are said and not pressed."""
        return self.words.startswith("https://")


def _part(player: Player, *acts: tuple[float, str]) -> tuple[Act, ...]:
    return tuple(
        Act(player=player, after=timedelta(minutes=minute), words=words) for minute, words in acts
    )


# By the author's handle. Whom nobody here takes on is answered by the feed itself, or waits.
SCRIPT = {
    "zuzka_bb": _part(ZUZANA, (1.5, "claim"), (7, "answered"), (9, "no link")),
    "elif_nrc": _part(
        MEHMET, (2, "claim"), (8, "answered"), (9, "https://sample.example/acme_care/1")
    ),
    "mona.salem": _part(ANI, (3, "claim"), (12, "answered"), (14, "no link")),
    "priya_writes": _part(ZUZANA, (4, "show"), (6, "claim"), (13, "answered"), (15, "resolve")),
    "khaled_q8": _part(ANI, (3, "claim")),  # the feed's answer comes
    "ravi.b": _part(MEHMET, (4, "claim"), (10, "wait third party")),
    "lena_p": _part(ZUZANA, (1, "claim")),
    "max_power": _part(ANI, (4, "claim"), (11, "answered"), (12, "no link")),
    "jo_hartley": _part(ZUZANA, (1, "claim")),
    "pasha_spb": _part(MEHMET, (2, "claim")),
    "layan_m": _part(ANI, (3, "claim")),
    "hasan_uzun": _part(MEHMET, (33, "show"), (34, "claim"), (38, "answered")),  # too late
    "sam_tinkers": _part(ZUZANA, (3, "claim")),
    "irina_volkova": _part(ANI, (2, "claim")),
    "um_omar": _part(MEHMET, (1.5, "claim")),
}
_TAKES = (timedelta(minutes=5), timedelta(minutes=14), timedelta(minutes=16))


class Turns:
    """Deals out the customers that the script does not name: two of three are taken on."""

    def __init__(self) -> None:
        self._count = count()

    def next(self) -> tuple[Act, ...]:
        """Return the part that is played for the next one, () if nobody does."""
        turn = next(self._count)
        if turn % 3 == 0:
            return ()
        words = ("claim", "answered", "no link")
        player = CAST[turn % len(CAST)]
        acts = zip(_TAKES, words, strict=True)
        return tuple(Act(player=player, after=after, words=said) for after, said in acts)
