"""Gathers our sentences from the code and brings the catalogues up to it: `make catalogues`.

A sentence that changed comes as a new one without a translation; what the code no longer says is
left out. Nothing is guessed: a test fails until somebody has translated what is new.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.locale.tongue import CATALOGUES, DOMAIN, LANGUAGES, SOURCE

ROOT = Path(__file__).parents[2]
TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE)
# What is called with a sentence of ours, and what its first arguments are.
_SENTENCE, _FORMS, _IN_CONTEXT = 1, 2, 3
KEYWORDS = {
    "tr": _SENTENCE,
    "trn": _FORMS,
    "trc": _IN_CONTEXT,
    "mark": _SENTENCE,
    "marks": _FORMS,
    "markc": _IN_CONTEXT,
    "phrase": _SENTENCE,
    "phrases": _FORMS,
    "linked": _SENTENCE,
    "RefusedError": _SENTENCE,
    "MisspokenError": _SENTENCE,
}
_HINT = "# For: "  # a comment above a sentence, for whoever translates it
_ROOMS = ("bot", "monitor")
_SPEAKS_ENGLISH = ("bench", "locale")  # folders of figures, and of ourselves
_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)  # always the same: nobody reads it, and files differ
_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence in the code: one form, or two of which a number decides."""

    said: tuple[str, ...]
    context: str | None = None
    hint: str = ""


def gathered() -> Catalog:
    """Return every sentence that the code marks as one for people, without translations."""
    found = Catalog(project=DOMAIN, version="", creation_date=_MADE_AT, fuzzy=False)
    for room in _ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            place = file.relative_to(ROOT)
            if not set(place.parts) & set(_SPEAKS_ENGLISH):
                for each in sentences(file.read_text("utf-8")):
                    _add(found, place.as_posix(), each)
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


def _add(found: Catalog, place: str, sentence: Sentence) -> None:
    said = sentence.said[0] if len(sentence.said) == 1 else sentence.said
    hints = [sentence.hint] if sentence.hint else []
    found.add(said, None, [(place, 0)], auto_comments=hints, context=sentence.context)


def sentences(code: str) -> Iterator[Sentence]:
    """Yield the sentences in a file, in the order in which they stand there."""
    lines = code.splitlines()
    nodes = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    for node in sorted(nodes, key=lambda each: (each.lineno, each.col_offset)):
        kind = KEYWORDS.get(_called(node.func))
        said = tuple(_literals(node.args[: 1 if kind == _SENTENCE else 2]))
        above = lines[node.lineno - 2].strip() if node.lineno > 1 else ""
        hint = above.removeprefix(_HINT) if above.startswith(_HINT) else ""
        if kind == _IN_CONTEXT and len(said) == _FORMS:
            yield Sentence(said=said[1:], context=said[0], hint=hint)
        elif kind in (_SENTENCE, _FORMS) and len(said) == kind:
            yield Sentence(said=said, hint=hint)


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literals(arguments: Sequence[ast.expr]) -> Iterator[str]:
    for each in arguments:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def main() -> None:
    """Bring every catalogue up to the code, and say what is left to do."""
    template = gathered()
    for language in TRANSLATED:
        print(f"{language}: {update(language, template)} to translate")  # noqa: T201 - a tool


if __name__ == "__main__":
    main()
