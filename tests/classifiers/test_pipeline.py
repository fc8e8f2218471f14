"""The shipped judge keeps the port's promise for whatever people post."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import pipeline
from classifiers.pipeline import Judge
from monitor.errors import ClassifierError
from monitor.model import Classification, Flag, Passage

SIX = ("en", "tr", "sk", "ar", "hy", "ru")
STRANGE = st.text(st.characters(exclude_categories=()), max_size=300)
FILES = (
    "config.cfg",
    "encoder/encoder.onnx",
    "encoder/pieces.model",
    "encoder/table.npz",
    "judge/rows.npz",
    "judge/thresholds.json",
    "judge/vectors.npz",
    "language/tongues.npz",
)


@pytest.fixture(params=["auto", "fast"])
def judge(request: pytest.FixtureRequest, shipped: Judge, shipped_fast: Judge) -> Judge:
    """Return the judge as the desk has it, then the one without the encoder."""
    return shipped if request.param == "auto" else shipped_fast


def judged(judge: Judge, text: str, hint: str | None = None) -> Classification:
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
def test_a_plain_complaint_is_flagged_in_each_language(
    judge: Judge, language: str, text: str
) -> None:
    found = judged(judge, text)

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
def test_a_plain_request_is_flagged_in_each_language(judge: Judge, text: str) -> None:
    found = judged(judge, text)

    assert Flag.REQUEST in found.flags


@pytest.mark.parametrize(
    "text",
    ["Thank you so much for the quick help!", "Teşekkürler, çok memnun kaldım, harika"],
)
def test_thanks_open_nothing(judge: Judge, text: str) -> None:
    found = judged(judge, text)

    assert not found.flagged


@pytest.mark.parametrize("text", ["", "😀", "https://example.org", "\ud83d\x00"])
def test_a_text_without_a_language_goes_to_review_with_a_probability(
    judge: Judge, text: str
) -> None:
    found = judged(judge, text)

    assert found.language == "und"
    assert found.flags == {Flag.REVIEW}
    assert found.complaint is not None
    assert found.request is not None
    assert 0 < found.complaint < 0.5
    assert 0 < found.request < 0.33


def test_a_language_that_was_not_taught_is_judged_and_goes_to_review_as_well(
    judge: Judge,
) -> None:
    found = judged(judge, "mein Paket ist noch nicht angekommen, warum?")

    assert found.language == "de"
    assert found.flags >= {Flag.REQUEST, Flag.REVIEW}
    assert found.request is not None
    assert found.request > 0.5


def test_a_harmless_post_in_a_language_that_was_not_taught_goes_to_review_alone(
    judge: Judge,
) -> None:
    found = judged(judge, "Schöne Grüße aus Wien, wir sind heute mit den Kindern im Prater")

    assert found.language == "de"
    assert found.flags == {Flag.REVIEW}
    assert found.request is not None
    assert found.request < 0.33


def test_the_scale_of_other_languages_is_the_one_of_all_together(
    judge: Judge, tmp_path: Path
) -> None:
    tier = judge.version.rpartition("/")[2]
    other = a_copy(tmp_path)
    scales = json.loads((other / "judge/thresholds.json").read_text(encoding="utf-8"))
    scales[tier]["any"]["request"]["offset"] -= 20
    rewrite(other / "judge/thresholds.json", json.dumps(scales).encode())

    moved = Judge(pipeline.spacy_pipeline(other, tier), "test", "test", tier)
    found = [judged(each, "mein Paket ist noch nicht da, warum?") for each in (judge, moved)]
    taught = [judged(each, "my parcel has not come yet, why?") for each in (judge, moved)]

    assert found[0].flags >= {Flag.REQUEST, Flag.REVIEW}
    assert Flag.REQUEST not in found[1].flags
    assert Flag.REVIEW in found[1].flags
    assert taught[0].request == taught[1].request


def test_reasons_are_words_of_the_text(judge: Judge) -> None:
    text = "🙂 The courier lost my parcel and support is useless"

    found = judged(judge, text)

    words = {text[span.start : span.end] for span in found.reasons}
    assert words
    assert words <= set(text.split())


def test_a_post_without_flags_has_no_reasons(judge: Judge) -> None:
    found = judged(judge, "Just landed in Oslo with my sister")

    assert found.flags == frozenset()
    assert found.reasons == ()


def test_answers_come_in_order_and_one_for_each(judge: Judge) -> None:
    passages = [Passage(text=f"order {'late ' * (n % 7)} number {n}") for n in range(300)]
    some = (0, 255, 256, 299)  # the ends of the batches

    found = list(judge.classify(passages))

    alone = [judged(judge, passages[n].text).complaint for n in some]
    assert len(found) == 300
    assert len(set(alone)) == len(some)
    assert [found[n].complaint for n in some] == pytest.approx(alone)


def test_nothing_asked_is_nothing_answered(judge: Judge) -> None:
    found = list(judge.classify([]))

    assert found == []


@given(STRANGE, st.none() | st.sampled_from(SIX) | st.text(max_size=5))
@settings(max_examples=80, deadline=None)
def test_any_text_gets_an_answer(shipped: Judge, text: str, hint: str | None) -> None:
    found = judged(shipped, text, hint)

    assert found.flags <= set(Flag)
    assert found.language in SIX or Flag.REVIEW in found.flags
    assert all(
        chance is not None and 0 <= chance <= 1 for chance in (found.complaint, found.request)
    )
    assert all(0 <= span.start < span.end <= len(text) for span in found.reasons)


@pytest.mark.parametrize("part", ["!", "a", "a.", "😀", "x@", "՞ա", "\n", "word "])
def test_a_very_long_text_is_answered(judge: Judge, part: str) -> None:
    found = judged(judge, part * (40_000 // len(part)))

    assert found.model == judge.version


def test_threads_may_share_the_judge(shipped: Judge) -> None:
    texts = [f"my parcel number {n} has not arrived, please help" for n in range(40)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: judged(shipped, text), texts))

    chances = [each.complaint for each in found]
    assert len(set(chances)) > 20
    assert chances == [judged(shipped, text).complaint for text in texts]


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


def test_asked_for_nothing_else_the_encoder_speaks(shipped: Judge, shipped_fast: Judge) -> None:
    text = "Third week and my parcel has not come"
    full = pipeline.load("full")

    assert shipped.version == full.version == f"{pipeline.version()}/full"
    assert judged(shipped, text) == judged(full, text)
    assert judged(full, text).model == full.version
    assert judged(full, text).complaint != judged(shipped_fast, text).complaint


def test_the_fast_tier_does_without_the_encoder(shipped_fast: Judge) -> None:
    found = judged(shipped_fast, "Third week and my parcel has not come")

    assert found.model == shipped_fast.version == f"{pipeline.version()}/fast"
    assert "encoder" not in shipped_fast._nlp.pipe_names


def test_an_unknown_tier_is_one_clear_line() -> None:
    with pytest.raises(ClassifierError, match="tier: expected auto, fast, full, got 'huge'"):
        pipeline.load("huge")


def test_a_missing_model_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match="no model here"):
        pipeline.load(model=tmp_path)


def a_copy(folder: Path) -> Path:
    """Return a model folder in `folder` whose files are links to the shipped ones."""
    for name in ("meta.json", *FILES):
        link = folder / "model" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(pipeline.MODEL / name)
    return folder / "model"


def rewrite(link: Path, content: bytes) -> None:
    """Put a file in the place of a link."""
    link.unlink()
    link.write_bytes(content)


def test_every_file_of_the_model_is_checked(tmp_path: Path) -> None:
    about = json.loads((pipeline.MODEL / "meta.json").read_text(encoding="utf-8"))

    assert set(about["mentiondesk"]["sha256"]) == set(FILES)
    assert pipeline.version(a_copy(tmp_path)) == pipeline.version()


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    copy = a_copy(tmp_path)
    rewrite(copy / name, (copy / name).read_bytes()[:-20])

    with pytest.raises(ClassifierError, match=f"{name}: missing or damaged"):
        pipeline.load(model=copy)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    copy = a_copy(tmp_path)
    (copy / name).unlink()

    with pytest.raises(ClassifierError, match=f"{name}: missing or damaged"):
        pipeline.load(model=copy)


@pytest.mark.parametrize("tier", ["auto", "fast"])
def test_a_damaged_encoder_is_refused_by_the_tier_that_does_without_it_too(
    tmp_path: Path, tier: str
) -> None:
    copy = a_copy(tmp_path)
    whole = (copy / "encoder/encoder.onnx").read_bytes()
    rewrite(copy / "encoder/encoder.onnx", whole[:-1] + bytes([whole[-1] ^ 1]))

    with pytest.raises(ClassifierError, match=r"encoder\.onnx: missing or damaged"):
        pipeline.load(tier, copy)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mentiondesk": {}}', "\x00"])
def test_a_broken_description_is_one_clear_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "meta.json").write_text(text)

    with pytest.raises(ClassifierError, match=r"meta\.json: cannot be read"):
        pipeline.load(model=tmp_path)


def test_plain_spacy_loads_the_model_without_knowing_us(tmp_path: Path) -> None:
    program = f"import spacy; print(spacy.load({str(pipeline.MODEL)!r})('where is it?')._.language)"

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "en\n"
