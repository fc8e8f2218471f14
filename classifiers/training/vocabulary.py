"""Which of the encoder's 250,000 pieces are kept, and a SentencePiece file of them.

Kept are the pieces that the frequent words of the languages need (wordfreq 3.1, Robyn Speer;
Armenian, which it lacks, keeps its whole script), those of the corpus, and every single letter.
"""

import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from classifiers.components.chunks import chunks
from classifiers.training.base import Base

LANGUAGES = ("en", "tr", "sk", "ar", "ru")  # of wordfreq's lists
MOST = 50_000  # pieces
_FRAME = ("<s>", "<pad>", "</s>", "<unk>")
_SCRIPTS = {"LATIN", "CYRILLIC", "ARABIC", "ARMENIAN"}
_WORDS = 150_000  # of each language's list
_SIGN = 4  # characters: a longer run of signs is spelled out
_EVERYDAY = 1e-5  # share of a language's words: such a word is looked for in capitals as well


def kept(base: Base, texts: Iterable[str]) -> list[int]:
    """Return the places of the kept pieces in the full vocabulary, ascending."""
    cutter = _cutter(base.pieces, base.scores)
    always = {place for place, piece in enumerate(base.pieces) if _always(piece)}
    spelled = [chunk.text for text in texts for chunk in chunks(text)]
    for word in set(spelled):
        always.update(cutter.encode("▁" + word), cutter.encode(word))
    wanted = _wanted(cutter)
    for place in always:
        wanted.pop(place, None)
    rest = [place for place, _ in wanted.most_common(max(0, MOST - len(always)))]
    return sorted({*always, *rest})


def sentencepiece_file(pieces: Sequence[str], scores: Sequence[float]) -> bytes:
    """Return a model file of these pieces; texts are normalised as nmt_nfkc does."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as proto

    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g"] * 20), model_writer=made, vocab_size=12,
        hard_vocab_limit=False, normalization_rule_name="nmt_nfkc", add_dummy_prefix=False,
        minloglevel=3, num_threads=1,
    )  # fmt: skip # only for its table of normalisation, which has no other way in
    model = proto.ModelProto.FromString(made.getvalue())  # type: ignore[attr-defined] # made at run time
    del model.pieces[:]
    for piece, score in zip(pieces, scores, strict=True):
        model.pieces.add(piece=piece, score=score, type=_kind(piece))
    spec = model.trainer_spec
    spec.Clear()
    spec.model_type = 1  # unigram
    spec.bos_id, spec.pad_id, spec.eos_id, spec.unk_id = (pieces.index(name) for name in _FRAME)
    spec.vocab_size = len(pieces)
    model.normalizer_spec.remove_extra_whitespaces = False
    found: bytes = model.SerializeToString(deterministic=True)
    return found


def _cutter(pieces: Sequence[str], scores: Sequence[float]) -> Any:
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_file(pieces, scores))


def _wanted(cutter: Any) -> Counter[int]:
    """Return how often each piece is needed, over the word lists of all languages."""
    from wordfreq import top_n_list, word_frequency

    wanted: Counter[int] = Counter()
    for language in LANGUAGES:
        for word in top_n_list(language, _WORDS):
            share = word_frequency(word, language)
            forms = {word, word.capitalize(), word.upper() if share > _EVERYDAY else word}
            for form in sorted(forms):
                for place in cutter.encode("▁" + form):
                    wanted[place] += share
    return wanted


def _kind(piece: str) -> int:
    """Return SentencePiece's number for an unknown, a control or a normal piece."""
    if piece == "<unk>":
        return 2
    return 3 if piece in _FRAME else 1


def _always(piece: str) -> bool:
    if piece in _FRAME:
        return True
    bare = piece.lstrip("▁")
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in bare if letter.isalpha()}
    if not scripts:
        return len(bare) <= _SIGN and all(
            ord(sign) < 0x3000 or ord(sign) > 0x1F000 for sign in bare
        )
    return scripts == {"ARMENIAN"} or (len(bare) == 1 and scripts <= _SCRIPTS)
