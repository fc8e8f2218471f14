"""`classify --jsonl`, the real process: an answer for each line, whatever the lines hold."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.bot.cli.running import environment

BOUND = 120  # seconds for all the lines of a test: a guard against endless ones, not a figure
SIX = {"en", "tr", "sk", "ar", "hy", "ru"}
Answer = dict[str, Any]
KEYS = {
    *("id", "language", "complaint", "request", "flags", "praise", "churn_risk", "urgency"),
    *("topic", "why", "model"),
}


def line(text: str, **more: object) -> bytes:
    return json.dumps({"text": text, **more}).encode()


def answered(
    lines: Sequence[bytes], end: bytes = b"\n", tier: str = "fast"
) -> tuple[int, list[Answer]]:
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


IDS = [None, True, 0, -7, 10**300, 1.5, "", "š", [1, [2]], {"a": {"b": None}}]
CLAIMS = ["", "x" * 10_000, 5, None, ["sk"], {"a": 1}, "zz-ZZ", "\x00", "sk\n", "\ud800"]
MANY = 3_000  # lines: more than a batch
GOOD_LINES = {  # each has an answer; they are asked in one go, in this order
    "a byte order mark": [b"\xef\xbb\xbf" + line("where is it", id="marked")],
    "every text": [line(text, id=name) for name, text in EVERY.items()],
    "surrogates": [
        b'{"text": "lost \\ud83d parcel", "id": "\\ud83d"}',
        b'{"text": "\\udc00\\ud800", "id": 2}',
        b'{"text": "where is it \\ud83d\\ude21", "id": 3}',
    ],
    "duplicate keys": [b'{"text": 1, "id": 1, "text": "where is it", "id": 2}'],
    "ids": [line("ok", id=each) for each in IDS],
    "claims": [line("where is my parcel, it never came", lang=each) for each in CLAIMS],
    "ends of Windows": [line("a", id="a") + b"\r", line("b", id="b") + b"\r"],
    "more than a batch": [line("a", id=number) for number in range(MANY)],
    "ten million characters": [line("lost parcel " * 850_000, id=1), line("ok", id=2)],
    "no newline at the end": [line("where is it", id="last")],
}


def by_group(
    groups: Mapping[str, Sequence[bytes]], found: Iterable[Answer]
) -> dict[str, list[Answer]]:
    """Return the answers to each group of lines, by its name."""
    answers = iter(found)
    return {name: list(islice(answers, len(lines))) for name, lines in groups.items()}


@pytest.fixture(scope="module")
def good() -> dict[str, list[Answer]]:
    """Return the answers to all GOOD_LINES, from one process, by the names of the groups."""
    code, found = answered([each for group in GOOD_LINES.values() for each in group], end=b"")

    assert code == 0
    assert len(found) == sum(map(len, GOOD_LINES.values()))
    return by_group(GOOD_LINES, found)


@pytest.fixture(scope="module")
def with_encoder() -> list[Answer]:
    """Return the answers to all texts, from one process that has the encoder."""
    code, found = answered(GOOD_LINES["every text"], tier="auto")

    assert code == 0
    return found


@pytest.fixture(params=["auto", "fast"])
def texts(
    request: pytest.FixtureRequest, with_encoder: list[Answer], good: dict[str, list[Answer]]
) -> dict[str, Answer]:
    """Return the answers of each tier to all texts, by their names."""
    found = with_encoder if request.param == "auto" else good["every text"]

    assert [each["id"] for each in found] == list(EVERY)
    return {each["id"]: each for each in found}


@pytest.mark.parametrize("name", EVERY)
def test_every_text_has_a_whole_answer(texts: dict[str, Answer], name: str) -> None:
    found = texts[name]

    assert set(found) == KEYS
    assert set(found["flags"]) <= {"complaint", "request", "review"}
    for chance in (found["complaint"], found["request"]):
        assert 0.0 <= chance <= 1.0
    assert all(isinstance(word, str) and 0 < len(word) <= 100 for word in found["why"])


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_in_no_known_language_goes_to_review(texts: dict[str, Answer], name: str) -> None:
    found = texts[name]

    assert found["language"] in SIX or "review" in found["flags"]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_other_languages_go_to_review_whatever_they_say(
    texts: dict[str, Answer], name: str
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


BLANKS = [b"", b"   ", b"\t\r", line("ok", id="after blanks"), b"", b"bad"]


@pytest.fixture(scope="module")
def refused() -> list[Answer]:
    """Return the answers to BLANKS and then all BAD_LINES, good lines between them."""
    lines = [each for bad in BAD_LINES.values() for each in (bad, line("ok", id="good"))]
    code, found = answered([*BLANKS, *lines])

    assert code == 3
    return found


@pytest.fixture(scope="module")
def refusals(refused: list[Answer]) -> dict[str, Answer]:
    """Return the answers to all BAD_LINES, by their names."""
    found = refused[2:]  # two lines of BLANKS are not blank

    assert [each.get("id") for each in found[1::2]] == ["good"] * len(BAD_LINES)
    return dict(zip(BAD_LINES, found[::2], strict=True))


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_line_that_asks_nothing_is_told_in_its_place(
    refusals: dict[str, Answer], name: str
) -> None:
    found = refusals[name]

    assert set(found) == {"error", "line", "id"}
    assert found["line"] == len(BLANKS) + 1 + 2 * list(BAD_LINES).index(name)
    assert found["error"].startswith("expected ")


def test_blank_lines_are_passed_over_and_counted(refused: list[Answer]) -> None:
    first, second = refused[:2]

    assert (first["id"], set(first)) == ("after blanks", KEYS)
    assert second["line"] == 6


def test_half_a_surrogate_pair_in_an_escape_is_answered_and_comes_back_as_it_was(
    good: dict[str, list[Answer]],
) -> None:
    found = good["surrogates"]

    assert [each["id"] for each in found] == ["\ud83d", 2, 3]


def test_the_last_of_duplicate_keys_counts(good: dict[str, list[Answer]]) -> None:
    (found,) = good["duplicate keys"]

    assert (found["id"], found["language"]) == (2, "en")


def test_ids_of_any_kind_come_back_as_they_were(good: dict[str, list[Answer]]) -> None:
    found = good["ids"]

    assert [each["id"] for each in found] == IDS


def test_a_strange_claim_of_a_language_does_no_harm(good: dict[str, list[Answer]]) -> None:
    found = good["claims"]

    assert [each["language"] for each in found] == ["en"] * len(CLAIMS)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        pytest.param("a byte order mark", ["marked"], id="a byte order mark"),
        pytest.param("ends of Windows", ["a", "b"], id="ends of Windows"),
        pytest.param("more than a batch", list(range(MANY)), id="more than a batch"),
        pytest.param("ten million characters", [1, 2], id="ten million characters in a line"),
        pytest.param("no newline at the end", ["last"], id="no newline at the end"),
    ],
)
def test_each_line_has_its_answer_in_order(
    good: dict[str, list[Answer]], name: str, ids: list[object]
) -> None:
    found = good[name]

    assert [each["id"] for each in found] == ids
    assert all(set(each) == KEYS for each in found)


@pytest.mark.parametrize("end", [pytest.param(b"", id="nothing"), pytest.param(b"\n", id="blank")])
def test_an_input_without_a_line_is_no_error_and_has_no_answer(end: bytes) -> None:
    code, found = answered([], end)

    assert (code, found) == (0, [])


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
