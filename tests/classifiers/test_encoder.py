"""The encoder: a text's reading is its own, whatever stands beside it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers import pipeline
from classifiers.components import encoder, labels
from classifiers.components.encoder import WIDTH, Encoder, EncoderComponent, Table
from classifiers.components.pieces import HEAD, TAIL, Pieces, Read
from classifiers.components.tokens import Tokenizer
from classifiers.training.base import Packed
from monitor.errors import ClassifierError
from tests.classifiers.posted import LONG, MUCH, STRANGE

FOLDER = pipeline.MODEL / "encoder"
LONGEST = HEAD + TAIL + 2  # pieces
AT_ONCE = 1_024  # pieces in one run: what memory a batch costs
DICE = np.random.default_rng(3)
TABLE = Table(
    packed=DICE.integers(0, 256, (40, WIDTH // 2), dtype=np.uint8),
    steps=DICE.random((40, WIDTH // encoder.BLOCK)).astype(np.float16),
    places=DICE.normal(size=(LONGEST, WIDTH)).astype(np.float32),
)


class Lengths:
    """Reads a text of n characters as n pieces and the frame."""

    def read(self, text: str) -> Read:
        numbers = [0, *(1 + ord(letter) % 39 for letter in text), 0]
        return Read(numbers, [(place, place + 1) for place in range(len(text))])


class Echo:
    """Gives back what it was given, and notes how much that was."""

    def __init__(self) -> None:
        self.runs: list[NDArray[Any]] = []

    def run(self, names: None, given: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        self.runs.append(given["mask"])
        return [given["embedded"]]


def echoing(session: Echo) -> Encoder:
    return Encoder(Path("nowhere"), cast(Pieces, Lengths()), TABLE, cast(Any, session))


TEXTS = st.lists(st.text("abcdef", max_size=LONGEST - 2), max_size=40)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_no_run_is_larger_than_the_limit_and_no_text_is_lost(texts: list[str]) -> None:
    session = Echo()

    found = echoing(session).read(texts)

    assert [reading.vectors.shape for reading in found] == [
        (len(text) + 2, WIDTH) for text in texts
    ]
    assert all(mask.size <= AT_ONCE for mask in session.runs)
    assert sum(mask.sum() for mask in session.runs) == sum(len(text) + 2 for text in texts)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_each_text_gets_its_own_pieces_in_its_own_place(texts: list[str]) -> None:
    found = echoing(Echo()).read(texts)

    for text, reading in zip(texts, found, strict=True):
        read = Lengths().read(text)
        np.testing.assert_array_equal(reading.vectors, TABLE.rows(read.numbers))
        assert reading.spans == read.spans


def test_texts_of_like_length_go_together() -> None:
    session = Echo()

    echoing(session).read(["a" * (n % 7 * 40) for n in range(70)])

    filled = sum(mask.sum() for mask in session.runs) / sum(mask.size for mask in session.runs)
    assert filled > 0.9


def test_nothing_asked_is_nothing_run() -> None:
    session = Echo()

    found = echoing(session).read([])

    assert (found, session.runs) == ([], [])


def test_the_rows_of_the_table_are_those_that_were_packed() -> None:
    numbers = [3, 3, 39, 0]

    rows = TABLE.rows(numbers)

    packed = Packed(packed=TABLE.packed[numbers], steps=TABLE.steps[numbers])
    np.testing.assert_array_equal(rows, packed.numbers() + TABLE.places[:4])


def test_four_bits_say_minus_eight_to_seven() -> None:
    table = Table(
        packed=np.full((1, WIDTH // 2), 0xF0, dtype=np.uint8),
        steps=np.full((1, WIDTH // encoder.BLOCK), 0.5, dtype=np.float16),
        places=np.zeros((1, WIDTH), dtype=np.float32),
    )

    row = table.rows([0])[0]

    assert row[:16].tolist() == [-4.0] * 16
    assert row[16:32].tolist() == [3.5] * 16


def test_the_vector_of_a_text_is_the_mean_of_its_pieces() -> None:
    (reading,) = echoing(Echo()).read(["abc"])

    np.testing.assert_allclose(reading.vector, reading.vectors.sum(axis=0) / 5, rtol=1e-5)
    assert reading.vector.dtype == np.float32


def test_the_component_leaves_a_reading_on_every_doc() -> None:
    component = EncoderComponent()
    component.encoder = echoing(Echo())
    docs = [Tokenizer(Vocab())("ab" * n) for n in range(5)]

    read = list(component.pipe(iter(docs), batch_size=2))

    assert [len(doc.user_data[labels.READING].spans) for doc in read] == [0, 2, 4, 6, 8]


def test_a_component_without_an_encoder_says_so() -> None:
    doc: Doc = Tokenizer(Vocab())("hello")

    with pytest.raises(ClassifierError, match="encoder: this model has none"):
        EncoderComponent()(doc)


# ---------------------------------------------------------------- with the shipped encoder

POSTS = [
    "Third week and the courier still lost my parcel, useless",
    "Üç haftadır kargo gelmedi, rezalet bir firma",
    "ok",
    "Երեք շաբաթ է ծանրոցը չի հասել 😀",
    "@acme https://a.example ثلاثة أسابيع والطلب لم يصل",
    "Подскажите, пожалуйста, как поменять адрес? " * 12,
    "a" * 3_000,
]


@pytest.fixture(scope="module")
def shipped() -> Encoder:
    if not (FOLDER / encoder.GRAPH).is_file():
        pytest.skip(f"needs {FOLDER}: `make model` builds it")
    return encoder.read_encoder(FOLDER)


@pytest.fixture(scope="module")
def heads() -> NDArray[np.float32]:
    """Return the weights over the vector: what a difference of vectors is worth in log odds."""
    file = pipeline.MODEL / "judge" / "vectors.npz"
    if not file.is_file():
        pytest.skip(f"needs {file}: `make model` builds it")
    with np.load(file, allow_pickle=False) as arrays:
        return np.asarray(arrays["weights"], dtype=np.float32)


def scored(shipped: Encoder, heads: NDArray[np.float32], texts: Sequence[str]) -> NDArray[Any]:
    return np.array([heads @ reading.vector for reading in shipped.read(texts)])


def test_a_score_does_not_depend_on_the_texts_beside(
    shipped: Encoder, heads: NDArray[np.float32]
) -> None:
    alone = np.concatenate([scored(shipped, heads, [text]) for text in POSTS])

    together = scored(shipped, heads, POSTS)

    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_a_score_does_not_depend_on_its_place(shipped: Encoder, heads: NDArray[np.float32]) -> None:
    crowd = [*POSTS, *(f"filler number {'very ' * n} long" for n in range(60))]

    there = scored(shipped, heads, crowd)
    back = scored(shipped, heads, crowd[::-1])[::-1]

    np.testing.assert_allclose(there, back, atol=1e-4)


@given(st.lists(STRANGE, min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_strange_texts_do_not_disturb_a_neighbour(
    shipped: Encoder, heads: NDArray[np.float32], strange: list[str]
) -> None:
    alone = scored(shipped, heads, POSTS[:1])

    beside = scored(shipped, heads, [*strange, POSTS[0]])

    assert np.isfinite(beside).all()
    np.testing.assert_allclose(beside[-1:], alone, atol=1e-4)


def test_the_same_text_has_the_same_bytes_each_time(shipped: Encoder) -> None:
    first, second = shipped.read(POSTS), shipped.read(POSTS)

    assert [one.vectors.tobytes() for one in first] == [one.vectors.tobytes() for one in second]


def test_an_empty_text_has_a_vector_too(shipped: Encoder) -> None:
    (reading,) = shipped.read([""])

    assert reading.vectors.shape == (2, WIDTH)
    assert list(reading.spans) == []
    assert np.isfinite(reading.vector).all()


@pytest.mark.parametrize("part", LONG[::3])
def test_a_very_long_text_is_read(shipped: Encoder, part: str) -> None:
    (reading,) = shipped.read([part.replace("\x00", "\ufffd") * (MUCH // len(part))])

    assert len(reading.vectors) == len(reading.spans) + 2 <= LONGEST
    assert np.isfinite(reading.vectors).all()


def test_the_table_has_a_row_for_each_piece_and_place(shipped: Encoder) -> None:
    table = shipped.table

    assert len(table.packed) == len(table.steps) == len(shipped.pieces)
    assert table.places.shape == (LONGEST, WIDTH)


def test_an_encoder_is_written_as_it_was_read(shipped: Encoder, tmp_path: Path) -> None:
    component = EncoderComponent().from_disk(FOLDER)

    component.to_disk(tmp_path / "copy")

    names = (encoder.GRAPH, encoder.TABLE, encoder.PIECES)
    assert [(tmp_path / "copy" / name).read_bytes() for name in names] == [
        (FOLDER / name).read_bytes() for name in names
    ]


def test_writing_an_encoder_where_it_lies_keeps_it(shipped: Encoder) -> None:
    before = (FOLDER / encoder.TABLE).stat().st_mtime_ns

    EncoderComponent().from_disk(FOLDER).to_disk(FOLDER)

    assert (FOLDER / encoder.TABLE).stat().st_mtime_ns == before


def test_reading_a_post_reports_to_nobody_and_leaves_nothing_behind(tmp_path: Path) -> None:
    judge = """
from classifiers import pipeline
from monitor.model import Passage
print(len(list(pipeline.load().classify([Passage(text="where is my parcel")]))))
"""

    done = subprocess.run(
        [sys.executable, "-c", judge],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "1\n"
    assert list(tmp_path.iterdir()) == []
