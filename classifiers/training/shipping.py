"""Puts a taught judge together as the folder that is shipped."""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from spacy.language import Language

from classifiers import pipeline, split
from classifiers.components import calibration, encoder, judge, labels, language, registry
from classifiers.components.folding import storable
from classifiers.components.identifying import TRAINED
from classifiers.components.judge import VectorHeads
from classifiers.posts import LabelledPost
from classifiers.training import calibrate as calibration_of
from classifiers.training import details, identify, linear
from classifiers.training.calibrate import Measured

VERSION = "2026.11.2"
SCALES = Path(__file__).with_name("scales.json")
_FROZEN = 4  # layers nearest to the letters: with all taught, other writers were judged worse
_WRITTEN = 0.1  # what a written post counts as evidence of what people post, beside a real one
_SPACY = ">=3.8.0,<3.9.0"  # the pipeline is its own parts: any 3.8 reads it


def weights(out: Path, posts: Sequence[LabelledPost], *, encoder: bool) -> None:
    """Teach the judge and write the model folder `out`; without `encoder`, keep the old one's."""
    taught = split.taught(posts)
    rows = linear.taught(taught)
    nlp = registry.untaught()
    heads = _encoder(out, posts, taught) if encoder else _old_heads(out)
    nlp.get_pipe("encoder").from_disk(out / "encoder")  # type: ignore[attr-defined] # its own part
    language.language_of(nlp).identifier = identify.taught([*posts, *identify.others()])
    made = judge.judge_of(nlp)
    made.rows, made.vectors = rows, _with_details(nlp, heads, details.asked(taught))
    made.tiers = calibration.from_json(SCALES.read_text(encoding="utf-8"))
    nlp.meta.update(name="mentiondesk", version=VERSION, license="MIT")
    shutil.rmtree(out / "judge", ignore_errors=True)
    shutil.rmtree(out / "language", ignore_errors=True)
    nlp.to_disk(out, exclude=["vocab"])
    about = {"taught_from": dict(sorted(Counter(post.language for post in taught).items()))}
    _sign(out, about)


def calibrate(out: Path, posts: Sequence[LabelledPost]) -> None:
    """Set the scales of the model folder `out` by posts it has not seen, and keep them."""
    tiers = {tier: _scales(out, posts, tier) for tier in (judge.FAST, judge.FULL)}
    SCALES.write_text(calibration.to_json(tiers), encoding="utf-8")
    (out / "judge" / judge.THRESHOLDS).write_text(calibration.to_json(tiers), encoding="utf-8")
    _sign(out, {})


def measured(out: Path, posts: Sequence[LabelledPost], tier: str) -> list[Measured]:
    """Return what the raw scores of `posts` are in one tier."""
    nlp = pipeline.spacy_pipeline(out, tier)
    part = judge.judge_of(nlp)
    found = []
    for start in range(0, len(posts), 256):
        batch = posts[start : start + 256]
        docs = [nlp.make_doc(storable(post.text)) for post in batch]
        docs = list(nlp.pipe(docs))
        by_rows = part.row_scores(docs)
        for place, (post, doc) in enumerate(zip(batch, docs, strict=True)):
            reading = doc.user_data.get(labels.READING)
            full = None
            if reading is not None and part.vectors is not None:
                scores = part.vectors.scores(reading.vector[None])[0].tolist()
                full = dict(zip(labels.OUTPUTS, scores, strict=True))
            fast = {name: float(by_rows[name][place]) for name in by_rows}
            found.append(
                Measured(
                    language=post.language,
                    truth=post.labels,
                    fast=fast,
                    full=full,
                    weight=_WRITTEN if post.source == split.SOURCE else 1.0,
                )
            )
    return found


def _scales(out: Path, posts: Sequence[LabelledPost], tier: str) -> calibration.Scales:
    return calibration_of.scales(measured(out, posts, tier), TRAINED)


def _with_details(nlp: Language, heads: VectorHeads, posts: Sequence[LabelledPost]) -> VectorHeads:
    part = nlp.get_pipe("encoder")
    if not isinstance(part, encoder.EncoderComponent) or part.encoder is None:
        raise TypeError("encoder: expected the judge's own part, loaded")
    vectors = [
        reading.vector
        for start in range(0, len(posts), 256)
        for reading in part.encoder.read([storable(p.text) for p in posts[start : start + 256]])
    ]
    return details.with_details(heads, np.array(vectors), posts)


def _old_heads(out: Path) -> VectorHeads:
    with np.load(out / "judge" / judge.HEADS, allow_pickle=False) as arrays:
        return VectorHeads(arrays["weights"], arrays["bias"])


def _encoder(
    out: Path, posts: Sequence[LabelledPost], taught: Sequence[LabelledPost]
) -> VectorHeads:
    """Teach the encoder, write its folder, and return the heads on it."""
    import torch

    from classifiers.components.pieces import Pieces
    from classifiers.training import base, graph, teach, vocabulary
    from classifiers.training.net import Net

    torch.set_num_threads(2)  # another count adds up in another order
    start = base.load()
    kept = vocabulary.kept(start, [post.text for post in posts])
    folder = out / "encoder"
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [start.pieces[place] for place in kept], [start.scores[place] for place in kept]
    (folder / encoder.PIECES).write_bytes(vocabulary.sentencepiece_file(*chosen))
    torch.manual_seed(teach.Course().seed)
    net = Net(start, kept, frozen=_FROZEN)
    teach.teach(net, Pieces(folder / encoder.PIECES), taught, teach.Course())
    table = start.packed("emb.word", start.width)
    np.savez(
        folder / encoder.TABLE,
        packed=table.packed[kept],
        steps=table.steps[kept],
        places=net.places.detach().numpy().astype(np.float16),
    )
    (folder / encoder.GRAPH).write_bytes(graph.built(net))
    head = net.head
    return VectorHeads(head.weight.detach().numpy().copy(), head.bias.detach().numpy().copy())


def _sign(out: Path, about: Mapping[str, object]) -> None:
    """Write into meta.json what the model is and the checksums of its files."""
    file = out / pipeline.META
    meta = json.loads(file.read_text(encoding="utf-8"))
    meta["spacy_version"] = _SPACY
    meta.pop("spacy_git_version", None)
    known = meta.get(pipeline.ABOUT, {})
    meta[pipeline.ABOUT] = {
        **known,
        **about,
        "version": VERSION,
        "sha256": pipeline.checksums(out),
    }
    text = json.dumps(meta, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    file.write_text(text, encoding="utf-8")
    print(f"{out}: written", file=sys.stderr)  # noqa: T201 - it is a command
