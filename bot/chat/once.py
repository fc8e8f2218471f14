"""Every update is acted on once: after a crash the last ones come again."""

from monitor.store.notes import Notes

_KEY = "updates"
_KEPT = 300  # Telegram gives at most a hundred at a time


class Once:
    """The updates handled last. They are kept in the transaction of what they did.

    Ids are only compared for being the same: after a quiet week Telegram begins with any number.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def first_time(self, update_id: int) -> bool:
        """Return whether an update is new, and remember it."""
        known = (self._notes.value(_KEY) or "").split()
        if str(update_id) in known:
            return False
        self._notes.keep(_KEY, " ".join([*known[1 - _KEPT :], str(update_id)]))
        return True
