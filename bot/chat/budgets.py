"""How much may be sent: a second between messages of a chat, 20 a minute in a group, 30 a second.

Source: core.telegram.org/bots/faq, "My bot is hitting limits", which calls the figures approximate.
"""

from collections import deque

CHAT_GAP_S = 1.0
GROUP_PER_MINUTE = 20
EDITS_PER_MINUTE = 14  # of the group's twenty: six a minute are kept for first alerts
OVERALL_PER_SECOND = 30
_MINUTE_S = 60.0


class Budgets:
    """Counts what goes out. Times are seconds of a clock that only goes forward."""

    def __init__(self, *, limited: bool = True) -> None:
        """Without limits (the terminal) everything may go at once."""
        self._limited = limited
        self._all: deque[float] = deque()
        self._chats: dict[int, deque[float]] = {}
        self._held: dict[int, float] = {}

    def spend(self, chat_id: int, at: float) -> None:
        """Count a send or an edit that goes to a chat now."""
        self._all.append(at)
        self._chats.setdefault(chat_id, deque()).append(at)

    def hold(self, chat_id: int, until: float) -> None:
        """Send nothing to a chat before `until`: it asked for a pause."""
        self._held[chat_id] = max(until, self._held.get(chat_id, until))

    def free_at(self, chat_id: int, at: float, *, edit: bool = False) -> float:
        """Return from when on a chat may get something: `at` itself if it may now."""
        if not self._limited:
            return at
        return max(
            at,
            self._held.get(chat_id, at),
            self._after_gap(chat_id),
            self._within_minute(chat_id, at, EDITS_PER_MINUTE if edit else GROUP_PER_MINUTE),
            self._within_second(at),
        )

    def _after_gap(self, chat_id: int) -> float:
        sent = self._chats.get(chat_id)
        return sent[-1] + CHAT_GAP_S if sent else float("-inf")

    def _within_minute(self, chat_id: int, at: float, most: int) -> float:
        """Return when fewer than `most` messages of a group lie in the minute before."""
        sent = self._chats.get(chat_id)
        if not sent:
            return at
        _forget(sent, at - _MINUTE_S)
        if chat_id > 0:  # a private chat: only groups have negative ids
            return at
        return at if len(sent) < most else sent[-most] + _MINUTE_S

    def _within_second(self, at: float) -> float:
        _forget(self._all, at - 1.0)
        full = len(self._all) >= OVERALL_PER_SECOND
        return self._all[-OVERALL_PER_SECOND] + 1.0 if full else at


def _forget(sent: deque[float], before: float) -> None:
    while sent and sent[0] <= before:
        sent.popleft()
