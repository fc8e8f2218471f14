"""Gathers our sentences from the code and brings the catalogues up to it: `make catalogues`.

A sentence that changed comes as a new one without a translation; what the code no longer says is
left out. Nothing is guessed: a test fails until somebody has translated what is new.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.locale.tongue import CATALOGUES, DOMAIN, LANGUAGES, SOURCE

ROOT = Path(__file__).parents[2]
TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE)
# What is called with a sentence of ours: which argument it is, the second one for several of it.
KEYWORDS = {
    "tr": None,
    "trn": (1, 2),
    "trc": ((1, "c"), 2),
    "mark": None,
    "marks": (1, 2),
    "markc": ((1, "c"), 2),
    "phrase": None,
    "phrases": (1, 2),
    "linked": None,
    "RefusedError": None,
    "MisspokenError": None,
}
_ROOMS = ("bot", "monitor")
_SPEAKS_ENGLISH = ("bench", "locale")  # folders of figures, and of ourselves
_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)  # always the same: nobody reads it, and files differ
_WIDTH = 100


def gathered() -> Catalog:
    """Return every sentence that the code marks as one for people, without translations."""
    found = Catalog(project=DOMAIN, version="", creation_date=_MADE_AT, fuzzy=False)
    for file, message, comments, context in sorted(_sentences(), key=lambda each: each[0]):
        found.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return found


def kept(language: str) -> Catalog:
    """Return the catalogue of a language as it stands; one that nobody began is empty."""
    path = path_of(language)
    if not path.is_file():
        return Catalog(locale=language, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def path_of(language: str) -> Path:
    """Return where the catalogue of a language is."""
    return CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def update(language: str, template: Catalog) -> int:
    """Bring a catalogue up to `template`; return how many sentences have no translation in it."""
    catalogue = kept(language)
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=True)
    catalogue.obsolete.clear()
    catalogue.revision_date = catalogue.creation_date = _MADE_AT
    catalogue.header_comment = f"# mentiondesk: {Locale(language).english_name}"
    catalogue.last_translator = catalogue.language_team = catalogue.project = DOMAIN
    catalogue.version = catalogue.msgid_bugs_address = ""
    catalogue.fuzzy = False
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=_WIDTH, include_lineno=False, ignore_obsolete=True)
    return len(untranslated(catalogue))


def untranslated(catalogue: Catalog) -> list[Message]:
    """Return the sentences of a catalogue of which a form, or all, has no translation."""
    return [each for each in catalogue if each.id and not all(forms(each))]


def forms(message: Message) -> tuple[str, ...]:
    """Return the translations of a message: one, or one for each kind of number."""
    told = message.string or ""
    return (told,) if isinstance(told, str) else tuple(told)


def _sentences() -> Iterator[tuple[str, str | tuple[str, ...], list[str], str | None]]:
    for room in _ROOMS:
        found = extract_from_dir(
            ROOT / room, method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=("For:",)
        )
        for file, _line, message, comments, context in found:
            if not set(Path(file).parts) & set(_SPEAKS_ENGLISH):
                yield f"{room}/{file}", message, comments, context


def main() -> None:
    """Bring every catalogue up to the code, and say what is left to do."""
    template = gathered()
    for language in TRANSLATED:
        print(f"{language}: {update(language, template)} to translate")  # noqa: T201 - a tool


if __name__ == "__main__":
    main()
