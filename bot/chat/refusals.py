"""Refusals in the words of whoever was refused."""

from bot.chat.reasons import reason
from bot.locale.tongue import tr
from monitor.errors import RefusedError

OUR_WORDS = frozenset({"reason", "role", "state", "usage", "whom"})  # values that are translated


def told(refused: RefusedError) -> str:
    """Return why not, in the language spoken now.

    Of the values in the sentence, those called as in `OUR_WORDS` are words of ours; all others
    (names, numbers, what a person wrote) stay as they are.
    """
    values = {name: _value(name, value) for name, value in refused.values.items()}
    return tr(refused.message, **values)


def _value(name: str, value: object) -> object:
    if isinstance(value, RefusedError):
        return told(value)
    if name == "reason":
        return reason(str(value))
    return tr(str(value)) if name in OUR_WORDS else value
