"""Our own words in the reader's language: gettext catalogues, read through Babel.

Whoever draws for a reader does so inside `speaking(language)`; what is drawn there asks `tr` and
`trn` for its words. English is what stands in the code, and where a catalogue has no word.
"""

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "tr", "sk", "ar", "hy", "ru")
RIGHT_TO_LEFT = frozenset({"ar"})
SOURCE = "en"  # the language in which the code is written
CATALOGUES = Path(__file__).parent
DOMAIN = "mentiondesk"
_GROUPED = 1_000  # smaller numbers look alike in all six: CLDR gives none of them digits of its own
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let our words be those of `language` inside the block; of an unknown one, English."""
    token = _spoken.set(language if language in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """Return the language that is spoken now, ISO 639-1."""
    return _spoken.get() or SOURCE


def reader() -> str | None:
    """Return the language of the reader for whom something is drawn now; None outside of that."""
    return _spoken.get()


def tr(message: str, /, **values: object) -> str:
    """Return a message in the language spoken now, its `{names}` filled in."""
    return _filled(catalogue(spoken()).gettext(message) if message else "", values)


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a message that fits `count`, which stands in it as `{count}`."""
    found = catalogue(spoken()).ngettext(one, many, count)
    return _filled(found, {"count": digits(count), **values})


def trc(context: str, message: str, /, **values: object) -> str:
    """Return a message that means something else elsewhere: `context` says what it means here."""
    return _filled(catalogue(spoken()).pgettext(context, message), values)


def mark(message: str) -> str:
    """Return `message` as it is; it is gathered for the catalogues, and `tr` is asked later."""
    return message


def marks(one: str, many: str) -> tuple[str, str]:
    """Return both forms as they are; they are gathered for the catalogues, and asked for later."""
    return one, many


def markc(_context: str, message: str) -> str:
    """Return `message` as it is; it is gathered with its context, and `trc` is asked later."""
    return message


def digits(number: float) -> str:
    """Return a number as the language spoken now writes it."""
    if isinstance(number, int) and 0 <= number < _GROUPED:
        return str(number)
    from babel.numbers import format_decimal

    return str(format_decimal(number, locale=spoken(), numbering_system="default"))


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the words of a language; those of English are the code's own."""
    path = CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if language == SOURCE or not path.is_file():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _filled(message: str, values: dict[str, object]) -> str:
    return message.format_map(values) if values else message
