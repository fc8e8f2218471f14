"""What a button sends back: a few letters and a number, checked against the store when it comes."""

from dataclasses import dataclass
from enum import StrEnum


class TapKind(StrEnum):
    """What a button asks for. The letters stand in chats for years: never give one a new sense."""

    CLAIM = "c"
    RELEASE = "r"
    ANSWERED = "a"
    WAIT_MENU = "w"
    WAIT_LENGTHS = "wl"
    WAIT = "wf"  # argument: "customer" or "third party", or with the minutes: "customer:240"
    SNOOZE = "z"  # argument: minutes
    RESUME = "g"
    RESOLVE = "d"
    NOT_MENU = "n"
    NOT_FOR_US = "nf"  # argument: the reason
    UNDO = "u"
    BACK = "b"  # from a menu to the card
    SHOW = "s"  # send the item's own card here
    SIMILAR = "m"  # list the items folded under this one
    SKIP_LINK = "k"  # Answered without a link
    REVIEW = "v"  # number: a post's id; argument: complaint, request, both, neither, missed
    REPLY = "p"  # ask for the text of an answer
    SEND = "ps"  # number: a reply's id; argument: the edition that the preview shows
    REWRITE = "pe"  # number: a reply's id; so for the next
    DROP = "px"
    SAVED_LIST = "q"  # number: a reply's id; argument: how many saved replies were listed before
    SAVED = "qf"  # number: a reply's id; argument: the saved reply's id
    SURGE_NEXT = "i"  # number: a surge's id; so for the next
    SURGE_MENU = "x"
    SURGE_SILENCE = "xs"  # argument: hours; 0: speak again
    CUSTOMER = "y"  # what is known of the item's author; argument "all": more than an alert holds
    CUSTOMER_UNDO = "yu"  # number: a note's or a link's id; argument: which, and what was done
    PROMISE = "yp"  # number: a promise's id; argument: kept, broken, dropped, undo
    HAND_MENU = "h"
    HAND_OVER = "hf"  # argument: the member's id
    TAKE_OVER = "t"
    LANGUAGE = "l"  # number: 0; argument: the language that who taps picks
    OLDER = "o"  # number: a post's id; argument: the words searched for, which older ones hold


ABOUT_POSTS = frozenset({TapKind.REVIEW, TapKind.OLDER})
ABOUT_REPLIES = frozenset(
    {TapKind.SEND, TapKind.REWRITE, TapKind.DROP, TapKind.SAVED_LIST, TapKind.SAVED}
)
ABOUT_SURGES = frozenset({TapKind.SURGE_NEXT, TapKind.SURGE_MENU, TapKind.SURGE_SILENCE})
ABOUT_CUSTOMERS = frozenset({TapKind.CUSTOMER, TapKind.CUSTOMER_UNDO, TapKind.PROMISE})
ON_CARDS = (
    frozenset(TapKind)
    - ABOUT_CUSTOMERS
    - ABOUT_POSTS
    - ABOUT_REPLIES
    - ABOUT_SURGES
    - {TapKind.SHOW, TapKind.LANGUAGE}
)
_KINDS = {kind.value: kind for kind in TapKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class TapData:
    """A button's meaning: what, of which item or post, and how."""

    kind: TapKind
    number: int  # the item's id; for REVIEW the post's, under a preview the reply's
    argument: str = ""

    @property
    def about_post(self) -> bool:
        """Whether the number is a post's."""
        return self.kind in ABOUT_POSTS

    @property
    def about_reply(self) -> bool:
        """Whether the number is a reply's."""
        return self.kind in ABOUT_REPLIES

    @property
    def about_surge(self) -> bool:
        """Whether the number is a surge's."""
        return self.kind in ABOUT_SURGES


def encode(kind: TapKind, number: int, argument: str = "") -> str:
    """Return the data of a button, at most 64 bytes."""
    return f"{kind}:{number}:{argument}" if argument else f"{kind}:{number}"


def decode(data: str) -> TapData | None:
    """Return what a button's data means, None if no button of ours sends it."""
    kind, _, rest = data.partition(":")
    number, _, argument = rest.partition(":")
    if kind not in _KINDS or not number.isascii() or not number.isdecimal():
        return None
    if len(number) > 18:  # more is no 64-bit id
        return None
    return TapData(kind=_KINDS[kind], number=int(number), argument=argument)
