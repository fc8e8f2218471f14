"""Every sentence that a person may read is there in each language, whole, and none is unmarked."""

import ast
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from bot.chat.commands import USAGES
from bot.locale.catalogues import ROOT, TRANSLATED, forms, gathered, kept, sentences, untranslated

CHAT = tuple(sorted((ROOT / "bot" / "chat").glob("*.py")))
MONITOR = tuple(sorted((ROOT / "monitor").rglob("*.py")))
NAMES = re.compile(r"\{(\w+)\}")
COMMANDS = re.compile(r"(?<![\w/])/[a-z]+")
A_WORD = re.compile(r"[^\W\d_]{2}")
ONE_NUMBER = {"ar": (0, 1, 2)}  # forms that fit a single number: they may say it in words
SAID = frozenset({"words", "say", "Button"})  # what takes a text that is shown as it is
SHOWN_AS_IT_IS = frozenset({"DEMO ", "🔎 DEMO ", " · DEMO"})


@cache
def template() -> Catalog:
    return gathered()


@cache
def catalogue(language: str) -> Catalog:
    return kept(language)


def said(found: Catalog) -> set[tuple[str | None, str]]:
    return {(each.context, first(each)) for each in found if each.id}


def first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def translated(language: str) -> Iterator[tuple[str, int, str]]:
    """Yield each sentence (of several, the plural), the number of a form, and the form."""
    for message in catalogue(language):
        if message.id:
            english = message.id if isinstance(message.id, str) else message.id[-1]
            yield from ((english, form, told) for form, told in enumerate(forms(message)))


def signs(text: str) -> list[str]:
    """Return the pictures in a text; an arrow points the way in which its language is read."""
    turned = text.replace("◂", "▸")
    return sorted(char for char in turned if unicodedata.category(char) == "So")


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            yield name if isinstance(name, str) else getattr(name, "id", ""), node


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_catalogue_holds_what_the_code_says_and_nothing_else(language: str) -> None:
    held = said(catalogue(language))

    assert held == said(template()), "run `make catalogues`, and translate what is new"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_none_is_guessed(language: str) -> None:
    left = [first(each) for each in untranslated(catalogue(language))]
    guessed = [first(each) for each in catalogue(language) if each.id and each.fuzzy]

    assert not left
    assert not guessed


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_sentence_about_a_number_has_a_form_for_each_kind_of_number(language: str) -> None:
    expected = catalogue(language).num_plurals

    wrong = [
        first(each)
        for each in catalogue(language)
        if each.id and not isinstance(each.id, str) and len(forms(each)) != expected
    ]

    assert not wrong


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_names_in_braces(language: str) -> None:
    lost = []
    for message, form, told in translated(language):
        wanted, has = set(NAMES.findall(message)), set(NAMES.findall(told))
        if form in ONE_NUMBER.get(language, ()):
            wanted, has = wanted - {"count"}, has - {"count"}
        if wanted != has or told.count("{") != len(NAMES.findall(told)):
            lost.append((message, told))

    assert not lost


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_brackets_commands_and_signs(language: str) -> None:
    lost = [
        (message, told)
        for message, _, told in translated(language)
        if message.count("[") != told.count("[")
        or message.count("]") != told.count("]")
        or set(COMMANDS.findall(message)) != set(COMMANDS.findall(told))
        or signs(message) != signs(told)
    ]

    assert not lost


def test_every_command_is_described_in_the_catalogues() -> None:
    known = {message for _, message in said(template())}

    assert {usage.does for usage in USAGES.values()} <= known
    assert {usage.written for usage in USAGES.values()} <= known


@pytest.mark.parametrize("file", CHAT, ids=lambda file: file.stem)
def test_no_chat_shows_words_past_the_catalogues(file: Path) -> None:
    bare = [
        (node.lineno, part.value)
        for name, node in calls(file)
        if name in SAID
        for argument in node.args[:2]
        for part in ([argument] if isinstance(argument, ast.Constant) else _pieces(argument))
        if isinstance(part.value, str)
        and A_WORD.search(part.value)
        and part.value not in SHOWN_AS_IT_IS
    ]

    assert not bare


@pytest.mark.parametrize(
    "file", [*CHAT, *MONITOR], ids=lambda file: f"{file.parent.name}/{file.stem}"
)
def test_refusals_are_templates_that_can_be_translated(file: Path) -> None:
    filled = [
        node.lineno
        for name, node in calls(file)
        if name in {"RefusedError", "MisspokenError", "tr", "trn", "phrase", "phrases", "mark"}
        and any(isinstance(argument, ast.JoinedStr) for argument in node.args)
    ]

    assert not filled


def _pieces(argument: ast.expr) -> list[ast.Constant]:
    """Return the literal pieces of a formatted string; of anything else none."""
    if not isinstance(argument, ast.JoinedStr):
        return []
    return [piece for piece in argument.values if isinstance(piece, ast.Constant)]


def test_a_sentence_within_another_is_gathered_too() -> None:
    code = 'phrase("{who} has it", who=name(tr("Somebody here")))\n# For: a hint\nmarkc("a", "b")\n'

    found = list(sentences(code))

    assert [(each.said, each.context, each.hint) for each in found] == [
        (("{who} has it",), None, ""),
        (("Somebody here",), None, ""),
        (("b",), "a", "a hint"),
    ]
