"""Builds the shipped judge: `python -m classifiers.train ../shared/data/train`.

Needs scikit-learn, which the judge itself does not. The same posts give the same bytes.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import corpus, pipeline
from classifiers.components import hashing, registry
from classifiers.components.calibration import Scale, Scales
from classifiers.components.folding import fold
from classifiers.components.head import head_of
from classifiers.components.identifying import TRAINED
from classifiers.components.labels import LABELS
from classifiers.corpus import LabelledPost
from monitor.errors import ConfigError, MonitorError

VERSION = "2026.11.1"
SEED = Path(__file__).parent / "seed"  # the project's own posts
_SPACY = ">=3.8.0,<3.9.0"  # the pipeline is its own parts: any 3.8 reads it
_OWN = "seed"
_CUE = "cue"  # the tag of lists of telling phrases: taught, never measured on
_MOST = 2_000  # posts of one outside source in one language and label
_MASS = {"hand": 1.0, "mapped": 0.2, "weak": 0.2, "background": 0.1}  # beside the own posts
_FOLDS = 5
_STRENGTH = {"complaint": 4.0, "request": 1.0}  # scikit-learn's C
_FALSE_ALARMS = 0.15  # of the posts that are neither, flagged at most
_REVIEWED = 0.15  # of all posts, in the band below the threshold at most
_SANE = (0.2, 0.5)  # a threshold: even odds always flag, and one in five is asked for
_NEIGHBOURS = 0.3  # what a post of another language counts when one language is calibrated

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """One label's head: a weight for each bucket, and what is added to every score."""

    weights: NDArray[np.float32]
    intercept: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Train from the folder named on the command line and return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.train", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of labelled .jsonl and .jsonl.gz files")
    parser.add_argument("--seed", type=Path, default=SEED, help="folder of the own posts")
    parser.add_argument("--out", type=Path, default=pipeline.MODEL, help="model folder to write")
    given = parser.parse_args(arguments)
    try:
        posts = gather(given.data, given.seed)
        build(posts, given.out)
    except MonitorError as error:
        print(error, file=sys.stderr)  # noqa: T201 - it is a command
        return error.exit_code
    print(f"{given.out}: taught from {len(posts):,} posts", file=sys.stderr)  # noqa: T201 - it is a command
    return 0


def gather(data: Path, own: Path) -> list[LabelledPost]:
    """Return the posts to learn from: those that may be redistributed, in a fixed order.

    Raises: ConfigError where a folder has none.
    """
    outside = [post for post in corpus.read(_files(data)) if post.train_ok]
    labelled = [post for post in outside if any(v is not None for v in post.labels.values())]
    return [*corpus.read(_files(own)), *_thinned(labelled)]


def build(posts: Sequence[LabelledPost], out: Path) -> None:
    """Teach the heads, calibrate them, and write the model folder `out`."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        rows = _matrix([post.text for post in posts])
        taught = {label: _teach(posts, rows, label) for label in LABELS}
        scores = {label: _held_out(posts, rows, label) for label in LABELS}
        scales = _scales(posts, scores, taught)
    _write(out, {label: taught[label].weights for label in LABELS}, scales, posts)


def _files(folder: Path) -> list[Path]:
    found = sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")])
    if not found:
        raise ConfigError(f"{folder}: expected .jsonl or .jsonl.gz files, found none")
    return found


def _thinned(posts: Iterable[LabelledPost]) -> list[LabelledPost]:
    """Return at most `_MOST` posts of a kind, drawn by a hash of the text and not by chance."""
    kinds: defaultdict[tuple[Any, ...], list[LabelledPost]] = defaultdict(list)
    for post in sorted(posts, key=lambda post: _draw(post.text)):
        kind = (post.source, post.language, *(post.labels.get(label) for label in LABELS))
        if len(kinds[kind]) < _MOST:
            kinds[kind].append(post)
    return [post for kind in kinds.values() for post in kind]


def _draw(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _matrix(texts: Sequence[str]) -> Any:
    """Return the sparse rows of `texts` as scikit-learn takes them."""
    from scipy.sparse import csr_matrix

    found = hashing.rows([fold(text) for text in texts])
    shape = (found.count, hashing.BUCKETS)
    return csr_matrix((found.value, (found.row, found.bucket)), shape=shape)


def _importance(posts: Sequence[LabelledPost], label: str) -> Numbers:
    """Return each post's weight: 0 where the label is not known.

    In each language "yes" weighs as much as "no", or a language would stand for a label.
    """
    kinds = [(post.source, post.gold, post.language, post.labels.get(label)) for post in posts]
    times = Counter(kinds)
    weight = np.array(
        [_mass(post, label) / times[kind] for post, kind in zip(posts, kinds, strict=True)]
    )
    sides = np.array([f"{post.language} {post.labels.get(label)}" for post in posts])
    for side in sorted(set(sides)):
        total = weight[sides == side].sum()
        weight[sides == side] *= 100.0 / total if total else 0.0
    return weight


def _mass(post: LabelledPost, label: str) -> float:
    """Return what all posts of this kind weigh together, beside the own posts' 1.0."""
    if post.labels.get(label) is None:
        return 0.0
    return 1.0 if post.source == _OWN else _MASS.get(post.gold, 0.0)


def _truth(posts: Sequence[LabelledPost], label: str) -> NDArray[np.int64]:
    """Return 1 and 0 for a label; where it is not known 0, which then weighs nothing."""
    return np.array([post.labels.get(label) or 0 for post in posts])


def _teach(posts: Sequence[LabelledPost], rows: Any, label: str) -> Taught:
    """Return the head for one label."""
    from sklearn.linear_model import LogisticRegression

    weight = _importance(posts, label)
    known = np.flatnonzero(weight)
    weight = weight[known] * (len(known) / weight.sum())
    model = LogisticRegression(C=_STRENGTH[label], max_iter=300, tol=1e-4)
    model.fit(rows[known], _truth(posts, label)[known], sample_weight=weight)
    return Taught(weights=model.coef_[0].astype(np.float32), intercept=float(model.intercept_[0]))


def _measured(posts: Sequence[LabelledPost]) -> NDArray[np.int64]:
    """Return the places of the posts whose held-out scores set scales and thresholds."""
    return np.array(
        [
            place
            for place, post in enumerate(posts)
            if (post.source == _OWN and post.tag != _CUE) or post.gold == "hand"
        ]
    )


def _held_out(posts: Sequence[LabelledPost], rows: Any, label: str) -> Numbers:
    """Return scores from heads that did not see the post; 0.0 for posts not measured on."""
    scores = np.zeros(len(posts))
    measured = _measured(posts)
    folds = np.array([int(_draw(posts[place].text)[:8], 16) % _FOLDS for place in measured])
    for fold_number in range(_FOLDS):
        held = measured[folds == fold_number]
        kept = np.setdiff1d(np.arange(len(posts)), held)
        head = _teach([posts[place] for place in kept], rows[kept], label)
        scores[held] = rows[held] @ head.weights + head.intercept
    return scores


def _scales(
    posts: Sequence[LabelledPost], scores: Mapping[str, Numbers], taught: Mapping[str, Taught]
) -> Scales:
    """Return scale, threshold and review band for each language and label."""
    measured = _measured(posts)
    shown = [posts[place] for place in measured]
    scales: dict[str, dict[str, Scale]] = {}
    for language in TRAINED:
        scales[language] = {}
        for label in LABELS:
            scale = _fitted(shown, scores[label][measured], label, language)
            offset = scale.offset + scale.slope * taught[label].intercept
            scales[language][label] = replace(scale, offset=offset)
    return scales


def _fitted(shown: Sequence[LabelledPost], scores: Numbers, label: str, language: str) -> Scale:
    """Return a scale fitted by Platt's method, its own language counting most."""
    from sklearn.linear_model import LogisticRegression

    known = np.array([post.labels.get(label) is not None for post in shown])
    ours = np.array([post.language == language for post in shown])
    weight = np.where(ours, 1.0, _NEIGHBOURS) * known
    truth = _truth(shown, label)
    platt = LogisticRegression(C=1e3, tol=1e-8)
    platt.fit(scores[:, None], truth, sample_weight=weight)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    chances = 1.0 / (1.0 + np.exp(-(slope * scores + offset)))
    neither = np.array([not any(post.labels.values()) for post in shown])
    threshold = _quantile_above(chances[ours & known & neither], _FALSE_ALARMS)
    threshold = float(np.clip(threshold, *_SANE))
    review_from = _band(chances[ours & known], threshold)
    return Scale(
        slope=round(slope, 6),
        offset=round(offset, 6),
        threshold=round(threshold, 4),
        review_from=round(review_from, 4),
    )


def _quantile_above(chances: Numbers, share: float) -> float:
    """Return the lowest probability that at most `share` of `chances` reach."""
    if not len(chances):
        return 0.5
    return float(np.quantile(chances, 1.0 - share, method="higher")) + 1e-4


def _band(chances: Numbers, threshold: float) -> float:
    """Return where the review band begins: it holds at most `_REVIEWED` of all posts."""
    below = np.sort(chances[chances < threshold])[::-1]
    most = int(_REVIEWED * len(chances))
    return float(below[most]) + 1e-4 if len(below) > most else 0.0


def _write(
    out: Path,
    weights: Mapping[str, NDArray[np.float32]],
    scales: Scales,
    posts: Sequence[LabelledPost],
) -> None:
    """Write the pipeline, and into its meta.json the version and the files' checksums."""
    nlp = registry.untaught()
    head = head_of(nlp)
    head.weights, head.scales = weights, scales
    nlp.meta.update(name="mentiondesk", version=VERSION, license="MIT")
    for part in registry.PARTS:
        shutil.rmtree(out / part, ignore_errors=True)
    nlp.to_disk(out, exclude=["vocab"])
    meta = json.loads((out / pipeline.META).read_text(encoding="utf-8"))
    taught_from = Counter(f"{post.source} {post.language}" for post in posts)
    meta["spacy_version"] = _SPACY
    meta.pop("spacy_git_version", None)
    meta[pipeline.ABOUT] = {
        "version": VERSION,
        "sha256": pipeline.checksums(out),
        "taught_from": dict(sorted(taught_from.items())),
    }
    text = json.dumps(meta, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (out / pipeline.META).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
