"""Builds the shipped judge: `make model`, or `make calibrate DATA=…` for its thresholds alone.

The weights come from the corpus and nothing else; the thresholds from posts that the weights
have not seen, whose figures, not whose words, are kept in `scales.json`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from classifiers import pipeline, split
from classifiers.posts import HAND_MADE, LabelledPost, read
from classifiers.training import agreement, shipping
from classifiers.training import cascade as cascades
from monitor.errors import MonitorError
from monitor.model import Passage

CORPUS = Path(__file__).parents[1] / "corpus"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training", description=__doc__)
    parser.add_argument("--out", type=Path, default=pipeline.MODEL, help="model folder to write")
    steps = parser.add_subparsers(dest="step", required=True)
    weights = steps.add_parser("weights", help="teach the judge anew, an hour on two cores")
    weights.add_argument("--corpus", type=Path, default=CORPUS)
    calibrate = steps.add_parser("calibrate", help="set scales, thresholds and bands anew")
    calibrate.add_argument("files", type=Path, nargs="+", help="labelled posts, never taught")
    cascade = steps.add_parser("cascade", help="what sparing the encoder would cost and win")
    cascade.add_argument("files", type=Path, nargs="+", help="labelled posts, never taught")
    steps.add_parser("linear", help="teach the linear heads alone")
    steps.add_parser("agreement", help="compare the corpus with its second, blind pass")
    given = parser.parse_args(arguments)
    try:
        if given.step == "agreement":
            second = CORPUS / agreement.SECOND_PASS
            for line in agreement.table(agreement.agreement(split.corpus(CORPUS), second)):
                print(line)  # noqa: T201 - it is a command
        elif given.step == "cascade":
            for line in _cascade([post for post in read(given.files) if post.gold in HAND_MADE]):
                print(line)  # noqa: T201 - it is a command
        elif given.step == "calibrate":
            seen = [post for post in read(given.files) if post.gold in HAND_MADE]
            own = split.kept_back(split.corpus(CORPUS))
            shipping.calibrate(given.out, [*seen, *own])
        else:
            posts = split.corpus(CORPUS if given.step == "linear" else given.corpus)
            shipping.weights(given.out, posts, encoder=given.step == "weights")
    except MonitorError as error:
        print(error, file=sys.stderr)  # noqa: T201 - it is a command
        return error.exit_code
    return 0


def _cascade(posts: Sequence[LabelledPost]) -> Iterator[str]:
    texts = [Passage(text=post.text) for post in posts]
    fast, full = (list(pipeline.load(tier).classify(texts)) for tier in ("fast", "full"))
    return cascades.table(cascades.cascades([post.labels for post in posts], fast, full))


if __name__ == "__main__":
    sys.exit(main())
