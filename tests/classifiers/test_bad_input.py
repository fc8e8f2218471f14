"""`classify --jsonl`, the real process: an answer for each line, whatever the lines hold."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.bot.cli.running import environment

BOUND = 120  # seconds for all the lines of a test: a guard against endless ones, not a figure
SIX = {"en", "tr", "sk", "ar", "hy", "ru"}
KEYS = {
    *("id", "language", "complaint", "request", "flags", "praise", "churn_risk", "urgency"),
    *("topic", "why", "model"),
}


def line(text: str, **more: object) -> bytes:
    return json.dumps({"text": text, **more}).encode()


def answered(
    lines: Sequence[bytes], end: bytes = b"\n", tier: str = "fast"
) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code and the answers of a process that was given `lines`."""
    outcome = subprocess.run(
        [sys.executable, "-m", "bot", "classify", "--jsonl", "--tier", tier],
        input=b"\n".join(lines) + end,
        env=environment(),
        capture_output=True,
        timeout=BOUND,
        check=False,
    )
    assert b"Traceback" not in outcome.stderr
    return outcome.returncode, [json.loads(each) for each in outcome.stdout.splitlines()]


TEXTS = {
    "empty": "",
    "white space": " \t\r\n\u00a0\u2028",
    "one emoji": "😡",
    "emoji joined": "👩‍👩‍👧‍👦" * 500,
    "flags and skin": "🇸🇰🇹🇷👍🏽" * 300,
    "one letter": "a",
    "one sign": "?",
    "40,000 characters": "where is my parcel? " * 2_000,
    "one word of 40,000 letters": "a" * 40_000,
    "40,000 different letters in a row": "".join(chr(0x4E00 + n % 20_000) for n in range(40_000)),
    "40,000 exclamation marks": "!" * 40_000,
    "40,000 blanks": " " * 40_000,
    "40,000 line ends": "\n" * 40_000,
    "40,000 handles": "@a " * 13_333,
    "40,000 combining marks": "a" + "\u0301" * 40_000,
    "marks on every letter": "z\u0335\u0322\u034a\u0353a\u0336\u031bl\u0337\u0489g\u0338o" * 400,
    "zero-width runs": "par\u200bcel\u200c\u200d\ufeff" + "\u200b" * 5_000 + "lost",
    "right-to-left overrides": "\u202eparcel\u202c \u2066lost\u2069 \u202d\u202e\u202e\u202e",
    "isolates never closed": "\u2067" * 2_000 + "where is it",
    "only links": "https://a.example/x http://b.example/?q=1&r=2 www.c.example",
    "a link without end": "https://" + "a" * 20_000,
    "a mail address without end": "a@" + "b." * 10_000,
    "mixed scripts": "мой parcel չի հասել أين الطلب 荷物 שלום 😡",
    "NUL": "where\x00is\x00my\x00parcel",
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "not characters": "\ufffe\uffff\U0001ffff\U0010ffff",
    "private use": "\ue000\uf8ff\U000f0000 lost",
    "full width": "ＷＨＥＲＥ　ＩＳ　ＭＹ　ＰＡＲＣＥＬ",
    "mathematical": "𝖜𝖍𝖊𝖗𝖊 𝖎𝖘 𝖒𝖞 𝖕𝖆𝖗𝖈𝖊𝖑",
    "ligatures that unfold": "ﷺ" * 5_000,
    "what looks like pieces": "<s> </s> <unk> <pad> ▁▁▁ <mask>",
    "what looks like JSON": '{"text": "where is my parcel"}',
    "what looks like markup": "<b>where</b> &amp; <script>alert(1)</script> '; DROP TABLE post;--",
    "Persian and Arabic digits": "۱۲۳۴۵۶۷۸۹۰ ١٢٣٤٥٦٧٨٩٠",
    "Armenian signs alone": "՞՜՛։՝",
    "soft hyphens": "pa\u00adr\u00adcel lo\u00adst" * 100,
    "tatweel": "أيـــــــــــن الطــــــــــلب" * 100,
}


ELSEWHERE = {
    "Japanese": "荷物がまだ届きません、返金してください",
    "Greek": "το δέμα μου δεν έφτασε ποτέ, ντροπή",
    "Hebrew": "החבילה שלי לא הגיעה",
    "Hindi": "मेरा पार्सल अभी तक नहीं आया",
    "Georgian": "ჩემი ამანათი არ მოვიდა",
    "Korean": "나의 소포가 아직 도착하지 않았습니다",
    "Cherokee": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ",
    "none": "qwrtz psdfg xcvbn",
}
EVERY = {**TEXTS, **ELSEWHERE}


@pytest.fixture(scope="module", params=["auto", "fast"])
def texts(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """Return the answers to all texts, from one process for each tier, by their names."""
    lines = [line(text, id=name) for name, text in EVERY.items()]
    code, found = answered(lines, tier=request.param)

    assert code == 0
    assert [each["id"] for each in found] == list(EVERY)
    return {each["id"]: each for each in found}


@pytest.mark.parametrize("name", EVERY)
def test_every_text_has_a_whole_answer(texts: dict[str, dict[str, Any]], name: str) -> None:
    found = texts[name]

    assert set(found) == KEYS
    assert set(found["flags"]) <= {"complaint", "request", "review"}
    for chance in (found["complaint"], found["request"]):
        assert chance is None or 0.0 <= chance <= 1.0
    assert all(isinstance(word, str) and 0 < len(word) <= 100 for word in found["why"])


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_in_no_known_language_goes_to_review(
    texts: dict[str, dict[str, Any]], name: str
) -> None:
    found = texts[name]

    assert found["language"] in SIX or "review" in found["flags"]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_other_languages_go_to_review_whatever_they_say(
    texts: dict[str, dict[str, Any]], name: str
) -> None:
    found = texts[name]

    assert found["language"] not in SIX
    assert "review" in found["flags"]


BAD_LINES = {
    "words": b"no json",
    "half an object": b'{"text": "where',
    "two objects": b'{"text": "a"} {"text": "b"}',
    "an array": b'["text"]',
    "a number": b"42",
    "a string": b'"text"',
    "null": b"null",
    "true": b"true",
    "no text": b"{}",
    "text that is null": b'{"text": null}',
    "text that is a number": b'{"text": 7}',
    "text that is a list": b'{"text": ["a"]}',
    "broken UTF-8": b'{"text": "\xff\xfe\xc3"}',
    "half a character": '{"text": "balík"}'.encode()[:14],
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "an encoded surrogate": b'{"text": "\xed\xa0\xbd"}',
    "a NUL between": b'{"text": "a"\x00}',
    "a bare control": b'{"text": "a\x01b"}',
    "10,000 brackets": b"[" * 10_000 + b"]" * 10_000,
    "10,000 braces": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "brackets beside a text": b'{"text": "a", "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "not a number": b'{"text": NaN}',
    "beyond any number": b'{"text": "a", "id": 1e999}',
    "more digits than are read": b'{"text": "a", "id": ' + b"9" * 10_000 + b"}",
    "a huge number as the text": b'{"text": 1e308}',
}


@pytest.fixture(scope="module")
def refusals() -> dict[str, dict[str, Any]]:
    """Return the answers to all BAD_LINES, good lines between them, by their names."""
    lines = [each for bad in BAD_LINES.values() for each in (bad, line("ok", id="good"))]
    code, found = answered(lines)

    assert code == 3
    assert [each.get("id") for each in found[1::2]] == ["good"] * len(BAD_LINES)
    return dict(zip(BAD_LINES, found[::2], strict=True))


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_line_that_asks_nothing_is_told_in_its_place(
    refusals: dict[str, dict[str, Any]], name: str
) -> None:
    found = refusals[name]

    assert set(found) == {"error", "line", "id"}
    assert found["line"] == 1 + 2 * list(BAD_LINES).index(name)
    assert found["error"].startswith("expected ")


def test_half_a_surrogate_pair_in_an_escape_is_answered_and_comes_back_as_it_was() -> None:
    lines = [
        b'{"text": "lost \\ud83d parcel", "id": "\\ud83d"}',
        b'{"text": "\\udc00\\ud800", "id": 2}',
        b'{"text": "where is it \\ud83d\\ude21", "id": 3}',
    ]

    code, found = answered(lines)

    assert code == 0
    assert [each["id"] for each in found] == ["\ud83d", 2, 3]


def test_the_last_of_duplicate_keys_counts() -> None:
    code, (found,) = answered([b'{"text": 1, "id": 1, "text": "where is it", "id": 2}'])

    assert (code, found["id"]) == (0, 2)


def test_ids_of_any_kind_come_back_as_they_were() -> None:
    ids = [None, True, 0, -7, 10**300, 1.5, "", "š", [1, [2]], {"a": {"b": None}}]

    code, found = answered([line("ok", id=each) for each in ids])

    assert code == 0
    assert [each["id"] for each in found] == ids


def test_a_strange_claim_of_a_language_does_no_harm() -> None:
    claims = ["", "x" * 10_000, 5, None, ["sk"], {"a": 1}, "zz-ZZ", "\x00", "sk\n", "\ud800"]

    code, found = answered([line("where is my parcel, it never came", lang=one) for one in claims])

    assert (code, [each["language"] for each in found]) == (0, ["en"] * len(claims))


def test_blank_lines_are_passed_over_and_counted() -> None:
    code, found = answered([b"", b"   ", b"\t\r", line("ok"), b"", b"bad"])

    assert code == 3
    assert len(found) == 2
    assert found[1]["line"] == 6


@pytest.mark.parametrize(
    ("lines", "end", "answers"),
    [
        pytest.param([], b"", 0, id="nothing at all"),
        pytest.param([], b"\n", 0, id="one empty line"),
        pytest.param([line("where is it")], b"", 1, id="no newline at the end"),
        pytest.param([b"\xef\xbb\xbf" + line("where is it")], b"\n", 1, id="a byte order mark"),
        pytest.param([line("a") + b"\r", line("b") + b"\r"], b"\n", 2, id="ends of Windows"),
        pytest.param([line("a")] * 3_000, b"\n", 3_000, id="more than a batch"),
    ],
)
def test_the_end_of_the_input_is_the_end_of_the_answers(
    lines: Sequence[bytes], end: bytes, answers: int
) -> None:
    code, found = answered(lines, end)

    assert (code, len(found)) == (0, answers)


def test_a_line_of_ten_million_characters_is_answered() -> None:
    code, found = answered([line("lost parcel " * 850_000, id=1), line("ok", id=2)])

    assert (code, [each["id"] for each in found]) == (0, [1, 2])


def test_a_reader_who_leaves_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes((line("where is my parcel") + b"\n") * 5_000)
    with (
        (tmp_path / "lines").open("rb") as lines,
        subprocess.Popen(
            [sys.executable, "-m", "bot", "classify", "--jsonl", "--tier", "fast"],
            stdin=lines,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as process,
    ):
        assert process.stdout
        assert process.stderr
        first = json.loads(process.stdout.readline())
        process.stdout.close()
        words = process.stderr.read()

        assert process.wait(timeout=BOUND) == 0
    assert first["language"] == "en"
    assert words == b""
