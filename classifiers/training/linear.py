"""The linear heads over sparse rows: the whole of the tier "fast", and a voice in the other."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.components import labels
from classifiers.components.folding import fold
from classifiers.components.hashing import BUCKETS, rows
from classifiers.components.judge import RowHead, in_whole_numbers
from classifiers.posts import LabelledPost
from classifiers.training import details

_STRENGTH = {"complaint": 4.0, "request": 2.0, "praise": 4.0, "churn_risk": 4.0}  # scikit-learn's C
_DETAIL_STRENGTH = 2.0  # of urgency and topics
_NOTHING = 1 / 127  # of the largest weight: what rounds to less than this is left out

Numbers = NDArray[np.float64]


def matrix(texts: Sequence[str]) -> Any:
    """Return the sparse rows of `texts` as scikit-learn takes them."""
    from scipy.sparse import csr_matrix

    found = rows([fold(text) for text in texts])
    shape = (found.count, BUCKETS)
    return csr_matrix((found.value, (found.row, found.bucket)), shape=shape)


def taught(
    posts: Sequence[LabelledPost], names: Sequence[str] = labels.OUTPUTS
) -> dict[str, RowHead]:
    """Return a head for each output; the labels have no bias, since their scales do."""
    found = matrix([post.text for post in posts])
    return {name: _head(posts, found, name) for name in names}


def _head(posts: Sequence[LabelledPost], found: Any, name: str) -> RowHead:
    from sklearn.linear_model import LogisticRegression

    known, truth = _truth(posts, name)
    labelled = name in labels.CHANCES
    weight = _balanced([posts[place].language for place in known], truth) if labelled else None
    strength = _STRENGTH.get(name, _DETAIL_STRENGTH)
    model = LogisticRegression(C=strength, max_iter=300, tol=1e-4, solver="lbfgs")
    model.fit(found[known], truth, sample_weight=weight)
    weights: NDArray[np.float32] = model.coef_[0].astype(np.float32)
    weights[np.abs(weights) < np.abs(weights).max() * _NOTHING] = 0.0
    bias = 0.0 if labelled else float(model.intercept_[0])  # a label's scales have their own
    if name == labels.URGENCY:
        urgencies = [posts[place].urgency or 0 for place in known]
        slope, bias = details.moved(found[known] @ weights, urgencies)
        weights *= np.float32(slope)
    return in_whole_numbers(weights, bias)


def _truth(posts: Sequence[LabelledPost], name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of the posts that say something of an output, and what they say."""
    values = [_value(post, name) for post in posts]
    known = [place for place, value in enumerate(values) if value is not None]
    return np.array(known), np.array([values[place] for place in known], dtype=np.int64)


def _value(post: LabelledPost, name: str) -> int | None:
    if name in labels.CHANCES:
        return post.labels.get(name)
    if not any(post.labels.get(label) for label in labels.LABELS):
        return None
    if name == labels.URGENCY:
        return None if post.urgency is None else int(post.urgency > 0)
    return None if post.topic is None else int(post.topic == name)


def _balanced(languages: Sequence[str], truth: NDArray[np.int64]) -> Numbers:
    """Return weights under which "yes" counts as much as "no" in each language.

    Otherwise a language would stand for a label.
    """
    sides = list(zip(languages, truth.tolist(), strict=True))
    times = Counter(sides)
    return np.array([len(sides) / (len(times) * times[side]) for side in sides])
