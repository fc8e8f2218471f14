"""How long a reply is, as Mastodon counts.

Source: Mastodon, app/validators/status_length_validator.rb: a link counts 23, the server's name in
a mention nothing, anything else by what a reader takes for one character.
"""

from regex import compile as regex

USUAL_LIMIT = 500  # characters, where a server does not say
LINK = 23
_LINK = regex(r"https?://[^\s<>\"]*[^\s<>\".,;:!?')\]]")
_MENTION = regex(r"(?<![/\w])(@\w+(?:[.-]+\w+)*)@[\w.-]*\w(?::\d+)?")
_CHARACTER = regex(r"\X")


def length(text: str) -> int:
    """Return what `text` comes to."""
    short = _MENTION.sub(r"\1", _LINK.sub("x" * LINK, text))
    return len(_CHARACTER.findall(short))
