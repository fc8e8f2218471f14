"""The shipped judge keeps the port's promise for whatever people post."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import pipeline
from monitor.errors import ClassifierError
from monitor.model import Classification, Flag, Passage
from monitor.ports import Classifier

JUDGE = pipeline.load()
SIX = ("en", "tr", "sk", "ar", "hy", "ru")
STRANGE = st.text(st.characters(exclude_categories=()), max_size=300)


def judged(text: str, hint: str | None = None, judge: Classifier = JUDGE) -> Classification:
    return next(judge.classify([Passage(text=text, language_hint=hint)]))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        pytest.param("en", "Third week and the courier still lost my parcel, useless", id="en"),
        pytest.param("tr", "Üç haftadır kargo gelmedi, rezalet bir firma", id="tr"),
        pytest.param("sk", "Tretí týždeň a balík stále neprišiel, hrozné", id="sk"),
        pytest.param("ar", "ثلاثة أسابيع والطلب لم يصل، خدمة سيئة", id="ar"),
        pytest.param("hy", "Երեք շաբաթ է ծանրոցը չի հասել, վատ սպասարկում", id="hy"),
        pytest.param("ru", "Третью неделю не могут доставить посылку, ужас", id="ru"),
    ],
)
def test_a_plain_complaint_is_flagged_in_each_language(language: str, text: str) -> None:
    found = judged(text)

    assert found.language == language
    assert Flag.COMPLAINT in found.flags


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Could you please tell me how I can change my address?", id="en"),
        pytest.param("Adresimi nasıl değiştirebilirim, yardımcı olur musunuz?", id="tr"),
        pytest.param("Dobrý deň, ako si môžem zmeniť adresu?", id="sk"),
        pytest.param("كيف أغير عنواني من فضلك؟", id="ar"),
        pytest.param("Ինչպե՞ս կարող եմ փոխել հասցեն, խնդրում եմ օգնեք", id="hy"),
        pytest.param("Подскажите, пожалуйста, как поменять адрес?", id="ru"),
    ],
)
def test_a_plain_request_is_flagged_in_each_language(text: str) -> None:
    found = judged(text)

    assert Flag.REQUEST in found.flags


@pytest.mark.parametrize(
    "text",
    ["Thank you so much for the quick help!", "Teşekkürler, çok memnun kaldım, harika"],
)
def test_thanks_open_nothing(text: str) -> None:
    found = judged(text)

    assert not found.flagged


@pytest.mark.parametrize(
    "text",
    ["", "😀", "https://example.org", "mein Paket ist noch nicht angekommen, warum?", "\ud83d\x00"],
)
def test_what_it_was_not_taught_goes_to_review_without_a_probability(text: str) -> None:
    found = judged(text)

    assert found.flags == {Flag.REVIEW}
    assert (found.complaint, found.request) == (None, None)


def test_reasons_are_words_of_the_text() -> None:
    text = "🙂 The courier lost my parcel and support is useless"

    found = judged(text)

    words = {text[span.start : span.end] for span in found.reasons}
    assert words
    assert words <= set(text.split())


def test_a_post_without_flags_has_no_reasons() -> None:
    found = judged("Just landed in Oslo with my sister")

    assert found.flags == frozenset()
    assert found.reasons == ()


def test_answers_come_in_order_and_one_for_each() -> None:
    passages = [Passage(text=f"order {'late ' * (n % 7)} number {n}") for n in range(600)]

    found = list(JUDGE.classify(passages))

    alone = [judged(passages[n].text) for n in (0, 255, 256, 599)]
    assert len(found) == 600
    assert [found[n].complaint for n in (0, 255, 256, 599)] == pytest.approx(
        [each.complaint for each in alone]
    )


def test_nothing_asked_is_nothing_answered() -> None:
    found = list(JUDGE.classify([]))

    assert found == []


@given(STRANGE, st.none() | st.sampled_from(SIX) | st.text(max_size=5))
@settings(max_examples=80, deadline=None)
def test_any_text_gets_an_answer(text: str, hint: str | None) -> None:
    found = judged(text, hint)

    assert found.flags <= set(Flag)
    assert all(0 <= span.start < span.end <= len(text) for span in found.reasons)


@pytest.mark.parametrize("part", ["!", "a", "a.", "😀", "x@", "՞ա", "\n", "word "])
def test_a_very_long_text_is_answered(part: str) -> None:
    found = judged(part * (40_000 // len(part)))

    assert found.model == JUDGE.version


def test_threads_may_share_the_judge() -> None:
    texts = [f"my parcel number {n} has not arrived, please help" for n in range(40)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(judged, texts))

    assert [each.complaint for each in found] == [judged(text).complaint for text in texts]


def test_the_vocabulary_stops_growing_with_the_posts() -> None:
    judge = pipeline.load("fast")
    known = judge._nlp.vocab.strings

    grown = []
    for batch in range(6):
        words = (f"brandnewword{batch}x{number}" for number in range(10_000))
        posts = (" ".join(islice(words, 200)) for _ in range(50))
        list(judge.classify(Passage(text=post) for post in posts))
        grown.append(len(known))

    assert grown[2] - grown[0] > 15_000
    assert grown[5] == grown[4] == grown[3] < 60_000


def test_a_batch_of_very_many_words_adds_none_to_the_vocabulary() -> None:
    judge = pipeline.load("fast")
    before = len(judge._nlp.vocab.strings)

    list(judge.classify([Passage(text=" ".join(f"w{n}" for n in range(4_000)))] * 20))

    assert len(judge._nlp.vocab.strings) < before + 50


@pytest.mark.parametrize("tier", ["auto", "fast", "full"])
def test_each_tier_is_spoken_for_by_the_one_there_is(tier: str) -> None:
    judge = pipeline.load(tier)

    assert judge.version.endswith("/fast")


def test_an_unknown_tier_is_one_clear_line() -> None:
    with pytest.raises(ClassifierError, match="tier: expected auto, fast, full, got 'huge'"):
        pipeline.load("huge")


def test_a_missing_model_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match="no model here"):
        pipeline.load(model=tmp_path)


@pytest.mark.parametrize("name", ["head/weights.npz", "head/thresholds.json", "config.cfg"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    copy = tmp_path / "model"
    shutil.copytree(pipeline.MODEL, copy)
    damaged = copy / name
    damaged.write_bytes(damaged.read_bytes()[:-20])

    with pytest.raises(ClassifierError, match=f"{name}: missing or damaged"):
        pipeline.load(model=copy)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mentiondesk": {}}', "\x00"])
def test_a_broken_description_is_one_clear_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "meta.json").write_text(text)

    with pytest.raises(ClassifierError, match=r"meta\.json: cannot be read"):
        pipeline.load(model=tmp_path)
