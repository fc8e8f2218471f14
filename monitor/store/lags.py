"""A small digest of lags: how many fell into each step of a growing scale, 10 % a step.

A quantile read from it is right to 5 %; the largest lag is kept beside it, exactly.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping

Lags = Mapping[int, int]  # step → how many
_STEP = math.log(1.1)
_LEAST_S = 0.1  # a shorter lag counts as this one


def digest(lags_s: Iterable[float]) -> Lags:
    """Return the digest of lags in seconds."""
    return Counter(round(math.log(max(lag, _LEAST_S)) / _STEP) for lag in lags_s)


def merged(digests: Iterable[Lags]) -> Lags:
    """Return the digest of all that several digests hold."""
    whole: Counter[int] = Counter()
    for each in digests:
        whole.update(each)
    return whole


def quantile(lags: Lags, share: float) -> float | None:
    """Return the lag in seconds that `share` of them do not exceed, None where there are none."""
    rank = math.ceil(share * sum(lags.values()))
    passed = 0
    for step in sorted(lags):
        passed += lags[step]
        if passed >= rank:
            return math.exp(step * _STEP)
    return None


def to_text(lags: Lags) -> str:
    """Return a digest as the database holds it."""
    return json.dumps({str(step): lags[step] for step in sorted(lags)}, separators=(",", ":"))


def from_text(text: str) -> Lags:
    """Return the digest that `to_text` wrote."""
    return {int(step): count for step, count in json.loads(text).items()}
