"""Pieces: one span for each number, the frame apart; long texts keep their head and tail."""

import pytest
from hypothesis import given, settings
from sentencepiece import SentencePieceProcessor

from classifiers import pipeline
from classifiers.components.chunks import MOST_CHARACTERS, chunks
from classifiers.components.encoder import PIECES
from classifiers.components.folding import storable
from classifiers.components.pieces import BEGIN, END, HEAD, TAIL, Pieces, Read
from tests.classifiers.posted import LONG, MUCH, STRANGE, WORDS

_VOCABULARY = pipeline.MODEL / "encoder" / PIECES
if not _VOCABULARY.is_file():
    pytest.skip(f"needs {_VOCABULARY}: `make model` builds it", allow_module_level=True)

OURS = Pieces(_VOCABULARY)
CUTTER = SentencePieceProcessor(model_file=str(_VOCABULARY))


def whole(text: str) -> list[int]:
    """Return how the vocabulary itself cuts a text, all at once."""
    return [CUTTER.PieceToId(BEGIN), *CUTTER.EncodeAsIds("▁" + text), CUTTER.PieceToId(END)]


def inside(read: Read) -> list[int]:
    return list(read.numbers[1:-1])


@given(STRANGE)
@settings(max_examples=150, deadline=None)
def test_each_number_in_the_frame_has_the_span_of_its_chunk(text: str) -> None:
    read = OURS.read(text)

    assert len(read.spans) == len(inside(read))
    assert set(read.spans) <= {(one.start, one.end) for one in chunks(text)}
    assert list(read.spans) == sorted(read.spans)


@given(STRANGE)
@settings(max_examples=150, deadline=None)
def test_every_text_stands_in_the_same_frame(text: str) -> None:
    read = OURS.read(text)

    assert [read.numbers[0], read.numbers[-1]] == whole("")[:1] + whole("")[-1:]
    assert all(0 <= number < len(OURS) for number in read.numbers)
    assert not {read.numbers[0], read.numbers[-1]} & set(inside(read))


@given(WORDS)
@settings(max_examples=100, deadline=None)
def test_words_cut_one_by_one_are_cut_as_the_whole_text_is(words: list[str]) -> None:
    text = " ".join(words)

    read = OURS.read(text)

    plain = " ".join(one.text for one in chunks(text))  # long sounds are shortened before
    assert list(read.numbers) == whole(plain)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Third week and the courier still lost my parcel, useless", id="en"),
        pytest.param("Üç haftadır kargo gelmedi, rezalet bir firma!", id="tr"),
        pytest.param("Tretí týždeň a balík stále neprišiel, hrozné", id="sk"),
        pytest.param("ثلاثة أسابيع والطلب لم يصل، خدمة سيئة", id="ar"),
        pytest.param("Երեք շաբաթ է ծանրոցը չի հասել, վատ սպասարկում", id="hy"),
        pytest.param("Третью неделю не могут доставить посылку, ужас", id="ru"),
    ],
)
def test_a_sentence_is_cut_as_the_whole_of_it_is(text: str) -> None:
    read = OURS.read(text)

    assert list(read.numbers) == whole(text)


def test_nothing_is_the_frame_alone() -> None:
    read = OURS.read("")

    assert len(read.numbers) == 2
    assert list(read.spans) == []


def test_a_long_text_keeps_its_head_and_its_tail() -> None:
    text = " ".join(f"w{number}" for number in range(900))

    read = OURS.read(text)

    assert len(read.spans) == HEAD + TAIL
    assert read.numbers[: HEAD + 1] == whole(text)[: HEAD + 1]
    assert read.numbers[-TAIL - 1 :] == whole(text)[-TAIL - 1 :]
    assert text[slice(*read.spans[0])] == "w0"
    assert text[slice(*read.spans[-1])] == "w899"


def test_a_text_that_just_fits_is_read_whole() -> None:
    text = "x " * (HEAD + TAIL)

    read = OURS.read(text)

    assert len(read.spans) == len(chunks(text)) == HEAD + TAIL


@pytest.mark.parametrize("part", LONG)
def test_a_very_long_text_fits_the_window(part: str) -> None:
    text = storable(part * (MUCH // len(part)))

    read = OURS.read(text)

    assert len(read.numbers) <= HEAD + TAIL + 2
    assert len(read.spans) == len(read.numbers) - 2
    assert all(end <= MOST_CHARACTERS for _, end in read.spans)


def test_what_was_read_before_is_read_alike() -> None:
    text = "courier " + "courier" * 30

    first, second = OURS.read(text), OURS.read(text)

    assert first == second
