"""The heads for urgency and topic: told apart only among posts that need an answer.

They are taught last, on what the encoder or the rows make of a post, and moved so that in the
posts they learned from each urgency is said as often as it is true.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.components import labels
from classifiers.components.judge import VectorHeads
from classifiers.posts import LabelledPost

SOME, MUCH = -float(np.log(3.0)), float(np.log(3.0))  # log odds at which urgency rounds to 1, to 2
_STRENGTH = 0.02  # scikit-learn's C over standardised vectors

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]


def asked(posts: Sequence[LabelledPost]) -> list[LabelledPost]:
    """Return the posts that need an answer and say what it is about."""
    return [
        post
        for post in posts
        if any(post.labels.get(label) for label in labels.LABELS)
        and post.topic is not None
        and post.urgency is not None
    ]


def with_details(heads: VectorHeads, vectors: Floats, posts: Sequence[LabelledPost]) -> VectorHeads:
    """Return `heads` with urgency and topic taught anew from the vectors of `posts`."""
    from sklearn.linear_model import LogisticRegression

    weights, bias = heads.weights.copy(), heads.bias.copy()
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    rows = (vectors - mean) / spread
    topics = LogisticRegression(C=_STRENGTH, max_iter=500)
    topics.fit(rows, [labels.TOPICS.index(post.topic or "other") for post in posts])
    for topic, found, offset in zip(topics.classes_, topics.coef_, topics.intercept_, strict=True):
        place = labels.OUTPUTS.index(labels.TOPICS[topic])
        weights[place], bias[place] = found / spread, offset - (mean / spread) @ found
    urgency = LogisticRegression(C=_STRENGTH, max_iter=500)
    urgency.fit(rows, [int((post.urgency or 0) > 0) for post in posts])
    scores = rows @ urgency.coef_[0]
    slope, offset = moved(scores, [post.urgency or 0 for post in posts])
    place = labels.OUTPUTS.index(labels.URGENCY)
    own = slope * urgency.coef_[0] / spread
    weights[place], bias[place] = own, offset - mean @ own
    return VectorHeads(weights.astype(np.float32), bias.astype(np.float32))


def moved(scores: Numbers, urgencies: Sequence[int]) -> tuple[float, float]:
    """Return slope and offset under which each urgency is said as often as it is true."""
    truth = np.array(urgencies)
    some = float(np.quantile(scores, (truth < 1).mean()))
    much = max(float(np.quantile(scores, (truth < 2).mean())), some + 1e-6)
    slope = (MUCH - SOME) / (much - some)
    return slope, SOME - slope * some
