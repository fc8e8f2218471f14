"""The vocabulary that is shipped: a SentencePiece file of chosen pieces."""

from pathlib import Path

import pytest
from sentencepiece import SentencePieceProcessor

from classifiers.training import vocabulary
from classifiers.training.base import Base
from tests.classifiers.training import small

pytest.importorskip("google.protobuf", reason="needs protobuf, which comes with ONNX Runtime")


@pytest.fixture(scope="module")
def made() -> bytes:
    return vocabulary.sentencepiece_file(small.PIECES, small.SCORES)


@pytest.fixture(scope="module")
def cutter(made: bytes) -> SentencePieceProcessor:
    return SentencePieceProcessor(model_proto=made)


def test_the_same_pieces_give_the_same_bytes(made: bytes) -> None:
    assert vocabulary.sentencepiece_file(small.PIECES, small.SCORES) == made


def test_every_piece_has_its_number(cutter: SentencePieceProcessor) -> None:
    assert cutter.GetPieceSize() == len(small.PIECES)
    assert [cutter.PieceToId(piece) for piece in small.PIECES] == list(range(len(small.PIECES)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("▁lost", ["▁lost"], id="a whole word"),
        pytest.param("▁parcel", ["▁par", "cel"], id="two pieces"),
        pytest.param("▁lost▁", ["▁lost", "▁"], id="white space counts"),
        pytest.param("ﬁ", ["fi"], id="a ligature"),
        pytest.param("<s>", ["<unk>", "s", "<unk>"], id="the frame cannot be written"),
        pytest.param("qq", ["<unk>"], id="what it does not know"),
    ],
)
def test_texts_are_cut_by_the_chosen_pieces(
    cutter: SentencePieceProcessor, text: str, expected: list[str]
) -> None:
    found = [cutter.IdToPiece(number) for number in cutter.EncodeAsIds(text)]

    assert found == expected


def test_the_kept_pieces_hold_the_frame_every_letter_and_the_corpus(tmp_path: Path) -> None:
    pytest.importorskip("wordfreq", reason="needs wordfreq, which only `make model` installs")
    base = Base(small.write(tmp_path / "small.bin"))

    kept = vocabulary.kept(base, ["lost parcel"])

    found = {base.pieces[place] for place in kept}
    assert kept == sorted(set(kept))
    assert set(small.FRAME) <= found
    assert {"▁lost", "▁par", "cel", "р", "ա", "!"} <= found
